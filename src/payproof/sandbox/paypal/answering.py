"""How objects are sent: whole or minimal, as the `Prefer` header asks, with links and with what other objects tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.core.exchange import Request
from payproof.sandbox.core.rendering import copied, rendered
from payproof.sandbox.paypal.books import AUTHORIZATION, CAPTURE, ORDER, REFUND, Books, Object

View = Callable[[Books, Object], Object]

_VIEWS: dict[str, View] = {}
_LINKS: dict[str, Callable[[Object], list[dict[str, str]]]] = {}

MINIMAL: Mapping[str, tuple[str, ...]] = {
    # Not the status and links alone, as the description of the header says: PayPal's samples of captured orders hold these.
    ORDER: ("id", "status", "payment_source", "purchase_units", "payer"),
    CAPTURE: ("id", "status"),
    AUTHORIZATION: ("id", "status"),
    REFUND: ("id", "status"),
}
"""Fields of a minimal answer besides links; other kinds are always sent whole."""

_UNIT = ("reference_id", "shipping", "payments")
"""Fields of a purchase unit in a minimal answer."""


def view(kind: str) -> Callable[[View], View]:
    """Let the decorated function say how objects of a kind are sent."""

    def declare(function: View) -> View:
        _VIEWS[kind] = function
        return function

    return declare


def links(kind: str) -> Callable[[Callable[[Object], list[dict[str, str]]]], Callable[[Object], list[dict[str, str]]]]:
    """Let the decorated function return the links of objects of a kind."""

    def declare(function: Callable[[Object], list[dict[str, str]]]) -> Callable[[Object], list[dict[str, str]]]:
        _LINKS[kind] = function
        return function

    return declare


def whole(books: Books, kind: str, obj: Object) -> Object:
    """Return an object with everything that is sent of it."""
    found = _VIEWS[kind](books, obj) if kind in _VIEWS else rendered(obj)
    if kind in _LINKS:
        found["links"] = _LINKS[kind](obj)
    return found


def sent(books: Books, kind: str, obj: Object, request: Request) -> Object:
    """Return an object as a request asked for it."""
    found = whole(books, kind, obj)
    if kind not in MINIMAL or request.method == "GET" or prefers_whole(request):
        return found
    minimal = {name: found[name] for name in (*MINIMAL[kind], "links") if name in found}
    if kind == ORDER:
        units = [{name: unit[name] for name in _UNIT if name in unit} for unit in found["purchase_units"]]
        if any("payments" in unit for unit in units):
            minimal["purchase_units"] = units
        else:
            del minimal["purchase_units"]
    return minimal


def prefers_whole(request: Request) -> bool:
    """Whether the request asks for a whole representation."""
    return "return=representation" in request.headers.get("prefer", "").replace(" ", "")


def without(obj: Mapping[str, Any], *names: str) -> Object:
    """Return what is sent of an object, but for some fields."""
    return {name: copied(value) for name, value in obj.items() if name[0] != "_" and name not in names}
