"""Subscription schedules: phases that follow one another, each with what the subscription has meanwhile.

The status is computed from facts: `_started`, `completed_at`, `released_at`, `canceled_at`. `phases` are kept as they are sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import (
    customers,
    periods,
    pricing,
    proration,
    renewing,
    subscribing,
    subscription_changes,
)
from payproof.sandbox.stripe.behaviour.subscription_changes import Change, Terms
from payproof.sandbox.stripe.books import Books, Object, kind, scheduled

SCHEDULE = kind(
    "subscription_schedule",
    "sub_sched",
    "application canceled_at completed_at current_phase customer_account released_at released_subscription subscription "
    "test_clock",
    noun="subscription schedule",
    path_param="schedule",
)

EXPIRING_BEFORE = 7 * 86_400
"""Seconds before its end that a schedule says so."""


def phase(given: Mapping[str, Any], items: Sequence[Object], start: int, end: int, currency: str) -> Object:
    """Return a phase as it is sent; `items` hold `price`, `quantity` and what else Stripe lists."""
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": given.get("collection_method") or None,
        "currency": currency,
        "default_payment_method": given.get("default_payment_method") or None,
        "default_tax_rates": [],
        "description": given.get("description") or None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": list(items),
        "metadata": dict(given.get("metadata") or {}),
        "on_behalf_of": None,
        "proration_behavior": given.get("proration_behavior") or "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": end if given.get("trial") in (True, "true") else None,
    }


def item(price: str, quantity: int) -> Object:
    """Return an item of a phase as it is sent."""
    content: Object = {"billing_thresholds": None, "discounts": [], "metadata": {}, "price": price, "quantity": quantity}
    return {**content, "plan": price, "tax_rates": []}


def write(books: Books, customer: str, phases: list[Object], end_behavior: str, **content: Any) -> Object:
    """Create a schedule; it starts now, or waits for its first phase."""
    made = books.new(
        SCHEDULE,
        **{
            "billing_mode": {"flexible": None, "type": "classic"},
            "customer": customer,
            "default_settings": {
                "application_fee_percent": None,
                "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
                "billing_cycle_anchor": "automatic",
                "billing_thresholds": None,
                "collection_method": "charge_automatically",
                "default_payment_method": None,
                "description": None,
                "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
                "on_behalf_of": None,
                "transfer_data": None,
            },
            "end_behavior": end_behavior,
            "metadata": {},
            "pause_schedules": [],
            "phases": phases,
            "_started": False,
            **content,
        },
    )
    refresh(books, made)
    books.emit("subscription_schedule.created", made)
    if made["subscription"] is not None:
        made["_started"] = True
        books.of(subscribing.SUBSCRIPTION, made["subscription"])["schedule"] = made["id"]
        plan(books, made)
    elif phases[0]["start_date"] <= books.now():
        start(books, made["id"])
    else:
        books.at(phases[0]["start_date"], "schedule.start", made["id"])
    return refresh(books, made)


def status_of(schedule: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    for field, status in (("canceled_at", "canceled"), ("released_at", "released"), ("completed_at", "completed")):
        if schedule[field] is not None:
            return status
    return "active" if schedule["_started"] else "not_started"


def refresh(books: Books, schedule: Object) -> Object:
    """Compute the status and the present phase."""
    schedule["status"] = status_of(schedule)
    now = books.now()
    present = [one for one in schedule["phases"] if one["start_date"] <= now < one["end_date"]]
    running = schedule["status"] == "active" and present
    schedule["current_phase"] = {name: present[0][name] for name in ("end_date", "start_date")} if running else None
    return schedule


@scheduled("schedule.start")
def start(books: Books, identifier: str) -> None:
    """The first phase begins: there is a subscription now."""
    schedule = books.of(SCHEDULE, identifier)
    if schedule["_started"] or schedule["canceled_at"] or schedule["released_at"]:
        return
    first = schedule["phases"][0]
    shares = _shares(books, first)
    settings = schedule["default_settings"]
    with books.changing(schedule, "subscription_schedule.updated"):
        made = subscribing.write(
            books,
            books.of(customers.CUSTOMER, schedule["customer"]),
            shares,
            collection_method=first["collection_method"] or settings["collection_method"] or "charge_automatically",
            default_payment_method=first["default_payment_method"] or settings["default_payment_method"],
            metadata=dict(first["metadata"]),
            schedule=identifier,
            trial_end=first["trial_end"],
        )
        schedule.update(subscription=made["id"], _started=True)
        refresh(books, schedule)
    subscribing.start(books, made, "allow_incomplete", off_session=True)
    plan(books, schedule)


def plan(books: Books, schedule: Object) -> None:
    """Let the clock end the phases that are still to end."""
    ends = [one["end_date"] for one in schedule["phases"] if one["end_date"] > books.now()]
    for end in ends:
        books.at(end, "schedule.next_phase", schedule["id"])
    if ends and ends[-1] - EXPIRING_BEFORE > books.now():
        books.at(ends[-1] - EXPIRING_BEFORE, "schedule.expiring", schedule["id"])


@scheduled("schedule.expiring")
def expiring(books: Books, identifier: str) -> None:
    """The last phase ends in a week."""
    schedule = books.of(SCHEDULE, identifier)
    if schedule["status"] == "active" and schedule["phases"][-1]["end_date"] - EXPIRING_BEFORE == books.now():
        books.emit("subscription_schedule.expiring", schedule)


@scheduled("schedule.next_phase")
def next_phase(books: Books, identifier: str) -> None:
    """A phase is over: go on with the next, or end as the schedule says."""
    schedule = books.of(SCHEDULE, identifier)
    now = books.now()
    if schedule["status"] != "active" or all(one["end_date"] != now for one in schedule["phases"]):
        return
    following = next((one for one in schedule["phases"] if one["start_date"] == now), None)
    if following is not None:
        with books.changing(schedule, "subscription_schedule.updated"):
            refresh(books, schedule)
        take_on(books, schedule, following)
    elif schedule["end_behavior"] == "cancel":
        subscription = books.of(subscribing.SUBSCRIPTION, schedule["subscription"])
        schedule["completed_at"] = now
        refresh(books, schedule)
        books.emit("subscription_schedule.completed", schedule)
        if subscription["_ended"] is None:
            subscribing.cancel(books, subscription)
    else:
        release(books, schedule)


@renewing.before_renewal
def turn(books: Books, subscription: Mapping[str, Any]) -> None:
    """A phase that ends with the period ends before the next period is billed."""
    if subscription["schedule"] is not None:
        next_phase(books, subscription["schedule"])


def take_on(books: Books, schedule: Mapping[str, Any], following: Mapping[str, Any]) -> None:
    """Let the subscription have what a phase says."""
    subscription = books.of(subscribing.SUBSCRIPTION, schedule["subscription"])
    if subscription["_ended"] is not None:
        return
    present = list(subscription["items"]["data"])
    shares = _shares(books, following)
    changes = [
        Change(old, books.of(pricing.PRICE, share.price["id"]), share.quantity)
        for old, share in zip(present, shares, strict=False)
        if (old["price"]["id"], old["quantity"]) != (share.price["id"], share.quantity)
    ]
    changes += [Change(None, books.of(pricing.PRICE, share.price["id"]), share.quantity) for share in shares[len(present) :]]
    changes += [Change(old, None, 0) for old in present[len(shares) :]]
    with books.changing(subscription, "customer.subscription.updated"):
        if following["metadata"]:
            subscription["metadata"] = {**subscription["metadata"], **following["metadata"]}
        if changes:
            subscription_changes.apply(books, subscription, changes, Terms(behavior=following["proration_behavior"]))
        subscribing.refresh(books, subscription)


def release(books: Books, schedule: Object, *, keep_cancel_date: bool = False) -> Object:
    """Let the subscription go on by itself."""
    check_running(schedule, "released")
    subscription = books.find(subscribing.SUBSCRIPTION, schedule["subscription"])
    schedule.update(released_at=books.now(), released_subscription=schedule["subscription"], subscription=None)
    if subscription is not None:
        subscription["schedule"] = None
        if not keep_cancel_date and subscription["cancel_at"] is not None:
            subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
    refresh(books, schedule)
    books.emit("subscription_schedule.released", schedule)
    return schedule


def cancel(books: Books, schedule: Object, *, prorate: bool, invoice_now: bool) -> Object:
    """End the schedule and its subscription."""
    check_running(schedule, "canceled")
    subscription = books.find(subscribing.SUBSCRIPTION, schedule["subscription"])
    schedule["canceled_at"] = books.now()
    refresh(books, schedule)
    books.emit("subscription_schedule.canceled", schedule)
    if subscription is not None and subscription["_ended"] is None:
        subscribing.cancel(books, subscription, prorate=prorate, invoice_now=invoice_now)
    return schedule


def check_running(schedule: Mapping[str, Any], done: str) -> None:
    """Refuse to change a schedule that is over."""
    if schedule["status"] not in ("not_started", "active"):
        message = (
            f"You cannot change a subscription schedule that is currently in the {schedule['status']} status. It must be in "
            f"the not_started or active status to be {done}."
        )
        raise errors.invalid(message, param="schedule")


def end_of(start: int, given: Mapping[str, Any], recurring: Mapping[str, Any]) -> int:
    """Return when a phase ends: at its date, after its duration or iterations, or after one period."""
    if given.get("end_date") not in (None, ""):
        return int(given["end_date"])
    duration = given.get("duration")
    if duration:
        return periods.after(start, {"interval": duration["interval"], "interval_count": duration.get("interval_count") or 1})
    return periods.after(start, recurring, int(given.get("iterations") or 1))


def _shares(books: Books, of: Mapping[str, Any]) -> list[proration.Share]:
    return [proration.Share(None, books.of(pricing.PRICE, one["price"]), one["quantity"]) for one in of["items"]]
