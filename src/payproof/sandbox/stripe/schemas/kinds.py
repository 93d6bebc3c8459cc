"""The kinds of value that Stripe's parameters and objects are made of, and how each is read and checked.

A kind answers two questions. `read` takes a request parameter as it came over the wire (form leaves are text), notes what
Stripe would refuse, and returns the value with its real type. `verify` takes a JSON value of an answer and notes where it
differs from what the SDK declares. Kinds are built once per SDK class, never changed, and hold no state of a request. They are
plain classes: fourteen dataclasses would cost a test session 15 ms to define.
"""

from __future__ import annotations

import decimal
from collections.abc import Mapping
from typing import Any, Protocol

from payproof.sandbox.stripe.schemas.problems import ParamError, kind_of, one_of, shown


class Reading:
    """One request being read: the problems met so far, and whether words unknown to the SDK are refused."""

    __slots__ = ("problems", "strict_enums")

    def __init__(self, strict_enums: bool = True) -> None:
        self.strict_enums = strict_enums
        self.problems: list[ParamError] = []

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


class Text:
    """A string, never empty: `""` is Stripe's way to unset, see `Emptyable`."""

    __slots__ = ()
    word = "string"

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


class Integer:
    """A whole number; amounts in minor units, counts and timestamps in epoch seconds are all of this kind."""

    __slots__ = ()
    word = "integer"

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


class Number:
    """A number with a fraction: percentages and rates."""

    __slots__ = ()
    word = "number"

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


class DecimalText:
    """An exact decimal, text on the wire (`unit_amount_decimal`)."""

    __slots__ = ()
    word = "decimal"

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


_TRUTH = {"true": True, "false": False, "True": True, "False": False, True: True, False: False}


class Boolean:
    """True or false; `true` and `false` in a form, `True` and `False` from the SDK before 12 and from raw HTTP."""

    __slots__ = ()
    word = "boolean"

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


class Choice:
    """One word of a list. `open` lists (`Literal[...] | str` from stripe 15.0.0) may grow on Stripe's side."""

    __slots__ = ("members", "open", "values")
    word = "enum"

    def __init__(self, values: tuple[Any, ...], open: bool = False) -> None:
        self.values = values
        self.open = open
        self.members = frozenset(values)

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


class Anything:
    """A value that the SDK leaves open: uploaded files, `Dict[str, Any]` items."""

    __slots__ = ()
    word = "any"

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        return value

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        return None


TEXT = Text()
INTEGER = Integer()
NUMBER = Number()
DECIMAL = DecimalText()
BOOLEAN = Boolean()
ANYTHING = Anything()
