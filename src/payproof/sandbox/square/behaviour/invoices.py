"""Invoices: drafted for an order, published, paid on Square's page or by a card on file, canceled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated, SandboxError
from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import payments
from payproof.sandbox.square.books import CARD, CUSTOMER, INVOICE, ORDER, Books, Object, read_date

OPEN = ("UNPAID", "SCHEDULED", "PARTIALLY_PAID")
_KEPT = ("invoice_number", "title", "description", "delivery_method", "accepted_payment_methods", "sale_or_service_date")
_PLAYED = ("location_id", "order_id", "primary_recipient", "payment_requests", *_KEPT)
_REQUEST = ("request_type", "due_date", "automatic_payment_source", "card_id", "tipping_enabled")


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Draft an invoice for an open order; it has one payment request, of the whole balance."""
    for name, value in asked.items():
        if value is not None and name not in _PLAYED:
            raise NotImitated(f"the Square sandbox does not act on invoice.{name}; leave it out in this test")
    order = books.named(ORDER, asked.get("order_id"), "invoice.order_id")
    if order["state"] != "OPEN":
        raise errors.invalid("BAD_REQUEST", "invoice.order_id", f"The order is {order['state']}.")
    recipient = asked.get("primary_recipient") or {}
    if recipient.get("customer_id"):
        books.named(CUSTOMER, recipient["customer_id"], "invoice.primary_recipient.customer_id")
    made = books.new(
        INVOICE,
        f"inv:{books.box.ids.text(22)}",
        version=0,
        location_id=order["location_id"],
        order_id=order["id"],
        primary_recipient=dict(recipient) or None,
        payment_requests=[_request(books, order, asked.get("payment_requests") or [])],
        status="DRAFT",
        timezone="UTC",
        created_at=books.time(),
        updated_at=books.time(),
        **{name: asked.get(name) for name in _KEPT},
    )
    books.emit("invoice.created", INVOICE, made)
    return made


def publish(books: Books, invoice: Object) -> Object:
    """Send a draft to the buyer; a card on file is charged when it is due. Refused unless it is a draft."""
    _check(invoice, "DRAFT")
    if not invoice.get("primary_recipient", {}).get("customer_id"):
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", "invoice.primary_recipient.customer_id")
    due = books.of(ORDER, invoice["order_id"])["net_amount_due_money"]
    url = f"https://app.squareupsandbox.com/pay-invoice/{invoice['id']}"
    changed(books, invoice, "invoice.published", status="UNPAID", public_url=url, next_payment_amount_money=dict(due))
    request = invoice["payment_requests"][0]
    if request["automatic_payment_source"] == "CARD_ON_FILE":
        when = max(books.now(), read_date(request["due_date"], "due_date"))
        if when == books.now():
            charge(books, invoice, request["card_id"])
        else:
            books.at(when, lambda later: invoice["status"] == "UNPAID" and charge(later, invoice, request["card_id"]))
    return invoice


def charge(books: Books, invoice: Object, card: str) -> Object:
    """Charge the card on file; when it is declined the invoice stays unpaid, for the buyer to pay on the page."""
    if not _paid(books, invoice, card, customer_id=invoice["primary_recipient"]["customer_id"]):
        books.emit("invoice.scheduled_charge_failed", INVOICE, invoice)
    return invoice


def pay(books: Books, invoice: Object, source: str) -> Object:
    """The buyer pays on Square's page. A decline leaves the invoice unpaid."""
    if invoice["status"] != "UNPAID":
        raise SandboxError(f"{invoice['id']} waits for no payment; it is {invoice['status']}")
    _paid(books, invoice, source)
    return invoice


def cancel(books: Books, invoice: Object) -> Object:
    """Give up what was published and not paid."""
    _check(invoice, *OPEN)
    invoice.pop("next_payment_amount_money", None)
    return changed(books, invoice, "invoice.canceled", status="CANCELED")


def delete(books: Books, invoice: Object) -> None:
    """Drop a draft."""
    _check(invoice, "DRAFT")
    del books.shelf(INVOICE)[invoice["id"]]
    books.box.effect(INVOICE, invoice["id"])
    books.emit("invoice.deleted", INVOICE, invoice)


def changed(books: Books, invoice: Object, event: str, **changes: Any) -> Object:
    """Change an invoice and tell it."""
    books.changed(INVOICE, invoice, **changes)
    books.emit(event, INVOICE, invoice)
    return invoice


def _paid(books: Books, invoice: Object, source: str, **more: Any) -> bool:
    order = books.of(ORDER, invoice["order_id"])
    if not payments.attempt(books, order, source, **more):
        return False
    request = {**invoice["payment_requests"][0], "total_completed_amount_money": dict(order["total_money"])}
    invoice.pop("next_payment_amount_money", None)
    changed(books, invoice, "invoice.payment_made", status="PAID", payment_requests=[request])
    return True


def _request(books: Books, order: Object, asked: list[Mapping[str, Any]]) -> Object:
    at = "invoice.payment_requests"
    if len(asked) != 1 or asked[0].get("request_type") != "BALANCE":
        raise NotImitated("the Square sandbox plays invoices with one payment request, of the type BALANCE")
    strange = [name for name, value in asked[0].items() if value is not None and name not in _REQUEST]
    if strange:
        raise NotImitated(f"the Square sandbox does not act on {at}[0].{strange[0]}; leave it out in this test")
    source = asked[0].get("automatic_payment_source") or "NONE"
    if source not in ("NONE", "CARD_ON_FILE"):
        raise NotImitated(f"the Square sandbox charges no invoice by {source}")
    if not asked[0].get("due_date"):
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", f"{at}[0].due_date")
    read_date(asked[0]["due_date"], f"{at}[0].due_date")
    if source == "CARD_ON_FILE":
        books.named(CARD, asked[0].get("card_id"), f"{at}[0].card_id")
    return {
        "uid": books.box.ids.text(22),
        **{name: value for name, value in asked[0].items() if value is not None},
        "automatic_payment_source": source,
        "computed_amount_money": dict(order["total_money"]),
        "total_completed_amount_money": {**order["total_money"], "amount": 0},
    }


def _check(invoice: Object, *states: str) -> None:
    if invoice["status"] not in states:
        raise errors.invalid("BAD_REQUEST", "invoice_id", f"The invoice is {invoice['status']}.")
