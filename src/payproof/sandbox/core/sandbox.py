"""One sandbox: a processor's behaviour, its state, and everything a test can see and steer of it."""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from payproof.sandbox.core import active, decorating, patches
from payproof.sandbox.core.clock import Clock
from payproof.sandbox.core.exchange import Answer, HostRefused, Request, SandboxError
from payproof.sandbox.core.faults import Faults
from payproof.sandbox.core.handling import Handler
from payproof.sandbox.core.holding import Held, Hold
from payproof.sandbox.core.ids import Ids
from payproof.sandbox.core.journal import Effect, Journal
from payproof.sandbox.core.outbox import Event
from payproof.sandbox.core.processor import Processor
from payproof.sandbox.core.webhooks import Webhooks

if TYPE_CHECKING:
    from typing_extensions import Self

    from payproof.sandbox.scenarios.story import Story, Turn

T = TypeVar("T")


class Sandbox:
    """A stand-in processor for one account: context manager, async context manager and decorator.

    While it is active, the unmodified SDK and raw HTTP to the processor's hosts reach it instead of the network, from any
    thread. A decorator makes a fresh sandbox for every call (and `self.sandbox` for every test of a class).

    `seed` makes ids repeatable. `strict` raises `SandboxError` on leaving when something was promised and never asked for
    (a fault that never fired) or something was refused, even if the application swallowed the refusal. `allow_raw_cards`
    lets card numbers through to the processor. `api_keys` are the keys by which requests find this sandbox when several
    are active.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if args and callable(args[0]) and not isinstance(args[0], Processor):
            raise SandboxError(f"write @{cls.__name__}() with parentheses to use it as a decorator")
        made = super().__new__(cls)
        made._made_with = (args, kwargs)
        return made

    _made_with: tuple[tuple[Any, ...], dict[str, Any]]

    def __init__(
        self,
        processor: Processor,
        *,
        seed: int | str = 0,
        strict: bool = True,
        allow_raw_cards: bool = False,
        api_keys: tuple[str, ...] = (),
    ) -> None:
        self._lock = threading.RLock()
        self.processor = processor
        self.strict = strict
        self.allow_raw_cards = allow_raw_cards
        self.api_keys: set[str] = set(api_keys)
        self.clock = Clock(lock=self._lock)
        self.ids = Ids(seed)
        self.journal = Journal()
        self.faults = Faults()
        self.webhooks = Webhooks(self)
        self.store: dict[str, dict[str, dict[str, Any]]] = {}
        """The processor's objects: kind, id, object."""
        self.problems: list[str] = []
        """What was refused so far, in words."""
        self.other_hosts: list[str] = []
        """Hosts that were reached past the sandbox while it was active."""
        self.promises: list[Callable[[], list[str]]] = []
        """Asked on leaving: each returns in words what was promised and has not happened."""
        self.parked: list[Held] = []
        """Requests that have begun and wait for `finish`."""
        self._handler = Handler(self)
        self._depth = 0
        self.clock.on_advance.append(self.webhooks.flush)

    @property
    def outbox(self) -> list[Event]:
        """Every webhook event that happened, delivered or not."""
        return self.webhooks.events

    # A request, from beginning to end.

    def handle(self, request: Request) -> Answer:
        """Answer one request, then make the automatic webhook deliveries that it caused.

        Raises `TransportFailure` when a fault below HTTP strikes, and `SandboxError` for what a sandbox must not do.
        """
        try:
            return self.answer(request)
        finally:
            with active.same_last():
                self.webhooks.flush()

    async def ahandle(self, request: Request) -> Answer:
        """As `handle`; async webhook targets run on this event loop."""
        try:
            return self.answer(request)
        finally:
            with active.same_last():
                await self.webhooks.aflush()

    def answer(self, request: Request) -> Answer:
        """As `handle`, without webhook deliveries."""
        with self._lock:
            held = self._handler.begin(request)
            if held.entry.fault == "held":
                self._handler.park(held)
            return self._handler.finish(held)

    def begin(self, request: Request) -> Held:
        """Take a request as far as the moment before its execution; until `finish`, its key and its objects are taken."""
        with self._lock:
            held = self._handler.begin(request)
            if held.answer is None:
                self.parked.append(held)
            return held

    def finish(self, held: Held) -> Answer:
        """Execute a request that has begun, and return its answer."""
        with self._lock:
            if held in self.parked:
                self.parked.remove(held)
            return self._handler.finish(held)

    def hold(self, on: str | None = None) -> Hold:
        """Park the next request that matches `on`: it begins, the application times out, and it stays in flight.

        Until `finish()` on what is returned executes it, its idempotency key is in flight and its objects are locked.
        """
        return Hold(self, self.faults.next("held", on))

    def play(self, scenario: str | os.PathLike[str], **acts: Callable[[Turn], object]) -> Story:
        """Play a scenario (`"dispute-lost"`, or the path of a file) with the application under test; return its story.

        `acts` are functions for what the story asks the application to do (`pay=`, `refund=`, ...); each is called with a
        `Turn`. Without a function the story stops there until `go_on`. What it promised and has not happened is raised here,
        by `go_on` or on leaving the sandbox.
        """
        stories = importlib.import_module("payproof.sandbox.scenarios")
        story: Story = stories.play(self, scenario, acts)
        return story

    # What a processor calls.

    def emit(self, event_type: str, obj: dict[str, Any], **extra: Any) -> Event:
        """Put a webhook event about `obj` into the outbox, as the object is now; `extra` goes to `Processor.event`."""
        return self.webhooks.record(event_type, self.processor.event(event_type, obj, self, extra))

    def effect(self, kind: str, object_id: str) -> None:
        """Note in the journal that an object was created or changed."""
        effect = Effect(kind, object_id)
        entry = self._handler.entry
        touched = entry.touched if entry is not None else self.journal.outside
        if effect not in touched:
            touched.append(effect)

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the sandbox still for a verb of its own (a dispute arrives), then make automatic webhook deliveries."""
        try:
            with self._lock:
                yield
        finally:
            self.webhooks.flush()

    # What was refused, and what was promised and never asked for.

    def problem(self, text: str) -> None:
        """Remember something that must not have happened; it is said again on leaving."""
        if text not in self.problems:
            self.problems.append(text)

    def refuse_host(self, host: str, text: str) -> HostRefused:
        """Remember that a processor's host was refused and return the error to raise."""
        self.problem(text)
        return HostRefused(text)

    def unsettled(self) -> list[str]:
        """Return everything that a strict sandbox complains about when it is left now."""
        unkept = [text for promise in self.promises for text in promise()]
        unused = [f"the id {identifier!r} was chosen for an object and never given" for identifier in self.ids.chosen()]
        return [*self.problems, *unkept, *unused, *self.faults.unfired(), *self.webhooks.crashes()]

    def verify(self) -> None:
        """Raise `SandboxError` listing everything unsettled, if anything is."""
        found = self.unsettled()
        if found:
            name = type(self).__name__
            raise SandboxError(f"{name}: {found[0]}" if len(found) == 1 else f"{name}:\n- " + "\n- ".join(found))

    # Being active.

    def started(self) -> None:
        """Called when the sandbox has become active; a processor's sandbox may override it and call super."""

    def stopped(self) -> None:
        """Called when the sandbox is left, before its problems are raised."""

    def __enter__(self) -> Self:
        if self._depth == 0:
            patches.activate(self)
            self._start()
        self._depth += 1
        return self

    def _start(self) -> None:
        try:
            self.started()
        except BaseException:
            patches.deactivate(self)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._depth == 0:
            raise SandboxError(f"{type(self).__name__} was left without having been entered")
        self._depth -= 1
        if self._depth:
            return
        try:
            self.stopped()
        finally:
            patches.deactivate(self)
        if self.strict and error is None:
            self.verify()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, target: T) -> T:
        """Decorate a function, an async function or a test class; each call or test gets a fresh sandbox."""
        return decorating.decorate(self._fresh, target)

    def _fresh(self) -> Self:
        args, kwargs = self._made_with
        return type(self)(*args, **kwargs)
