"""Payments v2: authorizations, captures and refunds."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.paypal.answering import prefers_whole
from payproof.sandbox.paypal.behaviour import authorizations, refunds
from payproof.sandbox.paypal.books import AUTHORIZATION, CAPTURE, REFUND, TRANSACTION
from payproof.sandbox.paypal.call import Call, Made, unplayed
from payproof.sandbox.paypal.routes import HOUR, endpoint

KEPT = 45 * 24 * HOUR
AUTHORIZATIONS = "/v2/payments/authorizations"
CAPTURES = "/v2/payments/captures"


@endpoint("GET", f"{AUTHORIZATIONS}/{{id}}", answers="PaymentAuthorization", kind=AUTHORIZATION)
def show_authorization(call: Call) -> Any:
    return Made(AUTHORIZATION, call.subject(AUTHORIZATION, "authorization_id"))


@endpoint(
    "POST",
    f"{AUTHORIZATIONS}/{{id}}/capture",
    status=201,
    body="CaptureRequest",
    answers="CapturedPayment",
    kind=CAPTURE,
    keeps=KEPT,
)
def capture(call: Call) -> Any:
    unplayed(call, "payment_instruction")
    call.body.get("soft_descriptor")
    return Made(CAPTURE, authorizations.capture(call.books, call.subject(AUTHORIZATION, "authorization_id"), call.body))


@endpoint(
    "POST",
    f"{AUTHORIZATIONS}/{{id}}/reauthorize",
    status=201,
    body="ReauthorizeRequest",
    answers="PaymentAuthorization",
    kind=AUTHORIZATION,
    keeps=KEPT,
)
def reauthorize(call: Call) -> Any:
    subject = call.subject(AUTHORIZATION, "authorization_id")
    return Made(AUTHORIZATION, authorizations.reauthorize(call.books, subject, call.body))


@endpoint("POST", f"{AUTHORIZATIONS}/{{id}}/void", answers="PaymentAuthorization", kind=AUTHORIZATION)
def void(call: Call) -> Any:
    voided = authorizations.void(call.books, call.subject(AUTHORIZATION, "authorization_id"))
    return Made(AUTHORIZATION, voided) if prefers_whole(call.request) else None


@endpoint("GET", f"{CAPTURES}/{{id}}", answers="CapturedPayment", kind=CAPTURE)
def show_capture(call: Call) -> Any:
    return Made(CAPTURE, call.subject(CAPTURE, "capture_id"))


@endpoint("POST", f"{CAPTURES}/{{id}}/refund", status=201, body="RefundRequest", answers="Refund", kind=REFUND, keeps=KEPT)
def refund(call: Call) -> Any:
    """Refund a capture, or a sale of a subscription, which PayPal knows by the same kind of id."""
    unplayed(call, "payment_instruction")
    sale = call.books.find(TRANSACTION, call.ids[0])
    if sale is not None:
        return Made(REFUND, refunds.create(call.books, TRANSACTION, sale, call.body))
    return Made(REFUND, refunds.create(call.books, CAPTURE, call.subject(CAPTURE, "capture_id"), call.body))


@endpoint("GET", "/v2/payments/refunds/{id}", answers="Refund", kind=REFUND)
def show_refund(call: Call) -> Any:
    return Made(REFUND, call.subject(REFUND, "refund_id"))
