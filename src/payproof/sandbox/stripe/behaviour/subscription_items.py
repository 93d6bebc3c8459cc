"""What a subscription is subscribed to: a price, a quantity and the present period."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe.books import Books, Object, kind, rendered

SUBSCRIPTION_ITEM = kind(
    "subscription_item", "si", "billed_until billing_thresholds", livemode=False, path_param="item", inside=True
)


def write(books: Books, subscription: str, price: Mapping[str, Any], quantity: int, start: int, end: int) -> Object:
    """Create an item."""
    return books.new(
        SUBSCRIPTION_ITEM,
        current_period_end=end,
        current_period_start=start,
        discounts=[],
        metadata={},
        plan=plan_of(price),
        price=rendered(price),
        quantity=quantity,
        subscription=subscription,
        tax_rates=[],
    )


def plan_of(price: Mapping[str, Any]) -> Object:
    """Return a price as the older Plan object, which items still carry."""
    recurring = price["recurring"]
    content = {
        "active": price["active"],
        "aggregate_usage": None,
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": dict(price["metadata"]),
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {"id": price["id"], "object": "plan", **content}
