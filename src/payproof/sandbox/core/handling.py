"""How one request is handled: guards, faults, admission, idempotency, locks, execution, and the faults after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from payproof.sandbox.core import active, guard
from payproof.sandbox.core.exchange import Answer, ConnectionLost, Refused, Request, SandboxError, TimedOut, TransportFailure
from payproof.sandbox.core.faults import BEFORE, NEED_EXECUTION
from payproof.sandbox.core.holding import Held
from payproof.sandbox.core.idempotency import KeyStore
from payproof.sandbox.core.journal import Entry

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

BROKEN_BODY = b'{"id": "'
"""What a `malformed` answer consists of: JSON that stops short."""


class Handler:
    """Takes the requests of one sandbox through its processor. The caller holds the sandbox's lock."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._keys = KeyStore()
        self._policy = box.processor.idempotency()
        self.entry: Entry | None = None
        """The journal entry of the request that is executing."""

    def begin(self, request: Request) -> Held:
        """Take a request as far as the moment before its execution."""
        box = self._box
        key = box.processor.idempotency_key(request)
        entry = Entry(len(box.journal) + 1, box.clock.now(), guard.masked(request), idempotency_key=key)
        box.journal.append(entry)
        active.LAST.set(entry)
        held = Held(request, entry)
        with self._remembering(held):
            self._check(request)
            held.plan = box.faults.take(request)
            entry.fault = held.plan.kind if held.plan else None
            held.answer = self._struck(held) if entry.fault in BEFORE else self._stopped(held)
            if held.answer is not None and held.plan and entry.fault in NEED_EXECUTION:
                # The fault belongs to an execution; it waits for one.
                held.plan.give_back()
                held.plan, entry.fault = None, None
        return held

    def park(self, held: Held) -> None:
        """Leave a request in flight. Raises `TimedOut` for the application."""
        self._box.parked.append(held)
        held.entry.failure = f"{held.request.line}: timed out; the request stays in flight"
        raise TimedOut(held.entry.failure, executed=False)

    def finish(self, held: Held) -> Answer:
        """Execute a request that has begun and return its answer."""
        box = self._box
        with self._remembering(held):
            answer = held.answer if held.answer is not None else self._executed(held)
            answer = box.processor.decorate(held.request, answer.frozen(), box).frozen()
            self._lost(held)
            if held.entry.fault == "slow":
                held.entry.seconds = box.faults.slow_for
            if held.entry.fault == "malformed":
                answer = Answer(200, BROKEN_BODY, answer.headers)
            if not held.entry.failure:
                held.entry.answer = answer
            return answer

    def _check(self, request: Request) -> None:
        processor = self._box.processor
        guard.check_live(request, processor.live(request))
        if not self._box.allow_raw_cards:
            guard.check_cards(request)

    def _struck(self, held: Held) -> Answer:
        kind = held.entry.fault or ""
        line = held.request.line
        if kind == "lost-before":
            raise ConnectionLost(f"{line}: the connection broke before the request arrived", executed=False)
        if kind == "reset":
            raise ConnectionLost(f"{line}: connection reset by peer before the request arrived", executed=False)
        if kind == "timeout-before":
            raise TimedOut(f"{line}: timed out before the request arrived", executed=False)
        return self._box.processor.fault_answer(kind, held.request)

    def _stopped(self, held: Held) -> Answer | None:
        """Return the answer of a request that must not be executed: refused, repeated, in conflict."""
        box, request = self._box, held.request
        try:
            box.processor.admit(request, box)
        except Refused as refusal:
            return refusal.answer
        key = held.entry.idempotency_key
        if key is not None:
            found = self._keys.look(self._policy, request, key, box)
            if found is not None:
                answer, held.entry.replayed = found
                return answer
        if box.parked or held.entry.fault == "held":
            held.locks = box.processor.locks(request, box)
            if any(held.locks & other.locks for other in box.parked):
                return box.processor.fault_answer("lock-timeout", request)
        if key is not None:
            held.key = key
            self._keys.start(self._policy, request, key)
        return None

    def _executed(self, held: Held) -> Answer:
        entry = held.entry
        entry.executed = True
        before, self.entry = self.entry, entry
        try:
            answer = self._outcome(held)
        except Refused as refusal:
            answer = refusal.answer
            entry.executed = refusal.executed
        finally:
            self.entry = before
        answer = answer.frozen()
        if held.key is None:
            return answer
        if entry.executed and (self._policy.keeps_failures or entry.fault != "500-during"):
            self._keys.keep(self._policy, held.request, held.key, answer, self._box.clock.now(), entry.number)
        else:
            self._keys.release(self._policy, held.request, held.key)
        return answer

    def _outcome(self, held: Held) -> Answer:
        processor, request = self._box.processor, held.request
        if held.entry.fault == "500-during":
            return processor.fault_answer("500-during", request)
        answer = processor.execute(request, self._box)
        return processor.fault_answer("500-after", request) if held.entry.fault == "500-after" else answer

    def _lost(self, held: Held) -> None:
        line = held.request.line
        if held.entry.fault == "lost-after":
            raise ConnectionLost(f"{line}: the connection broke before the answer arrived", executed=True)
        if held.entry.fault == "timeout-after":
            raise TimedOut(f"{line}: timed out before the answer arrived", executed=True)

    @contextlib.contextmanager
    def _remembering(self, held: Held) -> Iterator[None]:
        try:
            yield
        except TransportFailure as failure:
            held.entry.failure = str(failure)
            raise
        except SandboxError as error:
            held.entry.failure = str(error)
            self._give_up(held)
            self._box.problem(str(error))
            raise
        except BaseException as error:
            held.entry.failure = f"the sandbox itself failed with {type(error).__name__}"
            self._give_up(held)
            raise

    def _give_up(self, held: Held) -> None:
        if held.key is not None:
            self._keys.release(self._policy, held.request, held.key)
