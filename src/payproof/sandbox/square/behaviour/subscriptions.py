"""Subscriptions: billed on the clock by the phases of a plan variation, each time with an order and an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core import periods
from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import invoices, orders
from payproof.sandbox.square.behaviour.payments import money
from payproof.sandbox.square.books import CARD, CATALOG_OBJECT, CUSTOMER, SUBSCRIPTION, Books, Object, read_date, written

VARIATION = "SUBSCRIPTION_PLAN_VARIATION"
CADENCES: Mapping[str, tuple[str, int]] = {
    "DAILY": ("day", 1),
    "WEEKLY": ("week", 1),
    "EVERY_TWO_WEEKS": ("week", 2),
    "THIRTY_DAYS": ("day", 30),
    "SIXTY_DAYS": ("day", 60),
    "NINETY_DAYS": ("day", 90),
    "MONTHLY": ("month", 1),
    "EVERY_TWO_MONTHS": ("month", 2),
    "QUARTERLY": ("month", 3),
    "EVERY_FOUR_MONTHS": ("month", 4),
    "EVERY_SIX_MONTHS": ("month", 6),
    "ANNUAL": ("year", 1),
    "EVERY_TWO_YEARS": ("year", 2),
}


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Subscribe a customer; without a later start date the first period is billed at once."""
    variation = books.named(CATALOG_OBJECT, asked.get("plan_variation_id"), "plan_variation_id")
    if variation["type"] != VARIATION:
        raise errors.invalid("BAD_REQUEST", "plan_variation_id", f"The object is a {variation['type']}.")
    customer = books.named(CUSTOMER, asked["customer_id"], "customer_id")
    card = books.named(CARD, asked["card_id"], "card_id") if asked.get("card_id") else None
    if card is not None and card["customer_id"] != customer["id"]:
        raise errors.missing(CARD, card["id"], "card_id")
    if card is None and not customer.get("email_address"):
        raise errors.invalid("CUSTOMER_MISSING_EMAIL", "customer_id", "Invoices are sent by email where no card is given.")
    price = money(asked["price_override_money"], "price_override_money") if asked.get("price_override_money") else None
    begin = max(books.now(), read_date(asked["start_date"], "start_date") if asked.get("start_date") else 0)
    made = books.new(
        SUBSCRIPTION,
        location_id=asked["location_id"],
        plan_variation_id=variation["id"],
        customer_id=customer["id"],
        card_id=asked.get("card_id"),
        price_override_money=price,
        start_date=written(begin)[:10],
        status="PENDING",
        timezone=asked.get("timezone") or "UTC",
        source=asked.get("source") or {"name": "payproof"},
        invoice_ids=[],
        version=1,
        created_at=books.time(),
        _phases=variation["subscription_plan_variation_data"]["phases"],
        _phase=0,
        _done=0,
        _anchor=begin,
        _next=begin,
        _pausing=False,
    )
    if begin == books.now():
        made["status"] = "ACTIVE"
    books.emit("subscription.created", SUBSCRIPTION, made)
    _bill(books, made) if made["status"] == "ACTIVE" else _later(books, made)
    return made


def cancel(books: Books, subscription: Object) -> Object:
    """No more periods after the present one, which is paid."""
    _check(subscription, "PENDING", "ACTIVE", "PAUSED")
    if subscription.get("canceled_date"):
        raise errors.invalid("BAD_REQUEST", "subscription_id", "The subscription is to be canceled already.")
    if subscription["status"] == "ACTIVE":
        return _changed(books, subscription, canceled_date=written(subscription["_next"])[:10])
    return _changed(books, subscription, canceled_date=books.today(), status="CANCELED")


def pause(books: Books, subscription: Object) -> Object:
    """No more periods after the present one until `resume`."""
    _check(subscription, "ACTIVE")
    if subscription["_pausing"] or subscription.get("canceled_date"):
        raise errors.invalid("BAD_REQUEST", "subscription_id", "The subscription is to be paused or canceled already.")
    return _changed(books, subscription, _pausing=True)


