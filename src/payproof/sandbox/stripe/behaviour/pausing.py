"""Pausing: a subscription that stops until it is resumed, and one whose invoices are not collected for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import collecting, invoicing, periods, renewing, subscribing
from payproof.sandbox.stripe.books import Books, Object, scheduled


def pause(books: Books, subscription: Object) -> Object:
    """Stop a subscription: no invoices until it is resumed."""
    if subscription["status"] not in ("active", "past_due", "trialing"):
        message = f"Only active, past_due and trialing subscriptions can be paused; this one is {subscription['status']}."
        raise errors.invalid(message)
    subscription["_paused"] = True
    subscribing.refresh(books, subscription)
    books.emit("customer.subscription.paused", subscription)
    return subscription


def resume(books: Books, subscription: Object, *, anchor_now: bool) -> Object:
    """Go on with a paused subscription. With a new anchor, or a period that is over, the resumption is billed at once."""
    if subscription["status"] != "paused":
        raise errors.invalid(f"Only paused subscriptions can be resumed; this one is {subscription['status']}.")
    items = subscription["items"]["data"]
    over = books.now() >= items[0]["current_period_end"]
    subscription["_paused"] = False
    if anchor_now or over:
        now, recurring = books.now(), items[0]["price"]["recurring"]
        end = periods.after(now, recurring)
        for item in items:
            item.update(current_period_start=now, current_period_end=end)
        subscription.update(billing_cycle_anchor=now, _renewals=1)
        books.at(end, "subscription.renew", subscription["id"])
        invoice = subscribing.bill(books, subscription, "subscription_update")
        invoicing.finalize(books, invoice)
        if invoice["status"] == "open":
            with contextlib.suppress(Refused):
                collecting.pay(books, invoice, None, off_session=True)
    subscribing.refresh(books, subscription)
    books.emit("customer.subscription.resumed", subscription)
    return subscription


def pause_collection(books: Books, subscription: Object, given: Mapping[str, Any] | None) -> None:
    """Say what becomes of invoices meanwhile (None: they are collected again); the subscription stays active."""
    if given is None:
        subscription["pause_collection"] = None
        return
    subscription["pause_collection"] = {"behavior": given["behavior"], "resumes_at": given.get("resumes_at")}
    if given.get("resumes_at"):
        books.at(max(int(given["resumes_at"]), books.now()), "subscription.collect_again", subscription["id"])


@scheduled("subscription.collect_again")
def collect_again(books: Books, identifier: str) -> None:
    """The time that `resumes_at` named has come."""
    subscription = books.of(subscribing.SUBSCRIPTION, identifier)
    paused = subscription["pause_collection"]
    if paused is not None and paused["resumes_at"] is not None and paused["resumes_at"] <= books.now():
        with books.changing(subscription, "customer.subscription.updated"):
            subscription["pause_collection"] = None


@renewing.on_renewal
def hold(books: Books, subscription: Mapping[str, Any], invoice: Object) -> bool:
    """Do with a renewal's invoice what the pause of its collection says; whether there is such a pause."""
    paused = subscription["pause_collection"]
    if paused is None:
        return False
    invoice["auto_advance"] = False
    if paused["behavior"] == "keep_as_draft":
        return True
    invoicing.finalize(books, invoice)
    if invoice["status"] == "open":
        (invoicing.void if paused["behavior"] == "void" else invoicing.give_up)(books, invoice)
    return True
