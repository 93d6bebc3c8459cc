"""Square, through the official `squareup`; webhooks by its own `verify_signature`."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
from square import Square
from square.core.api_error import ApiError
from square.environment import SquareEnvironment
from square.utils.webhooks_helper import verify_signature
from terms import Answered, Lost, Terms

from payproof.sandbox import SandboxError

API = "https://connect.squareupsandbox.com"
ONCE: Any = {"max_retries": 0}
"""The SDK's own option: the contract looks at single answers."""


class SquareTerms(Terms):
    name = "square"
    on = "POST /v2/payments"
    effect = "payment"
    retention = None
    mismatch = Answered(400, "IDEMPOTENCY_KEY_REUSED")
    in_flight = Answered(409, "CONFLICT")
    too_much = Answered(400, "REFUND_AMOUNT_INVALID")
    illegal = {
        "complete again": Answered(400, "DELAYED_TRANSACTION_CAPTURED"),
        "complete what is canceled": Answered(400, "DELAYED_TRANSACTION_CANCELED"),
        "cancel what is completed": Answered(400, "DELAYED_TRANSACTION_CAPTURED"),
        "refund what is approved": Answered(400, "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION"),
        "refund again": Answered(400, "REFUND_AMOUNT_INVALID"),
    }
    declines = {
        "cnon:card-nonce-declined": Answered(402, "GENERIC_DECLINE"),
        "cnon:card-nonce-rejected-cvv": Answered(402, "CVV_FAILURE"),
        "cnon:card-nonce-rejected-postalcode": Answered(402, "ADDRESS_VERIFICATION_FAILURE"),
        "cnon:card-nonce-rejected-expiration": Answered(400, "INVALID_EXPIRATION"),
    }
    open_dispute = "EVIDENCE_REQUIRED"
    refunded = {"refund": "PENDING", "partly": "COMPLETED", "wholly": "COMPLETED"}

    @property
    def client(self) -> Square:
        return Square(token=self.box.api_key, environment=SquareEnvironment.SANDBOX)

    def ask(self, key: str | None, amount: int = 500) -> Answered:
        # CreatePayment requires a key: an application without one of its own makes one up.
        return self.created(key or str(uuid.uuid4()), amount)

    def pay(self, order: str = "42", amount: int = 1200, value: str = "") -> Answered:
        return self.created(str(uuid.uuid4()), amount, value or "cnon:card-nonce-ok", reference_id=order)

    def created(self, key: str, amount: int, source: str = "cnon:card-nonce-ok", **more: Any) -> Answered:
        money: Any = {"amount": amount, "currency": "USD"}
        return answered(
            lambda: (
                self.client.payments.create(
                    source_id=source, idempotency_key=key, amount_money=money, request_options=ONCE, **more
                ).payment
            )
        )

    def refund(self, payment: str, amount: int | None = None) -> Answered:
        found: Any = self.client.payments.get(payment_id=payment).payment
        left = found.total_money.amount - (found.refunded_money.amount if found.refunded_money else 0)
        money: Any = {"amount": (left or 1) if amount is None else amount, "currency": "USD"}
        return answered(
            lambda: (
                self.client.refunds.refund_payment(
                    idempotency_key=str(uuid.uuid4()), amount_money=money, payment_id=payment
                ).refund
            )
        )

    def step(self, name: str) -> Answered:
        approved = self.created(str(uuid.uuid4()), 1200, autocomplete=False).id
        payments = self.client.payments
        if name == "refund what is approved":
            return self.refund(approved)
        if name == "complete what is canceled":
            payments.cancel(payment_id=approved)
            return answered(lambda: payments.complete(payment_id=approved).payment)
        payments.complete(payment_id=approved)
        if name == "complete again":
            return answered(lambda: payments.complete(payment_id=approved).payment)
        if name == "cancel what is completed":
            return answered(lambda: payments.cancel(payment_id=approved).payment)
        self.refund(approved)
        return self.refund(approved)

    def unknown(self) -> object:
        money: Any = {"amount": 500, "currency": "USD", "colour": "red"}
        return answered(
            lambda: self.client.payments.create(source_id="cnon:card-nonce-ok", idempotency_key="one", amount_money=money).payment
        )

    def live(self) -> object:
        # The default of the SDK.
        return Square(token=self.box.api_key).payments.get(payment_id="1")

    def raw(self, post: Any) -> int:
        body = {
            "source_id": "cnon:card-nonce-ok",
            "idempotency_key": "one",
            "amount_money": {"amount": 1200, "currency": "USD"},
        }
        made = post(f"{API}/v2/payments", json=body, headers={"Authorization": f"Bearer {self.box.api_key}"})
        return int(made.status_code)

    def verifies(self, payload: bytes, headers: Any, endpoint: Any) -> bool:
        return verify_signature(
            request_body=payload.decode(),
            signature_header=headers.get("x-square-hmacsha256-signature", ""),
            signature_key=endpoint.secret,
            notification_url=endpoint.url,
        )


def answered(act: Any) -> Answered:
    try:
        made = act()
    except ApiError as error:
        if not isinstance(error.body, dict):
            raise Lost from error
        return Answered(error.status_code or 0, error.body["errors"][0]["code"])
    except SandboxError:
        raise
    except httpx.HTTPError as error:
        raise Lost from error
    if made is None:
        raise Lost
    return Answered(200, "", made.id)
