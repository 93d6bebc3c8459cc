"""The parts that a processor's objects play in a scenario, so that one story's steps mean the same at every processor."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

WAITING = "payment that waits for the customer"
CHECKOUT = "open checkout session"
CAPTURED = "captured payment"
OPEN_INQUIRY = "open inquiry"
OPEN_DISPUTE = "open dispute"
LOST_DISPUTE = "lost dispute"
FALLIBLE_REFUND = "refund that can fail"
PENDING = "payment or refund that is pending"

ROLES = (WAITING, CHECKOUT, CAPTURED, OPEN_INQUIRY, OPEN_DISPUTE, LOST_DISPUTE, FALLIBLE_REFUND, PENDING)
"""Every part there is, as messages call it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Role:
    """Objects of `kind` play a part when each field of `facts` has one of the values given."""

    kind: str
    facts: Mapping[str, tuple[Any, ...]]

    def played_by(self, found: Mapping[str, Any]) -> bool:
        """Whether an object of the kind plays the part now."""
        return all(found.get(name) in values for name, values in self.facts.items())


def role(kind: str, **facts: tuple[Any, ...]) -> tuple[Role, ...]:
    """Return a part that objects of one kind play."""
    return (Role(kind, facts),)
