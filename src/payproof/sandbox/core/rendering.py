"""From stored objects to what is sent: a name that begins with an underscore is a private fact, which is never sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]

_NESTED = (dict, list)


def rendered(obj: Mapping[str, Any]) -> Object:
    """Return a copy of what is sent of an object: everything but its private facts."""
    return {name: copied(value) if type(value) in _NESTED else value for name, value in obj.items() if name[0] != "_"}


def copied(value: Any) -> Any:
    """Return a copy of a JSON value."""
    if type(value) is dict:
        return {name: copied(inner) if type(inner) in _NESTED else inner for name, inner in value.items()}
    if type(value) is list:
        return [copied(inner) if type(inner) in _NESTED else inner for inner in value]
    return value
