"""Captures: money that is taken, declined, or on its way; and what is refunded of it."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.paypal import amounts, answering, errors, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.books import AUTHORIZATION, CAPTURE, REFUND, Books, Object, link

TOOK_MONEY = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")


def take(books: Books, value: values.TestValue, units: int, currency: str, unit: Object, **more: Any) -> Object:
    """Make a capture of `units` (minor) with what a payer pays with: completed, declined or pending. Emits its event."""
    check_invoice(books, unit.get("invoice_id"))
    identifier = books.identifier()
    status = "PENDING" if value.pending else "DECLINED" if value.response_code else "COMPLETED"
    made = books.new(
        CAPTURE,
        identifier,
        status=status,
        amount=amounts.money(currency, units),
        final_capture=True,
        seller_protection={"status": "NOT_ELIGIBLE"},
        create_time=books.time(),
        update_time=books.time(),
        _units=units,
        _currency=currency,
        _refunded=0,
        _value=value.name,
        _reference=unit.get("reference_id"),
        **{name: unit[name] for name in ("custom_id", "invoice_id") if unit.get(name)},
        **more,
    )
    if value.pending:
        made["status_details"] = {"reason": value.pending}
    if value.response_code:
        made["processor_response"] = {"response_code": value.response_code, "avs_code": "G", "cvv_code": "P"}
    elif value.source == "card":
        made["processor_response"] = {"response_code": "0000", "avs_code": "Y", "cvv_code": "M"}
    emit(books, f"PAYMENT.CAPTURE.{status}", made)
    return made


def check_invoice(books: Books, invoice: Any) -> None:
    """Refuse an invoice id under which money was taken before."""
    if invoice and any(one["status"] in (*TOOK_MONEY, "PENDING") for one in books.where(CAPTURE, invoice_id=invoice)):
        raise errors.unprocessable("DUPLICATE_INVOICE_ID", value=invoice)


def settle(books: Books, capture: Object, *, succeed: bool) -> Object:
    """A pending capture comes out: the money arrives, or never will."""
    capture.pop("status_details", None)
    books.changed(CAPTURE, capture, status="COMPLETED" if succeed else "DECLINED")
    emit(books, "PAYMENT.CAPTURE.COMPLETED" if succeed else "PAYMENT.CAPTURE.DENIED", capture)
    return capture


def emit(books: Books, event_type: str, capture: Object) -> None:
    """Record an event about a capture; it names the order in `supplementary_data`."""
    resource = whole(books, CAPTURE, capture)
    related = {
        name: capture[key] for name, key in (("order_id", "_order"), ("authorization_id", "_authorization")) if key in capture
    }
    resource["supplementary_data"] = {"related_ids": related}
    books.emit(event_type, CAPTURE, resource)


@answering.view(CAPTURE)
def _view(books: Books, capture: Object) -> Object:
    found = answering.without(capture)
    if capture["status"] in TOOK_MONEY:
        units, currency = capture["_units"], capture["_currency"]
        fee = amounts.fee(units, currency)
        found["seller_receivable_breakdown"] = {
            "gross_amount": amounts.money(currency, units),
            "paypal_fee": amounts.money(currency, fee),
            "net_amount": amounts.money(currency, units - fee),
        }
    return found


@answering.links(CAPTURE)
def _links(capture: Object) -> list[dict[str, str]]:
    path = f"/v2/payments/captures/{capture['id']}"
    found = [link(path, "self"), link(f"{path}/refund", "refund", "POST")]
    if "_authorization" in capture:
        return [*found, link(f"/v2/payments/authorizations/{capture['_authorization']}", "up")]
    return [*found, link(f"/v2/checkout/orders/{capture['_order']}", "up")]


def of_order(books: Books, order: Object, reference: str) -> dict[str, list[Object]]:
    """Return the payments of one purchase unit, as an order shows them."""
    found: dict[str, list[Object]] = {}
    names = {AUTHORIZATION: "authorizations", CAPTURE: "captures", REFUND: "refunds"}
    for kind, identifier in order.get("_made", ()):
        made = books.of(kind, identifier)
        if made["_reference"] == reference:
            found.setdefault(names[kind], []).append(whole(books, kind, made))
    return found
