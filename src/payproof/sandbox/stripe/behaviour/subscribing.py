"""Subscriptions: the first invoice, renewals, trials, dunning and the end. The status is computed from facts, never set.

Private facts: `_ended` (`canceled`, `incomplete_expired` or None), `_started` once the first invoice is paid or need not be,
`_unpaid` once the retries of a renewal are exhausted and the Dashboard says so, `_paused`, `_renewals` how many periods after
its anchor the present one ends, `_discounts` the ids of its discounts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import (
    authentication,
    billing_lines,
    charging,
    collecting,
    customers,
    discounting,
    intents,
    invoice_items,
    invoicing,
    methods,
    periods,
    proration,
    subscription_items,
)
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

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


def write(books: Books, customer: Object, shares: Sequence[proration.Share], **content: Any) -> Object:
    """Create a subscription over shares (prices and quantities), and its `customer.subscription.created` event."""
    now = books.now()
    identifier = books.identifier(SUBSCRIPTION.prefix)
    trial_end, anchor = content.get("trial_end"), content.pop("anchor", None)
    end = trial_end or anchor or periods.after(now, shares[0].price["recurring"])
    items = [subscription_items.write(books, identifier, share.price, share.quantity, now, end) for share in shares]
    for item, share in zip(items, shares, strict=True):
        item["tax_rates"] = [dict(rate) for rate in share.tax_rates]
    url = f"/v1/subscription_items?subscription={identifier}"
    subscription = books.new(
        SUBSCRIPTION,
        **{
            "id": identifier,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": trial_end or anchor or now,
            "billing_mode": {"flexible": None, "type": "classic"},
            "billing_schedules": [],
            "cancel_at_period_end": False,
            "cancellation_details": {"comment": None, "feedback": None, "reason": None},
            "collection_method": "charge_automatically",
            "currency": shares[0].price["currency"],
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
            "_paused": False,
            "_renewals": 0 if trial_end or anchor else 1,
            "_discounts": [],
            "_terms": {},
            **content,
        },
    )  # fmt: skip
    refresh(books, subscription)
    books.emit("customer.subscription.created", subscription)
    books.at(end, "subscription.renew", identifier)
    announce_later(books, subscription)
    return subscription


def start(books: Books, subscription: Object, behavior: str, *, off_session: bool = False, prorates: bool = True) -> Object:
    """Bill the first period. `behavior` is Stripe's `payment_behavior`; `prorates` is False where a period cut short is free."""
    trial = subscription["trial_end"] is not None
    free = trial or subscription["collection_method"] == "send_invoice"
    subscription["_started"] = free
    if trial:
        books.at(max(subscription["trial_end"] - 3 * DAY, books.now()), "subscription.trial_will_end", subscription["id"])
    else:
        books.at(books.now() + EXPIRES_AFTER, "subscription.expire", subscription["id"])
    invoice = bill(books, subscription, "subscription_create", free=trial or not prorates)
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
    if subscription["_paused"]:
        return "paused"
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
    subscription["discounts"] = list(subscription["_discounts"])
    first = subscription["items"]["data"][0]
    subscription.update({name: first[name] for name in ("current_period_start", "current_period_end")})
    return subscription


def cancel(
    books: Books,
    subscription: Object,
    *,
    details: Mapping[str, Any] | None = None,
    prorate: bool = False,
    invoice_now: bool = False,
) -> Object:
    """End a subscription now; its open invoices are no longer collected.

    `prorate` gives the unused time back, and `invoice_now` bills at once what waits for its next invoice.
    """
    if subscription["_ended"] is not None:
        raise errors.missing("subscription", subscription["id"], SUBSCRIPTION.path_param)
    given = {name: value for name, value in (details or {}).items() if name in ("comment", "feedback")}
    subscription["cancellation_details"] = {"comment": None, "feedback": None, **given, "reason": "cancellation_requested"}
    if prorate and subscription["status"] in ("active", "past_due"):
        _give_back(books, subscription)
    ended = end(books, subscription)
    final = bill_waiting(books, subscription) if invoice_now else None
    if final is not None:
        invoicing.finalize(books, final)
    return ended


def _give_back(books: Books, subscription: Object) -> None:
    items = subscription["items"]["data"]
    before = [proration.Share(item["id"], item["price"], item["quantity"], item["tax_rates"]) for item in items]
    period = items[0]["current_period_start"], items[0]["current_period_end"]
    proration.keep(books, proration.items(books, subscription, before, [], books.now(), period))


