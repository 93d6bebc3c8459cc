"""Square's endpoints: one exists because a module of `resources/` declares it with `endpoint`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payproof.sandbox.core.routing import Routes
from payproof.sandbox.square.call import Call

Answering = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How one endpoint is answered.

    `answer` returns a `Made` object or a body. `keyed` endpoints take an `idempotency_key` in the body, of at most `longest`
    characters. `query` names the parameters that are acted upon; `without_effect` those fields of the body that change nothing.
    """

    answer: Answering
    keyed: bool = False
    longest: int = 192
    query: tuple[str, ...] = ()
    without_effect: tuple[str, ...] = ()


_ROUTES: Routes[Endpoint] = Routes("payproof.sandbox.square.resources")
find = _ROUTES.find
every = _ROUTES.every


def endpoint(method: str, template: str, **options: Any) -> Callable[[Answering], Answering]:
    """Let the decorated function answer an endpoint; `options` are the fields of `Endpoint`."""

    def declare(answer: Answering) -> Answering:
        _ROUTES.route(method, template)(Endpoint(answer, **options))
        return answer

    return declare


__all__ = ["Endpoint", "endpoint", "every", "find"]
