"""What a test left behind in the sandboxes it used: the kinds of journal entries that controls ask for (`shown_by`)."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payproof.sandbox.core.journal import Entry
    from payproof.sandbox.core.outbox import Delivery
    from payproof.sandbox.core.sandbox import Sandbox

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OBJECTS = ("refund", "dispute", "subscription")

NOUNS: Mapping[str, tuple[str, str]] = {
    "request": ("request", "requests"),
    "mutation": ("write", "writes"),
    "error": ("error", "errors"),
    "decline": ("decline", "declines"),
    "authentication": ("authentication", "authentications"),
    "refund": ("refund", "refunds"),
    "dispute": ("dispute", "disputes"),
    "subscription": ("subscription", "subscriptions"),
    "delivery": ("delivery", "deliveries"),
    "forged-delivery": ("forged delivery", "forged deliveries"),
    "repeated-delivery": ("repeated delivery", "repeated deliveries"),
}
"""Every kind of trace, with what one and several are called."""


@dataclasses.dataclass(frozen=True, slots=True)
class Watched:
    """A sandbox, and how much it had seen when the test began to use it."""

    box: Sandbox
    requests: int
    outside: int
    sent: int
    events: int

    def traces(self) -> collections.Counter[str]:
        """Return how often each kind of trace was left since then."""
        journal = self.box.journal
        entries = list(journal)[self.requests :]
        sent = self.box.webhooks.sent[self.sent :]
        found = collections.Counter(kind for entry in entries for kind in _of_entry(entry, self.box))
        found.update(kind for delivery in sent for kind in _of_delivery(delivery, self.box))
        touched = {effect for entry in entries for effect in entry.touched}.union(journal.outside[self.outside :])
        found.update(effect.kind for effect in touched if effect.kind in _OBJECTS)
        # On a payment page of the processor's, declines and challenges reach the application as events only.
        happened = collections.Counter(
            self.box.processor.event_tells(event.type) for event in self.box.webhooks.events[self.events :]
        )
        for kind in ("decline", "authentication"):
            found[kind] = max(found[kind], happened[kind])
        return +found


def watch(box: Sandbox) -> Watched:
    """Return a mark of how much `box` has seen by now."""
    return Watched(box, len(box.journal), len(box.journal.outside), len(box.webhooks.sent), len(box.webhooks.events))


def describe(traces: Mapping[str, int]) -> str:
    """Return `2 requests, 1 delivery`, or `nothing`."""
    return ", ".join(f"{traces[kind]} {NOUNS[kind][traces[kind] > 1]}" for kind in NOUNS if traces.get(kind)) or "nothing"


def describe_needed(kinds: Iterable[str]) -> str:
    """Return `a delivery or an error`."""
    nouns = [NOUNS[kind][0] for kind in kinds]
    return " or ".join(f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}" for noun in nouns)


def _of_entry(entry: Entry, box: Sandbox) -> Iterator[str]:
    yield "request"
    if entry.request.method not in _READING and (entry.executed or entry.replayed):
        yield "mutation"
    if entry.fault or entry.failure or (entry.status or 0) >= 400:
        yield "error"
    if entry.answer is not None:
        yield from box.processor.tells(entry.answer)


def _of_delivery(delivery: Delivery, box: Sandbox) -> Iterator[str]:
    from payproof.sandbox.core.signing import must_be_refused

    if delivery.status is None:
        return
    if delivery.forged == "stale" or delivery.attempt > 1:
        yield "repeated-delivery"
    if not delivery.forged:
        yield "delivery"
    elif delivery.forged in must_be_refused(box.processor):
        yield "forged-delivery"
