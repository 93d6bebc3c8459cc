"""Webhook endpoints that were made through the API, and how many endpoints an event goes to."""

from __future__ import annotations

import fnmatch

from payproof.sandbox.stripe.books import Books, Object, kind

WEBHOOK_ENDPOINT = kind(
    "webhook_endpoint", "we", "api_version application description", path_param="webhook_endpoint", noun="webhook endpoint"
)


def wanting(books: Books, event_type: str) -> int:
    """Count the endpoints that subscribe to this type: those of the test and those made through the API."""
    tested = sum(
        any(fnmatch.fnmatchcase(event_type, pattern) for pattern in made.events) for made in books.box.webhooks.endpoints
    )
    return tested + sum(_subscribes(endpoint, event_type) for endpoint in books.shelf(WEBHOOK_ENDPOINT).values())


def _subscribes(endpoint: Object, event_type: str) -> bool:
    if endpoint.get("deleted") or endpoint["status"] != "enabled":
        return False
    return "*" in endpoint["enabled_events"] or event_type in endpoint["enabled_events"]
