"""Payments: taken at once, or approved first and completed, canceled or left until their delay is over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.square import errors, ledger, values
from payproof.sandbox.square.behaviour import disputes, orders, sources
from payproof.sandbox.square.books import CUSTOMER, LOCATION, ORDER, PAYMENT, Books, Object, written
from payproof.sandbox.square.values import TestValue

DELAY = "P7D"
"""How long an online payment stays approved (description of CreatePayment, squareup 46)."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
_KEPT = (
    *("customer_id", "reference_id", "note", "buyer_email_address", "billing_address", "shipping_address", "team_member_id"),
    *("statement_description_identifier", "order_id"),
)
_OVER = {
    "COMPLETED": "DELAYED_TRANSACTION_CAPTURED",
    "CANCELED": "DELAYED_TRANSACTION_CANCELED",
    "FAILED": "DELAYED_TRANSACTION_FAILED",
}


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Take a payment as a request asks for it. A decline by the bank leaves a FAILED payment and is refused."""
    amount = money(asked.get("amount_money"), "amount_money")
    tip = money(asked["tip_money"], "tip_money", zero=True) if asked.get("tip_money") else None
    complete = asked.get("autocomplete") is not False
    if asked.get("customer_id"):
        books.named(CUSTOMER, asked["customer_id"], "customer_id")
    total = {**amount, "amount": amount["amount"] + (tip["amount"] if tip else 0)}
    delayed = _delay(asked)
    value, card = sources.of(books, asked["source_id"], asked.get("customer_id"))
    if asked.get("order_id"):
        orders.check_payable(books, asked["order_id"], amount, complete=complete)
    if value.code and value.status == 400:
        raise sources.declined(value)
    if value.source == "BANK_ACCOUNT" and not complete:
        raise errors.invalid("INVALID_VALUE", "autocomplete", "A bank payment cannot be delayed.")
    made = books.new(
        PAYMENT,
        created_at=books.time(),
        updated_at=books.time(),
        amount_money=amount,
        tip_money=tip,
        total_money=total,
        status="PENDING" if value.source == "BANK_ACCOUNT" else "APPROVED",
        source_type="BANK_ACCOUNT" if value.source == "BANK_ACCOUNT" else "CARD",
        location_id=asked.get("location_id") or LOCATION,
        version_token=books.box.ids.text(43),
        _key=asked.get("idempotency_key"),
        _value=value.name,
        **{name: asked.get(name) for name in _KEPT},
    )
    if value.source != "BANK_ACCOUNT":
        made["card_details"] = _card_details(value, card)
        made["approved_money"] = dict(total)
    if value.code:
        _fail(books, made, value)
    if not complete:
        _wait(books, made, delayed, asked.get("delay_action") or "CANCEL")
    books.emit("payment.created", PAYMENT, made)
    if complete and made["status"] == "APPROVED":
        _take(books, made)
    return made


def complete(books: Books, payment: Object) -> Object:
    """Take an approved payment. Refused in every other state."""
    check_open(payment)
    if payment.get("order_id"):
        orders.check_payable(books, payment["order_id"], payment["amount_money"], complete=True)
    return _take(books, payment)


def take_together(books: Books, order: Object, payments: Sequence[Object]) -> None:
    """Take payments that were approved for one order, and with them the order is paid."""
    for payment in payments:
        _take(books, payment, alone=False)
    orders.paid(books, order, payments)


def cancel(books: Books, payment: Object) -> Object:
    """Give an approved payment up. Refused in every other state."""
    check_open(payment)
    return _changed(books, payment, status="CANCELED", card_details={**payment["card_details"], "status": "VOIDED"})


def update(books: Books, payment: Object, asked: Mapping[str, Any]) -> Object:
    """Change the amount or the tip of an approved payment. Refused in every other state, and by a version token that is old."""
    if asked.get("version_token") not in (None, payment["version_token"]):
        raise errors.conflict("The version token is not the present one.", "payment.version_token")
    check_open(payment)
    amount = money(asked["amount_money"], "payment.amount_money") if asked.get("amount_money") else payment["amount_money"]
    tip = money(asked["tip_money"], "payment.tip_money", zero=True) if asked.get("tip_money") else payment.get("tip_money")
    total = {**amount, "amount": amount["amount"] + (tip["amount"] if tip else 0)}
    changes = {"amount_money": amount, "total_money": total, "approved_money": dict(total)}
    return _changed(books, payment, **changes, **({"tip_money": tip} if tip else {}))


def settle(books: Books, payment: Object, *, succeed: bool) -> Object:
    """A bank payment that is pending comes out."""
    if succeed:
        return _take(books, payment)
    return _changed(books, payment, status="FAILED")


def check_open(payment: Object) -> None:
    """Refuse a payment that is not approved (any more)."""
    if payment["status"] != "APPROVED":
        code = _OVER.get(payment["status"], "BAD_REQUEST")
        raise errors.invalid(code, "payment_id", f"Payment {payment['id']} is in inactive state {payment['status']}.")


def money(given: Any, field: str, *, zero: bool = False) -> Object:
    """Return an amount as it is kept; refused when it is none or not above zero."""
    if not given or given.get("amount") is None:
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", f"{field}.amount", "Missing required parameter.")
    if not given.get("currency"):
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", f"{field}.currency", "Missing required parameter.")
    if given["amount"] < (0 if zero else 1):
        raise errors.invalid("VALUE_TOO_LOW", f"{field}.amount", f"`{field}.amount` must be greater than {-1 if zero else 0}.")
    return {"amount": given["amount"], "currency": given["currency"]}


def _take(books: Books, payment: Object, *, alone: bool = True) -> Object:
    total = payment["total_money"]
    fee = {"amount": ledger.fee(total["amount"]), "currency": total["currency"]}
    changes: Object = {"status": "COMPLETED", "refunded_money": {**total, "amount": 0}, "_taken": books.now()}
    changes["processing_fee"] = [{"effective_at": books.time(), "type": "INITIAL", "amount_money": fee}]
    if "card_details" in payment:
        changes["card_details"] = {**payment["card_details"], "status": "CAPTURED"}
    _changed(books, payment, **changes)
    if alone and payment.get("order_id"):
        orders.paid(books, books.of(ORDER, payment["order_id"]), [payment])
    reason = values.disputed_amounts().get(payment["amount_money"]["amount"])
    if reason:
        disputes.open_dispute(books, payment, reason)
    return payment


def _fail(books: Books, payment: Object, value: TestValue) -> None:
    error = sources.declined(value).answer.body["errors"][0]
    payment["card_details"] |= {"status": "FAILED", "errors": [error]}
    payment |= {"status": "FAILED"}
    payment.pop("approved_money")
    books.emit("payment.created", PAYMENT, payment)
    sent = {name: field for name, field in payment.items() if name[0] != "_"}
    raise sources.declined(value, payment=sent)


def _wait(books: Books, payment: Object, delayed: tuple[str, int], action: str) -> None:
    duration, seconds = delayed
    until = books.now() + seconds
    payment |= {"delay_duration": duration, "delay_action": action, "delayed_until": written(until)}
    books.at(until, lambda later: _expire(later, payment))


def _expire(books: Books, payment: Object) -> None:
    if payment["status"] == "APPROVED":
        (_take if payment["delay_action"] == "COMPLETE" else cancel)(books, payment)


def _delay(asked: Mapping[str, Any]) -> tuple[str, int]:
    text = asked.get("delay_duration") or DELAY
    found = _DURATION.match(text)
    parts = [int(part or 0) for part in found.groups()] if found else []
    if not any(parts):
        raise errors.invalid("INVALID_VALUE", "delay_duration", f"{text} is no duration.")
    days, hours, minutes, seconds = parts
    return text, days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def _card_details(value: TestValue, card: Object | None) -> Object:
    on_file = card is not None or value.source == "CARD_ON_FILE"
    return {
        "status": "AUTHORIZED",
        "card": sources.shown(card),
        "entry_method": "ON_FILE" if on_file else "KEYED",
        "cvv_status": "CVV_REJECTED" if value.code == "CVV_FAILURE" else "CVV_ACCEPTED",
        "avs_status": "AVS_REJECTED" if value.code == "ADDRESS_VERIFICATION_FAILURE" else "AVS_ACCEPTED",
    }


def _changed(books: Books, payment: Object, **changes: Any) -> Object:
    books.changed(PAYMENT, payment, version_token=books.box.ids.text(43), **changes)
    books.emit("payment.updated", PAYMENT, payment)
    return payment


def attempt(books: Books, order: Object, source: str, **more: Any) -> bool:
    """Pay an order by something of Square's own (a page, an invoice); return whether money arrived. A decline is no error."""
    asked = {"source_id": source, "amount_money": order["net_amount_due_money"], "order_id": order["id"], **more}
    try:
        return bool(create(books, {"location_id": order["location_id"], **asked})["status"] == "COMPLETED")
    except Refused:
        return False
