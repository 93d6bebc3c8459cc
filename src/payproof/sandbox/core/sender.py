"""Sending one webhook: sign, hand over, record what was answered, plan the processor's own next attempt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from payproof.sandbox.core import delivery
from payproof.sandbox.core.gateways import Letter, Reply
from payproof.sandbox.core.outbox import Delivery, Endpoint, Event
from payproof.sandbox.core.processor import Forgery, Outgoing

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

CONTENT_TYPE = {"Content-Type": "application/json; charset=utf-8"}


class Sender:
    """Makes the attempts of one sandbox and keeps them in `sent`."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self.sent: list[Delivery] = []
        self.due: list[tuple[Event, Endpoint]] = []
        """Retries that the clock has made due."""

    def attempt(self, event: Event, endpoint: Endpoint) -> Delivery:
        """Deliver once, truly signed with the present timestamp."""
        letter, at = self.letter(event, endpoint)
        return self.record(event, endpoint, letter.headers, at, delivery.send(endpoint.target, endpoint.kind, letter))

    async def aattempt(self, event: Event, endpoint: Endpoint) -> Delivery:
        """As `attempt`, with async applications running on this event loop."""
        letter, at = self.letter(event, endpoint)
        reply = await delivery.asend(endpoint.target, endpoint.kind, letter)
        return self.record(event, endpoint, letter.headers, at, reply)

    def forged(self, event: Event, endpoint: Endpoint, name: str, forge: Forgery) -> Delivery:
        """Deliver a forged copy; it counts neither as an attempt nor as a failure."""
        outgoing = self._outgoing(event, endpoint)
        payload, signature = forge(outgoing)
        headers, at = {**CONTENT_TYPE, **signature}, outgoing.timestamp
        reply = delivery.send(endpoint.target, endpoint.kind, Letter(endpoint.path, endpoint.host, headers, payload))
        return self.record(event, endpoint, headers, at, reply, forged=name)

    def was_sent(self, event: Event, endpoint: Endpoint) -> bool:
        """Whether a true attempt was made."""
        return any(sent.event is event and sent.endpoint is endpoint and not sent.forged for sent in self.sent)

    def failed(self) -> list[Delivery]:
        """The last true attempt of every delivery that has not succeeded yet."""
        last = {(id(sent.event), id(sent.endpoint)): sent for sent in self.sent if not sent.forged}
        return [sent for sent in last.values() if not sent.ok]

    def _outgoing(self, event: Event, endpoint: Endpoint) -> Outgoing:
        # Signatures carry the application's clock, because it is the application that checks their age.
        secrets = tuple(endpoint.secrets(self._box.clock.now()))
        return Outgoing(endpoint.payload(event), secrets, int(time.time()), endpoint.url)

    def letter(self, event: Event, endpoint: Endpoint) -> tuple[Letter, int]:
        """Return a delivery signed now, and the application's time that it is signed with."""
        outgoing = self._outgoing(event, endpoint)
        payload, signature = self._box.processor.seal(outgoing)
        return Letter(endpoint.path, endpoint.host, {**CONTENT_TYPE, **signature}, payload), outgoing.timestamp

    def record(
        self, event: Event, endpoint: Endpoint, headers: Mapping[str, str], at: int, reply: Reply, *, forged: str = ""
    ) -> Delivery:
        """Keep an attempt and what it was answered; plan the next one where it failed."""
        before = sum(sent.event is event and sent.endpoint is endpoint and not sent.forged for sent in self.sent)
        made = Delivery(
            event=event,
            endpoint=endpoint,
            attempt=0 if forged else before + 1,
            status=reply.status,
            body=reply.body,
            headers=headers,
            at=at,
            error=reply.error,
            exception=reply.exception,
            forged=forged,
        )
        self.sent.append(made)
        if not forged and not made.ok:
            self._schedule(made)
        return made

    def _schedule(self, failed: Delivery) -> None:
        delays = self._box.processor.retry_delays()
        if failed.attempt <= len(delays):
            self._box.clock.after(delays[failed.attempt - 1], lambda: self._come_due(failed))

    def _come_due(self, failed: Delivery) -> None:
        # A retry by hand, or a duplicate that succeeded, has taken this attempt's place.
        if any(failed is still for still in self.failed()):
            self.due.append((failed.event, failed.endpoint))
