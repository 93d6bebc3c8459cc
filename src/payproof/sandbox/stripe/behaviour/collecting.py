"""Collecting invoices: paying one now, trying by itself, and trying again when that failed."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import customers, intents, invoicing, methods
from payproof.sandbox.stripe.behaviour.intents import Confirmation
from payproof.sandbox.stripe.books import Books, Object, differences, rendered, scheduled

RETRIED = ("subscription_cycle", "subscription_update")
"""What is tried again by itself when it cannot be collected."""


def pay(books: Books, invoice: Object, method: Object | None, *, off_session: bool, out_of_band: bool = False) -> Object:
    """Pay an open invoice. Refused with 402 when the payment fails or needs the customer; both leave it open."""
    if invoice["status"] == "draft":
        invoicing.finalize(books, invoice)
    if invoice["status"] == "paid":
        raise errors.invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in ("open", "uncollectible"):
        raise errors.invalid(f"This invoice cannot be paid because its status is {invoice['status']}.")
    if out_of_band:
        return invoicing.mark_paid(books, invoice, out_of_band=True)
    method = method or default_method(books, invoice)
    if method is None:
        message = (
            "There is no default payment method for this invoice: set one on the invoice, its subscription or its customer, "
            "or pay with `payment_method`."
        )
        raise errors.invalid(message, code="resource_missing")
    invoice["_refused"] = None
    intent = books.of(intents.PAYMENT_INTENT, invoice["_intent"])
    intents.confirm(books, intent, Confirmation(method=method, off_session=off_session))
    if intent["status"] == "requires_action":
        message = (
            "This payment requires additional user action before it can be completed successfully. "
            "Payment can be completed using the PaymentIntent associated with the invoice."
        )
        raise errors.refusal(
            402, "card_error", message, code="invoice_payment_intent_requires_action", payment_intent=rendered(intent)
        )
    return invoice


def default_method(books: Books, invoice: Mapping[str, Any]) -> Object | None:
    """Return the payment method that collection uses: the invoice's, its subscription's, its customer's."""
    subscription = books.resolve(invoice["_subscription"]) if invoice["_subscription"] else None
    customer = books.of(customers.CUSTOMER, invoice["customer"])
    named = (
        invoice["default_payment_method"],
        subscription["default_payment_method"] if subscription else None,
        (customer.get("invoice_settings") or {}).get("default_payment_method"),
    )
    found = (books.find(methods.PAYMENT_METHOD, identifier) for identifier in named if identifier)
    return next((method for method in found if method is not None), None)


def advance(books: Books, invoice: Object) -> None:
    """What an invoice does by itself: finalize, and collect from a customer who is not there."""
    if not invoice["auto_advance"] or invoice["status"] not in ("draft", "open"):
        return
    if invoice["status"] == "draft":
        invoicing.finalize(books, invoice)
    if invoice["status"] != "open" or invoice["collection_method"] != "charge_automatically":
        return
    method = default_method(books, invoice)
    if method is None or method["id"] == invoice["_refused"]:
        # Counted, but not tried: nothing to pay with, or only what the issuer said never to try again.
        _failed(books, invoice)
        return
    with contextlib.suppress(Refused):
        pay(books, invoice, method, off_session=True)


@scheduled("invoice.advance")
def advance_in_time(books: Books, identifier: str) -> None:
    """A draft has waited long enough, or the next attempt is due."""
    invoice = books.find(invoicing.INVOICE, identifier)
    if invoice is not None and not invoice.get("deleted"):
        invoice["next_payment_attempt"] = None
        advance(books, invoice)


@intents.on_outcome
def after_attempt(books: Books, intent: Object) -> None:
    """A payment of an invoice came out, whoever tried it."""
    invoice = books.find(invoicing.INVOICE, intent.get("_invoice"))
    if invoice is None or invoice["status"] not in ("open", "uncollectible"):
        return
    if intent["status"] == "succeeded":
        invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
        invoicing.mark_paid(books, invoice)
    elif intent["status"] == "requires_payment_method":
        _failed(books, invoice)
    elif intent["status"] == "requires_action":
        invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
        books.emit("invoice.payment_action_required", invoice)
        invoicing.tell(books, invoice)


def _failed(books: Books, invoice: Object) -> None:
    before = rendered(invoice)
    attempts = invoice["attempt_count"]
    days = getattr(books.box, "retry_days", ())
    again = invoice["billing_reason"] in RETRIED and invoice["auto_advance"] and attempts < len(days) and _by_card(books, invoice)
    following = books.now() + int(days[attempts] * 86_400) if again else None
    invoice.update(attempted=True, attempt_count=attempts + 1, next_payment_attempt=following)
    invoice["_refused"] = _never_again(books, invoice) or invoice["_refused"]
    if following is not None:
        books.at(following, "invoice.advance", invoice["id"])
    books.emit("invoice.payment_failed", invoice)
    books.emit("invoice.updated", invoice, differences(before, rendered(invoice)))
    invoicing.tell(books, invoice)


def _by_card(books: Books, invoice: Mapping[str, Any]) -> bool:
    """Whether the failed attempt was with a card: bank debits are not tried again."""
    charge = intents.charge_of(books, books.of(intents.PAYMENT_INTENT, invoice["_intent"]))
    return charge is None or charge["payment_method_details"]["type"] == "card"


def _never_again(books: Books, invoice: Mapping[str, Any]) -> str | None:
    """Return the payment method that the issuer said never to try again, None when it did not say so."""
    intent = books.of(intents.PAYMENT_INTENT, invoice["_intent"])
    error = intent["last_payment_error"] or {}
    if error.get("advice_code") != "do_not_try_again":
        return None
    return str(error["payment_method"]["id"])
