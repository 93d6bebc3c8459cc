"""PayPal's endpoints: one exists because a module of `resources/` declares it with `endpoint`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payproof.sandbox.core.routing import Route, Routes
from payproof.sandbox.paypal.call import Call

Answering = Callable[[Call], Any]
HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How one endpoint is answered.

    `answer` returns a `Made` object, a body, or None for an empty answer (204). `body` is the model that the request body
    follows (`List[Patch]` for a list of it), `answers` the model of the answer. `kind` is what it makes or changes: a repeat
    under the same PayPal-Request-Id is answered with that object as it is then. `keeps` is for how many seconds, 0 where
    PayPal takes no such id. `open` asks for no token.
    """

    answer: Answering
    status: int = 200
    body: str = ""
    answers: str = ""
    kind: str = ""
    keeps: int = 0
    open: bool = False
    without_effect: tuple[str, ...] = ()


_ROUTES: Routes[Endpoint] = Routes("payproof.sandbox.paypal.resources")
find = _ROUTES.find
every = _ROUTES.every


def endpoint(method: str, template: str, **options: Any) -> Callable[[Answering], Answering]:
    """Let the decorated function answer an endpoint; `options` are the fields of `Endpoint`."""

    def declare(answer: Answering) -> Answering:
        _ROUTES.route(method, template)(Endpoint(answer, **options))
        return answer

    return declare


def models() -> list[str]:
    """Return the models of all requests and answers, each once."""
    found = {name for route in every() for name in (route.answer.body, route.answer.answers) if name}
    return sorted(name.removeprefix("List[").removesuffix("]") for name in found)


__all__ = ["Endpoint", "Route", "endpoint", "every", "find", "models"]
