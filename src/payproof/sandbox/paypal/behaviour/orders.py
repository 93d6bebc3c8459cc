"""Orders: created, approved by the payer on PayPal's page, then captured or authorized once.

An order that is COMPLETED is not money: its captures say whether money was taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.paypal import amounts, answering, errors, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import authorizations, captures, sources
from payproof.sandbox.paypal.books import ORDER, SITE, Books, Object, link
from payproof.sandbox.paypal.roles import AGREED, AWAITED, CHALLENGED

ON_APPROVAL = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"


def create(books: Books, intent: str, units: list[Object], source: Mapping[str, Any] | None, **more: Any) -> Object:
    """Make an order; one that names a card or a vaulted source is paid in the same step."""
    if source is not None:
        name, details = sources.only(source)
        if sources.pays_at_once(name, details) and not sources.must_authenticate(name, details):
            check_payable(books, sources.value_of(books, name, details), units)
    order = books.new(
        ORDER,
        books.identifier(),
        intent=intent,
        status="CREATED",
        purchase_units=units,
        create_time=books.time(),
        _payer=AWAITED,
        _value=values.DEFAULT,
        _source=None,
        **more,
    )
    if source is not None:
        confirm(books, order, name, details)
        if order["_payer"] == AGREED:
            complete(books, order)
    return order


def confirm(books: Books, order: Object, name: str, details: Mapping[str, Any]) -> None:
    """Take what an order is to be paid with from a request."""
    order["_source"] = name
    if not sources.pays_at_once(name, details):
        books.changed(ORDER, order, status="PAYER_ACTION_REQUIRED", payment_source={"paypal": {}})
        return
    value = sources.value_of(books, name, details)
    order["_value"] = value.name
    order["payment_source"] = sources.shown(name, details) or sources.chosen(value)
    if sources.must_authenticate(name, details):
        books.changed(ORDER, order, status="PAYER_ACTION_REQUIRED", _payer=CHALLENGED)
    else:
        books.changed(ORDER, order, status="APPROVED", _payer=AGREED)


def approve(books: Books, order: Object, value: values.TestValue) -> Object:
    """The payer agrees on PayPal's page and pays with what `value` stands for."""
    if order["_payer"] != AWAITED:
        raise SandboxError(f"order {order['id']} waits for no approval; it is {order['status']}")
    payer = {} if value.source == "card" else {"payer": dict(sources.PAYER)}
    chosen = {"payment_source": sources.chosen(value), "_value": value.name, **payer}
    books.changed(ORDER, order, status="APPROVED", _payer=AGREED, **chosen)
    books.emit("CHECKOUT.ORDER.APPROVED", ORDER, whole(books, ORDER, order))
    if order.get("processing_instruction") == ON_APPROVAL:
        complete(books, order)
    return order


def authenticate(books: Books, order: Object, outcome: str) -> Object:
    """The card's holder answers the bank's challenge."""
    passed = outcome == "succeed"
    secure = {"authentication_status": "Y" if passed else "N", "enrollment_status": "Y"}
    result = {"liability_shift": "POSSIBLE" if passed else "NO", "three_d_secure": secure}
    order["payment_source"]["card"]["authentication_result"] = result
    if passed:
        books.changed(ORDER, order, status="APPROVED", _payer=AGREED)
    else:
        books.changed(ORDER, order)
    return order


def complete(books: Books, order: Object) -> None:
    """Take or reserve the money of an order that may be completed; refused as PayPal refuses before anything changes."""
    value = values.named(order["_value"])
    if value.issue:
        # The payer is to choose again; the order stays as it is.
        order["_payer"] = AWAITED
    check_payable(books, value, order["purchase_units"], [link(_page(order), "redirect"), _links(order)[0]])
    for unit in order["purchase_units"]:
        units, currency = amounts.of(unit["amount"]), unit["amount"]["currency_code"]
        if order["intent"] == "CAPTURE":
            captures.take(books, value, units, currency, unit, _order=order["id"])
        else:
            authorizations.reserve(books, value, units, currency, unit, order["id"])
    books.changed(ORDER, order, status="COMPLETED", _completed=books.time())
    books.emit("CHECKOUT.ORDER.COMPLETED", ORDER, whole(books, ORDER, order))


def check_payable(books: Books, value: values.TestValue, units: list[Object], again: list[dict[str, str]] | None = None) -> None:
    """Refuse what cannot be paid: the payer's account is in the way, or the invoice was paid before."""
    invoices = [unit["invoice_id"] for unit in units if unit.get("invoice_id")]
    for invoice in invoices:
        captures.check_invoice(books, invoice)
    if len(set(invoices)) != len(invoices):
        raise errors.unprocessable("DUPLICATE_INVOICE_ID")
    if value.issue:
        raise errors.unprocessable(value.issue, links=again)


def check_completable(order: Object, intent: str) -> None:
    """Refuse to capture or authorize an order that is not ready for it."""
    if order["intent"] != intent:
        raise errors.unprocessable("ACTION_DOES_NOT_MATCH_INTENT")
    if order["status"] == "COMPLETED":
        raise errors.unprocessable("ORDER_ALREADY_CAPTURED" if intent == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED")
    if order["_payer"] == CHALLENGED:
        raise errors.unprocessable("PAYER_ACTION_REQUIRED", links=[link(_page(order), "payer-action")])
    if order["status"] != "APPROVED":
        raise errors.unprocessable("ORDER_NOT_APPROVED")


@answering.view(ORDER)
def _view(books: Books, order: Object) -> Object:
    found = answering.without(order)
    for unit in found["purchase_units"]:
        payments = captures.of_order(books, order, unit["reference_id"])
        if payments:
            unit["payments"] = payments
    if "_completed" in order:
        found["update_time"] = order["_completed"]
    return found


@answering.links(ORDER)
def _links(order: Object) -> list[dict[str, str]]:
    path = f"/v2/checkout/orders/{order['id']}"
    found = [link(path, "self")]
    if order["_payer"] in (AWAITED, CHALLENGED):
        found.append(link(_page(order), "approve" if order["_source"] is None else "payer-action"))
    if order["status"] in ("CREATED", "APPROVED"):
        found.append(link(path, "update", "PATCH"))
        verb = order["intent"].lower()
        found.append(link(f"{path}/{verb}", verb, "POST"))
    return found


def _page(order: Object) -> str:
    return f"{SITE}/checkoutnow?token={order['id']}"
