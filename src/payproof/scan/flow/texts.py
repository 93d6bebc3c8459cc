"""What is kept of a text that is put together: its known parts, as far as a URL can be told by them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from payproof.model import Place
from payproof.scan.flow.base import is_amount
from payproof.scan.values import FLOATS, External, Label, Value

LONGEST = 160

_PLACEHOLDER = re.compile(r"%\([^)]*\)[sd]|%[sd]|\{[^{}]*\}")


def text_refs(operator: str, parts: Sequence[Value]) -> tuple[External, ...]:
    """Return a reference that holds the shape of a built text, "{}" for each part that is not known.

    Only texts that start with a known part, or hold a path, are kept: nothing but the host and path of a URL is asked of them.
    """
    if operator not in ("", "Add", "Modulo"):
        return ()
    known = [known_text(part) for part in parts]
    if operator == "Modulo":
        if known[0] is None:
            return ()
        whole = _PLACEHOLDER.sub("{}", known[0])
    else:
        whole = "".join("{}" if text is None else text for text in known)
    if (known and known[0]) or "/" in whole:
        return (External(f"text:{whole[:LONGEST]}"),)
    return ()


def text_labels(parts: Sequence[Value], place: Place) -> frozenset[Label]:
    """Return the labels of a text that is put together: those of its parts, less what only numbers have."""
    labels: frozenset[Label] = frozenset().union(*(part.deep_labels() for part in parts))
    exact = frozenset(label for label in labels if label.kind not in FLOATS)
    return exact | told_apart(parts, place)


def told_apart(parts: Sequence[Value], place: Place) -> frozenset[Label]:
    """Return the label "other" for a text with a part of which nothing is known: it may tell the text from all others."""
    pieces = [piece for part in parts for piece in ((part.fields or {}).values() if part.fields else [part])]
    unknown = any(piece.constants is None and known_text(piece) is None and not _an_amount(piece) for piece in pieces)
    return frozenset({Label("other", place, "")}) if unknown else frozenset()


def _an_amount(value: Value) -> bool:
    """Return whether a value is an amount or a currency, by its own name or by that of the field that it was sent in."""
    return any(label.kind == "amount" or (label.kind == "request-field" and is_amount(label.note)) for label in value.labels)


def known_text(value: Value) -> str | None:
    """Return the text of a value, or the shape of it, or None when nothing of it is known."""
    text = value.text()
    if text is not None:
        return text
    return next((path.removeprefix("text:") for path in value.paths() if path.startswith("text:")), None)
