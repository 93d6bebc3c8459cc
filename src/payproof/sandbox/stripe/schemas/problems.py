"""What is said of parameters and answers that do not fit, in Stripe's words and without repeating secrets."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SECRET = re.compile(r"\d[\d -]{10,}\d|\b(?:sk|rk|whsec)_|_secret_", re.IGNORECASE)
_LONGEST_SHOWN = 60


@dataclasses.dataclass(frozen=True, slots=True)
class ParamError:
    """One refused parameter: Stripe's error code (`""` where Stripe sends none), the parameter's name and the message."""

    code: str
    param: str
    message: str


def shown(value: Any) -> str:
    """Return `value` for a message: text and numbers as they are, except what is long, structured or looks like a secret."""
    if value is None or isinstance(value, (Mapping, list, tuple)):
        return kind_of(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _SECRET.search(text):
        return "(not repeated)"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def kind_of(value: Any) -> str:
    """Return the JSON type of `value` in words."""
    if isinstance(value, bool):
        return "boolean"
    names: tuple[tuple[Any, str], ...] = ((str, "string"), (int, "integer"), (float, "number"), (Mapping, "object"))
    for type_, name in names:
        if isinstance(value, type_):
            return name
    if isinstance(value, (list, tuple)):
        return "array"
    return "null" if value is None else type(value).__name__


def one_of(values: Sequence[Any]) -> str:
    """Return `a, b, or c`, as Stripe lists the words it accepts."""
    words = [shown(value) for value in values]
    if len(words) < 3:
        return " or ".join(words)
    return f"{', '.join(words[:-1])}, or {words[-1]}"


def unknown_parameter(param: str, key: str, known: Iterable[str]) -> ParamError:
    """Return the refusal of a parameter that the endpoint does not have, with the nearest name that it has."""
    param = param if _SECRET.search(param) is None else "(not repeated)"
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.7)
    hint = f". Did you mean {_sibling(param, key, near[0])}?" if near else ""
    return ParamError("parameter_unknown", param, f"Received unknown parameter: {param}{hint}")


def _sibling(param: str, key: str, name: str) -> str:
    return name if param == key else f"{param[: -len(key) - 2]}[{name}]"


def missing_parameter(param: str) -> ParamError:
    """Return the refusal of a request that lacks a required parameter."""
    return ParamError("parameter_missing", param, f"Missing required param: {param}.")
