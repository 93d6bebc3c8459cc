"""The kinds of value that Stripe's parameters and objects are made of, and how each is read and checked.

A kind answers two questions. `read` takes a request parameter as it came over the wire (form leaves are text), notes what
Stripe would refuse, and returns the value with its real type. `verify` takes a JSON value of an answer and notes where it
differs from what the SDK declares. Kinds are built once per SDK class and hold no state of a request.
"""

from __future__ import annotations

import dataclasses
import decimal
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from payproof.sandbox.stripe.schemas.problems import ParamError, kind_of, one_of, shown


@dataclasses.dataclass(slots=True)
class Reading:
    """One request being read: the problems met so far, and whether words unknown to the SDK are refused."""

    strict_enums: bool = True
    problems: list[ParamError] = dataclasses.field(default_factory=list)

    def refuse(self, code: str, param: str, message: str) -> None:
        self.problems.append(ParamError(code, param, message))


class Kind(Protocol):
    """What every kind can do."""

    @property
    def word(self) -> str:
        """The kind's name in messages and in `FieldType.kind`."""

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        """Return `value` as its real type; problems go to `reading`."""

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        """Append to `found` what is wrong with `value`, which stands at `where`."""


def refuse_empty(param: str, reading: Reading) -> None:
    """Note that `param` was sent empty though it cannot be unset."""
    reading.refuse(
        "parameter_invalid_empty",
        param,
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty value.",
    )


def wrong_type(where: str, expected: str, value: Any, found: list[str]) -> None:
    """Note that the value at `where` is of another JSON type than `expected`."""
    found.append(f"{where}: expected {expected}, got {kind_of(value)}")


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """A string, never empty: `""` is Stripe's way to unset, see `Emptyable`."""

    word: str = "string"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, str):
            if value == "":
                refuse_empty(param, reading)
            return value
        if isinstance(value, (Mapping, list, tuple)):
            reading.refuse("", param, f"Invalid string: {param} must be a string, not {kind_of(value)}")
            return value
        return value if value is None else str(value)

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, str):
            wrong_type(where, "string", value, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Integer:
    """A whole number; amounts in minor units, counts and timestamps in epoch seconds are all of this kind."""

    word: str = "integer"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if value == "":
            refuse_empty(param, reading)
            return value
        if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit() and len(value) < 20:
            return int(value)
        reading.refuse("parameter_invalid_integer", param, f"Invalid integer: {shown(value)}")
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            wrong_type(where, "integer", value, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A number with a fraction: percentages and rates."""

    word: str = "number"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value
        if value == "":
            refuse_empty(param, reading)
            return value
        if isinstance(value, str) and _as_decimal(value) is not None:
            return float(value)
        reading.refuse("", param, f"Invalid decimal: {shown(value)}")
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            wrong_type(where, "number", value, found)


@dataclasses.dataclass(frozen=True, slots=True)
class DecimalText:
    """An exact decimal, text on the wire (`unit_amount_decimal`)."""

    word: str = "decimal"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if value == "":
            refuse_empty(param, reading)
        elif isinstance(value, bool) or _as_decimal(str(value)) is None:
            reading.refuse("", param, f"Invalid decimal: {shown(value)}")
        else:
            return str(value)
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, str) or _as_decimal(value) is None:
            wrong_type(where, "decimal string", value, found)


def _as_decimal(text: str) -> decimal.Decimal | None:
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return None
    return number if number.is_finite() else None


_TRUTH = {"true": True, "false": False, True: True, False: False}


@dataclasses.dataclass(frozen=True, slots=True)
class Boolean:
    """True or false; `true` and `false` in a form."""

    word: str = "boolean"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, (str, bool)) and value in _TRUTH:
            return _TRUTH[value]
        if value == "":
            refuse_empty(param, reading)
        else:
            reading.refuse("", param, f"Invalid boolean: {shown(value)}")
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, bool):
            wrong_type(where, "boolean", value, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One word of a list. `open` lists (`Literal[...] | str` from stripe 15.0.0) may grow on Stripe's side."""

    values: tuple[Any, ...]
    open: bool = False
    word: str = "enum"
    members: frozenset[Any] = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", frozenset(self.values))

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, (str, int)) and value in self.members:
            return value
        if isinstance(value, str) and value in _TRUTH and _TRUTH[value] in self.members:
            return _TRUTH[value]
        if value == "":
            refuse_empty(param, reading)
        elif not isinstance(value, str) or not self.open or reading.strict_enums:
            reading.refuse("", param, f"Invalid {param}: must be one of {one_of(self.values)}")
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, (str, bool)):
            wrong_type(where, "string", value, found)
        elif value not in self.members:
            found.append(f"{where}: unknown value {shown(value)}; the SDK knows {one_of(self.values)}")


@dataclasses.dataclass(frozen=True, slots=True)
class ListOf:
    """A list; in a form written `name[]=`, `name[0]=`, and decoded as a list or as a mapping of numbers."""

    item: Kind
    word: str = "array"

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


@dataclasses.dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with free keys, as `metadata` is; an empty text value unsets its key."""

    item: Kind
    word: str = "map"

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


@dataclasses.dataclass(frozen=True, slots=True)
class Anything:
    """A value that the SDK leaves open: uploaded files, `Dict[str, Any]` items."""

    word: str = "any"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class Nullable:
    """A value that may be null, in an answer or (v2) in a JSON request."""

    inner: Kind

    @property
    def word(self) -> str:
        return self.inner.word

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return None if value is None else self.inner.read(value, param, reading)

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if value is not None:
            self.inner.verify(value, where, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Emptyable:
    """A parameter that `""` unsets (`Literal[''] | ...`)."""

    inner: Kind

    @property
    def word(self) -> str:
        return self.inner.word

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value if value == "" or value is None else self.inner.read(value, param, reading)

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if value != "":
            self.inner.verify(value, where, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Expandable:
    """An id, or the object itself when `expand` asked for it."""

    inner: Kind
    word: str = "expandable"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, str):
            self.inner.verify(value, where, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A whole Stripe object standing inside another: checked as what its own `object` field says it is."""

    names: tuple[str, ...]
    check: Callable[[Mapping[str, Any], str, list[str]], None]
    word: str = "object"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, Mapping):
            wrong_type(where, "object", value, found)
        elif value.get("object") not in self.names:
            found.append(f"{where}: expected an object of {one_of(self.names)}, got {shown(value.get('object'))}")
        else:
            self.check(value, where, found)


@dataclasses.dataclass(frozen=True, slots=True)
class Either:
    """Any of several kinds; the first that accepts the value reads it."""

    options: tuple[Kind, ...]

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
