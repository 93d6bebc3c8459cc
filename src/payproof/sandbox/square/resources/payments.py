"""Payments."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import payments
from payproof.sandbox.square.books import PAYMENT
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint

LONGEST = 45


@endpoint(
    "POST",
    "/v2/payments",
    keyed=True,
    longest=LONGEST,
    # What a browser verified is not played; a token that needs it is refused by its own test value.
    without_effect=("verification_token", "buyer_phone_number", "customer_details"),
)
def create(call: Call) -> Any:
    return Made(PAYMENT, payments.create(call.books, call.body))


@endpoint("GET", "/v2/payments", query=("cursor", "limit", "location_id", "sort_order", "total"))
def show_all(call: Call) -> Any:
    found = [payment for payment in call.books.shelf(PAYMENT).values() if _wanted(call, payment)]
    return listed(call, found if call.query.get("sort_order") == "ASC" else found[::-1], "payments")


@endpoint("POST", "/v2/payments/cancel", keyed=True, longest=LONGEST)
def cancel_by_key(call: Call) -> Any:
    """Cancel the payment that was asked for under a key; there may be none, and that is no error."""
    made = next(call.books.where(PAYMENT, _key=call.body["idempotency_key"]), None)
    if made is not None and made["status"] == "APPROVED":
        payments.cancel(call.books, made)
    elif made is not None and made["status"] == "COMPLETED":
        payments.check_open(made)
    return {}


@endpoint("GET", "/v2/payments/{payment_id}")
def show(call: Call) -> Any:
    return Made(PAYMENT, call.subject(PAYMENT))


@endpoint("PUT", "/v2/payments/{payment_id}", keyed=True, longest=LONGEST)
def update(call: Call) -> Any:
    asked = call.body.get("payment") or {}
    strange = set(asked) - {"amount_money", "tip_money", "version_token"}
    if strange:
        raise errors.invalid("BAD_REQUEST", f"payment.{min(strange)}", "This field of a payment cannot be changed.")
    return Made(PAYMENT, payments.update(call.books, call.subject(PAYMENT), asked))


@endpoint("POST", "/v2/payments/{payment_id}/cancel")
def cancel(call: Call) -> Any:
    return Made(PAYMENT, payments.cancel(call.books, call.subject(PAYMENT)))


@endpoint("POST", "/v2/payments/{payment_id}/complete")
def complete(call: Call) -> Any:
    payment = call.subject(PAYMENT)
    if call.body.get("version_token") not in (None, payment["version_token"]):
        raise errors.conflict("The version token is not the present one.", "version_token")
    return Made(PAYMENT, payments.complete(call.books, payment))


def _wanted(call: Call, payment: dict[str, Any]) -> bool:
    place, total = call.query.get("location_id"), call.query.get("total")
    return place in (None, payment["location_id"]) and total in (None, str(payment["total_money"]["amount"]))
