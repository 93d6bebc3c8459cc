"""Webhook endpoints and event destinations that were made through the API, and what each of them is sent.

An endpoint is delivered to where somebody answers at its address: an app that the test serves there, or a server on this machine.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import json
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.outbox import Event, Registered
from payproof.sandbox.stripe import lists, schemas
from payproof.sandbox.stripe.books import Books, Object, kind

WEBHOOK_ENDPOINT = kind(
    "webhook_endpoint", "we", "api_version application description", path_param="webhook_endpoint", noun="webhook endpoint"
)

THIN = "v1."
"""What begins the type of a thin event about an object of API v1."""


@dataclasses.dataclass(slots=True, eq=False)
class Subscription(Registered):
    """What an endpoint made through the API is sent.

    `account` is the account that made it, `others` whether it hears of connected accounts instead, `thin` whether it is sent
    notifications without the object.
    """

    account: str = ""
    others: bool = False
    thin: bool = False
    enabled: bool = True

    def wants(self, event: Event) -> bool:
        """Whether the endpoint subscribes to this event."""
        return self.subscribes(event.type, event.body)

    def subscribes(self, event_type: str, body: Mapping[str, Any]) -> bool:
        """Whether the endpoint subscribes to an event of this type and content."""
        about = str(body.get("account") or "")
        if not self.enabled or (about == self.account if self.others else about != self.account):
            return False
        name = thin_type(event_type) if self.thin else event_type
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.events)

    def payload(self, event: Event) -> bytes:
        """Return the bytes that this endpoint is sent of an event."""
        if not self.thin:
            return event.payload
        return json.dumps(thin(event.body), indent=2, ensure_ascii=False).encode("utf-8")


def subscribe(books: Books, made: Object, secret: str, *, others: bool = False, thin: bool = False) -> None:
    """Let an endpoint that the API made (`url`, `enabled_events`) hear of events from now on."""
    subscription = Subscription(
        target=None,
        kind="",
        path="",
        events=(),
        auto=False,
        host="",
        secret=secret,
        account=books.account,
        others=others,
        thin=thin,
    )
    made["_subscription"] = subscription
    follow(books, made)


def follow(books: Books, made: Object) -> None:
    """Let the subscription follow what its endpoint says now."""
    subscription: Subscription = made["_subscription"]
    subscription.address = made.get("url") or made["_url"]
    subscription.events = tuple(made["enabled_events"])
    subscription.enabled = made["status"] == "enabled"
    unsubscribe(books, made)
    books.box.webhooks.subscribe(subscription)


def unsubscribe(books: Books, made: Object) -> None:
    """An endpoint hears of nothing any more."""
    books.box.webhooks.unsubscribe(made["_subscription"])


def wanting(books: Books, event_type: str) -> int:
    """Count the endpoints that subscribe to this type: those of the test and those made through the API."""
    body = {"account": books.account}
    return sum(
        endpoint.subscribes(event_type, body)
        if isinstance(endpoint, Subscription)
        else any(fnmatch.fnmatchcase(event_type, pattern) for pattern in endpoint.events)
        for endpoint in books.box.webhooks.endpoints
    )


def thin_type(event_type: str) -> str:
    """Return the type that the thin event of an event has."""
    return event_type if event_type.startswith("v2.") else THIN + event_type


def thin(event: Mapping[str, Any]) -> Object:
    """Return an event as API v2 tells of it: what happened to which object, without the object."""
    if event["object"] == "v2.core.event":
        return dict(event)
    about = event["data"]["object"]
    cause = event["request"] or {}
    reason = {"type": "request", "request": {"id": cause.get("id"), "idempotency_key": cause.get("idempotency_key") or ""}}
    notification: Object = {
        "id": event["id"],
        "object": "v2.core.event",
        "type": thin_type(event["type"]),
        "created": lists.timestamp(event["created"]),
        "livemode": False,
        "context": event.get("account"),
        "reason": reason if cause.get("id") else None,
        "snapshot_event": event["id"],
        "related_object": _related(about),
    }
    return notification


def _related(about: Mapping[str, Any]) -> Object | None:
    """Return where an object is retrieved; None for one that has no address of its own."""
    name, identifier = str(about.get("object")), str(about.get("id", ""))
    path = f"/v1/{name.replace('.', '/')}s/{identifier}"
    known = schemas.catalogue().endpoint("GET", path)
    return None if known is None else {"id": identifier, "type": name, "url": path}
