"""What a client decides: amounts and currencies that come of a request, and the words that speak of money in a view."""

from __future__ import annotations

from payproof.scan import facts
from payproof.scan.models import tokens
from payproof.scan.program import FunctionInfo, walk
from payproof.scan.values import Label, Value

_AMOUNTS = frozenset({"amount", "price", "total", "cost", "amt", "cents", "subtotal", "fee", "sum", "charge"})
_NO_AMOUNTS = frozenset(
    "id ids key code type name slug plan sku ref reference lookup currency quantity qty count method min max list intent".split()
)
_CLIENTS = frozenset({"request-field", "client-amount"})
_MONEY = _AMOUNTS | {"currency", "refund"}


def client_amount(value: Value) -> Label | None:
    """Return the label of an amount that comes of a request in a value, or None."""
    for label in sorted(value.deep_labels(), key=lambda item: (item.place, item.note)):
        if label.kind in _CLIENTS and is_amount_field(label.note):
            return label
    return None


def client_currency(value: Value) -> Label | None:
    """Return the label of a currency that comes of a request in a value, or None."""
    labels = sorted(value.deep_labels(), key=lambda item: (item.place, item.note))
    return next((label for label in labels if label.kind in _CLIENTS and "currency" in tokens(label.note)), None)


def is_amount_field(name: str) -> bool:
    """Return whether a field of a request is named like an amount of money."""
    words = set(tokens(name))
    return bool(words & _AMOUNTS) and not words & _NO_AMOUNTS


def server_side(value: Value) -> bool:
    """Return whether a value comes of anything but the request and constants."""
    if value.constants is not None or client_amount(value) is not None:
        return False
    return bool(value.refs or value.labels or value.fields)


def money_words(info: FunctionInfo) -> frozenset[str]:
    """Return the words about money that a function's names and texts hold."""
    found: set[str] = set(tokens(info.qualname))
    for node in walk([info.node.body, info.node.parameters, info.node.decorators]):
        name = getattr(node, "id", "") or getattr(node, "name", "") or getattr(node, "keyword", "") or ""
        if isinstance(node, facts.Literal) and isinstance(node.value, str) and len(node.value) < 60:
            name = node.value
        found.update(tokens(str(name)))
    return frozenset(found & _MONEY)
