"""The clocks that objects follow: the sandbox's own, and one for each of Stripe's test clocks.

A customer is put on a test clock when it is made, and everything of that customer follows. A test clock stands still until
`advance` is called on it; the sandbox's clock does not move it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.clock import Clock

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox
    from payproof.sandbox.stripe.books import Books

NAMING = (
    "customer", "subscription", "invoice", "payment_intent", "setup_intent", "charge", "schedule", "from_subscription",
    "payment_method", "dispute", "refund",
)  # fmt: skip
"""Parameters whose object decides on which clock a request happens."""


def of(box: Sandbox, clock: str | None) -> Clock:
    """Return the clock of a test clock's id; the sandbox's own for None, and for a test clock that is gone."""
    if clock is None:
        return box.clock
    found: Clock | None = getattr(box, "timelines", {}).get(clock)
    return box.clock if found is None else found


def asked(books: Books, ids: Iterable[str], params: Mapping[str, Any]) -> str | None:
    """Return the test clock on which a request happens: that of the first object it names; None for the sandbox's own."""
    if not getattr(books.box, "timelines", None):
        return None
    if isinstance(params.get("test_clock"), str):
        return str(params["test_clock"])
    named = [value for name in NAMING if isinstance(value := params.get(name), str)]
    for identifier in (*ids, *named):
        found = books.resolve(identifier)
        owner = books.resolve(found["subscription"]) if found and found["object"] == "subscription_item" else found
        if owner is not None and owner.get("_clock"):
            return str(owner["_clock"])
    return None
