"""Signing webhook deliveries truly, and forging them in the ways an attacker would."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.processor import Forgery, Processor

HOUR = 3_600
YEAR = 365 * 24 * HOUR

MUST_BE_REFUSED = ("wrong-secret", "no-header", "garbled-header", "flipped-byte", "stale", "empty-secret")
"""Forgeries of every scheme that an application has to refuse."""


def forgeries(processor: Processor) -> dict[str, Forgery]:
    """Return every way to forge a delivery of this processor, by name.

    `wrong-secret` signs with another secret, `empty-secret` with the empty one, `no-header` sends no signature,
    `garbled-header` an unreadable one, `flipped-byte` alters one digit or letter after signing, `stale` and `future` are
    truly signed with a timestamp an hour old or a year ahead. `future` is no forgery to a receiver that checks the past
    only (stripe 10 to 16.1 `_webhook.py`), so it is not among those that must be refused.
    """

    def sign(payload: bytes, secret: str, timestamp: int) -> Mapping[str, str]:
        return processor.sign(payload, [secret], timestamp)

    def garbled(payload: bytes, secret: str, now: int) -> tuple[bytes, Mapping[str, str]]:
        return payload, dict.fromkeys(sign(payload, secret, now), "garbled")

    ways: dict[str, Forgery] = {
        "wrong-secret": lambda payload, secret, now: (payload, sign(payload, secret + "x", now)),
        "no-header": lambda payload, secret, now: (payload, {}),
        "garbled-header": garbled,
        "flipped-byte": lambda payload, secret, now: (flipped(payload), sign(payload, secret, now)),
        "stale": lambda payload, secret, now: (payload, sign(payload, secret, now - HOUR)),
        "future": lambda payload, secret, now: (payload, sign(payload, secret, now + YEAR)),
        "empty-secret": lambda payload, secret, now: (payload, sign(payload, "", now)),
    }
    return {**ways, **processor.forgeries()}


def must_be_refused(processor: Processor) -> Sequence[str]:
    """Return the names of the forgeries that an application has to refuse, the processor's own included."""
    return [*MUST_BE_REFUSED, *processor.forgeries()]


def check_way(name: str, ways: Mapping[str, Forgery]) -> Forgery:
    """Return the forgery called `name`; raise `SandboxError` when there is none."""
    if name in ways:
        return ways[name]
    near = difflib.get_close_matches(name, ways, n=1)
    raise SandboxError(
        f"there is no forgery {name!r}; " + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(ways)}")
    )


def flipped(payload: bytes) -> bytes:
    """Return the payload with one character changed so that it is still valid JSON.

    A payload that no longer parses would be refused for the wrong reason.
    """
    for place in range(len(payload) - 1, -1, -1):
        byte = payload[place : place + 1]
        if byte.isdigit() and byte != b"0" and payload[place - 1 : place] != b"\\":
            return payload[:place] + (b"8" if byte == b"9" else b"9") + payload[place + 1 :]
    return payload + b" "
