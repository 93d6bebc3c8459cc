"""Kinds of value that are made of other kinds: lists, maps, alternatives, whole objects inside others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from payproof.sandbox.stripe.schemas.kinds import Kind, Reading, refuse_empty, wrong_type
from payproof.sandbox.stripe.schemas.problems import ParamError, one_of, shown


class ListOf:
    """A list; in a form written `name[]=`, `name[0]=`, and decoded as a list or as a mapping of numbers."""

    __slots__ = ("item",)
    word = "array"

    def __init__(self, item: Kind) -> None:
        self.item = item

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if value == "":
            refuse_empty(param, reading)
            return value
        items = _items(value)
        if items is None:
            reading.refuse("", param, "Invalid array")
            return value
        return [self.item.read(item, f"{param}[{index}]", reading) for index, item in enumerate(items)]

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, list):
            wrong_type(where, "array", value, found)
            return
        for index, item in enumerate(value):
            self.item.verify(item, f"{where}[{index}]", found)


def _items(value: Any) -> Sequence[Any] | None:
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, Mapping) and all(key.isascii() and (key.isdigit() or key == "") for key in value):
        return [value[key] for key in sorted(value, key=lambda key: int(key or 0))]
    return None


class MapOf:
    """A mapping with free keys, as `metadata` is; an empty text value unsets its key."""

    __slots__ = ("item",)
    word = "map"

    def __init__(self, item: Kind) -> None:
        self.item = item

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, Mapping):
            read = self.item.read
            return {key: inner if inner == "" else read(inner, f"{param}[{key}]", reading) for key, inner in value.items()}
        if value == "":
            refuse_empty(param, reading)
        else:
            reading.refuse("", param, "Invalid object")
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, Mapping):
            wrong_type(where, "object", value, found)
            return
        for key, inner in value.items():
            self.item.verify(inner, f"{where}.{key}", found)


class Nullable:
    """A value that may be null, in an answer or (v2) in a JSON request."""

    __slots__ = ("inner",)

    def __init__(self, inner: Kind) -> None:
        self.inner = inner

    @property
    def word(self) -> str:
        return self.inner.word

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return None if value is None else self.inner.read(value, param, reading)

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if value is not None:
            self.inner.verify(value, where, found)


class Emptyable:
    """A parameter that `""` unsets (`Literal[''] | ...`)."""

    __slots__ = ("inner",)

    def __init__(self, inner: Kind) -> None:
        self.inner = inner

    @property
    def word(self) -> str:
        return self.inner.word

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value if value == "" or value is None else self.inner.read(value, param, reading)

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if value != "":
            self.inner.verify(value, where, found)


class Expandable:
    """An id, or the object itself when `expand` asked for it."""

    __slots__ = ("inner",)
    word = "expandable"

    def __init__(self, inner: Kind) -> None:
        self.inner = inner

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, str):
            self.inner.verify(value, where, found)


class Named:
    """A whole Stripe object standing inside another: checked as what its own `object` field says it is."""

    __slots__ = ("check", "names")
    word = "object"

    def __init__(self, names: tuple[str, ...], check: Callable[[Mapping[str, Any], str, list[str]], None]) -> None:
        self.names = names
        self.check = check

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, Mapping):
            wrong_type(where, "object", value, found)
        elif value.get("object") not in self.names:
            found.append(f"{where}: expected an object of {one_of(self.names)}, got {shown(value.get('object'))}")
        else:
            self.check(value, where, found)


class Either:
    """Any of several kinds; the first that accepts the value reads it."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Kind, ...]) -> None:
        self.options = options

    @property
    def word(self) -> str:
        return " or ".join(dict.fromkeys(option.word for option in self.options))

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        closest: list[ParamError] | None = None
        for option in self._likely(value):
            attempt = Reading(reading.strict_enums)
            result = option.read(value, param, attempt)
            if not attempt.problems:
                return result
            if closest is None or len(attempt.problems) < len(closest):
                closest = attempt.problems
        reading.problems.extend(closest or ())
        return value

    def _likely(self, value: Any) -> Sequence[Kind]:
        container = isinstance(value, (Mapping, list, tuple))
        likely = [option for option in self.options if (option.word in ("object", "array", "map", "any")) == container]
        return likely or self.options

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        closest: list[str] | None = None
        for option in self._likely(value):
            attempt: list[str] = []
            option.verify(value, where, attempt)
            if not attempt:
                return
            if closest is None or len(attempt) < len(closest):
                closest = attempt
        found.extend(closest or ())
