"""Previews of invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import (
    amounts,
    invoice_items,
    previews,
    pricing,
    subscription_changes,
    subscription_terms,
)
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.behaviour.subscription_changes import Change, Terms
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, integer, unplayed
from payproof.sandbox.stripe.routes import route

NOT_PLAYED = ("automatic_tax", "customer_details", "discounts", "issuer", "on_behalf_of", "schedule", "schedule_details")
DETAILS = frozenset({"items", "proration_behavior", "proration_date", "billing_cycle_anchor", "cancel_now"})


@route("POST", "/v1/invoices/create_preview")
def preview(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    if call.get("preview_mode") == "recurring":
        unplayed(call, "preview_mode")
    subscription = call.reference(SUBSCRIPTION, "subscription")
    customer = call.reference(CUSTOMER, "customer")
    details = call.get("subscription_details") or {}
    for name in details:
        if name not in DETAILS:
            raise NotImitated(f"POST /v1/invoices/create_preview was sent subscription_details[{name}], which is not played")
    if subscription is not None:
        extra = _extra(call, subscription["customer"], subscription["currency"])
        changes, terms = _changes(call, subscription, details)
        return previews.of_subscription(call.books, subscription, changes, terms, extra)
    if customer is None:
        raise errors.missing_param("customer")
    if details.get("items"):
        return _of_new(call, customer, details)
    currency = amounts.currency_of(call.get("currency") or customer["currency"] or "usd")
    return previews.of_customer(call.books, customer, currency, _extra(call, customer["id"], currency))


def _changes(call: Call, subscription: Object, details: Mapping[str, Any]) -> tuple[list[Change], Terms]:
    given = details.get("items") or []
    if details.get("cancel_now") in (True, "true"):
        raise NotImitated("previews of a cancellation (subscription_details[cancel_now]) are not played")
    items = {item["id"]: item for item in subscription["items"]["data"]}
    changes: list[Change] = []
    for index, one in enumerate(given):
        param = f"subscription_details[items][{index}]"
        if one.get("id") and one["id"] not in items:
            raise errors.missing("subscription item", str(one["id"]), f"{param}[id]", status=400)
        changes.append(subscription_terms.change_of(call.books, items.get(one.get("id")), one, param))
    if changes:
        subscription_changes.check(subscription, changes)
    anchor = details.get("billing_cycle_anchor")
    wanted = anchor.get("type") if isinstance(anchor, Mapping) else anchor
    when = details.get("proration_date")
    behavior = str(details.get("proration_behavior") or "create_prorations")
    moment = None if when in (None, "") else integer(when, "subscription_details[proration_date]")
    return changes, Terms(behavior=behavior, when=moment, anchor_now=wanted == "now")


def _of_new(call: Call, customer: Object, details: Mapping[str, Any]) -> Object:
    """Return the first invoice of a subscription that does not exist."""
    extra: list[Object] = []
    for index, one in enumerate(details["items"]):
        price = subscription_terms.recurring_price(call.books, one, f"subscription_details[items][{index}]")
        extra.append(_described(call, customer["id"], price, int(one.get("quantity") or 1)))
    currency = extra[0]["currency"]
    return previews.of_customer(call.books, customer, currency, [*extra, *_extra(call, customer["id"], currency)])


def _extra(call: Call, customer: str, currency: str) -> list[Object]:
    """Return the content of the items that a preview is to have besides."""
    found: list[Object] = []
    for index, one in enumerate(call.get("invoice_items") or []):
        param = f"invoice_items[{index}]"
        quantity = int(one.get("quantity") or 1)
        if one.get("price") or one.get("price_data"):
            found.append(_described(call, customer, pricing.price_of(call.books, one, param), quantity))
            continue
        amount = one.get("amount")
        if amount in (None, ""):
            raise errors.missing_param(f"{param}[amount]")
        words = one.get("description")
        item = invoice_items.described(call.books, customer, integer(amount, f"{param}[amount]"), currency, description=words)
        found.append(item)
    return found


def _described(call: Call, customer: str, price: Object, quantity: int) -> Object:
    name = call.books.of(pricing.PRODUCT, price["product"])["name"]
    amount = int(price["unit_amount"]) * quantity
    return invoice_items.described(
        call.books, customer, amount, price["currency"], price=price, quantity=quantity, description=name
    )
