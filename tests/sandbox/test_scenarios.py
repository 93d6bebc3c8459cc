"""Plays every scenario that ships with a small shop that uses the unmodified SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from payproof.sandbox import StripeSandbox
from payproof.sandbox.scenarios import Turn, load, scenarios


class Shop:
    """One order, paid through Stripe: each method is something that a scenario may ask for."""

    def __init__(self, box: StripeSandbox) -> None:
        self.endpoint = box.webhooks.endpoint(self.webhook)
        self.attempt = 0
        self.asked: dict[str, Any] = {}
        self.intent = self.customer = self.session = ""
        self.handled: set[str] = set()
        self.fulfilled: list[str] = []

    def pay(self, turn: Turn) -> None:
        self.attempt += 1
        capture = "automatic" if turn.arguments.get("capture", True) else "manual"
        automatic = {"enabled": True, "allow_redirects": "never"}
        self.asked = {"amount": 1200, "currency": "eur", "payment_method": turn.card, "confirm": True, "capture_method": capture}
        self.asked |= {"automatic_payment_methods": automatic, "idempotency_key": f"order-7-attempt-{self.attempt}"}
        self.retry(turn)

    def retry(self, turn: Turn) -> None:
        try:
            self.intent = stripe.PaymentIntent.create(**self.asked).id
        except stripe.CardError as error:
            assert error.user_message
        except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError) as error:
            assert error.http_status in (None, 200, 409, 429, 500)

    def refund(self, turn: Turn) -> None:
        stripe.Refund.create(payment_intent=self.intent, **turn.arguments)

    def capture(self, turn: Turn) -> None:
        stripe.PaymentIntent.capture(self.intent, amount_to_capture=turn.arguments["amount"])

    def cancel(self, turn: Turn) -> None:
        stripe.PaymentIntent.cancel(self.intent)

    def subscribe(self, turn: Turn) -> None:
        price = stripe.Price.create(
            currency="eur", unit_amount=1200, recurring={"interval": "month"}, product_data={"name": "Club"}
        )
        self.customer = stripe.Customer.create(email="a@example.com").id
        self.change_card(turn)
        days = turn.arguments.get("trial_days")
        trial = {"trial_period_days": days} if days else {}
        stripe.Subscription.create(customer=self.customer, items=[{"price": price.id}], **trial)

    def change_card(self, turn: Turn) -> None:
        method = stripe.PaymentMethod.attach(turn.card, customer=self.customer)
        stripe.Customer.modify(self.customer, invoice_settings={"default_payment_method": method.id})

    def pay_seller(self, turn: Turn) -> None:
        wanted = {"transfers": {"requested": True}}
        seller = stripe.Account.create(type="custom", capabilities=wanted, tos_acceptance={"date": 1, "ip": "127.0.0.1"})
        self.intent = stripe.PaymentIntent.create(
            amount=1200,
            currency="eur",
            payment_method=turn.card,
            confirm=True,
            application_fee_amount=120,
            transfer_data={"destination": seller.id},
        ).id

    def answer_dispute(self, turn: Turn) -> None:
        disputes = stripe.Dispute.list(payment_intent=self.intent).data
        stripe.Dispute.modify(disputes[0].id, evidence={"customer_name": "Jo", **turn.arguments})

    def save_card(self, turn: Turn) -> None:
        self.customer = stripe.Customer.create(email="a@example.com").id
        self.asked = {"payment_method": stripe.PaymentMethod.attach(turn.card, customer=self.customer).id}

    def charge_saved_card(self, turn: Turn) -> None:
        with pytest.raises(stripe.CardError):
            stripe.PaymentIntent.create(
                amount=1200, currency="eur", customer=self.customer, confirm=True, off_session=True, **self.asked
            )

    def check_out(self, turn: Turn) -> None:
        price = {"currency": "eur", "unit_amount": 1200, "product_data": {"name": "Book"}}
        items = [{"price_data": price, "quantity": 1}]
        made = stripe.checkout.Session.create(mode="payment", line_items=items, success_url="https://shop.example/thanks")
        self.session = made.id

    def webhook(self, payload: bytes, headers: dict[str, str]) -> int:
        try:
            stripe.Webhook.construct_event(payload, headers.get("Stripe-Signature", ""), self.secret)
        except (ValueError, stripe.SignatureVerificationError):
            return 400
        event = json.loads(payload)
        if event["id"] in self.handled:
            return 200
        self.handled.add(event["id"])
        if event["type"] == "payment_intent.succeeded":
            self.fulfilled.append(event["data"]["object"]["id"])
        return 200


@pytest.fixture
def box() -> Iterator[StripeSandbox]:
    with StripeSandbox(check_answers=True) as made:
        yield made


@pytest.fixture
def shop(box: StripeSandbox, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(stripe, "max_network_retries", 2)
    made = Shop(box)
    made.secret = made.endpoint.secret
    return made


@pytest.mark.parametrize("scenario", scenarios())
def test_every_scenario_that_ships_plays_to_its_end(box: StripeSandbox, shop: Shop, scenario: str) -> None:
    story = box.play(scenario, **{act: getattr(shop, act) for act in load(scenario).acts()})
    assert story.finished
    assert len(shop.fulfilled) == len(set(shop.fulfilled))
