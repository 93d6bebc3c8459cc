"""`expand[]`: replaces ids by the objects they name, and adds lists that are only sent when asked for.

What can be expanded is read off the object itself: a field that holds an id, or null, and the lists that a module declares
with `included`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from payproof.sandbox.stripe import errors, fields
from payproof.sandbox.stripe.books import Books, Object, rendered

DEEPEST = 4
"""Levels that one expand path may have."""

Included = Callable[[Books, Object], Any]

_INCLUDED: dict[tuple[str, str], Included] = {}


def included(object_name: str, field: str) -> Callable[[Included], Included]:
    """Let the decorated function make a field of an object that is sent only when it is expanded."""

    def declare(make: Included) -> Included:
        _INCLUDED[object_name, field] = make
        return make

    return declare


def expand(books: Books, body: Any, paths: Iterable[str]) -> Any:
    """Expand `paths` in a rendered body, in place, and return it; refused with 400 when something cannot be expanded."""
    for path in paths:
        steps = str(path).split(".")
        if len(steps) > DEEPEST:
            raise errors.invalid(f"You can expand at most {DEEPEST} levels of a property, but asked for {path}.", executed=False)
        _follow(books, body, steps, str(path))
    return body


def _follow(books: Books, body: Any, steps: list[str], path: str) -> None:
    if isinstance(body, list):
        for item in body:
            _follow(books, item, steps, path)
        return
    if not isinstance(body, dict):
        return
    head, rest = steps[0], steps[1:]
    body[head] = _expanded(books, body, head, path)
    if rest:
        _follow(books, body[head], rest, path)


def _expanded(books: Books, body: Object, name: str, path: str) -> Any:
    make = _INCLUDED.get((body.get("object", ""), name)) if fields.known(body.get("object", ""), name) else None
    if make is not None and not isinstance(body.get(name), dict):
        return make(books, body)
    if name not in body or not fields.known(body.get("object", ""), name):
        raise errors.invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = body[name]
    if isinstance(value, list):
        return [_object(books, item, path) for item in value]
    return _object(books, value, path)


def _object(books: Books, value: Any, path: str) -> Any:
    if value is None or isinstance(value, dict):
        return value
    found = books.resolve(value) if isinstance(value, str) else None
    if found is None:
        raise errors.invalid(f"This property cannot be expanded ({path}).", param="expand")
    return rendered(found)
