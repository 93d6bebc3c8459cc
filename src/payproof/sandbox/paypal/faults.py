"""PayPal's own answers when something below the endpoints goes wrong."""

from __future__ import annotations

from payproof.sandbox.core.exchange import Answer, Request
from payproof.sandbox.paypal import errors, keys


def answer(kind: str, request: Request) -> Answer:
    """Return the answer for a kind of fault; see `payproof.sandbox.core.faults.KINDS`."""
    if kind in ("409", "lock-timeout"):
        return keys.in_flight(request)
    return Answer(int(kind.partition("-")[0]), errors.body(int(kind.partition("-")[0]), []))
