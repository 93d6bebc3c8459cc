"""The journal: everything a sandbox was asked and answered, in order, without secrets."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any

from payproof.sandbox.core.exchange import Answer, Request


@dataclasses.dataclass(frozen=True, slots=True)
class Effect:
    """An object that was created or changed."""

    kind: str
    id: str


@dataclasses.dataclass(slots=True)
class Entry:
    """One request and what became of it.

    `request` is masked: credentials, card numbers and CVCs are not in it. `answer` is what the application was answered, None
    when it got none (`failure` then says why). `executed` is true when this very request ran; a replay did not. `fault` is
    the planned fault that struck. `effects` lists the ids of objects that this request created or changed, `touched` the
    same with their kinds. `backoff` holds the seconds that an SDK would have waited after this answer before trying again,
    `seconds` how long the answer took.
    """

    number: int
    at: int
    request: Request
    answer: Answer | None = None
    idempotency_key: str | None = None
    replayed: bool = False
    executed: bool = False
    fault: str | None = None
    failure: str = ""
    backoff: float | None = None
    seconds: float = 0
    touched: list[Effect] = dataclasses.field(default_factory=list)

    @property
    def effects(self) -> list[str]:
        """Ids created or changed, in order."""
        return [effect.id for effect in self.touched]

    @property
    def status(self) -> int | None:
        """HTTP status of the answer."""
        return self.answer.status if self.answer else None

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters of the request."""
        return self.request.params

    def __str__(self) -> str:
        outcome = str(self.status) if self.answer else self.failure or "held"
        marks = "".join(
            f" {mark}" for mark in ("replayed" if self.replayed else "", self.fault and f"fault {self.fault}") if mark
        )
        return f"#{self.number} {self.request.line} -> {outcome}{marks}"


class Journal:
    """A list of entries, oldest first, with questions to it."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self.outside: list[Effect] = []
        """Objects changed by no request: by a verb of the sandbox or by work that the clock ran."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def append(self, entry: Entry) -> None:
        """Add the newest entry."""
        self._entries.append(entry)

    def requests(self, method: str | None = None, path: str | None = None, **params: Any) -> list[Entry]:
        """Return the entries of that method and path (a glob, `"/v1/payment_intents*"`) whose parameters have these values."""
        return [
            entry
            for entry in self._entries
            if (method is None or entry.request.method == method.upper())
            and (path is None or fnmatch.fnmatchcase(entry.request.path, path))
            and all(str(entry.request.params.get(name)) == str(value) for name, value in params.items())
        ]

    def effects(self, kind: str | None = None) -> list[str]:
        """Return the ids of objects created or changed (of one kind), each once, in order of their first change."""
        every = [effect for entry in self._entries for effect in entry.touched] + self.outside
        return list(dict.fromkeys(effect.id for effect in every if kind in (None, effect.kind)))

    def keys(self, path: str | None = None) -> list[str | None]:
        """Return the idempotency keys of the requests to `path`, one for each request."""
        return [entry.idempotency_key for entry in self.requests(path=path)]

    def text(self) -> str:
        """Return one line for each entry."""
        return "\n".join(str(entry) for entry in self._entries)
