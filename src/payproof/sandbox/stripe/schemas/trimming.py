"""Leaves out of an answer what the installed SDK does not know, so that an older SDK sees the API version that it pins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payproof.sandbox.stripe.schemas.compounds import Either, Emptyable, Expandable, ListOf, MapOf, Named, Nullable
from payproof.sandbox.stripe.schemas.kinds import Kind
from payproof.sandbox.stripe.schemas.records import Record

Trim = Callable[[Any], None]
"""Takes unknown fields out of a JSON value, in place."""


class Trimmer:
    """Trims values by their kinds; what is to be done for a kind is worked out once. `whole` trims a whole Stripe object."""

    def __init__(self, whole: Trim) -> None:
        self._whole = whole
        self._fields: dict[Record, dict[str, Trim | None]] = {}

    def trim(self, record: Record, value: Any) -> None:
        """Take fields that `record` does not know out of `value`, at any depth, in place."""
        if not isinstance(value, dict):
            return
        known = self._known(record)
        for name in [name for name in value if name not in known]:
            del value[name]
        for name, inner in value.items():
            below = known[name]
            if below is not None and isinstance(inner, (dict, list)):
                below(inner)

    def _known(self, record: Record) -> dict[str, Trim | None]:
        if record not in self._fields:
            self._fields[record] = {name: self._of(field.kind) for name, field in record.fields.items()}
        return self._fields[record]

    def _of(self, kind: Kind) -> Trim | None:
        """What trims values of a kind; None when there is nothing to trim in them."""
        if isinstance(kind, (Nullable, Emptyable, Expandable)):
            return self._of(kind.inner)
        if isinstance(kind, Named):
            return self._whole
        if isinstance(kind, Record):
            return lambda value: self.trim(kind, value)
        if isinstance(kind, (ListOf, MapOf)):
            below = self._of(kind.item)
            return None if below is None else lambda value: _each(below, value)
        if isinstance(kind, Either):
            options = [found for found in map(self._of, kind.options) if found is not None]
            return options[0] if len(options) == 1 else None
        return None


def _each(trim: Trim, value: Any) -> None:
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            trim(item)