def resume(books: Books, subscription: Object) -> Object:
    """Go on with a period that begins now."""
    _check(subscription, "PAUSED")
    _changed(books, subscription, status="ACTIVE", _anchor=books.now(), _done=0, _next=books.now())
    _bill(books, subscription)
    return subscription


def check_phases(phases: Any, at: str) -> None:
    """Refuse phases that the sandbox could not bill: an unknown cadence, no price."""
    if not phases:
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", at)
    for place, phase in enumerate(phases):
        if phase.get("cadence") not in CADENCES:
            raise errors.invalid("INVALID_ENUM_VALUE", f"{at}[{place}].cadence")
        money(_price(phase), f"{at}[{place}].pricing.price_money", zero=True)


def _due(books: Books, subscription: Object, when: int) -> None:
    if subscription["_next"] != when or subscription["status"] not in ("PENDING", "ACTIVE"):
        return
    if subscription.get("canceled_date"):
        _changed(books, subscription, status="CANCELED")
    elif subscription["_pausing"]:
        _changed(books, subscription, status="PAUSED", _pausing=False)
    elif subscription["_phase"] >= len(subscription["_phases"]):
        _changed(books, subscription, status="COMPLETED", completed_date=books.today())
    else:
        if subscription["status"] == "PENDING":
            _changed(books, subscription, status="ACTIVE")
        _bill(books, subscription)


def _bill(books: Books, subscription: Object) -> None:
    """Bill the period that begins now. A card that is declined leaves the invoice unpaid, and the subscription active."""
    phase = subscription["_phases"][subscription["_phase"]]
    unit, count = CADENCES[phase["cadence"]]
    done = subscription["_done"] + 1
    until = periods.after(subscription["_anchor"], unit, count * done)
    price = subscription.get("price_override_money") or _price(phase)
    subscription |= {"_done": done, "_next": until}
    if phase.get("periods") and done >= phase["periods"]:
        subscription |= {"_phase": subscription["_phase"] + 1, "_done": 0, "_anchor": until}
    invoice = _invoice(books, subscription, price) if price["amount"] else []
    ids = [*(one["id"] for one in invoice), *subscription["invoice_ids"]]
    _changed(books, subscription, charged_through_date=written(until)[:10], invoice_ids=ids)
    _later(books, subscription)


def _invoice(books: Books, subscription: Object, price: Object) -> list[Object]:
    line = {"name": "Subscription", "quantity": "1", "base_price_money": dict(price)}
    order = orders.create(books, {"location_id": subscription["location_id"], "line_items": [line]})
    request = {"request_type": "BALANCE", "due_date": books.today()}
    if subscription.get("card_id"):
        request |= {"automatic_payment_source": "CARD_ON_FILE", "card_id": subscription["card_id"]}
    asked = {"order_id": order["id"], "primary_recipient": {"customer_id": subscription["customer_id"]}}
    made = invoices.create(books, {**asked, "payment_requests": [request], "delivery_method": "EMAIL"})
    made["subscription_id"] = subscription["id"]
    invoices.publish(books, made)
    return [made]


def _price(phase: Mapping[str, Any]) -> Any:
    return (phase.get("pricing") or {}).get("price_money") or phase.get("recurring_price_money")


def _later(books: Books, subscription: Object) -> None:
    when = subscription["_next"]
    books.at(when, lambda later: _due(later, subscription, when))


def _changed(books: Books, subscription: Object, **changes: Any) -> Object:
    books.changed(SUBSCRIPTION, subscription, **changes)
    books.emit("subscription.updated", SUBSCRIPTION, subscription)
    return subscription


def _check(subscription: Object, *states: str) -> None:
    if subscription["status"] not in states:
        raise errors.invalid("BAD_REQUEST", "subscription_id", f"The subscription is {subscription['status']}.")
