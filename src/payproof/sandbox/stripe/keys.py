"""Idempotency as Stripe keeps it: the first execution under a key, with its answer, for a day (v2: thirty)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payproof.sandbox.core.exchange import Answer, Refused, Request
from payproof.sandbox.core.idempotency import IdempotencyPolicy, Stored
from payproof.sandbox.stripe import errors

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

DAY = 86_400
LONGEST = 255
"""Characters of a key."""


def of(request: Request) -> str | None:
    """Return the key of a request: of v1 POST, and of v2 POST and DELETE; it has no effect elsewhere."""
    takes_key = request.method == "POST" or (request.method == "DELETE" and is_v2(request))
    return (request.headers.get("idempotency-key") or None) if takes_key else None


def check(request: Request) -> None:
    """Refuse a key that is too long."""
    key = of(request)
    if key is not None and len(key) > LONGEST:
        message = f"Idempotency keys can have up to {LONGEST} characters, but this one has {len(key)}."
        raise errors.invalid(message, executed=False)


def is_v2(request: Request) -> bool:
    return request.path.startswith("/v2/")


def account_of(request: Request) -> str:
    """Return the connected account a request acts for, `""` for the platform itself."""
    return request.headers.get("stripe-account") or request.headers.get("stripe-context") or ""


def books_of(request: Request, box: Sandbox) -> str:
    """Return the account whose books a request is about; a platform may name itself, which is as if it named nobody."""
    account = account_of(request)
    return "" if account in box.store.get("account.own", ()) else account


def policy() -> IdempotencyPolicy:
    """Return how Stripe treats keys."""
    return IdempotencyPolicy(
        retention=lambda request: 30 * DAY if is_v2(request) else DAY,
        mismatch=_mismatch,
        in_flight=_in_flight,
        stores=_stores,
        scope=account_of,
        replay=_replayed,
    )


def _stores(request: Request, answer: Answer) -> bool:
    """v1 keeps every answer of an execution; v2 keeps successes, so that a repeat of what failed is executed again."""
    return not is_v2(request) or answer.status < 400


def _mismatch(request: Request, key: str) -> Answer:
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request."
    )
    return _answer(errors.refusal(400, "idempotency_error", message))


def _in_flight(request: Request, key: str) -> Answer:
    message = (
        f"There is currently another in-progress request using this Idempotent Key ({key}), probably because you submitted "
        "twice, and the other request is still being processed. Please try again later."
    )
    return _answer(errors.refusal(409, "idempotency_error", message, code="idempotency_key_in_use"))


def _replayed(request: Request, stored: Stored, box: Sandbox) -> Answer:
    """The first answer again, under a request id of its own; `Original-Request` names the first."""
    original = stored.answer.headers.get("Request-Id", "")
    return Answer(
        stored.answer.status,
        stored.answer.body,
        {"Idempotent-Replayed": "true", "Original-Request": original},
        stored.answer.raw,
    )


def _answer(refused: Refused) -> Answer:
    return refused.answer
