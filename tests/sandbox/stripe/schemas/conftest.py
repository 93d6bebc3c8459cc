"""What the tests of the schemas share: the installed SDK's catalogue, and valid values made from its types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from payproof.sandbox.stripe.schemas import Catalogue
from payproof.sandbox.stripe.schemas.catalogue import catalogue as installed_catalogue
from payproof.sandbox.stripe.schemas.compounds import Either, Emptyable, Expandable, ListOf, MapOf, Named, Nullable
from payproof.sandbox.stripe.schemas.kinds import Choice, Kind
from payproof.sandbox.stripe.schemas.records import Record

_PLAIN = {"string": "x", "integer": 100, "number": 1.5, "decimal": "1.5", "boolean": True, "any": "x"}
_DEEPEST = 4


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue of the installed SDK."""
    return installed_catalogue()


@pytest.fixture(scope="session")
def example() -> Callable[[Kind], Any]:
    """Return a function that makes a valid value of any kind, objects with every field filled."""
    return _example


def _example(kind: Kind, depth: int = 0) -> Any:
    if isinstance(kind, Record):
        wanted = kind.fields if depth < _DEEPEST else kind.required or list(kind.fields)[:1]
        return {name: _example(kind.fields[name].kind, depth + 1) for name in wanted}
    if isinstance(kind, Nullable):
        return None if depth >= _DEEPEST else _example(kind.inner, depth)
    if isinstance(kind, Emptyable):
        return _example(kind.inner, depth)
    if isinstance(kind, Expandable):
        return "x_1"
    if isinstance(kind, Named):
        return {"id": "x_1", "object": kind.names[0], "deleted": True}
    if isinstance(kind, ListOf):
        return [_example(kind.item, depth + 1)]
    if isinstance(kind, MapOf):
        return {"key": _example(kind.item, depth + 1)}
    if isinstance(kind, Either):
        return _example(kind.options[0], depth)
    return kind.values[0] if isinstance(kind, Choice) else _PLAIN[kind.word]
