"""Operations and models by name, from the installed SDK, or from the table that ships for those who have none."""

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
from payproof.sandbox.square.schemas import sdk

TABLE = pathlib.Path(__file__).with_name("shapes.yaml")
PACKAGE = "square"
DISTRIBUTION = "squareup"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the name of its type (`str`, `int`, a model, an enumeration), whether it is a list, whether it is required."""

    type: str
    many: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What an endpoint takes and gives: the fields of its body, the names of its query, the model of its answer."""

    body: Mapping[str, Field]
    query: frozenset[str]
    answers: str


class Shapes:
    """What is known of one version of the API. `source` says from where, for messages."""

    def __init__(self, source: str, table: Mapping[str, Any] | None = None) -> None:
        self.source = source
        self._table = table
        self._fields: dict[str, Mapping[str, Field] | None] = {}
        self._known: dict[tuple[str, str], Operation] = {}

    def operation(self, method: str, template: str) -> Operation:
        """Return an operation; raises `KeyError` when the API has none of that path."""
        if (method, template) not in self._known:
            raw = self._operation(method, template)
            self._known[method, template] = Operation(_read(raw["body"]), frozenset(raw["query"]), raw["answers"])
        return self._known[method, template]

    def fields(self, model: str) -> Mapping[str, Field] | None:
        """Return the fields of a model by their names in the API, None when it is no model."""
        if model not in self._fields:
            found = self._raw(model).get("fields")
            self._fields[model] = None if found is None else _read(found)
        return self._fields[model]

    def values(self, enumeration: str) -> tuple[str, ...]:
        """Return the values of an enumeration, none when it is not one."""
        return tuple(self._raw(enumeration).get("values", ()))

    def reachable(self, routes: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Return the operations of `routes` (method and template) and all models that their bodies lead to, as plain data."""
        operations = {key(*route): dict(self._operation(*route)) for route in sorted(routes)}
        models: dict[str, Any] = {}
        waiting = [_field(text).type for operation in operations.values() for text in operation["body"].values()]
        while waiting:
            name = waiting.pop()
            if name not in models and name not in sdk.PLAIN:
                models[name] = dict(self._raw(name))
                waiting += [field.type for field in (self.fields(name) or {}).values()]
        return {"operations": operations, "models": {name: models[name] for name in sorted(models)}}

    def _operation(self, method: str, template: str) -> Mapping[str, Any]:
        start = "/".join(template.split("/")[:3])
        name = key(method, template)
        found = sdk.operations(_folder(), start).get(name) if self._table is None else None
        if found is None:
            # Older releases write some of their methods otherwise.
            table = documents.read(TABLE, None) if self._table is None else self._table
            found = table["operations"][name]
        return found

    def _raw(self, name: str) -> Mapping[str, Any]:
        if name in sdk.PLAIN:
            return {}
        found: Mapping[str, Any] = sdk.model(_folder(), name) if self._table is None else self._table["models"].get(name, {})
        return found


@functools.cache
def shapes() -> Shapes:
    """Return the installed SDK's shapes, or those of the table when none is installed."""
    return Shapes(f"{DISTRIBUTION} {importlib.metadata.version(DISTRIBUTION)}") if installed() else from_table()


def from_table() -> Shapes:
    """Return the shapes that ship with payproof; they hold what is asked, and of answers the names alone."""
    content = documents.read(TABLE, None)
    return Shapes(f"{DISTRIBUTION} {content['version']}", content)


def installed() -> bool:
    """Whether the official SDK is installed in the form that this module can read."""
    return importlib.util.find_spec(PACKAGE) is not None and (_folder() / "payments" / "raw_client.py").is_file()


def key(method: str, template: str) -> str:
    """Return the name of an operation: `"GET /v2/payments/{}"`."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', template)}"


def _folder() -> pathlib.Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise LookupError(f"{DISTRIBUTION} is not installed")
    return pathlib.Path(found.origin).parent


def _read(fields: Mapping[str, str]) -> Mapping[str, Field]:
    return {name: _field(text) for name, text in fields.items()}


def _field(text: str) -> Field:
    """Read `![Name]`: required, many, of type Name."""
    required, text = text.startswith("!"), text.removeprefix("!")
    return Field(text.strip("[]"), text.startswith("["), required)
