"""Plays every PayPal scenario that ships with a small shop that uses the unmodified SDK."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from paypal_asking import API, Api, euros
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.payment_source import PaymentSource
from paypalserversdk.models.paypal_wallet import PaypalWallet
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
from requests import RequestException

from payproof.sandbox import PayPalSandbox
from payproof.sandbox.scenarios import Turn, load, scenarios

SIGNED = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")


class Shop:
    """One order, paid through PayPal: each method is something that a scenario may ask for."""

    def __init__(self, box: PayPalSandbox, paypal: PaypalServersdkClient, api: Api) -> None:
        self.paypal, self.api = paypal, api
        self.endpoint = box.webhooks.endpoint(self.webhook)
        self.order = self.authorization = self.token = ""
        self.attempt = 0
        self.handled: set[str] = set()
        self.fulfilled = 0

    def check_out(self, turn: Turn) -> None:
        if turn.arguments.get("save"):
            context = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example"}
            wallet = {"usage_type": "MERCHANT", "experience_context": context}
            self.token = self.api.post("/v3/vault/setup-tokens", {"payment_source": {"paypal": wallet}}).json()["id"]
            return
        intent = "CAPTURE" if turn.arguments.get("capture", True) else "AUTHORIZE"
        self.order = self.paypal.orders.create_order(self.created(intent)).body.id

    def created(self, intent: str = "CAPTURE", source: PaymentSource | None = None) -> dict[str, Any]:
        unit = PurchaseUnitRequest(amount=AmountWithBreakdown("EUR", "12.00"), custom_id="42")
        more = {} if source is None else {"payment_source": source}
        return {"body": OrderRequest(intent=intent, purchase_units=[unit], **more), "paypal_request_id": "order-42-create"}

    def capture(self, turn: Turn) -> None:
        self.attempt += 1
        self.retry(turn)

    def retry(self, turn: Turn) -> None:
        key = {"paypal_request_id": f"order-42-capture-{self.attempt}"}
        try:
            if self.authorization:
                self.paypal.payments.capture_authorized_payment({"authorization_id": self.authorization, **key})
            else:
                self.paypal.orders.capture_order({"id": self.order, **key})
        except ApiException as error:
            assert error.response_code in (422, 429)
        except RequestException:
            pass

    def pay(self, turn: Turn) -> None:
        made = self.paypal.orders.authorize_order({"id": self.order}).body
        self.authorization = made.purchase_units[0].payments.authorizations[0].id

    def refund(self, turn: Turn) -> None:
        order = self.paypal.orders.get_order({"id": self.order}).body
        asked: dict[str, Any] = {"capture_id": order.purchase_units[0].payments.captures[0].id}
        if "amount" in turn.arguments:
            asked["body"] = RefundRequest(amount=Money("EUR", f"{turn.arguments['amount'] / 100:.2f}"))
        self.paypal.payments.refund_captured_payment(asked)

    def subscribe(self, turn: Turn) -> None:
        self.api.subscription(payment_failure_threshold=turn.arguments["threshold"], setup_fee=euros("0.00"))

    def save_card(self, turn: Turn) -> None:
        source = {"token": {"id": self.token, "type": "SETUP_TOKEN"}}
        self.token = self.api.post("/v3/vault/payment-tokens", {"payment_source": source}).json()["id"]

    def charge_saved_card(self, turn: Turn) -> None:
        with pytest.raises(ApiException):
            self.paypal.orders.create_order(self.created(source=PaymentSource(paypal=PaypalWallet(vault_id=self.token))))

    def webhook(self, payload: bytes, headers: dict[str, str]) -> int:
        fields = {name: headers.get(f"PAYPAL-{name.replace('_', '-').upper()}", "") for name in SIGNED}
        if not fields["cert_url"].startswith("https://api.sandbox.paypal.com/"):
            return 400
        # The bytes go back as they came.
        asked = json.dumps({**fields, "webhook_id": self.webhook_id}).encode()[:-1] + b', "webhook_event": ' + payload + b"}"
        token = self.api.client.headers["Authorization"]
        sent = {"Authorization": token, "Content-Type": "application/json"}
        said = httpx.post(f"{API}/v1/notifications/verify-webhook-signature", content=asked, headers=sent)
        if said.json()["verification_status"] != "SUCCESS":
            return 400
        event = json.loads(payload)
        if event["id"] not in self.handled:
            self.handled.add(event["id"])
            self.fulfilled += event["event_type"] == "PAYMENT.CAPTURE.COMPLETED"
        return 200

    webhook_id = ""


@pytest.fixture
def shop(box: PayPalSandbox, paypal: PaypalServersdkClient, api: Api) -> Shop:
    made = Shop(box, paypal, api)
    made.webhook_id = made.endpoint.secret
    return made


@pytest.mark.parametrize("scenario", scenarios(processor="paypal"))
def test_every_scenario_that_ships_plays_to_its_end(box: PayPalSandbox, shop: Shop, scenario: str) -> None:
    story = box.play(scenario, **{act: getattr(shop, act) for act in load(scenario).acts()})
    assert story.finished
    assert shop.fulfilled <= 1


def test_every_story_is_told_of_objects_that_there_are(box: PayPalSandbox) -> None:
    from payproof.sandbox.paypal.books import KINDS

    for name in scenarios(processor="paypal"):
        for step in load(name).steps:
            kinds = [kind for key in ("objects", "count", "until") for kind in step.content.get(key, ())]
            assert set(kinds) <= set(KINDS), name
