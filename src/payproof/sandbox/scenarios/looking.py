"""What a story can see of a sandbox: its objects, and what has happened since the story began."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.journal import Entry
from payproof.sandbox.core.outbox import Delivery, Event

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

Object = Mapping[str, Any]
NOTHING = object()
"""What `field` returns for a path that leads nowhere."""


class Since:
    """A sandbox seen from a moment on: from when this was made."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._entries = len(box.journal)
        self._events = len(box.outbox)
        self._deliveries = len(box.webhooks.sent)
        self._charged = _charged(box)
        self._known = {kind: frozenset(objects) for kind, objects in box.store.items()}

    def entries(self, on: str = "*") -> list[Entry]:
        """Return the requests that match `on`, oldest first."""
        entries = list(self._box.journal)[self._entries :]
        return [entry for entry in entries if fnmatch.fnmatchcase(entry.request.line, on)]

    def events(self) -> Sequence[Event]:
        """Return the events that happened, oldest first."""
        return self._box.outbox[self._events :]

    def deliveries(self) -> Sequence[Delivery]:
        """Return the attempts to deliver, oldest first, forged ones included."""
        return self._box.webhooks.sent[self._deliveries :]

    def made(self, kind: str) -> list[Object]:
        """Return the objects of a kind that were created, oldest first."""
        known = self._known.get(kind, frozenset())
        return [found for identifier, found in self._box.store.get(kind, {}).items() if identifier not in known]

    def charges(self) -> list[str]:
        """Return the ids of what took money. Raises `SandboxError` when the sandbox cannot tell."""
        return [identifier for identifier in _charged(self._box) if identifier not in self._charged]


def _charged(box: Sandbox) -> list[str]:
    verb = getattr(box, "charges_for", None)
    return [str(charge["id"]) for charge in verb()] if verb is not None else []


def newest(box: Sandbox, kind: str, wanted: Callable[[Object], bool] = lambda found: True) -> Object | None:
    """Return the newest object of a kind that is `wanted`."""
    return next((found for found in reversed(box.store.get(kind, {}).values()) if wanted(found)), None)


def field(found: Any, path: str) -> Any:
    """Return what the dotted `path` leads to, or `NOTHING`; a number picks from a list."""
    for name in path.split("."):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return NOTHING
    return found


def shown(value: Any) -> str:
    """Return a value for a message."""
    if value is NOTHING:
        return "nothing"
    return value["object"] if isinstance(value, Mapping) and "object" in value else repr(value)


def status_of(kind: str, found: Object) -> str:
    """Return `payment_intent pi_1, which is succeeded` for a message."""
    return f"{kind} {found.get('id')}, which is {found.get('status')}"


def asked(since: Since, most: int = 10) -> str:
    """Return what the application asked of the sandbox, for a message."""
    lines = [str(entry) for entry in since.entries()]
    if not lines:
        return "The application asked nothing"
    left_out = f"{len(lines) - most} earlier ones, " if len(lines) > most else ""
    return f"The application asked: {left_out}{'; '.join(lines[-most:])}"
