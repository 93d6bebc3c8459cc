"""Requests parked between their beginning and their end, so that conflicts are reached without threads."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from payproof.sandbox.core.exchange import Answer, Request, SandboxError
from payproof.sandbox.core.faults import Plan
from payproof.sandbox.core.journal import Entry

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


@dataclasses.dataclass(slots=True, eq=False)
class Held:
    """A request that has begun. `answer` is set when it will not be executed (a refusal, a replay, a fault)."""

    request: Request
    entry: Entry
    answer: Answer | None = None
    key: str | None = None
    plan: Plan | None = None
    locks: frozenset[str] = frozenset()


class Hold:
    """What `Sandbox.hold` returns: finishes the request that got parked."""

    def __init__(self, box: Sandbox, plan: Plan) -> None:
        self._box = box
        self._plan = plan

    @property
    def request(self) -> Request:
        """The parked request, masked. Raises `SandboxError` when none is parked."""
        return self._held().entry.request

    def finish(self) -> Answer:
        """Execute the parked request now and return the answer that nobody waits for any more."""
        held = self._held()
        with self._box.acting():
            return self._box.finish(held)

    def _held(self) -> Held:
        found = [held for held in self._box.parked if held.plan is self._plan]
        if not found:
            raise SandboxError(f"no request is parked; {self._plan.on or 'any call'} was to be held and was not asked for")
        return found[0]
