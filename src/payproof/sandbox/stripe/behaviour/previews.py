"""Invoices that do not exist yet: what a subscription's next one will be, or would be after a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import (
    billing_lines,
    customers,
    discounting,
    invoice_items,
    invoicing,
    periods,
    proration,
    renewing,
    subscription_changes,
)
from payproof.sandbox.stripe.behaviour.subscription_changes import Change, Terms
from payproof.sandbox.stripe.books import Books, Object, rendered

PREFIX = "upcoming_in"


def of_subscription(
    books: Books, subscription: Object, changes: Sequence[Change] = (), terms: Terms | None = None, extra: Sequence[Object] = ()
) -> Object:
    """Return the next invoice of a subscription, as it would be after `changes`, with `extra` items on it."""
    terms = terms or Terms(behavior="none")
    if subscription["_ended"] is not None or (subscription["cancel_at_period_end"] and not changes):
        message = f"No upcoming invoices for customer: {subscription['customer']}"
        raise errors.invalid(message, code="invoice_upcoming_none", param="subscription")
    prorations = subscription_changes.prorated(books, subscription, changes, terms) if changes or terms.anchor_now else []
    waiting = invoice_items.pending(books, subscription["customer"], subscription["currency"], subscription["id"])
    lines = [billing_lines.of_item(books, _named(books, item)) for item in (*waiting, *prorations, *extra)]
    anew = bool(changes or terms.anchor_now) and subscription_changes.resets(subscription, changes, terms)
    begin = books.now() if anew else subscription["items"]["data"][0]["current_period_end"]
    if terms.behavior != "always_invoice" or anew:
        lines += _next_period(books, subscription, changes, begin, anew)
    discounts = discounting.running(books, subscription["_discounts"])
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    return _drawn(
        books,
        subscription["customer"],
        lines,
        currency=subscription["currency"],
        collection_method=subscription["collection_method"],
        default_tax_rates=[dict(rate) for rate in subscription["default_tax_rates"]],
        next_payment_attempt=begin + invoicing.DRAFT_FOR if subscription["collection_method"] == "charge_automatically" else None,
        parent={"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        period_end=begin,
        period_start=subscription["items"]["data"][0]["current_period_start"],
        subscription=subscription["id"],
        _discounts=discounts,
        _subscription=subscription["id"],
    )


def of_customer(books: Books, customer: Object, currency: str, extra: Sequence[Object] = ()) -> Object:
    """Return the invoice of what waits for a customer's next one."""
    waiting = invoice_items.pending(books, customer["id"], currency)
    if not waiting and not extra:
        raise errors.invalid(f"No upcoming invoices for customer: {customer['id']}", code="invoice_upcoming_none")
    lines = [billing_lines.of_item(books, _named(books, item)) for item in (*waiting, *extra)]
    return _drawn(books, customer["id"], lines, currency=currency)


@renewing.on_announcement
def announced(books: Books, subscription: Mapping[str, Any]) -> Object:
    """The invoice that `invoice.upcoming` tells of."""
    return of_subscription(books, dict(subscription))


def _next_period(
    books: Books, subscription: Mapping[str, Any], changes: Sequence[Change], begin: int, anew: bool
) -> list[Object]:
    shares = subscription_changes.after(subscription, changes)
    recurring = shares[0].price["recurring"]
    anchor = begin if anew else subscription["billing_cycle_anchor"]
    end = periods.after(anchor, recurring, 1 if anew else subscription["_renewals"] + 1)
    return [billing_lines.of_subscription(books, _as_item(share), subscription["id"], begin, end) for share in shares]


def _as_item(share: proration.Share) -> Object:
    return {
        "id": share.item or "si_preview",
        "price": rendered(share.price),
        "quantity": share.quantity,
        "tax_rates": [dict(rate) for rate in share.tax_rates],
    }


def _named(books: Books, item: Mapping[str, Any]) -> Object:
    return {"id": books.identifier("ii"), **item}


def _drawn(books: Books, customer: str, lines: list[Object], *, currency: str, **content: Any) -> Object:
    identifier = books.identifier(PREFIX)
    invoice: Object = {"id": identifier, "object": "invoice", "created": books.now(), "livemode": False}
    invoice |= dict.fromkeys(invoicing.INVOICE.nulls)
    kept = books.of(customers.CUSTOMER, customer)
    invoice |= invoicing.drafted(books, kept, lines, identifier, currency=currency, reason="upcoming", advances=True, **content)
    invoicing.refresh(books, invoice)
    if books.clock is not None:
        invoice["test_clock"] = books.clock
    return rendered(invoice)
