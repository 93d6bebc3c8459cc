"""Which sandboxes are active, and which of them a request belongs to.

The one piece of process-wide state besides the patches: requests come from any thread, so threads share the stack.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from payproof.sandbox.core.exchange import Request, SandboxError

if TYPE_CHECKING:
    from payproof.sandbox.core.journal import Entry
    from payproof.sandbox.core.sandbox import Sandbox

LOCK = threading.RLock()

STACK: list[Sandbox] = []
"""Every active sandbox, the innermost last."""

WATCHERS: list[Callable[[Sandbox], None]] = []
"""Called with every sandbox that becomes active, whoever made it."""

_MINE: contextvars.ContextVar[tuple[Sandbox, ...]] = contextvars.ContextVar("payproof_sandboxes", default=())

LAST: contextvars.ContextVar[Entry | None] = contextvars.ContextVar("payproof_last_entry", default=None)
"""The journal entry of the latest exchange of this thread or task."""


@contextlib.contextmanager
def same_last() -> Iterator[None]:
    """Keep `LAST` what it is, whatever exchanges happen inside: webhook handlers call the processor too."""
    entry = LAST.get()
    try:
        yield
    finally:
        LAST.set(entry)


def enter(box: Sandbox) -> None:
    """Make `box` the innermost active sandbox."""
    with LOCK:
        STACK.append(box)
    _MINE.set((*_MINE.get(), box))
    for watch in list(WATCHERS):
        watch(box)


def leave(box: Sandbox) -> None:
    """Take `box` out, wherever in the stack it is."""
    with LOCK:
        STACK[:] = [other for other in STACK if other is not box]
    _MINE.set(tuple(other for other in _MINE.get() if other is not box))


def candidates() -> list[Sandbox]:
    """Return the active sandboxes, those of this thread or task first, innermost first."""
    stack = list(STACK)
    if len(stack) < 2:
        return stack
    mine = [box for box in reversed(_MINE.get()) if any(box is other for other in stack)]
    return mine + [box for box in reversed(stack) if not any(box is other for other in mine)]


def current() -> Sandbox:
    """Return the innermost active sandbox. Raises `SandboxError` when none is active."""
    found = candidates()
    if not found:
        raise SandboxError("no sandbox is active; use the fixture, or `with StripeSandbox() as box:`")
    return found[0]


def imitating(host: str, headers: Mapping[str, str]) -> Sandbox | None:
    """Return the sandbox that a request to `host` belongs to: the one that owns its API key, else the innermost."""
    found = [box for box in candidates() if host in box.processor.hosts]
    if len(found) < 2:
        return found[0] if found else None
    for box in found:
        probe = Request("GET", host, "/", {}, headers, b"", "none", box.processor.name)
        if box.processor.credential(probe) in box.api_keys:
            return box
    return found[0]
