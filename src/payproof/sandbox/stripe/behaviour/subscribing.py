"""Subscriptions: the first invoice, renewals, trials, dunning and the end. The status is computed from facts, never set.

Private facts: `_ended` (`canceled`, `incomplete_expired` or None), `_started` once the first invoice is paid or need not be,
`_unpaid` once the retries of a renewal are exhausted and the Dashboard says so, `_renewals` how often it was renewed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import (
    authentication,
    billing_lines,
    charging,
    collecting,
    customers,
    intents,
    invoicing,
    methods,
    periods,
    subscription_items,
)
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.books import Books, Object, kind, rendered, scheduled

SUBSCRIPTION = kind(
    "subscription",
    "sub",
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at "
    "days_until_due default_payment_method default_source description discount ended_at latest_invoice "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval pending_setup_intent "
    "pending_update schedule test_clock transfer_data trial_end trial_start",
    path_param="subscription_exposed_id",
)

DAY, HOUR = 86_400, 3_600
EXPIRES_AFTER = 23 * HOUR
"""Seconds that the first invoice may stay unpaid."""

PAYMENT_SETTINGS = {"payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"}

ENDINGS = ("canceled", "unpaid", "past_due")
"""What a Dashboard can let become of a subscription whose retries are exhausted."""


def write(books: Books, customer: Object, lines: list[tuple[Object, int]], **content: Any) -> Object:
    """Create a subscription over prices and quantities, and its `customer.subscription.created` event."""
    now = books.now()
    identifier = books.identifier(SUBSCRIPTION.prefix)
    trial_end = content.get("trial_end")
    end = trial_end or periods.after(now, lines[0][0]["recurring"])
    items = [subscription_items.write(books, identifier, price, quantity, now, end) for price, quantity in lines]
    url = f"/v1/subscription_items?subscription={identifier}"
    subscription = books.new(
        SUBSCRIPTION,
        **{
            "id": identifier,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": trial_end or now,
            "billing_mode": {"flexible": None, "type": "classic"},
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": {"comment": None, "feedback": None, "reason": None},
            "collection_method": "charge_automatically",
            "currency": lines[0][0]["currency"],
            "customer": customer["id"],
            "default_tax_rates": [],
            "discounts": [],
            "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
            "items": {"object": "list", "data": items, "has_more": False, "total_count": len(items), "url": url},
            "metadata": {},
            "payment_settings": dict(PAYMENT_SETTINGS),
            "start_date": now,
            "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
            "trial_start": now if trial_end else None,
            "_ended": None,
            "_invoices": [],
            "_started": False,
            "_unpaid": False,
            "_renewals": 0,
            **content,
        },
    )  # fmt: skip
    refresh(books, subscription)
    books.emit("customer.subscription.created", subscription)
    books.at(end, "subscription.renew", identifier)
    return subscription


def start(books: Books, subscription: Object, behavior: str, *, off_session: bool = False) -> Object:
    """Bill the first period. `behavior` is Stripe's `payment_behavior`."""
    trial = subscription["trial_end"] is not None
    free = trial or subscription["collection_method"] == "send_invoice"
    subscription["_started"] = free
    if trial:
        books.at(max(subscription["trial_end"] - 3 * DAY, books.now()), "subscription.trial_will_end", subscription["id"])
    else:
        books.at(books.now() + EXPIRES_AFTER, "subscription.expire", subscription["id"])
    invoice = _bill(books, subscription, "subscription_create", free=trial)
    invoicing.finalize(books, invoice)
    if invoice["status"] == "open" and not free and behavior != "default_incomplete":
        # A first invoice that cannot be collected leaves the subscription incomplete; it is no refusal.
        with contextlib.suppress(Refused):
            collecting.pay(books, invoice, None, off_session=off_session)
    return refresh(books, subscription)


def check_payable(method: Mapping[str, Any] | None) -> None:
    """Refuse with 402, before anything is made, a payment method that would leave the subscription incomplete."""
    card = methods.card_of(method) if method is not None else None
    if method is None or card is None:
        return
    needed = authentication.for_payment(card, method, off_session=False, requested="automatic")
    decline = charging.decline_of(card, method) if needed is Need.NONE else values.decline("authentication_required")
    if decline is not None:
        raise errors.declined(decline, payment_method=rendered(method))


