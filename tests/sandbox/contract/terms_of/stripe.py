"""Stripe, through the official `stripe` package."""

from __future__ import annotations

from typing import Any

import stripe
from terms import Answered, Lost, Terms

AUTOMATIC = {"enabled": True, "allow_redirects": "never"}


class StripeTerms(Terms):
    name = "stripe"
    on = "POST /v1/payment_intents"
    effect = "charge"
    retention = 86_400
    mismatch = Answered(400, "idempotency_error")
    in_flight = Answered(409, "idempotency_key_in_use")
    too_much = Answered(400, "invalid_request_error")
    illegal = {
        "capture again": Answered(400, "payment_intent_unexpected_state"),
        "refund again": Answered(400, "charge_already_refunded"),
    }
    declines = {
        "visa_chargeDeclined": Answered(402, "card_declined"),
        "chargeDeclinedExpiredCard": Answered(402, "expired_card"),
        "chargeDeclinedIncorrectCvc": Answered(402, "incorrect_cvc"),
        "visa_chargeDeclinedInsufficientFunds": Answered(402, "card_declined"),
    }
    open_dispute = "needs_response"
    refunded = {"refund": "succeeded", "partly": "succeeded", "wholly": "succeeded"}

    @property
    def client(self) -> Any:
        made = stripe.StripeClient(self.box.api_key, max_network_retries=0)
        return getattr(made, "v1", made)

    def ask(self, key: str | None, amount: int = 500) -> Answered:
        return self._created(amount, "pm_card_visa", {}, {"idempotency_key": key} if key else {})

    def pay(self, order: str = "42", amount: int = 1200, value: str = "") -> Answered:
        return self._created(amount, self.box.processor.test_value(value or "visa"), {"order_id": order}, {})

    def _created(self, amount: int, method: str, metadata: dict[str, str], options: dict[str, Any]) -> Answered:
        params = {"amount": amount, "currency": "eur", "payment_method": method, "confirm": True, "metadata": metadata}
        return answered(lambda: self.client.payment_intents.create({**params, "automatic_payment_methods": AUTOMATIC}, options))

    def refund(self, payment: str, amount: int | None = None) -> Answered:
        params = {"payment_intent": payment, **({} if amount is None else {"amount": amount})}
        return answered(lambda: self.client.refunds.create(params))

    def step(self, name: str) -> Answered:
        paid = self.pay().id
        if name == "capture again":
            return answered(lambda: self.client.payment_intents.capture(paid))
        self.refund(paid)
        return self.refund(paid)

    def unknown(self) -> object:
        return answered(lambda: self.client.payment_intents.create({"amount": 1200, "currency": "eur", "colour": "red"}))

    def live(self) -> object:
        return stripe.StripeClient("sk_" + "live_" + "payproofsample000").v1.balance.retrieve()

    def raw(self, post: Any) -> int:
        headers = {"Authorization": f"Bearer {self.box.api_key}"}
        sent = {"amount": 1200, "currency": "eur", "payment_method": "pm_card_visa", "confirm": "true"}
        sent |= {"return_url": "https://shop.example/done"}
        return int(post("https://api.stripe.com/v1/payment_intents", data=sent, headers=headers).status_code)

    def verifies(self, payload: bytes, headers: Any, endpoint: Any) -> bool:
        try:
            stripe.Webhook.construct_event(payload, headers.get("Stripe-Signature", ""), endpoint.secret)
        except (ValueError, stripe.SignatureVerificationError):
            return False
        return True


def answered(act: Any) -> Answered:
    try:
        made = act()
    except stripe.APIConnectionError as error:
        raise Lost from error
    except stripe.StripeError as error:
        if not isinstance(error.json_body, dict) or "error" not in error.json_body:
            raise Lost from error
        inner = error.json_body["error"]
        return Answered(error.http_status, inner.get("code") or inner["type"], "")
    return Answered(200, "", made.id)
