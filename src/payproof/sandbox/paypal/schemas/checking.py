"""Holds a request against the shape of its model, and an answer against the shape that the SDK reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payproof.documents import suggest
from payproof.sandbox.paypal.schemas.shapes import Field, Shapes, shapes

MISSING = "MISSING_REQUIRED_PARAMETER"
SYNTAX = "INVALID_PARAMETER_SYNTAX"
VALUE = "INVALID_PARAMETER_VALUE"
UNKNOWN = "unknown"

_PLAIN: Mapping[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: a JSON pointer to it, PayPal's issue (or `unknown`), and the nearest name that exists."""

    field: str
    issue: str
    value: Any = None
    hint: str = ""


def check(model: str, body: Any, known: Shapes | None = None) -> list[Problem]:
    """Return what is wrong with a request body: missing, of the wrong type, not among the values, or not a field at all."""
    return list(_model(known or shapes(), model, body, ""))


def mistakes(model: str, body: Any, known: Shapes | None = None) -> list[str]:
    """Return in words where an answer is not as the SDK's model declares it."""
    return [f"{problem.field}: {problem.issue}" for problem in check(model, body, known) if problem.issue != MISSING]


def _model(known: Shapes, model: str, body: Any, at: str) -> Iterator[Problem]:
    fields = known.fields(model)
    if fields is None:
        yield from _value(known, model, body, at)
        return
    if not isinstance(body, Mapping):
        yield Problem(at or "/", SYNTAX, body)
        return
    for name, field in fields.items():
        if body.get(name) is None:
            if field.required:
                yield Problem(f"{at}/{name}", MISSING)
        else:
            yield from _field(known, field, body[name], f"{at}/{name}")
    for name in body:
        if name not in fields:
            yield Problem(f"{at}/{name}", UNKNOWN, hint=suggest(name, fields))


def _field(known: Shapes, field: Field, value: Any, at: str) -> Iterator[Problem]:
    if not field.many:
        yield from _model(known, field.type, value, at)
    elif not isinstance(value, list):
        yield Problem(at, SYNTAX, value)
    else:
        for place, item in enumerate(value):
            yield from _model(known, field.type, item, f"{at}/{place}")


def _value(known: Shapes, name: str, value: Any, at: str) -> Iterator[Problem]:
    allowed = known.values(name)
    kinds = _PLAIN.get(name, (str,) if allowed else (object,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and name != "bool" and name in _PLAIN):
        yield Problem(at, SYNTAX, value)
    elif allowed and value not in allowed:
        yield Problem(at, VALUE, value)
