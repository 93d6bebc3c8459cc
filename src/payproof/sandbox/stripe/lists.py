"""Lists: pagination by cursor, `created` filters, and the list object. Newest objects come first, as in Stripe's API."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from payproof.sandbox.core import form
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Kind, Object, rendered
from payproof.sandbox.stripe.call import Call, integer

Test = Callable[[Object], bool]

_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}


def page(call: Call, declared: Kind, *equal: str, where: Test | None = None, source: Iterable[Object] | None = None) -> Object:
    """Answer a list endpoint.

    `equal` names parameters that select objects whose field of that name has the given value; `where` selects besides.
    `source` replaces the account's objects of this kind (newest first).
    """
    tests = [_equals(name, call.get(name)) for name in equal if call.get(name) is not None]
    tests += _times(call)
    if where is not None:
        tests.append(where)
    objects = call.books.newest_first(declared) if source is None else source
    return listing(call, (obj for obj in objects if not obj.get("deleted") and all(test(obj) for test in tests)))


def listing(call: Call, found: Iterable[Object]) -> Object:
    """Return the page of `found` (in list order) that the request's cursor and limit select; looks no further than it must."""
    limit = _limit(call)
    after, before = call.get("starting_after"), call.get("ending_before")
    if after is not None and before is not None:
        raise errors.invalid("You can only use one of `starting_after` and `ending_before`.", executed=False)
    objects = iter(found)
    if before is not None:
        earlier = _until(objects, before, "ending_before")
        return list_object(earlier[-limit:], call.request.path, has_more=len(earlier) > limit)
    if after is not None:
        _until(objects, after, "starting_after")
    page = list(itertools.islice(objects, limit + 1))
    return list_object(page[:limit], call.request.path, has_more=len(page) > limit)


def list_object(objects: Iterable[Mapping[str, Any]], url: str, *, has_more: bool = False) -> Object:
    """Return a list object over rendered copies of `objects`."""
    return {"object": "list", "data": [rendered(obj) for obj in objects], "has_more": has_more, "url": url}


def page_v2(call: Call, found: list[Object]) -> Object:
    """Return a page of a list of API v2; `page` in its URLs is the place where the next one begins."""
    limit, start = call.integer("limit") or 20, int(call.get("page") or 0)
    asked = {name: value for name, value in call.request.query.items() if name not in ("page", "limit")}

    def at(place: int) -> str:
        return f"{call.request.path}?{form.encode({**asked, 'limit': limit, 'page': place})}"

    following = at(start + limit) if len(found) > start + limit else None
    before = at(max(start - limit, 0)) if start else None
    return {"data": found[start : start + limit], "next_page_url": following, "previous_page_url": before}


def timestamp(seconds: int) -> str:
    """Return a time as API v2 writes it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _limit(call: Call) -> int:
    limit = call.integer("limit")
    if limit is None:
        return 10
    if not 1 <= limit <= 100:
        bound = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        message = f"This value must be {bound}."
        raise errors.invalid(message, code="parameter_invalid_integer", param="limit", executed=False)
    return limit


def _until(objects: Iterator[Object], identifier: str, param: str) -> list[Object]:
    """Take the objects before the one with this id, and it; return those before it."""
    before: list[Object] = []
    for obj in objects:
        if obj["id"] == identifier:
            return before
        before.append(obj)
    raise errors.missing("object", identifier, param, status=400)


def _equals(name: str, value: Any) -> Test:
    def test(obj: Object) -> bool:
        found = obj.get(name)
        return bool(found == value or (isinstance(found, bool) and str(found).lower() == str(value).lower()))

    return test


def _times(call: Call) -> list[Test]:
    wanted = call.get("created")
    if wanted is None:
        return []
    if not isinstance(wanted, Mapping):
        moment = integer(wanted, "created")
        return [lambda obj: bool(obj["created"] == moment)]
    return [_compared(name, integer(value, f"created[{name}]")) for name, value in wanted.items() if name in _COMPARISONS]


def _compared(name: str, moment: int) -> Test:
    return lambda obj: _COMPARISONS[name](obj["created"], moment)
