"""Search: Stripe's query language over the sandbox's objects (`status:'succeeded' AND metadata['order']:'6735' AND amount>1000`).

Clauses are joined by AND or by OR, not both; `-` negates; `:` is exact, `~` is contains (at least three characters), `<`, `>`,
`<=` and `>=` compare numbers; `null` stands for a field or a metadata key that is absent.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Kind, Object, rendered
from payproof.sandbox.stripe.call import Call

_CLAUSE = re.compile(
    r"""\s*(?P<minus>-)?(?P<field>[a-z][a-z0-9_.]*)(?:\[(?P<quote>["'])(?P<key>.*?)(?P=quote)\])?
        \s*(?P<sign><=|>=|:|~|<|>)\s*
        (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s]+))\s*""",
    re.VERBOSE,
)
_JOIN = re.compile(r"(AND|OR)\b", re.IGNORECASE)

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

Clause = Callable[[Object], bool]


def search(call: Call, declared: Kind) -> Object:
    """Answer a search endpoint: a page of a search result, with `next_page` while there is more."""
    test = compiled(str(call.required("query")))
    limit = call.integer("limit") or 10
    found = [obj for obj in call.books.newest_first(declared) if not obj.get("deleted") and test(obj)]
    start = int(call.get("page", "0") or 0)
    more = len(found) > start + limit
    return {
        "object": "search_result",
        "data": [rendered(obj) for obj in found[start : start + limit]],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "url": call.request.path,
    }


def compiled(query: str) -> Clause:
    """Return the test that a query stands for; refused with 400 when it is not understood."""
    clauses: list[Clause] = []
    joins: set[str] = set()
    position = 0
    while True:
        match = _CLAUSE.match(query, position)
        if match is None:
            raise _not_understood(query)
        clauses.append(_clause(match, query))
        position = match.end()
        if position >= len(query):
            break
        join = _JOIN.match(query, position)
        if join is None:
            raise _not_understood(query)
        joins.add(join.group().upper())
        position = join.end()
    if len(joins) > 1:
        raise errors.invalid("A search query cannot use both AND and OR.", param="query", executed=False)
    combine = any if "OR" in joins else all
    return lambda obj: combine(clause(obj) for clause in clauses)


def _clause(match: re.Match[str], query: str) -> Clause:
    field, key, sign = match["field"], match["key"], match["sign"]
    quoted = match["double"] if match["double"] is not None else match["single"]
    bare = match["bare"]
    if sign == "~" and len(quoted or "") < 3:
        raise _not_understood(query)

    def test(obj: Object) -> bool:
        found = _value(obj, field, key)
        if bare is not None and bare.lower() == "null":
            return found is None
        wanted = quoted if quoted is not None else bare
        if sign == ":":
            return found is not None and _text(found) == wanted.lower()
        if sign == "~":
            return found is not None and wanted.lower() in _text(found)
        return isinstance(found, (int, float)) and _is_number(wanted) and _COMPARE[sign](found, float(wanted))

    return (lambda obj: not test(obj)) if match["minus"] else test


def _value(obj: Object, field: str, key: str | None) -> Any:
    found: Any = obj
    for part in field.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if key is not None:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text(value: Any) -> str:
    return str(value).lower()


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None


def _not_understood(query: str) -> Refused:
    return errors.invalid(
        "We were unable to parse your search query. Write clauses such as field:'value', joined by AND or OR.",
        param="query",
        executed=False,
    )
