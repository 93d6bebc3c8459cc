"""Webhook events: what the outbox sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.square import books
from payproof.sandbox.square.books import Books, Object

TYPES = frozenset(
    """
    payment.created payment.updated refund.created refund.updated order.created order.updated
    customer.created customer.updated customer.deleted card.created card.disabled
    dispute.created dispute.state.updated dispute.evidence.created dispute.evidence.deleted
    invoice.created invoice.updated invoice.published invoice.payment_made invoice.scheduled_charge_failed invoice.canceled
    invoice.deleted invoice.refunded subscription.created subscription.updated catalog.version.updated
    """.split()
)
"""The event types that the sandbox knows (the SDK's `*_event` models; developer.squareup.com, webhook events)."""

_OF_ORDERS = ("location_id", "version", "state", "created_at", "updated_at")


def write(bk: Books, event_type: str, obj: Mapping[str, Any], kind: str) -> Object:
    """Return the event about an object."""
    content: Object = {kind: dict(obj)}
    if kind == books.ORDER:
        # An order's event says only that something happened to it.
        name = event_type.replace(".", "_")
        content = {name: {"order_id": obj["id"], **{field: obj[field] for field in _OF_ORDERS if field in obj}}}
    made: Object = {
        "merchant_id": books.MERCHANT,
        "type": event_type,
        "event_id": _uuid(bk.box.ids.hex(32)),
        "created_at": bk.time(),
        "data": {"type": next(iter(content)), "id": obj["id"], "object": content},
    }
    if obj.get("location_id"):
        made["location_id"] = obj["location_id"]
    return made


def _uuid(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
