"""Webhook endpoints."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, fields, lists, metadata
from payproof.sandbox.stripe.behaviour import endpoints
from payproof.sandbox.stripe.behaviour.endpoints import WEBHOOK_ENDPOINT
from payproof.sandbox.stripe.books import Object, rendered
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/webhook_endpoints")
def create(call: Call) -> Object:
    url = checked_url(call.required("url"))
    wanted = list(call.required("enabled_events"))
    secret = call.books.box.processor.webhook_secret(call.books.box)
    made = call.books.new(
        WEBHOOK_ENDPOINT,
        api_version=call.get("api_version") or fields.api_version(),
        description=call.get("description"),
        enabled_events=wanted,
        metadata=metadata.merged({}, call.params.get("metadata")),
        status="enabled",
        url=url,
    )
    endpoints.subscribe(call.books, made, secret, others=call.flag("connect"))
    # The secret is sent once, when the endpoint is made.
    return {**rendered(made), "secret": secret}


@route("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve(call: Call) -> Object:
    return call.subject(WEBHOOK_ENDPOINT)


@route("POST", "/v1/webhook_endpoints/{webhook_endpoint}")
def update(call: Call) -> Object:
    endpoint = call.subject(WEBHOOK_ENDPOINT)
    if call.get("url"):
        checked_url(call.get("url"))
    endpoint["metadata"] = metadata.merged(endpoint["metadata"], call.params.get("metadata"))
    endpoint.update(call.given(("description", "enabled_events", "url")))
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.flag("disabled") else "enabled"
    endpoints.follow(call.books, endpoint)
    return endpoint


@route("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete(call: Call) -> Object:
    endpoint = call.subject(WEBHOOK_ENDPOINT)
    endpoints.unsubscribe(call.books, endpoint)
    return call.books.delete(WEBHOOK_ENDPOINT, endpoint)


@route("GET", "/v1/webhook_endpoints")
def list_(call: Call) -> Object:
    return lists.page(call, WEBHOOK_ENDPOINT)


def checked_url(url: str) -> str:
    """Return the address of an endpoint; refused when it is none."""
    if not url.startswith(("https://", "http://")):
        raise errors.invalid(
            "Invalid URL: an explicit scheme (such as https) must be provided.", code="url_invalid", param="url", executed=False
        )
    return url
