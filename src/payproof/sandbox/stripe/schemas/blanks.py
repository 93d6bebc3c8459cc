"""Objects made from what the SDK declares of them alone: every field that must be there, and what a request gives for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.stripe.schemas.compounds import Either, Emptyable, Expandable, ListOf, MapOf, Named, Nullable
from payproof.sandbox.stripe.schemas.kinds import Boolean, Choice, DecimalText, Integer, Kind, Number
from payproof.sandbox.stripe.schemas.records import Record

Find = Callable[[str], Record | None]
"""Returns the fields of the objects that carry a name in their `object` field."""


class Misfit(ValueError):
    """A value that a field of the object cannot hold; `args` is the field's name."""


def blank(record: Record, find: Find) -> dict[str, Any]:
    """Return an object with every field of `record`: null where that is allowed, else the least that its type allows.

    A map of objects that need not be there is left out: the SDK's classes take no null for one.
    """
    return {
        name: _least(field.kind, find) if field.required else None
        for name, field in record.fields.items()
        if field.required or not _maps_objects(field.kind)
    }


def _maps_objects(kind: Kind) -> bool:
    while isinstance(kind, (Nullable, Emptyable)):
        kind = kind.inner
    return isinstance(kind, MapOf) and isinstance(kind.item, Record)


def filled(record: Record, present: Mapping[str, Any], given: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """Return `present` with what `given` says of its fields; an empty text unsets. Raises `Misfit` for what does not fit."""
    result = dict(present)
    for name, value in given.items():
        kind = record.fields[name].kind
        fitted = _fitted(kind, result.get(name), value, find)
        problems: list[str] = []
        kind.verify(fitted, name, problems)
        if problems:
            raise Misfit(name)
        result[name] = fitted
    return result


def _fitted(kind: Kind, present: Any, value: Any, find: Find) -> Any:
    inner = kind
    while isinstance(inner, (Nullable, Emptyable)):
        inner = inner.inner
    if value == "" and isinstance(kind, Nullable):
        return None
    if isinstance(inner, Record) and isinstance(value, Mapping):
        known = {name: item for name, item in value.items() if name in inner.fields}
        if len(known) < len(value):
            raise Misfit(next(name for name in value if name not in known))
        return filled(inner, present if isinstance(present, Mapping) else blank(inner, find), known, find)
    if isinstance(inner, MapOf) and isinstance(value, Mapping):
        return {**(present or {}), **value}
    if isinstance(inner, ListOf) and isinstance(value, list):
        return [_fitted(inner.item, None, item, find) for item in value]
    return value


def _least(kind: Kind, find: Find) -> Any:
    """The least value of a kind: zero, false, nothing in it, the first of its words."""
    if isinstance(kind, (Nullable, Emptyable)):
        return None if isinstance(kind, Nullable) else _least(kind.inner, find)
    if isinstance(kind, Choice):
        return kind.values[0]
    if isinstance(kind, Record):
        made = blank(kind, find)
        return {name: value for name, value in made.items() if value is not None} if kind.name == "list" else made
    if isinstance(kind, Named):
        whole = find(kind.names[0])
        return {} if whole is None else {**blank(whole, find), "object": kind.names[0]}
    if isinstance(kind, Either):
        return _least(kind.options[0], find)
    for simple, least in _LEAST:
        if isinstance(kind, simple):
            return least()
    return "" if isinstance(kind, Expandable) or kind.word == "string" else None


_LEAST: tuple[tuple[type[Any], Callable[[], Any]], ...] = (
    (Boolean, lambda: False),
    (Integer, lambda: 0),
    (Number, lambda: 0),
    (DecimalText, lambda: "0"),
    (ListOf, list),
    (MapOf, dict),
)
