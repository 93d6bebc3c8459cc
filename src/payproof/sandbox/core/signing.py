"""Signing webhook deliveries truly, and forging them in the ways an attacker would."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.processor import Forgery, Outgoing, Processor, Sealed

HOUR = 3_600
YEAR = 365 * 24 * HOUR

MUST_BE_REFUSED = ("wrong-secret", "no-header", "garbled-header", "flipped-byte", "stale", "empty-secret")
"""Forgeries of every scheme that an application has to refuse."""


def forgeries(processor: Processor) -> dict[str, Forgery]:
    """Return every way to forge a delivery of this processor, by name.

    `wrong-secret` signs with another secret, `empty-secret` with the empty one, `no-header` sends no signature,
    `garbled-header` an unreadable one, `flipped-byte` alters one digit or letter after signing, `stale` and `future` are
    truly signed with a timestamp an hour old or a year ahead. `future` is no forgery to a receiver that checks the past
    only (stripe 10 to 16.1 `_webhook.py`), so it is not among those that must be refused. A scheme without a date that
    receivers check has neither, and one without a signature has only the processor's own.
    """
    if not processor.signed:
        return dict(processor.forgeries())

    def seal(true: Outgoing, **changes: Any) -> Sealed:
        return processor.seal(dataclasses.replace(true, **changes))

    def garbled(true: Outgoing) -> Sealed:
        payload, headers = seal(true)
        return payload, dict.fromkeys(headers, "garbled")

    def altered(true: Outgoing) -> Sealed:
        payload, headers = seal(true)
        return flipped(payload), headers

    ways: dict[str, Forgery] = {
        "wrong-secret": lambda true: seal(true, secrets=(true.secret + "x",)),
        "no-header": lambda true: (true.payload, {}),
        "garbled-header": garbled,
        "flipped-byte": altered,
        "empty-secret": lambda true: seal(true, secrets=("",)),
    }
    if processor.dated:
        ways["stale"] = lambda true: seal(true, timestamp=true.timestamp - HOUR)
        ways["future"] = lambda true: seal(true, timestamp=true.timestamp + YEAR)
    return {**ways, **processor.forgeries()}


def must_be_refused(processor: Processor) -> Sequence[str]:
    """Return the names of the forgeries that an application has to refuse, the processor's own included."""
    common = [name for name in MUST_BE_REFUSED if processor.signed and (name != "stale" or processor.dated)]
    return list(dict.fromkeys([*common, *processor.forgeries()]))


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
