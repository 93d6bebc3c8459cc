"""Models by name: their fields, which of them are required, and the values of enumerations."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import pathlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from payproof import documents
from payproof.sandbox.paypal.schemas import sdk

TABLE = pathlib.Path(__file__).with_name("shapes.yaml")
OWN = pathlib.Path(__file__).with_name("own.yaml")
"""Bodies of those APIs that the SDK does not speak."""

PACKAGE = "paypalserversdk"
DISTRIBUTION = "paypal-server-sdk"
PLAIN = frozenset({"str", "int", "float", "bool", "object", "mixed", "datetime", "date", "Any"})

_LIST = re.compile(r"List\[(.+)\]\Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the name of its type (`str`, `int`, a model, an enumeration), whether it is a list, whether it is required."""

    type: str
    many: bool
    required: bool


class Shapes:
    """What is known of one version of the API. `source` says from where, for messages."""

    def __init__(self, source: str, models: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.source = source
        self._given = models
        self._fields: dict[str, Mapping[str, Field] | None] = {}

    def fields(self, model: str) -> Mapping[str, Field] | None:
        """Return the fields of a model by their names in the API, None when it is no model."""
        if model not in self._fields:
            found = self._raw(model).get("fields")
            self._fields[model] = None if found is None else {name: _field(text) for name, text in found.items()}
        return self._fields[model]

    def values(self, enumeration: str) -> tuple[str, ...]:
        """Return the values of an enumeration, none when it is not one."""
        return tuple(self._raw(enumeration).get("values", ()))

    def reachable(self, roots: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """Return everything that the models `roots` lead to, as plain data."""
        found: dict[str, Mapping[str, Any]] = {}
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name in found or name in PLAIN:
                continue
            found[name] = self._raw(name)
            waiting += [field.type for field in (self.fields(name) or {}).values()]
        return {name: found[name] for name in sorted(found)}

    def _raw(self, name: str) -> Mapping[str, Any]:
        if name in PLAIN:
            return {}
        if self._given is not None:
            return self._given.get(name) or own().get(name, {})
        # An SDK before 2 has no subscriptions; raw HTTP to them is checked all the same.
        return sdk.read(_folder(), name) or own().get(name) or _table()["models"].get(name, {})


@functools.cache
def shapes() -> Shapes:
    """Return the installed SDK's shapes, or those of the table when none is installed."""
    if installed():
        return Shapes(f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}")
    return from_table()


def from_table() -> Shapes:
    """Return the shapes that ship with payproof."""
    return Shapes(f"{DISTRIBUTION} {_table()['version']}", _table()["models"])


@functools.cache
def _table() -> Mapping[str, Any]:
    content: Mapping[str, Any] = documents.read(TABLE, None)
    return content


@functools.cache
def own() -> Mapping[str, Mapping[str, Any]]:
    """Return the models of our own table."""
    models: Mapping[str, Mapping[str, Any]] = documents.read(OWN, None)["models"]
    return models


def installed() -> bool:
    """Whether the official SDK is installed in the form that this module can read."""
    return importlib.util.find_spec(PACKAGE) is not None and (_folder() / "order_request.py").is_file()


def _folder() -> pathlib.Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise LookupError(f"{DISTRIBUTION} is not installed")
    return pathlib.Path(found.origin).parent / "models"


def _field(text: str) -> Field:
    """Read `!List[Name]`: required, many, of type Name."""
    required, text = text.startswith("!"), text.removeprefix("!")
    listed = _LIST.match(text)
    return Field(listed.group(1) if listed else text, listed is not None, required)
