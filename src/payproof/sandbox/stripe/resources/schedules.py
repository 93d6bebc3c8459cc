"""Subscription schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import methods, schedules, subscription_terms
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.schedules import SCHEDULE
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, integer, unplayed
from payproof.sandbox.stripe.routes import route

PHASE = frozenset(
    {
        "collection_method", "currency", "default_payment_method", "description", "duration", "end_date", "items", "iterations",
        "metadata", "proration_behavior", "start_date", "trial",
    }
)  # fmt: skip
"""What a phase may say here."""

DEFAULTS = frozenset({"collection_method", "default_payment_method", "description"})


@route("POST", "/v1/subscription_schedules")
def create(call: Call) -> Object:
    unplayed(call, "billing_mode", "pause_schedules", "customer_account")
    origin = call.reference(SUBSCRIPTION, "from_subscription")
    notes = metadata.merged({}, call.params.get("metadata"))
    if origin is not None:
        return _from_subscription(call, origin, notes)
    call.required("customer")
    customer = call.books.named(CUSTOMER, str(call.get("customer")), "customer")
    given = call.required("phases")
    begin = call.get("start_date") or "now"
    start = call.books.now() if begin == "now" else integer(begin, "start_date")
    found = _phases(call, given, start)
    content: dict[str, Any] = {"metadata": notes}
    return schedules.write(call.books, customer["id"], found, _end(call), **content, **_defaults(call))


def _from_subscription(call: Call, origin: Object, notes: dict[str, str]) -> Object:
    for name in ("customer", "phases", "start_date", "end_behavior", "default_settings"):
        if call.get(name) is not None:
            message = f"You cannot set `{name}` together with `from_subscription`."
            raise errors.invalid(message, param=name)
    if origin["_ended"] is not None or origin["schedule"] is not None:
        happened = "already has a schedule" if origin["schedule"] else f"is {origin['status']}"
        raise errors.invalid(f"The subscription {origin['id']} {happened}.", param="from_subscription")
    items = origin["items"]["data"]
    listed = [schedules.item(one["price"]["id"], one["quantity"]) for one in items]
    period = items[0]["current_period_start"], items[0]["current_period_end"]
    present = schedules.phase({}, listed, *period, origin["currency"])
    content = {"metadata": notes, "subscription": origin["id"]}
    return schedules.write(call.books, origin["customer"], [present], "release", **content)


@route("GET", "/v1/subscription_schedules/{schedule}")
def retrieve(call: Call) -> Object:
    return schedules.refresh(call.books, call.subject(SCHEDULE))


@route("POST", "/v1/subscription_schedules/{schedule}")
def update(call: Call) -> Object:
    unplayed(call, "pause_schedules")
    behavior = call.get("proration_behavior")
    schedule = call.subject(SCHEDULE)
    schedules.check_running(schedule, "updated")
    notes = metadata.merged(schedule["metadata"], call.params.get("metadata"))
    given = call.get("phases")
    found = _phases(call, given, schedule["phases"][0]["start_date"]) if given else schedule["phases"]
    present = [one for one in found if one["start_date"] <= call.books.now() < one["end_date"]]
    if given and schedule["status"] == "active" and not present:
        raise errors.invalid("The current phase must be among the phases.", param="phases")
    changes = _defaults(call)
    with call.books.changing(schedule, "subscription_schedule.updated"):
        schedule.update(phases=found, metadata=notes, **changes)
        if call.get("end_behavior"):
            schedule["end_behavior"] = _end(call)
        schedules.refresh(call.books, schedule)
    if given and schedule["status"] == "active":
        chosen = {**present[0], "proration_behavior": behavior or present[0]["proration_behavior"]}
        schedules.take_on(call.books, schedule, chosen)
        schedules.plan(call.books, schedule)
    return schedule


@route("POST", "/v1/subscription_schedules/{schedule}/release")
def release(call: Call) -> Object:
    return schedules.release(call.books, call.subject(SCHEDULE), keep_cancel_date=call.flag("preserve_cancel_date"))


@route("POST", "/v1/subscription_schedules/{schedule}/cancel")
def cancel(call: Call) -> Object:
    prorate, invoice_now = call.flag("prorate", True), call.flag("invoice_now", True)
    return schedules.cancel(call.books, call.subject(SCHEDULE), prorate=prorate, invoice_now=invoice_now)


@route("GET", "/v1/subscription_schedules")
def list_(call: Call) -> Object:
    wanted = {name: call.flag(name) for name in ("scheduled",)}
    fields = {"scheduled": "not_started"}
    return lists.page(
        call,
        SCHEDULE,
        "customer",
        where=lambda found: all(found["status"] == fields[name] for name, asked in wanted.items() if asked),
    )


def _end(call: Call) -> str:
    behavior = str(call.get("end_behavior") or "release")
    if behavior not in ("release", "cancel"):
        raise NotImitated(f"subscription schedules that end with {behavior!r} are not played; use 'release' or 'cancel'")
    return behavior


def _defaults(call: Call) -> dict[str, Any]:
    given = call.get("default_settings")
    if not given:
        return {}
    for name in given:
        if name not in DEFAULTS:
            raise NotImitated(f"{call.request.line} was sent default_settings[{name}], which is not played")
    if given.get("default_payment_method"):
        call.books.named(methods.PAYMENT_METHOD, str(given["default_payment_method"]), "default_settings[default_payment_method]")
    base = {
        "application_fee_percent": None,
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": None,
        "collection_method": "charge_automatically",
        "default_payment_method": None,
        "description": None,
        "invoice_settings": {"account_tax_ids": None, "days_until_due": None, "issuer": {"type": "self"}},
        "on_behalf_of": None,
        "transfer_data": None,
    }
    return {"default_settings": {**base, **given}}


def _phases(call: Call, given: list[Mapping[str, Any]], start: int) -> list[Object]:
    """Return the phases of a request, one after the other, checked."""
    found: list[Object] = []
    for index, one in enumerate(given):
        param = f"phases[{index}]"
        for name in one:
            if name not in PHASE:
                raise NotImitated(f"{call.request.line} was sent {param}[{name}], which the Stripe sandbox does not play")
        prices, items = [], []
        for place, listed in enumerate(one.get("items") or []):
            where = f"{param}[items][{place}]"
            price = subscription_terms.recurring_price(call.books, listed, where)
            prices.append(price)
            items.append(schedules.item(price["id"], int(listed.get("quantity") or 1)))
        if not items:
            raise errors.missing_param(f"{param}[items]")
        begin = found[-1]["end_date"] if found else start
        end = schedules.end_of(begin, one, prices[0]["recurring"])
        if end <= begin:
            raise errors.invalid("A phase must end after it begins.", param=f"{param}[end_date]")
        found.append(schedules.phase(one, items, begin, end, prices[0]["currency"]))
    return found
