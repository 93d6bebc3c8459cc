"""Stripe's whole surface: every endpoint of the installed SDK is imitated, stored, or refused with a reason.

Imitated is what a module of `resources/` answers. `surface.yaml` says which collections are kept in generic storage and why
the rest is refused.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from payproof import documents
from payproof.sandbox.stripe import routes, schemas

TABLE = pathlib.Path(__file__).with_name("surface.yaml")
SCHEMA = "surface"

_HOLE = re.compile(r"\{\w+\}")


class Standing(enum.Enum):
    """What the sandbox does with an endpoint."""

    IMITATED = "imitated"
    STORED = "stored"
    REFUSED = "refused"


@dataclasses.dataclass(frozen=True, slots=True)
class Collection:
    """One collection in generic storage; see `surface.yaml`. `lasts` is how many seconds ahead `expires_at` lies."""

    at: str
    object: str
    prefix: str = ""
    parent: str | None = None
    single: bool = False
    lasts: int | None = None
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    acts: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    without: tuple[str, ...] = ()

    @property
    def steps(self) -> list[str]:
        return _steps(self.at)


@functools.cache
def collections() -> Sequence[Collection]:
    """Return the collections in generic storage."""
    return tuple(Collection(**{**entry, "without": tuple(entry.get("without", ()))}) for entry in _table()["stored"])


@functools.cache
def _table() -> Any:
    # A test holds the table against its schema; checking it here would cost jsonschema's import.
    return documents.read(TABLE, None)


def stored(endpoint: schemas.Endpoint) -> tuple[Collection, str] | None:
    """Return the collection that an endpoint belongs to and what it does there; None when it is not stored.

    That is `create`, `list`, `retrieve`, `update`, `delete`, or the name of one of the collection's acts.
    """
    steps = _steps(endpoint.template)
    for collection in collections():
        length = len(collection.steps)
        if steps[:length] == collection.steps:
            rest = steps[length:]
            act = _act(collection, endpoint.method, rest)
            if act is not None:
                return collection, act
    return None


def _act(collection: Collection, method: str, rest: Sequence[str]) -> str | None:
    if collection.single:
        return {"GET": "retrieve", "POST": "update"}.get(method) if not rest else None
    if not rest:
        return {"GET": "list", "POST": "create"}.get(method)
    if rest == ["{}"]:
        return {"GET": "retrieve", "POST": "update", "DELETE": "delete"}.get(method)
    return rest[1] if len(rest) == 2 and method == "POST" and rest[1] in collection.acts else None


def reason(endpoint: schemas.Endpoint) -> str:
    """Return why an endpoint that is neither imitated nor stored is refused."""
    for entry in _table()["refused"]:
        if endpoint.template == entry["at"] or endpoint.template.startswith(entry["at"] + "/"):
            return str(entry["because"])
    return UNWRITTEN


UNWRITTEN = "this part of it is not written"


def standing(endpoint: schemas.Endpoint) -> Standing:
    """Return what the sandbox does with an endpoint."""
    if routes.declared(endpoint.method, endpoint.template):
        return Standing.IMITATED
    return Standing.REFUSED if stored(endpoint) is None else Standing.STORED


def every() -> Iterator[tuple[schemas.Endpoint, Standing]]:
    """Yield every endpoint of the installed SDK, sorted by path, with what the sandbox does with it."""
    for endpoint in schemas.catalogue().endpoints():
        yield endpoint, standing(endpoint)


def _steps(template: str) -> list[str]:
    return _HOLE.sub("{}", template).strip("/").split("/")
