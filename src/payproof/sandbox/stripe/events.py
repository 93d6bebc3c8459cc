"""Event objects: what the outbox sends and `/v1/events` lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.stripe import fields
from payproof.sandbox.stripe.behaviour import endpoints
from payproof.sandbox.stripe.books import NOBODY, Books, Object, kind

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

EVENT = kind("event", "evt", path_param="id")

KEPT_FOR = 30 * 86_400
"""Seconds that events can be listed."""


def write(box: Sandbox, event_type: str, obj: Mapping[str, Any], extra: Mapping[str, Any]) -> Object:
    """Create and return the Event about `obj`, which it takes over as it is.

    `extra` holds the account the object belongs to (`""`: the platform), the request that caused the event, and
    `previous_attributes`. `pending_webhooks` counts the endpoints that want the event when it happens.
    """
    account, cause = extra.get("account", ""), extra.get("cause", NOBODY)
    books = Books(box, account, clock=extra.get("clock"))
    data: Object = {"object": obj}
    if "previous_attributes" in extra:
        data["previous_attributes"] = extra["previous_attributes"]
    connected = {"account": account} if account else {}
    made = books.new(
        EVENT,
        **connected,
        api_version=fields.api_version(),
        data=data,
        pending_webhooks=endpoints.wanting(books, event_type),
        request={"id": cause.request, "idempotency_key": cause.idempotency_key},
        type=event_type,
    )
    made.pop("_clock", None)  # an event follows no clock: it has happened
    books.shelf(EVENT)[made["id"]] = {**made, "_wanting": made["pending_webhooks"]}
    return made
