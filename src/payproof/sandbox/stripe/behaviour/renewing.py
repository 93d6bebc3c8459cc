"""What subscriptions do by themselves as time goes by: announce renewals, renew, end trials, expire, end when told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.stripe import values
from payproof.sandbox.stripe.behaviour import discounting, invoicing, periods, subscribing
from payproof.sandbox.stripe.books import Books, Object, scheduled


@scheduled("subscription.renew")
def renew(books: Books, identifier: str) -> None:
    """A period is over: end, pause, or bill the next one."""
    subscription = books.of(subscribing.SUBSCRIPTION, identifier)
    for turn in _TURNS:
        turn(books, subscription)
    items = subscription["items"]["data"]
    if subscription["_ended"] is not None or subscription["_paused"] or books.now() < items[0]["current_period_end"]:
        return
    if subscription["cancel_at_period_end"]:
        subscribing.end(books, subscription)
        return
    if subscription["trial_end"] == items[0]["current_period_end"] and _trial_ends_it(books, subscription):
        return
    subscription["_renewals"] += 1
    anchor, recurring = subscription["billing_cycle_anchor"], items[0]["price"]["recurring"]
    begin, end = items[0]["current_period_end"], periods.after(anchor, recurring, subscription["_renewals"])
    with books.changing(subscription, "customer.subscription.updated"):
        for item in items:
            item.update(current_period_start=begin, current_period_end=end)
        subscription["_discounts"] = discounting.running(books, subscription["_discounts"])
        subscribing.refresh(books, subscription)
    invoice = subscribing.bill(books, subscription, "subscription_cycle")
    books.at(end, "subscription.renew", identifier)
    subscribing.announce_later(books, subscription)
    if _held_back(books, subscription, invoice):
        return
    if subscription["status"] == "unpaid":
        invoice["auto_advance"] = False
    else:
        invoice["automatically_finalizes_at"] = books.now() + invoicing.DRAFT_FOR
        books.at(books.now() + invoicing.DRAFT_FOR, "invoice.advance", invoice["id"])


def _trial_ends_it(books: Books, subscription: Object) -> bool:
    """A trial is over and there is nothing to pay with: do what the subscription says; whether that stops it."""
    ending = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    paid_by_hand = subscription["collection_method"] == "send_invoice"
    if ending == "create_invoice" or paid_by_hand or subscribing.method_of(books, subscription) is not None:
        return False
    if ending == "cancel":
        subscribing.end(books, subscription)
        return True
    subscription["_paused"] = True
    subscribing.refresh(books, subscription)
    books.emit("customer.subscription.paused", subscription)
    return True


Turn = Callable[[Books, Mapping[str, Any]], object]

_TURNS: list[Turn] = []


def before_renewal(turn: Turn) -> Turn:
    """Let the decorated function have its turn before a period is billed."""
    _TURNS.append(turn)
    return turn


Holding = Callable[[Books, Mapping[str, Any], Object], bool]

_HOLDERS: list[Holding] = []


def on_renewal(holder: Holding) -> Holding:
    """Let the decorated function decide whether a renewal's invoice is held back."""
    _HOLDERS.append(holder)
    return holder


def _held_back(books: Books, subscription: Mapping[str, Any], invoice: Object) -> bool:
    return any(holder(books, subscription, invoice) for holder in _HOLDERS)


Announcing = Callable[[Books, Mapping[str, Any]], Object]

_ANNOUNCERS: list[Announcing] = []


def on_announcement(announcer: Announcing) -> Announcing:
    """Let the decorated function make the invoice that `invoice.upcoming` tells of."""
    _ANNOUNCERS.append(announcer)
    return announcer


@scheduled("subscription.announce_renewal")
def announce_renewal(books: Books, identifier: str) -> None:
    """Days before a renewal: tell of the invoice that it will bring."""
    subscription = books.of(subscribing.SUBSCRIPTION, identifier)
    end = subscription["items"]["data"][0]["current_period_end"]
    planned = end - values.delay("upcoming_before")
    if subscription["_ended"] or subscription["_paused"] or subscription["cancel_at_period_end"] or books.now() < planned:
        return
    for announcer in _ANNOUNCERS:
        books.emit("invoice.upcoming", announcer(books, subscription))


@scheduled("subscription.cancel_at")
def cancel_in_time(books: Books, identifier: str) -> None:
    """The time that `cancel_at` named has come."""
    subscription = books.of(subscribing.SUBSCRIPTION, identifier)
    if subscription["_ended"] is None and subscription["cancel_at"] is not None and subscription["cancel_at"] <= books.now():
        subscribing.end(books, subscription)


@scheduled("subscription.expire")
def expire(books: Books, identifier: str) -> None:
    """The first invoice was not paid in time."""
    subscription = books.find(subscribing.SUBSCRIPTION, identifier)
    if subscription is None or subscription["status"] != "incomplete":
        return
    invoice = books.find(invoicing.INVOICE, subscription["latest_invoice"])
    if invoice is not None and invoice["status"] == "open":
        invoicing.void(books, invoice)
    with books.changing(subscription, "customer.subscription.updated"):
        subscription.update(_ended="incomplete_expired", ended_at=books.now())
        subscribing.refresh(books, subscription)


@scheduled("subscription.trial_will_end")
def announce_trial_end(books: Books, identifier: str) -> None:
    """Three days before a trial ends."""
    subscription = books.of(subscribing.SUBSCRIPTION, identifier)
    if subscription["_ended"] is None and subscription["status"] == "trialing":
        books.emit("customer.subscription.trial_will_end", subscription)
