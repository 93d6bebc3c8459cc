"""Event destinations and events of API v2: thin notifications, and what they tell of."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, fields, lists, metadata
from payproof.sandbox.stripe.behaviour import endpoints
from payproof.sandbox.stripe.books import Object, kind, rendered
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.events import EVENT, KEPT_FOR
from payproof.sandbox.stripe.resources.webhook_endpoints import checked_url
from payproof.sandbox.stripe.routes import route

DESTINATION = kind(
    "v2.core.event_destination",
    "ed",
    "amazon_eventbridge azure_event_grid events_from snapshot_api_version status_details",
    created=False,
    livemode=True,
    noun="event destination",
)

PING = "v2.core.event_destination.ping"


@route("POST", "/v2/core/event_destinations")
def create(call: Call) -> Object:
    unplayed(call, "amazon_eventbridge", "azure_event_grid", "events_from")
    if call.required("type") != "webhook_endpoint":
        raise NotImitated(f"event destinations of type {call.get('type')!r} are not played; use 'webhook_endpoint'")
    thin = call.required("event_payload") == "thin"
    url = checked_url((call.get("webhook_endpoint") or {}).get("url") or "")
    wanted = list(call.required("enabled_events"))
    for name in wanted:
        if thin != name.startswith(("v1.", "v2.", "*")) and name != "*":
            style = "v1.charge.succeeded" if thin else "charge.succeeded"
            raise errors.invalid(f"{name!r} is no event of this payload style; write it as in {style!r}.", param="enabled_events")
    secret = call.books.box.processor.webhook_secret(call.books.box)
    now = lists.timestamp(call.books.now())
    made = call.books.new(
        DESTINATION,
        created=now,
        description=call.get("description") or "",
        enabled_events=wanted,
        event_payload="thin" if thin else "snapshot",
        metadata=metadata.merged({}, call.params.get("metadata")),
        name=call.required("name"),
        snapshot_api_version=None if thin else call.get("snapshot_api_version") or fields.api_version(),
        status="enabled",
        type="webhook_endpoint",
        updated=now,
        _url=url,
        _secret=secret,
    )
    endpoints.subscribe(call.books, made, secret, thin=thin)
    return _shown(call, made, secret=True)


@route("GET", "/v2/core/event_destinations/{id}")
def retrieve(call: Call) -> Object:
    return _shown(call, call.subject(DESTINATION))


@route("POST", "/v2/core/event_destinations/{id}")
def update(call: Call) -> Object:
    found = call.subject(DESTINATION)
    url = (call.get("webhook_endpoint") or {}).get("url")
    if url:
        found["_url"] = checked_url(url)
    found["metadata"] = metadata.merged(found["metadata"], call.params.get("metadata"))
    found.update(call.given(("description", "enabled_events", "name")), updated=lists.timestamp(call.books.now()))
    endpoints.follow(call.books, found)
    return _shown(call, found)


@route("DELETE", "/v2/core/event_destinations/{id}")
def delete(call: Call) -> Object:
    found = call.subject(DESTINATION)
    endpoints.unsubscribe(call.books, found)
    call.books.delete(DESTINATION, found)
    return {"id": found["id"], "object": DESTINATION.object, "deleted": True}


@route("POST", "/v2/core/event_destinations/{id}/disable")
def disable(call: Call) -> Object:
    return _switched(call, "disabled")


@route("POST", "/v2/core/event_destinations/{id}/enable")
def enable(call: Call) -> Object:
    return _switched(call, "enabled")


@route("POST", "/v2/core/event_destinations/{id}/ping")
def ping(call: Call) -> Object:
    found = call.subject(DESTINATION)
    event: Object = {
        "id": call.books.identifier("evt_test"),
        "object": "v2.core.event",
        "type": PING,
        "created": lists.timestamp(call.books.now()),
        "livemode": False,
        "context": None,
        "reason": None,
        "related_object": {"id": found["id"], "type": DESTINATION.object, "url": f"/v2/core/event_destinations/{found['id']}"},
    }
    call.books.shelf(V2_EVENT)[event["id"]] = dict(event)
    call.books.box.webhooks.record(PING, event)
    return event


V2_EVENT = kind("v2.core.event", "evt_test", noun="event")


@route("GET", "/v2/core/event_destinations")
def list_(call: Call) -> Object:
    found = [_shown(call, one) for one in call.books.newest_first(DESTINATION) if not one.get("deleted")]
    return lists.page_v2(call, found)


@route("GET", "/v2/core/events")
def events(call: Call) -> Object:
    oldest, wanted, about = call.books.now() - KEPT_FOR, call.get("types"), call.get("object_id")
    call.get("created")
    found = []
    for event in call.books.newest_first(EVENT):
        told = endpoints.thin(event)
        related = told["related_object"] or {}
        if event["created"] >= oldest and (not wanted or told["type"] in wanted) and (not about or related.get("id") == about):
            found.append(told)
    return lists.page_v2(call, found)


@route("GET", "/v2/core/events/{id}")
def event(call: Call) -> Object:
    kept = call.books.find(V2_EVENT, call.ids[0])
    return dict(kept) if kept is not None else endpoints.thin(call.subject(EVENT))


def _switched(call: Call, status: str) -> Object:
    found = call.subject(DESTINATION)
    found.update(status=status, updated=lists.timestamp(call.books.now()))
    reason = {"disabled": {"reason": "user"}} if status == "disabled" else None
    found["status_details"] = reason
    endpoints.follow(call.books, found)
    return _shown(call, found)


def _shown(call: Call, found: Object, *, secret: bool = False) -> Object:
    """Return a destination as it is sent; its address and secret only when they are asked for."""
    asked = [str(name) for name in call.get("include") or []]
    hook: dict[str, Any] = {"signing_secret": None, "url": None}
    if "webhook_endpoint.signing_secret" in asked and secret:
        hook["signing_secret"] = found["_secret"]
    if "webhook_endpoint.url" in asked:
        hook["url"] = found["_url"]
    return {**rendered(found), "webhook_endpoint": hook}