def method_of(books: Books, subscription: Mapping[str, Any]) -> Object | None:
    """Return what a subscription is paid with: its own payment method, or its customer's default."""
    customer = books.of(customers.CUSTOMER, subscription["customer"])
    default = (customer.get("invoice_settings") or {}).get("default_payment_method")
    own = books.find(methods.PAYMENT_METHOD, subscription["default_payment_method"])
    return own or books.find(methods.PAYMENT_METHOD, default)


def announce_later(books: Books, subscription: Mapping[str, Any]) -> None:
    """Tell of the next renewal some days before it."""
    when = subscription["items"]["data"][0]["current_period_end"] - values.delay("upcoming_before")
    if when > books.now():
        books.at(when, "subscription.announce_renewal", subscription["id"])


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
    exhausted = invoice["billing_reason"] in collecting.RETRIED and invoice["next_payment_attempt"] is None
    ending = getattr(books.box, "after_dunning", "canceled")
    if exhausted and ending == "canceled":
        subscription["cancellation_details"]["reason"] = "payment_failed"
        end(books, subscription)
        return
    with books.changing(subscription, "customer.subscription.updated"):
        subscription["_unpaid"] = exhausted and ending == "unpaid"
        refresh(books, subscription)


def bill(books: Books, subscription: Object, reason: str, *, free: bool = False) -> Object:
    """Draft the invoice of the present period, with what waits for the customer's next invoice."""
    waiting = _waiting(books, subscription)
    lines = [billing_lines.of_item(books, item) for item in waiting]
    return _drafted(books, subscription, reason, lines + period_lines(books, subscription, free=free), waiting)


def bill_waiting(books: Books, subscription: Object) -> Object | None:
    """Draft an invoice of what waits alone; None when nothing does."""
    waiting = _waiting(books, subscription)
    lines = [billing_lines.of_item(books, item) for item in waiting]
    return _drafted(books, subscription, "subscription_update", lines, waiting) if waiting else None


def _waiting(books: Books, subscription: Object) -> list[Object]:
    return invoice_items.pending(books, subscription["customer"], subscription["currency"], subscription["id"])


def _drafted(books: Books, subscription: Object, reason: str, lines: list[Object], waiting: list[Object]) -> Object:
    identifier = subscription["id"]
    named = {"metadata": dict(subscription["metadata"]), "subscription": identifier}
    discounts = discounting.running(books, subscription["_discounts"])
    days = subscription["days_until_due"]
    invoice = invoicing.write(
        books,
        books.of(customers.CUSTOMER, subscription["customer"]),
        lines,
        currency=subscription["currency"],
        reason=reason,
        advances=True,
        collection_method=subscription["collection_method"],
        default_tax_rates=[dict(rate) for rate in subscription["default_tax_rates"]],
        due_date=books.now() + int(days) * DAY if days is not None else None,
        on_behalf_of=subscription["on_behalf_of"],
        parent={"quote_details": None, "subscription_details": named, "type": "subscription_details"},
        subscription=identifier,
        _discounts=discounts,
        _subscription=identifier,
        _terms=_terms(subscription),
    )
    invoice_items.put_on(books, waiting, invoice["id"])
    subscription["_discounts"] = discounting.spent(books, discounts)
    subscription["latest_invoice"] = invoice["id"]
    subscription["_invoices"].append(invoice["id"])
    return invoice


def period_lines(books: Books, subscription: Mapping[str, Any], *, free: bool = False) -> list[Object]:
    """Return the lines of the present period; one that is cut short by a later anchor costs its share."""
    items = subscription["items"]["data"]
    begin, end = items[0]["current_period_start"], items[0]["current_period_end"]
    share = 1.0
    if subscription["_renewals"] == 0 and subscription["trial_end"] is None:
        share = (end - begin) / (end - periods.after(end, items[0]["price"]["recurring"], -1))
    return [billing_lines.of_subscription(books, item, subscription["id"], begin, end, free=free, share=share) for item in items]


def _terms(subscription: Mapping[str, Any]) -> Object:
    named = ("application_fee_percent", "on_behalf_of", "transfer_data")
    return {name: subscription[name] for name in named if subscription[name] is not None}


def end(books: Books, subscription: Object) -> Object:
    """It is over: nothing is billed or collected any more."""
    for invoice in (books.of(invoicing.INVOICE, identifier) for identifier in subscription["_invoices"]):
        if invoice.get("status") in ("draft", "open"):
            invoice.update(auto_advance=False, next_payment_attempt=None)
    now = books.now()
    subscription.update(_ended="canceled", ended_at=now, canceled_at=subscription["canceled_at"] or now)
    refresh(books, subscription)
    books.emit("customer.subscription.deleted", subscription)
    return subscription
