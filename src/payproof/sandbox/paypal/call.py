"""One request as the endpoint functions see it: the books, the ids of the path, the body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payproof.sandbox.core.exchange import NotImitated, Request
from payproof.sandbox.paypal import errors
from payproof.sandbox.paypal.books import Books, Object

LIST = "[]"
"""The name under which the elements of a body that is a JSON list stand among the parameters."""


@dataclass(frozen=True, slots=True)
class Made:
    """What an endpoint made or changed; it is sent as the `Prefer` header asks."""

    kind: str
    obj: Object


@dataclass(frozen=True, slots=True)
class Call:
    """`ids` are the path's ids from left to right; `body` has been held against its model."""

    books: Books
    body: Mapping[str, Any]
    ids: tuple[str, ...]
    request: Request

    @property
    def query(self) -> Mapping[str, Any]:
        return self.request.query

    def subject(self, kind: str, field: str = "id", position: int = 0) -> Object:
        """Return the object that the path names; refused with 404 when there is none."""
        return self.books.in_path(kind, self.ids[position], field)

    def required(self, name: str) -> Any:
        value = self.body.get(name)
        if value is None:
            raise errors.invalid("MISSING_REQUIRED_PARAMETER", f"/{name}")
        return value

    def number(self, name: str, default: int, most: int) -> int:
        """Return a number of the query; refused when it is none or out of range."""
        text = str(self.query.get(name, default))
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise errors.refusal(400, "INVALID_PARAMETER_VALUE", field=f"/{name}", value=text, executed=False, location="query")
        return int(text)


def unplayed(call: Call, *names: str) -> None:
    """Refuse loudly, with `NotImitated`, what PayPal has and the sandbox does not act on."""
    for name in names:
        if call.body.get(name) is not None:
            raise not_played(call, name)


def not_played(call: Call, name: str) -> NotImitated:
    return NotImitated(
        f"{call.request.line} was sent {name!r}, which the PayPal sandbox does not play; leave it out in this test"
    )
