"""Turns the nouns of `model` into JSON values and back, field by field."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any


def to_plain(value: object) -> Any:
    """Return `value` with dataclasses as objects, enums as their value, tuples as arrays. Raises `TypeError` for the rest."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} is no JSON value")


def from_plain(kind: Any, value: Any) -> Any:
    """Return the value of type `kind` that `to_plain` turned into `value`; keys that `kind` lacks are ignored."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(option for option in typing.get_args(kind) if option is not type(None))
        return None if value is None else from_plain(inner, value)
    if origin is tuple:
        options = typing.get_args(kind)
        item_kinds = [options[0]] * len(value) if len(options) == 2 and options[1] is Ellipsis else options
        return tuple(from_plain(item_kind, item) for item_kind, item in zip(item_kinds, value, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        item_kind = typing.get_args(kind)[1]
        return {key: from_plain(item_kind, item) for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: from_plain(hints[name], value[name]) for name in hints if name in value})
    return value


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)
