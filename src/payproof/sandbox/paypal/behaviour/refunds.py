"""Refunds: money that goes back to the payer, whole or in parts, within 180 days; of captures, and of a subscription's sales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.paypal import amounts, answering, errors, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import disputes
from payproof.sandbox.paypal.books import CAPTURE, REFUND, Books, Object, link, read_time

DAYS = 180
_NOT_REFUNDABLE = {
    "PENDING": "PENDING_CAPTURE",
    "REFUNDED": "CAPTURE_FULLY_REFUNDED",
    "DECLINED": "REFUND_NOT_ALLOWED",
    "FAILED": "REFUND_NOT_ALLOWED",
}


def create(books: Books, kind: str, capture: Object, asked: Mapping[str, Any]) -> Object:
    """Refund what a request asks for, all that is left by default.

    `capture` is a capture or, of the kind `transaction`, a sale. Emits PAYMENT.CAPTURE.REFUNDED, PAYMENT.SALE.REFUNDED or
    PAYMENT.REFUND.PENDING.
    """
    _check_refundable(books, capture, partial=asked.get("amount") is not None)
    currency, amount = capture["_currency"], asked.get("amount")
    left = capture["_units"] - capture["_refunded"]
    units = left if amount is None else amounts.minor(amount)
    if amount is not None and amount["currency_code"] != currency:
        raise errors.unprocessable("REFUND_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", amount["currency_code"])
    if units > left:
        raise errors.unprocessable("REFUND_AMOUNT_EXCEEDED", "/amount/value", amount and amount["value"])
    if asked.get("invoice_id") and any(books.where(REFUND, invoice_id=asked["invoice_id"])):
        raise errors.unprocessable("DUPLICATE_INVOICE_ID", "/invoice_id", asked["invoice_id"])
    pending = kind == CAPTURE and bool(values.named(capture["_value"]).pending)
    made = books.new(
        REFUND,
        books.identifier(),
        status="PENDING" if pending else "COMPLETED",
        amount=amounts.money(currency, units),
        create_time=books.time(),
        update_time=books.time(),
        _units=units,
        _currency=currency,
        _kind=kind,
        _capture=capture["id"],
        _order=capture.get("_order"),
        _reference=capture.get("_reference"),
        **{name: asked[name] for name in ("invoice_id", "custom_id", "note_to_payer") if asked.get(name)},
    )
    if pending:
        made["status_details"] = {"reason": "ECHECK"}
    _refunded(books, kind, capture, units)
    arrived = "PAYMENT.CAPTURE.REFUNDED" if kind == CAPTURE else "PAYMENT.SALE.REFUNDED"
    books.emit("PAYMENT.REFUND.PENDING" if pending else arrived, REFUND, whole(books, REFUND, made))
    return made


def settle(books: Books, refund: Object) -> Object:
    """A pending refund arrives."""
    refund.pop("status_details", None)
    books.changed(REFUND, refund, status="COMPLETED")
    books.emit("PAYMENT.CAPTURE.REFUNDED", REFUND, whole(books, REFUND, refund))
    return refund


def fail(books: Books, refund: Object) -> Object:
    """A refund does not arrive: the money comes back."""
    refund.pop("status_details", None)
    books.changed(REFUND, refund, status="FAILED")
    kind = refund["_kind"]
    _refunded(books, kind, books.of(kind, refund["_capture"]), -refund["_units"])
    books.emit("PAYMENT.REFUND.FAILED", REFUND, whole(books, REFUND, refund))
    return refund


def _check_refundable(books: Books, capture: Object, *, partial: bool) -> None:
    if capture["status"] in _NOT_REFUNDABLE:
        raise errors.unprocessable(_NOT_REFUNDABLE[capture["status"]])
    if books.now() > read_time(capture.get("create_time") or capture["time"], "/time") + DAYS * 86_400:
        raise errors.unprocessable("REFUND_TIME_LIMIT_EXCEEDED")
    if capture.get("_charged_back"):
        raise errors.unprocessable("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
    if partial and disputes.open_against(books, capture["id"]):
        raise errors.unprocessable("TRANSACTION_DISPUTED")


def _refunded(books: Books, kind: str, capture: Object, units: int) -> None:
    total = capture["_refunded"] + units
    status = "COMPLETED" if not total else "REFUNDED" if total == capture["_units"] else "PARTIALLY_REFUNDED"
    books.changed(kind, capture, status=status, _refunded=total)


@answering.view(REFUND)
def _view(books: Books, refund: Object) -> Object:
    found = answering.without(refund)
    currency = refund["_currency"]
    before = sum(one["_units"] for one in books.where(REFUND, _capture=refund["_capture"]) if one["status"] != "FAILED")
    found["seller_payable_breakdown"] = {
        "gross_amount": amounts.money(currency, refund["_units"]),
        "paypal_fee": amounts.money(currency, 0),
        "net_amount": amounts.money(currency, refund["_units"]),
        "total_refunded_amount": amounts.money(currency, before),
    }
    return found


@answering.links(REFUND)
def _links(refund: Object) -> list[dict[str, str]]:
    return [link(f"/v2/payments/refunds/{refund['id']}", "self"), link(f"/v2/payments/captures/{refund['_capture']}", "up")]
