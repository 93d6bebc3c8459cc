"""Holds a request against the SDK's own parameters, and an answer against the model that the SDK reads it with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payproof.documents import suggest
from payproof.sandbox.square.schemas.shapes import Field, Operation, Shapes, shapes

MISSING = "MISSING_REQUIRED_PARAMETER"
UNKNOWN = "UNKNOWN_BODY_PARAMETER"
_EXPECTED: Mapping[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "EXPECTED_STRING"),
    "int": ((int,), "EXPECTED_INTEGER"),
    "float": ((int, float), "EXPECTED_FLOAT"),
    "bool": ((bool,), "EXPECTED_BOOLEAN"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: its dotted path, Square's error code, and the nearest name that exists."""

    field: str
    code: str
    hint: str = ""


def check(operation: Operation, body: Mapping[str, Any], known: Shapes | None = None) -> list[Problem]:
    """Return what is wrong with a request body: missing, of the wrong type, not among the values, or not a field at all."""
    return list(_record(known or shapes(), operation.body, body, ""))


def mistakes(model: str, body: Mapping[str, Any], known: Shapes | None = None) -> list[str]:
    """Return in words where an answer is not as the SDK's model declares it."""
    found = known or shapes()
    return [f"{problem.field}: {problem.code}" for problem in _record(found, found.fields(model) or {}, body, "")]


def _record(known: Shapes, fields: Mapping[str, Field], body: Mapping[str, Any], at: str) -> Iterator[Problem]:
    for name, field in fields.items():
        # Square takes null for left out.
        if body.get(name) is None:
            if field.required:
                yield Problem(at + name, MISSING)
        else:
            yield from _field(known, field, body[name], at + name)
    for name in body:
        if name not in fields:
            yield Problem(at + name, UNKNOWN, suggest(name, fields))


def _field(known: Shapes, field: Field, value: Any, at: str) -> Iterator[Problem]:
    if not field.many:
        yield from _value(known, field.type, value, at)
    elif not isinstance(value, list):
        yield Problem(at, "EXPECTED_ARRAY")
    else:
        for place, item in enumerate(value):
            yield from _value(known, field.type, item, f"{at}[{place}]")


def _value(known: Shapes, name: str, value: Any, at: str) -> Iterator[Problem]:
    fields = known.fields(name)
    if fields is not None:
        if isinstance(value, Mapping):
            yield from _record(known, fields, value, f"{at}.")
        else:
            yield Problem(at, "EXPECTED_OBJECT")
        return
    kinds, code = _EXPECTED.get(name, ((object,), ""))
    if not isinstance(value, kinds) or (isinstance(value, bool) and name in ("int", "float")):
        yield Problem(at, code)
    elif (allowed := known.values(name)) and value not in allowed:
        yield Problem(at, "INVALID_ENUM_VALUE")
