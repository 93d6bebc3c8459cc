"""Refunds: accepted as PENDING, and COMPLETED soon after, unless they fail and the money comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import disputes
from payproof.sandbox.square.behaviour.payments import money
from payproof.sandbox.square.books import DAY, PAYMENT, REFUND, Books, Object

ARRIVES = 60
"""Seconds of the sandbox clock after which a refund is completed: the sandbox's own."""

YEAR = 365 * DAY
_WAITING = ("APPROVED", "PENDING")


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Refund a part of a payment, or all of it; never more than is left."""
    payment = books.named(PAYMENT, asked["payment_id"], "payment_id")
    amount = money(asked.get("amount_money"), "amount_money")
    _check(books, payment, amount)
    made = books.new(
        REFUND,
        f"{payment['id']}_{books.box.ids.text(43)}",
        status="PENDING",
        amount_money=amount,
        payment_id=payment["id"],
        order_id=payment.get("order_id"),
        location_id=payment["location_id"],
        reason=asked.get("reason"),
        team_member_id=asked.get("team_member_id"),
        destination_type=payment["source_type"],
        created_at=books.time(),
        updated_at=books.time(),
    )
    payment.setdefault("refund_ids", []).append(made["id"])
    _count(books, payment, amount["amount"])
    books.emit("refund.created", REFUND, made)
    books.at(books.now() + ARRIVES, lambda later: made["status"] == "PENDING" and settle(later, made))
    return made


def settle(books: Books, refund: Object) -> Object:
    """A pending refund arrives."""
    books.changed(REFUND, refund, status="COMPLETED")
    books.emit("refund.updated", REFUND, refund)
    return refund


def fail(books: Books, refund: Object) -> Object:
    """A pending refund does not arrive: the money comes back."""
    books.changed(REFUND, refund, status="FAILED")
    _count(books, books.of(PAYMENT, refund["payment_id"]), -refund["amount_money"]["amount"])
    books.emit("refund.updated", REFUND, refund)
    return refund


def left(payment: Object) -> int:
    """Return what of a payment has not been refunded, in minor units."""
    return int(payment["total_money"]["amount"] - payment["refunded_money"]["amount"])


def _check(books: Books, payment: Object, amount: Object) -> None:
    if payment["status"] in _WAITING:
        raise _refused("REFUND_ERROR_PAYMENT_NEEDS_COMPLETION", "The payment is not completed.", "payment_id")
    if payment["status"] != "COMPLETED" or books.now() > payment["_taken"] + YEAR:
        raise _refused("PAYMENT_NOT_REFUNDABLE", "The payment cannot be refunded.", "payment_id")
    if disputes.against(books, payment["id"]):
        raise _refused("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "The payment is disputed.", "payment_id")
    if amount["currency"] != payment["total_money"]["currency"]:
        raise errors.invalid("CURRENCY_MISMATCH", "amount_money.currency", "The currency is not that of the payment.")
    if amount["amount"] > left(payment):
        raise _refused(
            "REFUND_AMOUNT_INVALID", "The requested refund amount exceeds what is left of the payment.", "amount_money.amount"
        )


def _refused(code: str, detail: str, field: str) -> Refused:
    return errors.refusal(400, errors.REFUND, code, detail, field)


def _count(books: Books, payment: Object, units: int) -> None:
    total = payment["refunded_money"]
    books.changed(PAYMENT, payment, refunded_money={**total, "amount": total["amount"] + units})
    books.emit("payment.updated", PAYMENT, payment)
