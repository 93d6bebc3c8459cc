"""Objects with named fields: the TypedDicts of parameters and the classes of answers."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from payproof.sandbox.stripe.schemas.compounds import Emptyable, Expandable, ListOf, MapOf, Nullable
from payproof.sandbox.stripe.schemas.kinds import Choice, Kind, Reading, refuse_empty, wrong_type
from payproof.sandbox.stripe.schemas.problems import missing_parameter, unknown_parameter


class Field(NamedTuple):
    """One field: its kind, and whether it must be there."""

    kind: Kind
    required: bool


class Record:
    """A mapping with known fields, which are worked out when first needed. Equal only to itself."""

    word = "object"

    def __init__(self, name: str, build: Callable[[], Mapping[str, Field]]) -> None:
        self.name = name
        self._build = build

    @functools.cached_property
    def fields(self) -> Mapping[str, Field]:
        """The fields by name, in the order of the SDK's source."""
        return self._build()

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The names that must be there."""
        return tuple(name for name, field in self.fields.items() if field.required)

    def read(self, value: Any, param: str, reading: Reading) -> Any:
        if isinstance(value, Mapping):
            return self.read_fields(value, param, reading)
        if value == "":
            refuse_empty(param, reading)
        else:
            reading.refuse("", param, "Invalid object")
        return value

    def read_fields(self, value: Mapping[str, Any], param: str, reading: Reading) -> dict[str, Any]:
        """As `read`, for a mapping; `param` is `""` for the request itself."""
        fields = self.fields
        result: dict[str, Any] = {}
        for key, inner in value.items():
            name = f"{param}[{key}]" if param else key
            field = fields.get(key)
            if field is None:
                reading.problems.append(unknown_parameter(name, key, fields))
                result[key] = inner
            else:
                result[key] = field.kind.read(inner, name, reading)
        for key in self.required:
            if key not in value:
                reading.problems.append(missing_parameter(f"{param}[{key}]" if param else key))
        return result

    def verify(self, value: Any, where: str, found: list[str]) -> None:
        if not isinstance(value, Mapping):
            wrong_type(where, "object", value, found)
            return
        fields = self.fields
        for key, inner in value.items():
            field = fields.get(key)
            if field is None:
                found.append(f"{where}.{key}: unknown field")
            else:
                field.kind.verify(inner, f"{where}.{key}", found)
        found.extend(f"{where}.{key}: absent" for key in self.required if key not in value)


@dataclasses.dataclass(frozen=True, slots=True)
class FieldType:
    """What the SDK declares of one field of an object.

    `kind` is "string", "integer", "number", "decimal", "boolean", "enum", "array", "map", "object", "expandable" or "any",
    or several joined by " or ". `nullable` fields may be null or absent: the SDK does not tell the two apart. `values` are
    the words of an enum (or of an array's items). `record` holds the fields of an object (or of an array's items).
    """

    kind: str
    nullable: bool
    values: tuple[Any, ...] = ()
    record: Record | None = None

    def fields(self) -> Mapping[str, FieldType]:
        """The types of the fields inside; empty for a value without known fields."""
        return describe(self.record) if self.record else {}


def describe(record: Record) -> dict[str, FieldType]:
    """Return the field types of `record` by name."""
    return {name: _field_type(field) for name, field in record.fields.items()}


def _field_type(field: Field) -> FieldType:
    kind = _bare(field.kind)
    inner = _bare(kind.item) if isinstance(kind, (ListOf, MapOf)) else kind
    return FieldType(
        kind=kind.word,
        nullable=not field.required,
        values=inner.values if isinstance(inner, Choice) else (),
        record=inner if isinstance(inner, Record) else None,
    )


def _bare(kind: Kind) -> Kind:
    while isinstance(kind, (Nullable, Emptyable, Expandable)):
        if isinstance(kind, Expandable):
            return kind
        kind = kind.inner
    return kind
