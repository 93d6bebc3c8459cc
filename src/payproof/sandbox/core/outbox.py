"""What webhooks are made of: events, the endpoints they go to, and deliveries."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, eq=False)
class Event:
    """One webhook event, as things were when it happened; `at` is the sandbox clock then.

    `snapshot` is its JSON; `encode` makes of it the bytes that are sent.
    """

    number: int
    id: str
    type: str
    at: int
    snapshot: bytes = dataclasses.field(repr=False)
    encode: Callable[[Mapping[str, Any]], bytes] = dataclasses.field(repr=False)

    @functools.cached_property
    def body(self) -> Mapping[str, Any]:
        """The event, decoded."""
        decoded: Mapping[str, Any] = json.loads(self.snapshot)
        return decoded

    @functools.cached_property
    def payload(self) -> bytes:
        """The bytes that every attempt sends."""
        return self.encode(self.body)


@dataclasses.dataclass(slots=True, eq=False)
class Endpoint:
    """Where webhooks go. `secret` is what the application must verify with."""

    target: Any = dataclasses.field(repr=False)
    kind: str
    path: str
    events: tuple[str, ...]
    auto: bool
    host: str
    secret: str = dataclasses.field(repr=False)
    old: list[tuple[str, int]] = dataclasses.field(default_factory=list, repr=False)

    @property
    def url(self) -> str:
        """The address that the processor knows the endpoint by."""
        return self.target if isinstance(self.target, str) else f"https://{self.host}{self.path}"

    @property
    def reachable(self) -> bool:
        """Whether anything answers at the endpoint's address."""
        return self.target is not None

    def wants(self, event: Event) -> bool:
        """Whether the endpoint subscribes to this event."""
        return any(fnmatch.fnmatchcase(event.type, pattern) for pattern in self.events)

    def payload(self, event: Event) -> bytes:
        """Return the bytes that this endpoint is sent of an event."""
        return event.payload

    def secrets(self, now: int) -> list[str]:
        """Return the secrets that sign now: the present one, and rolled ones that have not expired."""
        return [self.secret, *(secret for secret, until in self.old if now < until)]


@dataclasses.dataclass(slots=True, eq=False)
class Registered(Endpoint):
    """An endpoint that the application registered with the processor by its `address`; nobody may answer there."""

    address: str = ""

    @property
    def url(self) -> str:
        """The address that the processor knows the endpoint by."""
        return self.address


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One attempt to deliver an event: the headers sent, and the application's status and body.

    `status` is None when there was no answer. `error` names what the application raised (answered as 500) or why no answer
    came. `forged` names the forgery, `""` for a true delivery. `at` is the application's clock, as signed.
    """

    event: Event
    endpoint: Endpoint
    attempt: int
    status: int | None
    body: bytes
    headers: Mapping[str, str]
    at: int
    error: str = ""
    exception: Exception | None = dataclasses.field(default=None, repr=False)
    forged: str = ""

    @property
    def ok(self) -> bool:
        """Whether the processor takes it as delivered: any 2xx; a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


def matches(event: Event, event_type: str | None) -> bool:
    """Whether an event is of a type; the type is a glob, None means any."""
    return event_type is None or fnmatch.fnmatchcase(event.type, event_type)


def types_of(events: Sequence[Event]) -> str:
    """Return the types of events for a message."""
    return ", ".join(dict.fromkeys(event.type for event in events)) or "nothing"