def status_of(books: Books, subscription: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    if subscription["_ended"] is not None:
        return str(subscription["_ended"])
    if subscription["trial_end"] is not None and books.now() < subscription["trial_end"]:
        return "trialing"
    if not subscription["_started"]:
        return "incomplete"
    latest = books.find(invoicing.INVOICE, subscription["latest_invoice"])
    if subscription["_unpaid"]:
        return "unpaid"
    if latest is not None and latest["status"] == "open" and latest["attempted"]:
        return "past_due"
    return "active"


def refresh(books: Books, subscription: Object) -> Object:
    """Compute the status, and the period where this API version shows it on the subscription."""
    subscription["status"] = status_of(books, subscription)
    first = subscription["items"]["data"][0]
    subscription.update({name: first[name] for name in ("current_period_start", "current_period_end")})
    return subscription


def cancel(books: Books, subscription: Object, *, details: Mapping[str, Any] | None = None) -> Object:
    """End a subscription now; its open invoices are no longer collected."""
    if subscription["_ended"] is not None:
        raise errors.missing("subscription", subscription["id"], SUBSCRIPTION.path_param)
    given = {name: value for name, value in (details or {}).items() if name in ("comment", "feedback")}
    subscription["cancellation_details"] = {"comment": None, "feedback": None, **given, "reason": "cancellation_requested"}
    return _end(books, subscription)


@scheduled("subscription.renew")
def renew(books: Books, identifier: str) -> None:
    """A period is over: end, or bill the next one."""
    subscription = books.of(SUBSCRIPTION, identifier)
    items = subscription["items"]["data"]
    if subscription["_ended"] is not None or books.now() < items[0]["current_period_end"]:
        return
    if subscription["cancel_at_period_end"]:
        _end(books, subscription)
        return
    subscription["_renewals"] += 1
    # A trial comes before the anchor, so the first renewal after it begins the first period.
    number = subscription["_renewals"] + (0 if subscription["trial_end"] else 1)
    anchor, recurring = subscription["billing_cycle_anchor"], items[0]["price"]["recurring"]
    begin, end = items[0]["current_period_end"], periods.after(anchor, recurring, number)
    with books.changing(subscription, "customer.subscription.updated"):
        for item in items:
            item.update(current_period_start=begin, current_period_end=end)
        refresh(books, subscription)
    invoice = _bill(books, subscription, "subscription_cycle")
    books.at(end, "subscription.renew", identifier)
    if subscription["status"] == "unpaid":
        invoice["auto_advance"] = False
    else:
        books.at(books.now() + invoicing.DRAFT_FOR, "invoice.advance", invoice["id"])


@scheduled("subscription.expire")
def expire(books: Books, identifier: str) -> None:
    """The first invoice was not paid in time."""
    subscription = books.find(SUBSCRIPTION, identifier)
    if subscription is None or subscription["status"] != "incomplete":
        return
    invoice = books.find(invoicing.INVOICE, subscription["latest_invoice"])
    if invoice is not None and invoice["status"] == "open":
        invoicing.void(books, invoice)
    with books.changing(subscription, "customer.subscription.updated"):
        subscription.update(_ended="incomplete_expired", ended_at=books.now())
        refresh(books, subscription)


@scheduled("subscription.trial_will_end")
def announce_trial_end(books: Books, identifier: str) -> None:
    """Three days before a trial ends."""
    subscription = books.of(SUBSCRIPTION, identifier)
    if subscription["_ended"] is None and subscription["status"] == "trialing":
        books.emit("customer.subscription.trial_will_end", subscription)


@invoicing.on_change
def after_payment(books: Books, invoice: Object) -> None:
    """An invoice was paid, given up, or could not be collected."""
    subscription = books.find(SUBSCRIPTION, invoice["_subscription"])
    if subscription is None or subscription["_ended"] is not None:
        return
    if invoice["status"] == "open":
        _dun(books, subscription, invoice)
        return
    with books.changing(subscription, "customer.subscription.updated"):
        subscription["_started"] = subscription["_started"] or invoice["status"] == "paid"
        if subscription["payment_settings"]["save_default_payment_method"] == "on_subscription" and invoice["_intent"]:
            subscription["default_payment_method"] = books.of(intents.PAYMENT_INTENT, invoice["_intent"])["payment_method"]
        if invoice["id"] == subscription["latest_invoice"]:
            subscription["_unpaid"] = False
        refresh(books, subscription)


def _dun(books: Books, subscription: Object, invoice: Object) -> None:
    """A payment failed; when no further attempt is planned for a renewal, the Dashboard's setting decides."""
    exhausted = invoice["billing_reason"] == "subscription_cycle" and invoice["next_payment_attempt"] is None
    ending = getattr(books.box, "after_dunning", "canceled")
    if exhausted and ending == "canceled":
        subscription["cancellation_details"]["reason"] = "payment_failed"
        _end(books, subscription)
        return
    with books.changing(subscription, "customer.subscription.updated"):
        subscription["_unpaid"] = exhausted and ending == "unpaid"
        refresh(books, subscription)


def _bill(books: Books, subscription: Object, reason: str, *, free: bool = False) -> Object:
    items = subscription["items"]["data"]
    begin, end = items[0]["current_period_start"], items[0]["current_period_end"]
    lines = [billing_lines.of_subscription(books, item, subscription["id"], begin, end, free=free) for item in items]
    named = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    invoice = invoicing.write(
        books,
        books.of(customers.CUSTOMER, subscription["customer"]),
        lines,
        currency=subscription["currency"],
        reason=reason,
        advances=True,
        collection_method=subscription["collection_method"],
        parent={"quote_details": None, "subscription_details": named, "type": "subscription_details"},
        subscription=subscription["id"],
        _subscription=subscription["id"],
    )
    subscription["latest_invoice"] = invoice["id"]
    subscription["_invoices"].append(invoice["id"])
    return invoice


def _end(books: Books, subscription: Object) -> Object:
    for invoice in (books.of(invoicing.INVOICE, identifier) for identifier in subscription["_invoices"]):
        if invoice.get("status") in ("draft", "open"):
            invoice.update(auto_advance=False, next_payment_attempt=None)
    now = books.now()
    subscription.update(_ended="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
    refresh(books, subscription)
    books.emit("customer.subscription.deleted", subscription)
    return subscription
