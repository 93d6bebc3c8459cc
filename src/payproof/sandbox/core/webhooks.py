"""Webhooks under the test's control: deliver, drop, reorder, delay, duplicate, retry, roll secrets, forge."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core import delivery, signing
from payproof.sandbox.core.addresses import Addresses
from payproof.sandbox.core.exchange import SandboxError, encode_json
from payproof.sandbox.core.gateways import Letter, Reply
from payproof.sandbox.core.outbox import Delivery, Endpoint, Event, matches, types_of
from payproof.sandbox.core.sender import Sender

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

MOST = 1_000
"""Deliveries at once beyond which a handler is taken to feed itself for ever."""


@dataclasses.dataclass(slots=True, eq=False)
class _Pending:
    event: Event
    not_before: int = 0


class Webhooks:
    """The outbox of one sandbox. Nothing is sent until `deliver`, except to endpoints made with `auto=True`."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._sender = Sender(box)
        self._pending: list[_Pending] = []
        self._auto: list[tuple[Event, Endpoint]] = []
        self._flushing = False
        self.paused = False
        """Whether automatic deliveries wait for somebody who makes them with `next_due` and `attempt_due`."""
        self.events: list[Event] = []
        """Every event that happened, in order."""
        self.endpoints: list[Endpoint] = []
        self.dropped: list[Event] = []
        self._addresses = Addresses()

    @property
    def pending(self) -> list[Event]:
        """Events that wait for `deliver`, in the order in which they will go."""
        return [pending.event for pending in self._pending]

    @property
    def sent(self) -> list[Delivery]:
        """Every delivery attempted, in order, forged ones included."""
        return self._sender.sent

    @property
    def failed(self) -> list[Delivery]:
        """The last true attempt of every delivery that has not succeeded yet."""
        return self._sender.failed()

    def endpoint(
        self,
        target: Any,
        secret: str | None = None,
        events: Sequence[str] = ("*",),
        path: str = "/webhook",
        *,
        auto: bool = False,
        kind: str | None = None,
        host: str = "testserver",
        allow_remote: bool = False,
    ) -> Endpoint:
        """Register where webhooks go and return the endpoint, with its signing secret.

        `target` is a WSGI app, an ASGI app, a callable `(payload: bytes, headers: dict) -> status | response | None` (also
        async) or a URL on this machine. `events` are globs over event types. `path` and `host` are what an app is called
        with. `auto` delivers right after the request that caused the event. `kind` (`wsgi`, `asgi`, `call`) settles how to
        call a target that does not show it. Raises `SandboxError` for a target that cannot be called or reached.
        """
        if kind is not None and kind not in delivery.KINDS:
            raise SandboxError(f"there is no kind {kind!r} of webhook target; known: {', '.join(delivery.KINDS)}")
        settled = kind or delivery.kind_of(target)
        if settled == "url":
            delivery.check_url(target, allow_remote)
        if isinstance(events, str):
            raise SandboxError(f"events must be a list of patterns; write [{events!r}]")
        chosen = self._box.processor.webhook_secret(self._box) if secret is None else secret
        made = Endpoint(target, settled, path, tuple(events), auto, host, chosen)
        self.endpoints.append(made)
        return made

    def serve(self, url: str, app: Any, *, auto: bool = False, kind: str | None = None) -> None:
        """Let `app` answer what is sent to addresses that begin with `url`, such as `https://shop.example/`.

        So endpoints that the application registers with the processor by their address are delivered to; see `endpoint`
        for what an app is. `auto` delivers right after the request that caused the event.
        """
        self._addresses.serve(url, app, kind, auto)
        for endpoint in self.endpoints:
            self._addresses.connect(endpoint)

    def subscribe(self, endpoint: Endpoint) -> None:
        """Add an endpoint that the application has registered by its address, without a target, with the processor."""
        self.endpoints.append(endpoint)
        self._addresses.connect(endpoint)

    def unsubscribe(self, endpoint: Endpoint) -> None:
        """Forget an endpoint that was subscribed."""
        self.endpoints[:] = [other for other in self.endpoints if other is not endpoint]

    def record(self, event_type: str, body: Mapping[str, Any]) -> Event:
        """Put an event into the outbox; its bytes are fixed now and stay the same in every attempt."""
        box = self._box
        number, identity = len(self.events) + 1, str(body.get("id", body.get("event_id", "")))
        made = Event(number, identity, event_type, box.clock.now(), encode_json(body), box.processor.event_payload)
        self.events.append(made)
        wanting = [endpoint for endpoint in self.endpoints if endpoint.reachable and endpoint.wants(made)]
        self._auto += [(made, endpoint) for endpoint in wanting if endpoint.auto]
        if not wanting or any(not endpoint.auto for endpoint in wanting):
            self._pending.append(_Pending(made))
        return made

    # What a test does with pending events.

    def deliver(self, event_type: str | None = None, *, check: bool = False) -> list[Delivery]:
        """Deliver everything pending (of that type, a glob), with what handlers cause meanwhile; return the attempts.

        Raises `SandboxError` when there is no endpoint, or when a type is named and nothing of it is pending; with `check`
        also when an attempt was answered with anything but 2xx.
        """
        self._check_deliverable(event_type)
        done: list[Delivery] = []
        while (event := self._next(event_type)) is not None:
            done += [self._sender.attempt(event, endpoint) for endpoint in self._receivers(event)]
            _check_endless(len(done))
        return _checked(done) if check else done

    async def adeliver(self, event_type: str | None = None, *, check: bool = False) -> list[Delivery]:
        """As `deliver`, with async applications running on this event loop."""
        self._check_deliverable(event_type)
        done: list[Delivery] = []
        while (event := self._next(event_type)) is not None:
            for endpoint in self._receivers(event):
                done.append(await self._sender.aattempt(event, endpoint))
            _check_endless(len(done))
        return _checked(done) if check else done

    def send(self, body: Mapping[str, Any] | bytes, event_type: str = "") -> list[Delivery]:
        """Deliver a body of the test's own making, truly signed, to every endpoint that wants it; return the attempts.

        So an application meets what the processor itself would not send it: another account's event, live mode, a body that
        is no event. The type is the body's `type` unless `event_type` says otherwise; a body without one goes to all.
        """
        self._check_reachable()
        box = self._box
        content: Mapping[str, Any] = {} if isinstance(body, bytes) else body
        payload = body if isinstance(body, bytes) else box.processor.event_payload(body)
        name = event_type or str(content.get(box.processor.event_type_field, ""))
        made = Event(0, str(content.get("id", "")), name, box.clock.now(), encode_json(content), lambda _: payload)
        reachable = [endpoint for endpoint in self.endpoints if endpoint.reachable]
        receivers = [endpoint for endpoint in reachable if not name or endpoint.wants(made)]
        if not receivers:
            raise SandboxError(_nobody_wants(name))
        return [self._sender.attempt(made, endpoint) for endpoint in receivers]

    def drop(self, count: int = 1, event_type: str | None = None) -> list[Event]:
        """Lose the next `count` pending events (of that type); they are never delivered."""
        found = [pending for pending in self._pending if matches(pending.event, event_type)][:count]
        if len(found) < count:
            raise SandboxError(f"{count} pending event(s) were to be dropped, but {self._describe(event_type)}")
        self._pending = [pending for pending in self._pending if pending not in found]
        self.dropped += [pending.event for pending in found]
        return [pending.event for pending in found]

    def reorder(self, *first: str) -> list[Event]:
        """Put events of the types `first` in front, in that order; without types, turn the order of pending events round."""
        if len(self._pending) < 2:
            raise SandboxError(f"there is nothing to reorder: {self._describe(None)}")
        for name in first:
            if not any(matches(pending.event, name) for pending in self._pending):
                raise SandboxError(f"there is nothing to put in front: {self._describe(name)}")
        if not first:
            self._pending.reverse()
        else:
            self._pending.sort(key=lambda pending: _rank(pending.event, first))
        return self.pending

    def delay(self, event_type: str | None = None, *, hours: float = 0, minutes: float = 0, seconds: float = 0) -> list[Event]:
        """Hold pending events (of that type) back until the sandbox clock has moved on by so much."""
        by = int(hours * 3_600 + minutes * 60 + seconds)
        if by <= 0:
            raise SandboxError("a delay needs hours, minutes or seconds above zero")
        found = [pending for pending in self._pending if matches(pending.event, event_type)]
        if not found:
            raise SandboxError(f"there is nothing to delay: {self._describe(event_type)}")
        for pending in found:
            pending.not_before = self._box.clock.now() + by
        return [pending.event for pending in found]

    # What a test does with delivered events.

    def duplicate(self, event: Event | str | None = None) -> list[Delivery]:
        """Deliver an event that was delivered before (the latest by default) once more: same id, new timestamp and signature."""
        chosen = self._delivered(event)
        receivers = [sent.endpoint for sent in self.sent if sent.event is chosen and sent.attempt == 1]
        return [self._sender.attempt(chosen, endpoint) for endpoint in receivers]

    def retry(self) -> list[Delivery]:
        """Attempt every failed delivery once more, as the processor would: same event, new timestamp and signature."""
        return [self._sender.attempt(failed.event, failed.endpoint) for failed in self.failed]

    def roll_secret(self, endpoint: Endpoint, secret: str | None = None, *, overlap_hours: float = 24) -> str:
        """Give the endpoint a new secret; the old one signs beside it for `overlap_hours` of the sandbox clock."""
        endpoint.old.append((endpoint.secret, self._box.clock.now() + int(overlap_hours * 3_600)))
        endpoint.secret = self._box.processor.webhook_secret(self._box) if secret is None else secret
        return endpoint.secret

    def forge(self, event: Event | str | None = None, how: str = "wrong-secret") -> list[Delivery]:
        """Send a forged copy of an event to every endpoint that wants it; return what was answered.

        Without an event it is the latest that any endpoint wants.

        `how` is a name from `signing.forgeries`, or `"all"` for one delivery of each that an application must refuse.
        """
        chosen = self._to_forge(event)
        ways = signing.forgeries(self._box.processor)
        names = signing.must_be_refused(self._box.processor) if how == "all" else [how]
        receivers = [endpoint for endpoint in self.endpoints if endpoint.reachable and endpoint.wants(chosen)]
        if not receivers:
            raise SandboxError(_nobody_wants(chosen.type))
        forged = [(name, signing.check_way(name, ways)) for name in names]
        return [self._sender.forged(chosen, endpoint, name, way) for name, way in forged for endpoint in receivers]

    # Automatic deliveries.

    def flush(self) -> None:
        """Deliver what is due without being asked; the sandbox calls it after every request, verb and advance."""
        if self.paused or self._flushing or not (self._auto or self._sender.due):
            return
        self._flushing = True
        try:
            count = 0
            while (pair := self.next_due()) is not None:
                self._sender.attempt(*pair)
                count += 1
                _check_endless(count)
        finally:
            self._flushing = False

    async def aflush(self) -> None:
        """As `flush`, with async applications running on this event loop."""
        if self.paused or self._flushing or not (self._auto or self._sender.due):
            return
        self._flushing = True
        try:
            count = 0
            while (pair := self.next_due()) is not None:
                await self._sender.aattempt(*pair)
                count += 1
                _check_endless(count)
        finally:
            self._flushing = False

    def due_again(self, failed: Sequence[tuple[Event, Endpoint]]) -> None:
        """Let `next_due` give these deliveries once more, before the clock would."""
        self._sender.due += failed

    def seal(self, event: Event, endpoint: Endpoint) -> tuple[Letter, int]:
        """Return an attempt as it goes out now, and the application's time that it is signed with."""
        return self._sender.letter(event, endpoint)

    def take_over(
        self, event: Event, endpoint: Endpoint, reply: Reply, at: int, headers: Mapping[str, str] | None = None
    ) -> Delivery:
        """Record an attempt that somebody else made; a failed one is tried again on the clock, as ever."""
        self._auto = [pair for pair in self._auto if pair != (event, endpoint)]
        return self._sender.record(event, endpoint, headers or {}, at, reply)

    def crashes(self) -> list[str]:
        """Return a sentence for each automatic delivery whose last attempt ended in an exception of the application."""
        return [
            f"the webhook handler raised {failed.error} on {failed.event.type} {failed.event.id}, and nobody looked"
            for failed in self.failed
            if failed.endpoint.auto and failed.exception is not None
        ]

    # Choosing.

    def _next(self, event_type: str | None) -> Event | None:
        now = self._box.clock.now()
        for pending in self._pending:
            if pending.not_before <= now and matches(pending.event, event_type):
                self._pending.remove(pending)
                return pending.event
        return None

    def next_due(self) -> tuple[Event, Endpoint] | None:
        """Take the next automatic delivery that is due, a retry first; None when there is none."""
        if self._sender.due:
            return self._sender.due.pop(0)
        while self._auto:
            event, endpoint = self._auto.pop(0)
            if not self._sender.was_sent(event, endpoint):
                return event, endpoint
        return None

    def _receivers(self, event: Event) -> list[Endpoint]:
        wanting = [endpoint for endpoint in self.endpoints if endpoint.reachable and endpoint.wants(event)]
        return [endpoint for endpoint in wanting if not self._sender.was_sent(event, endpoint)]

    def _to_forge(self, event: Event | str | None) -> Event:
        if isinstance(event, Event):
            return event
        found = [past for past in self.events if matches(past, event)]
        if not found:
            raise SandboxError(f"no event{_named(event)} has happened yet; happened: {types_of(self.events)}")
        wanted = [past for past in found if any(endpoint.wants(past) for endpoint in self.endpoints)]
        return (wanted or found)[-1]

    def _delivered(self, event: Event | str | None) -> Event:
        delivered = [sent.event for sent in self.sent if not sent.forged]
        found = [past for past in delivered if past is event or (not isinstance(event, Event) and matches(past, event))]
        if not found:
            name = event.type if isinstance(event, Event) else event
            raise SandboxError(
                f"no event{_named(name)} was delivered yet, so none can be duplicated; delivered: {types_of(delivered)}."
                " Call deliver() first"
            )
        return found[-1]

    def _check_deliverable(self, event_type: str | None) -> None:
        self._check_reachable()
        if event_type is not None and not any(matches(event, event_type) for event in self.pending):
            raise SandboxError(f"there is nothing to deliver: {self._describe(event_type)}")

    def _check_reachable(self) -> None:
        if not self.endpoints:
            raise SandboxError(_NO_ENDPOINT)
        if not any(endpoint.reachable for endpoint in self.endpoints):
            raise SandboxError(
                f"nobody answers at {self.endpoints[0].url}; let your application answer there with"
                " box.webhooks.serve('https://shop.example/', app)"
            )

    def _describe(self, event_type: str | None) -> str:
        count = sum(matches(event, event_type) for event in self.pending)
        what = {0: "none is", 1: "one is"}.get(count, f"{count} are")
        return f"{what} pending{_named(event_type)}; pending: {types_of(self.pending)}"


_NO_ENDPOINT = "there is no webhook endpoint; register one with box.webhooks.endpoint(app, path='/webhook')"


def _nobody_wants(event_type: str) -> str:
    return f"no endpoint wants {event_type!r}; register one with box.webhooks.endpoint(app)"


def _checked(done: list[Delivery]) -> list[Delivery]:
    failed = [
        f"{one.event.type} {one.event.id} with {one.status or 'nothing'}{one.error and f' ({one.error})'}"
        for one in done
        if not one.ok
    ]
    if failed:
        raise SandboxError(f"the application answered {', '.join(failed)}; a processor takes only 2xx as delivered")
    return done


def _named(event_type: str | None) -> str:
    return f" of type {event_type!r}" if event_type else ""


def _rank(event: Event, first: Sequence[str]) -> int:
    return next((place for place, name in enumerate(first) if matches(event, name)), len(first))


def _check_endless(count: int) -> None:
    if count > MOST:
        raise SandboxError(f"more than {MOST} webhooks were delivered at once; a handler causes the event that it handles")
