"""Webhooks v1: registrations, events, and PayPal's own check of a signature."""

from __future__ import annotations

import json
from typing import Any

from payproof.sandbox.core.outbox import Registered
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.paypal import errors, events, signing
from payproof.sandbox.paypal.books import EVENT, WEBHOOK, Object, link
from payproof.sandbox.paypal.call import Call
from payproof.sandbox.paypal.routes import endpoint

WEBHOOKS = "/v1/notifications/webhooks"


@endpoint("POST", "/v1/notifications/verify-webhook-signature", body="VerifyWebhookSignature")
def verify(call: Call) -> Any:
    """Answer 200 whatever comes out: it is the body that says SUCCESS or FAILURE."""
    known = {endpoint.secret for endpoint in call.books.box.webhooks.endpoints}
    fields = {name: call.body.get(name) for name in _SIGNED}
    event = call.body.get("webhook_event")
    true = fields["webhook_id"] in known and any(signing.verifies(fields, payload) for payload in _payloads(call, event))
    return {"verification_status": "SUCCESS" if true else "FAILURE"}


_SIGNED = ("transmission_id", "transmission_time", "transmission_sig", "cert_url", "auth_algo", "webhook_id")


def _payloads(call: Call, event: Any) -> list[bytes]:
    """Return the bytes that may have been signed: those of the request, and those sent of an event with the same content.

    Whether PayPal takes an event that was serialised anew is not documented; the sandbox does, so that no test fails on that.
    """
    payloads = [call.request.body[start:end] for start, end in [_place(call.request.body)] if end]
    sent = [delivery.event.payload for delivery in call.books.box.webhooks.sent]
    return payloads + [payload for payload in dict.fromkeys(sent) if _content(payload) == event]


def _content(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return None


def _place(body: bytes) -> tuple[int, int]:
    """Return where the value of `webhook_event` begins and ends in a request body, `(0, 0)` when it cannot be told."""
    text = body.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder()
    start = text.find('"webhook_event"')
    colon = text.find(":", start)
    if start < 0 or colon < 0:
        return 0, 0
    begin = colon + 1 + (len(text[colon + 1 :]) - len(text[colon + 1 :].lstrip()))
    try:
        _, end = decoder.raw_decode(text, begin)
    except ValueError:
        return 0, 0
    before = text[:begin].encode("utf-8", "surrogateescape")
    return len(before), len(before) + len(text[begin:end].encode("utf-8", "surrogateescape"))


@endpoint("POST", WEBHOOKS, status=201, body="Webhook", kind=WEBHOOK)
def register(call: Call) -> Any:
    """Keep a registration. It is delivered to where somebody answers at its address: see `box.webhooks.serve`."""
    books = call.books
    names = [event["name"] for event in call.required("event_types")]
    for place, name in enumerate(names):
        if name != "*" and name not in events.TYPES:
            raise errors.invalid("INVALID_PARAMETER_VALUE", f"/event_types/{place}/name", name)
    if any(books.where(WEBHOOK, url=call.required("url"))):
        raise errors.refusal(400, "WEBHOOK_URL_ALREADY_EXISTS", field="/url", executed=False)
    made = books.new(WEBHOOK, books.identifier(), url=call.required("url"), event_types=[{"name": name} for name in names])
    made["_endpoint"] = Registered(
        target=None,
        kind="",
        path="",
        events=tuple(names),
        auto=False,
        host="",
        secret=made["id"],
        address=made["url"],
    )
    books.box.webhooks.subscribe(made["_endpoint"])
    return _shown(made)


@endpoint("GET", WEBHOOKS)
def list_webhooks(call: Call) -> Any:
    return {"webhooks": [_shown(found) for found in call.books.shelf(WEBHOOK).values()]}


@endpoint("GET", f"{WEBHOOKS}/{{id}}")
def show(call: Call) -> Any:
    return _shown(call.subject(WEBHOOK, "webhook_id"))


@endpoint("DELETE", f"{WEBHOOKS}/{{id}}", kind=WEBHOOK)
def delete(call: Call) -> Any:
    found = call.subject(WEBHOOK, "webhook_id")
    del call.books.shelf(WEBHOOK)[found["id"]]
    call.books.box.webhooks.unsubscribe(found["_endpoint"])
    call.books.box.effect(WEBHOOK, found["id"])


@endpoint("GET", "/v1/notifications/webhooks-events")
def list_events(call: Call) -> Any:
    wanted = call.query.get("event_type")
    found = [event for event in call.books.shelf(EVENT).values() if wanted in (None, event["event_type"])]
    newest = found[::-1][: call.number("page_size", 10, 300)]
    return {"events": [rendered(event) for event in newest], "count": len(newest)}


@endpoint("GET", "/v1/notifications/webhooks-events/{id}")
def show_event(call: Call) -> Any:
    return rendered(call.subject(EVENT, "event_id"))


def _shown(webhook: Object) -> Object:
    path = f"{WEBHOOKS}/{webhook['id']}"
    return {**rendered(webhook), "links": [link(path, "self"), link(path, "update", "PATCH"), link(path, "delete", "DELETE")]}
