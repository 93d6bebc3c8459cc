"""Which function answers which endpoint. A processor makes one `Routes` and declares its endpoints with `route`.

A template is a path with `{names}` for ids: `@route("POST", "/v1/payment_intents/{intent}/confirm")`.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")
"""The type of the functions that answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Route(Generic[A]):
    """One imitated endpoint."""

    method: str
    template: str
    answer: A


@dataclasses.dataclass(slots=True)
class _Branch(Generic[A]):
    """One step of a path: the literal segments that may follow, the id that may follow, and what answers here."""

    literal: dict[str, _Branch[A]] = dataclasses.field(default_factory=dict)
    identifier: _Branch[A] | None = None
    routes: dict[str, Route[A]] = dataclasses.field(default_factory=dict)


class Routes(Generic[A]):
    """The endpoints of one processor: those that the modules of `package` declare when they are imported."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._root: _Branch[A] = _Branch()
        self._loaded = False

    def route(self, method: str, template: str) -> Callable[[A], A]:
        """Let the decorated function answer an endpoint."""

        def declare(answer: A) -> A:
            branch = self._root
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

    def find(self, method: str, path: str) -> tuple[Route[A], tuple[str, ...]] | None:
        """Return the route of a request and the ids in its path; None when the endpoint is not imitated."""
        self._load()
        return _walk(self._root, method, path.strip("/").split("/"), ())

    def declared(self, method: str, template: str) -> bool:
        """Whether exactly this endpoint is imitated, whatever its ids are called."""
        self._load()
        branch: _Branch[A] | None = self._root
        for segment in template.strip("/").split("/"):
            if branch is None:
                return False
            branch = branch.identifier if segment.startswith("{") else branch.literal.get(segment)
        return branch is not None and method in branch.routes

    def every(self) -> list[Route[A]]:
        """Return all imitated endpoints, sorted by path and method."""
        self._load()
        return sorted(_collect(self._root), key=lambda found: (found.template, found.method))

    def _load(self) -> None:
        if self._loaded:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        self._loaded = True


def _walk(branch: _Branch[A], method: str, segments: list[str], ids: tuple[str, ...]) -> tuple[Route[A], tuple[str, ...]] | None:
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


def _collect(branch: _Branch[A]) -> list[Route[A]]:
    found = list(branch.routes.values())
    for child in (*branch.literal.values(), *((branch.identifier,) if branch.identifier else ())):
        found.extend(_collect(child))
    return found
