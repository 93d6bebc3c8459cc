"""Idempotency by `PayPal-Request-Id`: a repeat is answered with the earlier request's object as it is now.

How long an id is kept depends on the endpoint: 6 hours for orders, 45 days for payments, 72 hours for subscriptions (PayPal's
OpenAPI descriptions at ec4d8f3), 3 hours for the vault. An error leaves nothing to be repeated, so the same id executes again.

What PayPal answers to an id that comes with another body is not documented. The sandbox gives the earlier request's object by
default, so that no test fails on a guess; `refuse_changed` answers 422 DUPLICATE_REQUEST_ID instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payproof.sandbox.core import idempotency
from payproof.sandbox.core.exchange import Answer, Request
from payproof.sandbox.core.idempotency import IdempotencyPolicy, Stored
from payproof.sandbox.paypal import answering, errors, routes
from payproof.sandbox.paypal.books import Books

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

HEADER = "paypal-request-id"
LONGEST = 108
"""Characters of an id."""


def of(request: Request) -> str | None:
    """Return the request's id, None when it has none or the endpoint takes none."""
    return (request.headers.get(HEADER) or None) if retention(request) else None


def check(request: Request) -> None:
    """Refuse an id that is too long."""
    key = request.headers.get(HEADER, "")
    if len(key) > LONGEST:
        raise errors.refusal(
            400, "INVALID_STRING_LENGTH", field="PayPal-Request-Id", value=key[:20], executed=False, location="header"
        )


def retention(request: Request) -> int:
    """Seconds that an id is kept; 0 when the endpoint takes none."""
    found = routes.find(request.method, request.path)
    return found[0].answer.keeps if found else 0


def policy(*, refuse_changed: bool) -> IdempotencyPolicy:
    """Return how PayPal treats ids."""
    return IdempotencyPolicy(
        retention=retention,
        mismatch=lambda request, key: errors.unprocessable("DUPLICATE_REQUEST_ID").answer,
        in_flight=lambda request, key: in_flight(request),
        stores=_leaves_something,
        scope=_operation,
        replay=_latest,
        keeps_failures=False,
        fingerprint=idempotency.fingerprint if refuse_changed else _operation,
    )


def in_flight(request: Request) -> Answer:
    """Return the answer while an earlier request on the same id or the same object still runs."""
    if request.path.startswith("/v2/checkout/orders/"):
        return errors.unprocessable("ORDER_COMPLETION_IN_PROGRESS").answer
    return errors.refusal(409, "PREVIOUS_REQUEST_IN_PROGRESS").answer


def _operation(request: Request) -> str:
    # An id belongs to one operation on one resource: the same one may create an order and capture it.
    return f"{request.method} {request.path}"


def _leaves_something(request: Request, answer: Answer) -> bool:
    # A server error after the execution has left an object all the same.
    return answer.status < 400 or answer.status >= 500


def _latest(request: Request, stored: Stored, box: Sandbox) -> Answer:
    """The object that the earlier request made or changed, as it is now, with 200."""
    found = routes.find(request.method, request.path)
    kind = found[0].answer.kind if found else ""
    books = Books(box)
    touched = [effect.id for effect in box.journal[stored.number - 1].touched if effect.kind == kind]
    obj = books.find(kind, touched[-1]) if touched else None
    if obj is None:
        return stored.answer
    return Answer(200, answering.sent(books, kind, obj, request))
