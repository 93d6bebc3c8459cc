"""One sandbox: a processor's behaviour, its state, and everything a test can see and steer of it."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.clock import Clock
from payproof.sandbox.core.exchange import Answer, Request
from payproof.sandbox.core.faults import Faults
from payproof.sandbox.core.ids import Ids
from payproof.sandbox.core.journal import Journal
from payproof.sandbox.core.processor import Processor


class Sandbox:
    """A stand-in processor for one account. Context manager and decorator. (Under construction: signatures are final.)"""

    def __init__(
        self,
        processor: Processor,
        *,
        seed: int | str = 0,
        strict: bool = True,
        allow_raw_cards: bool = False,
        api_keys: tuple[str, ...] = (),
    ) -> None:
        self.processor = processor
        self.strict = strict
        self.allow_raw_cards = allow_raw_cards
        self.api_keys: set[str] = set(api_keys)
        self.clock = Clock()
        self.ids = Ids(seed)
        self.journal = Journal()
        self.faults = Faults()
        self.store: dict[str, dict[str, dict[str, Any]]] = {}
        self.problems: list[str] = []
        self.other_hosts: dict[str, int] = {}

    def handle(self, request: Request) -> Answer:
        """Answer one request. Raises `TransportFailure` for faults below HTTP and `SandboxError` for what must not happen."""
        raise NotImplementedError

    def emit(self, event_type: str, obj: dict[str, Any], **extra: Any) -> None:
        """Put a webhook event about `obj` into the outbox; called by the processor."""
        raise NotImplementedError

    def effect(self, kind: str, object_id: str) -> None:
        """Note in the journal that the object was created or changed; called by the processor."""
        raise NotImplementedError

    def started(self) -> None:
        """Called when the sandbox becomes active; a processor's sandbox may override it (and call super)."""

    def stopped(self) -> None:
        """Called when the sandbox is left."""
