"""Plays every Square scenario that ships with a small shop that uses the unmodified SDK."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from calling import OK, usd
from square import Square
from square.core.api_error import ApiError
from square.utils.webhooks_helper import verify_signature

from payproof.sandbox import SquareSandbox
from payproof.sandbox.scenarios import Turn, load, scenarios


class Shop:
    """One order, paid through Square: each method is something that a scenario may ask for."""

    def __init__(self, box: SquareSandbox, square: Square) -> None:
        self.square = square
        self.endpoint = box.webhooks.endpoint(self.webhook)
        self.attempt = 0
        self.asked: dict[str, Any] = {}
        self.payment = self.subscription = ""
        self.handled: set[str] = set()
        self.fulfilled: set[str] = set()

    def pay(self, turn: Turn) -> None:
        self.attempt += 1
        self.asked = {"source_id": turn.card or OK, "amount_money": usd(1200), "idempotency_key": f"order-7-{self.attempt}"}
        self.asked |= {"autocomplete": turn.arguments.get("complete", True), "reference_id": "7"}
        self.retry(turn)

    def retry(self, turn: Turn) -> None:
        try:
            self.payment = str(self.square.payments.create(**self.asked).payment.id)
        except ApiError as error:
            assert error.body["errors"]
        except httpx.TransportError:
            pass

    def capture(self, turn: Turn) -> None:
        self.square.payments.complete(payment_id=self.payment)

    def cancel(self, turn: Turn) -> None:
        if self.subscription:
            self.square.subscriptions.cancel(subscription_id=self.subscription)
            return
        self.square.payments.cancel_by_idempotency_key(idempotency_key=self.asked["idempotency_key"])

    def refund(self, turn: Turn) -> None:
        amount = usd(turn.arguments.get("amount", 1200))
        self.square.refunds.refund_payment(payment_id=self.payment, amount_money=amount, idempotency_key="refund-7")

    def check_out(self, turn: Turn) -> None:
        quick: Any = {"name": "Book", "price_money": usd(1200), "location_id": "L1"}
        assert self.square.checkout.payment_links.create(idempotency_key="link-7", quick_pay=quick).payment_link.url

    def subscribe(self, turn: Turn) -> None:
        customer = self.square.customers.create(email_address="a@example.com").customer.id
        card = self.square.cards.create(idempotency_key="card-7", source_id=OK, card={"customer_id": customer}).card.id
        phases = [{"cadence": "MONTHLY", "pricing": {"type": "STATIC", "price_money": usd(1200)}}]
        plan = self.kept({"type": "SUBSCRIPTION_PLAN", "id": "#plan", "subscription_plan_data": {"name": "Box"}})
        data = {"name": "Monthly", "subscription_plan_id": plan, "phases": phases}
        variation = self.kept({"type": "SUBSCRIPTION_PLAN_VARIATION", "id": "#v", "subscription_plan_variation_data": data})
        asked = {"location_id": "L1", "plan_variation_id": variation, "customer_id": customer, "card_id": card}
        self.subscription = self.square.subscriptions.create(idempotency_key="subscription-7", **asked).subscription.id

    def kept(self, asked: Any) -> str:
        return str(self.square.catalog.object.upsert(idempotency_key=asked["id"], object=asked).catalog_object.id)

    def answer_dispute(self, turn: Turn) -> None:
        (dispute,) = self.square.disputes.list()
        self.square.disputes.create_evidence_text(dispute_id=dispute.id, idempotency_key="text-7", evidence_text="It arrived")
        self.square.disputes.submit_evidence(dispute_id=dispute.id)

    def webhook(self, payload: bytes, headers: dict[str, str]) -> int:
        signature = headers.get("x-square-hmacsha256-signature")
        if signature is None or not verify_signature(
            request_body=payload.decode(),
            signature_header=signature,
            signature_key=self.endpoint.secret,
            notification_url=self.endpoint.url,
        ):
            return 400
        event = json.loads(payload)
        if event["event_id"] not in self.handled:
            self.handled.add(event["event_id"])
            found = event["data"]["object"].get("payment", {})
            self.fulfilled |= {found["id"]} if found.get("status") == "COMPLETED" else set()
        return 200


@pytest.mark.parametrize("scenario", scenarios(processor="square"))
def test_every_scenario_that_ships_plays_to_its_end(box: SquareSandbox, square: Square, scenario: str) -> None:
    shop = Shop(box, square)
    story = box.play(scenario, **{act: getattr(shop, act) for act in load(scenario).acts()})
    assert story.finished
    assert len(shop.fulfilled) <= 1


def test_every_story_is_told_of_objects_that_there_are(box: SquareSandbox) -> None:
    from payproof.sandbox.square.books import KINDS

    for name in scenarios(processor="square"):
        for step in load(name).steps:
            kinds = [kind for key in ("objects", "count", "until") for kind in step.content.get(key, ())]
            assert set(kinds) <= set(KINDS), name
