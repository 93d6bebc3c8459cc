"""Idempotency by `idempotency_key` in the body: the same key and body repeat the first answer, another body is refused.

How long Square remembers a key is not published (its staff says so in the developers' forum, October 2026); the sandbox never
forgets one. A decline is remembered: trying another card takes a new key. What else was refused leaves the key free. A key
belongs to one operation here; whether Square shares keys between operations is not published either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payproof.sandbox.core.exchange import Answer, Refused, Request
from payproof.sandbox.core.idempotency import IdempotencyPolicy, Stored
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.square import errors, routes
from payproof.sandbox.square.books import Books

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

FIELD = "idempotency_key"
FOR_EVER = 100 * 365 * 86_400


def of(request: Request) -> str | None:
    """Return the request's key, None when it has none or the endpoint takes none."""
    found = routes.find(request.method, request.path)
    key = request.params.get(FIELD)
    return key if found and found[0].answer.keyed and isinstance(key, str) and key else None


def check(request: Request, longest: int) -> None:
    """Refuse a key that is empty or too long."""
    key = request.params.get(FIELD)
    if key == "":
        raise errors.invalid("VALUE_EMPTY", FIELD, "Field must not be blank.", executed=False)
    if isinstance(key, str) and len(key) > longest:
        detail = f"Field must not be greater than {longest} in length."
        raise errors.invalid("VALUE_TOO_LONG", FIELD, detail, executed=False)


def policy() -> IdempotencyPolicy:
    """Return how Square treats keys."""
    return IdempotencyPolicy(
        retention=FOR_EVER,
        mismatch=lambda request, key: reused().answer,
        in_flight=lambda request, key: errors.below("409"),
        stores=_leaves_something,
        scope=lambda request: request.line,
        replay=_repeated,
        keeps_failures=False,
    )


def reused() -> Refused:
    """The key came before, with another body."""
    detail = "The idempotency key can only be retried with the same request data."
    return errors.invalid("IDEMPOTENCY_KEY_REUSED", FIELD, detail, executed=False)


def _leaves_something(request: Request, answer: Answer) -> bool:
    # A server error after the execution has left an object all the same; a decline is an outcome.
    return answer.status < 400 or answer.status >= 500 or _declined(answer)


def _declined(answer: Answer) -> bool:
    body = answer.body if isinstance(answer.body, dict) else {}
    return any(one["category"] == errors.PAYMENT_METHOD for one in body.get("errors", ()))


def _repeated(request: Request, stored: Stored, box: Sandbox) -> Answer:
    """The first answer; after a server error, what that request has made."""
    if stored.answer.status < 500:
        return stored.answer
    made = {effect.kind: effect.id for effect in box.journal[stored.number - 1].touched}
    kind = next((name for name in _MAIN if name in made), "")
    found = Books(box).find(kind, made.get(kind))
    return stored.answer if found is None else Answer(200, {kind: rendered(found)}).frozen()


_MAIN = ("refund", "subscription", "invoice", "payment_link", "payment", "order", "card", "customer", "evidence")
"""Kinds from the outcome of a request to what came with it."""
