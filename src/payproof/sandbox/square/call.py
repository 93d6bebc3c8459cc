"""One request as the endpoint functions see it: the books, the ids of the path, the body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from payproof.sandbox.core.exchange import NotImitated, Request
from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.square import errors
from payproof.sandbox.square.books import Books, Object


@dataclass(frozen=True, slots=True)
class Made:
    """What an endpoint made, changed or found, under the name of its kind in the answer."""

    kind: str
    obj: Object


@dataclass(frozen=True, slots=True)
class Call:
    """`ids` are the path's ids from left to right; `body` has been held against the operation."""

    books: Books
    body: Mapping[str, Any]
    ids: tuple[str, ...]
    request: Request

    @property
    def query(self) -> Mapping[str, Any]:
        return self.request.query

    def subject(self, kind: str, field: str = "", position: int = 0) -> Object:
        """Return the object that the path names; refused with 404 when there is none."""
        return self.books.named(kind, self.ids[position], field or f"{kind}_id")

    def version(self, obj: Object, given: Any, field: str = "version") -> None:
        """Refuse a version that is not the present one; one that is not given passes."""
        if given is not None and int(given) != obj["version"]:
            raise errors.conflict(f"The version {given} is not the present one, which is {obj['version']}.", field)


def listed(call: Call, every: Iterable[Object], name: str, size: int = 100) -> Object:
    """Return one page of a list under `name`; a cursor is given while there is more. Refuses what is no cursor or limit."""
    found = list(every)
    start, limit = call.query.get("cursor", "0"), call.query.get("limit", str(size))
    if not start.isdigit():
        raise errors.invalid("INVALID_CURSOR", "cursor", executed=False)
    if not limit.isdigit() or not int(limit):
        raise errors.invalid("VALUE_TOO_LOW", "limit", executed=False)
    begin, end = int(start), int(start) + min(int(limit), size)
    page: Object = {name: [rendered(one) for one in found[begin:end]]} if found[begin:end] else {}
    return {**page, "cursor": str(end)} if end < len(found) else page


def not_played(request: Request, name: str) -> NotImitated:
    """What Square has and the sandbox does not act on, to be raised."""
    return NotImitated(f"{request.line} was sent {name!r}, which the Square sandbox does not play; leave it out in this test")
