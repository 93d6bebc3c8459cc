"""Which function answers which endpoint. An endpoint exists because a module of `resources/` declares it.

A template is a path with `{names}` for ids: `@route("POST", "/v1/payment_intents/{intent}/confirm")`.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from payproof.sandbox.stripe.call import Call

Answering = Callable[[Call], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One imitated endpoint."""

    method: str
    template: str
    answer: Answering


@dataclasses.dataclass(slots=True)
class _Branch:
    """One step of a path: the literal segments that may follow, the id that may follow, and what answers here."""

    literal: dict[str, _Branch] = dataclasses.field(default_factory=dict)
    identifier: _Branch | None = None
    routes: dict[str, Route] = dataclasses.field(default_factory=dict)


_ROOT = _Branch()


def route(method: str, template: str) -> Callable[[Answering], Answering]:
    """Let the decorated function answer an endpoint. It returns the body; status 200 is understood."""

    def declare(answer: Answering) -> Answering:
        branch = _ROOT
        for segment in template.strip("/").split("/"):
            if segment.startswith("{"):
                branch.identifier = branch.identifier or _Branch()
                branch = branch.identifier
            else:
                branch = branch.literal.setdefault(segment, _Branch())
        if method in branch.routes:
            raise ValueError(f"{method} {template} is declared twice")
        branch.routes[method] = Route(method, template, answer)
        return answer

    return declare


@functools.cache
def load() -> None:
    """Import every module of `resources/`, which declares its endpoints."""
    package = importlib.import_module("payproof.sandbox.stripe.resources")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a request and the ids in its path; None when the endpoint is not imitated."""
    load()
    return _walk(_ROOT, method, path.strip("/").split("/"), ())


def declared(method: str, template: str) -> bool:
    """Whether exactly this endpoint is imitated, whatever its ids are called."""
    load()
    branch: _Branch | None = _ROOT
    for segment in template.strip("/").split("/"):
        if branch is None:
            return False
        branch = branch.identifier if segment.startswith("{") else branch.literal.get(segment)
    return branch is not None and method in branch.routes


def every() -> list[Route]:
    """Return all imitated endpoints, sorted by path and method."""
    load()
    return sorted(_collect(_ROOT), key=lambda found: (found.template, found.method))


def _walk(branch: _Branch, method: str, segments: list[str], ids: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
    if not segments:
        found = branch.routes.get(method)
        return None if found is None else (found, ids)
    head, rest = segments[0], segments[1:]
    if head in branch.literal:
        found_literally = _walk(branch.literal[head], method, rest, ids)
        if found_literally is not None:
            return found_literally
    if branch.identifier is not None and head:
        return _walk(branch.identifier, method, rest, (*ids, head))
    return None


def _collect(branch: _Branch) -> list[Route]:
    found = list(branch.routes.values())
    for child in (*branch.literal.values(), *((branch.identifier,) if branch.identifier else ())):
        found.extend(_collect(child))
    return found
