"""What the installed stripe SDK knows of objects and events, so that the sandbox speaks its version.

The sandbox keeps objects as the newest API has them, with some fields of older ones. What the installed SDK does not know is
left out when an object is sent, because the API version that this SDK pins did not have it; so are events of unknown types.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import schemas

WRITTEN_FOR = "2026-10-28.endive"
"""The API version whose shapes the sandbox's objects are written in."""

LEGACY = frozenset(
    (
        "aggregate_usage", "charge", "coupon", "current_period_end", "current_period_start", "discount",
        "invoice", "paid", "paid_out_of_band", "payment_intent", "price", "proration", "quote", "shipping_details",
        "subscription", "tax", "tax_amounts", "tax_rates", "total_tax_amounts", "type",
    )
)  # fmt: skip
"""Fields that the sandbox writes for older API versions too, and that the newest has no more in one place or another."""


@functools.cache
def installed(object_name: str) -> frozenset[str] | None:
    """Return the field names of a resource in the installed SDK; None when it has no such resource."""
    try:
        return frozenset(schemas.catalogue().fields(object_name))
    except schemas.SdkError:
        return None


def known(object_name: str, field: str) -> bool:
    """Whether the installed SDK knows this field."""
    names = installed(object_name)
    return names is None or field in names


def mistakes(body: Mapping[str, Any]) -> list[str]:
    """Return how a body differs from what the installed SDK declares, fields of older API versions left out."""
    return [problem for problem in schemas.catalogue().check_object(body) if not _is_legacy(problem)]


def _is_legacy(problem: str) -> bool:
    place, _, what = problem.partition(": ")
    return what == "unknown field" and place.rpartition(".")[2] in LEGACY


@functools.cache
def event_known(event_type: str) -> bool:
    """Whether the installed SDK knows this event type."""
    types = schemas.catalogue().event_types()
    return not types or event_type in types


@functools.cache
def event_listed(event_type: str) -> bool:
    """Whether the installed SDK lists this event type."""
    return event_type in schemas.catalogue().event_types()


def api_version() -> str:
    """Return the API version that the installed SDK pins."""
    return schemas.catalogue().api_version


@functools.cache
def word(object_name: str, field: str, *choices: str) -> str:
    """Return the first of `choices` that the installed SDK knows as a value of this field; the first if it knows none."""
    words = schemas.catalogue().fields(object_name)[field].values
    return next((choice for choice in choices if choice in words), choices[0])
