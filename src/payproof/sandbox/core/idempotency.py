"""Idempotency as processors do it: the first execution under a key is kept, later requests with that key get its answer.

What differs between processors (how long, what is kept, what a mismatch is answered) is an `IdempotencyPolicy`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.exchange import Answer, Request

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


_SORTED = json.JSONEncoder(sort_keys=True, default=repr).encode


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """The first execution under a key: what was asked, what was answered, when (sandbox clock), as which journal entry."""

    fingerprint: str
    request: Request
    answer: Answer
    at: int
    number: int
    retention: int


def everything(request: Request, answer: Answer) -> bool:
    """Keep every answer of an executed request, refusals and server errors included."""
    return True


def one_account(request: Request) -> str:
    """The whole sandbox is one account."""
    return ""


def same_answer(request: Request, stored: Stored, box: Sandbox) -> Answer:
    """Answer with a frozen copy of the first answer."""
    return stored.answer


def fingerprint(request: Request) -> str:
    """Return what must be equal for a request to count as a repeat: method, path and parameters, in any order."""
    return f"{request.method} {request.path} {_SORTED(request.params)}"


@dataclasses.dataclass(frozen=True, slots=True)
class IdempotencyPolicy:
    """How one processor treats idempotency keys.

    `retention` is in seconds of the sandbox clock, for all requests or by request. `mismatch` and `in_flight` give the
    processor's answers to a key used with other parameters and to a key whose first request still runs; neither is stored.
    `stores` says which answers of *executed* requests are kept (an answer given before execution never is). `scope` names
    the account a key belongs to. `replay` makes the answer to a repeat, headers included.
    """

    retention: int | Callable[[Request], int]
    mismatch: Callable[[Request, str], Answer]
    in_flight: Callable[[Request, str], Answer]
    stores: Callable[[Request, Answer], bool] = everything
    scope: Callable[[Request], str] = one_account
    replay: Callable[[Request, Stored, Sandbox], Answer] = same_answer
    fingerprint: Callable[[Request], str] = fingerprint
    keeps_failures: bool = True
    """Whether a request that failed while it ran and changed nothing (`500-during`) is kept; else its key executes again."""

    def retention_of(self, request: Request) -> int:
        """Seconds that an answer to `request` is kept."""
        return self.retention if isinstance(self.retention, int) else self.retention(request)


class KeyStore:
    """The idempotency keys of one sandbox: `(account, key)` to the first execution, and the keys in flight."""

    def __init__(self) -> None:
        self._stored: dict[tuple[str, str], Stored] = {}
        self._flying: dict[tuple[str, str], str] = {}

    def look(self, policy: IdempotencyPolicy, request: Request, key: str, box: Sandbox) -> tuple[Answer, bool] | None:
        """Return the answer this request gets without being executed and whether it is a replay; None for a first request."""
        place = (policy.scope(request), key)
        if place in self._flying:
            return policy.in_flight(request, key), False
        stored = self._stored.get(place)
        if stored is None:
            return None
        if box.clock.now() >= stored.at + stored.retention:
            del self._stored[place]
            return None
        if stored.fingerprint != policy.fingerprint(request):
            return policy.mismatch(request, key), False
        return policy.replay(request, stored, box), True

    def start(self, policy: IdempotencyPolicy, request: Request, key: str) -> None:
        """Mark the key as in flight."""
        self._flying[(policy.scope(request), key)] = request.line

    def release(self, policy: IdempotencyPolicy, request: Request, key: str) -> None:
        """The request under this key is over; nothing is kept of it."""
        self._flying.pop((policy.scope(request), key), None)

    def keep(self, policy: IdempotencyPolicy, request: Request, key: str, answer: Answer, at: int, number: int) -> None:
        """The request under this key was executed: keep its answer when the policy says so, and end its flight."""
        self.release(policy, request, key)
        if policy.stores(request, answer):
            kept = Stored(policy.fingerprint(request), request, answer, at, number, policy.retention_of(request))
            self._stored[(policy.scope(request), key)] = kept

    def stored(self) -> Mapping[tuple[str, str], Any]:
        """Return what is kept now, by account and key."""
        return dict(self._stored)
