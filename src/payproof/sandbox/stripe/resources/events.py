"""Events of the last thirty days."""

from __future__ import annotations

import fnmatch

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.events import EVENT, KEPT_FOR
from payproof.sandbox.stripe.routes import route


@route("GET", "/v1/events")
def list_(call: Call) -> Object:
    wanted, several = call.get("type"), call.get("types")
    if wanted is not None and several is not None:
        raise errors.invalid("You may only specify one of these parameters: type, types.", executed=False)
    patterns = several or ([wanted] if wanted else ["*"])
    delivered = call.get("delivery_success")
    oldest = call.books.now() - KEPT_FOR

    def test(event: Object) -> bool:
        if event["created"] < oldest or not any(fnmatch.fnmatchcase(event["type"], pattern) for pattern in patterns):
            return False
        return delivered is None or _delivered(call.books, event) == (delivered in (True, "true"))

    source = (_pending(call.books, event) for event in call.books.newest_first(EVENT))
    return lists.page(call, EVENT, where=test, source=source)


@route("GET", "/v1/events/{id}")
def retrieve(call: Call) -> Object:
    return _pending(call.books, call.subject(EVENT))


def _pending(books: Books, event: Object) -> Object:
    """Let `pending_webhooks` be the number of endpoints that have not taken the event yet."""
    webhooks = books.box.webhooks
    taken = {id(sent.endpoint) for sent in webhooks.sent if sent.event.id == event["id"] and sent.ok and not sent.forged}
    event["pending_webhooks"] = max(event["_wanting"] - len(taken), 0)
    return event


def _delivered(books: Books, event: Object) -> bool:
    """Whether every endpoint that was sent the event has taken it."""
    return all(attempt.event.id != event["id"] for attempt in books.box.webhooks.failed)
