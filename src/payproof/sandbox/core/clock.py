"""One clock for objects, key retention, retries and dunning: it starts at the application's time and moves only when told."""

from __future__ import annotations

import contextlib
import dataclasses
import heapq
import itertools
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from payproof.sandbox.core.exchange import SandboxError

DAY, HOUR, MINUTE = 86_400, 3_600, 60


@dataclasses.dataclass(order=True, slots=True)
class Task:
    """Work that is due at `when`; tasks of one second run in the order in which they were scheduled."""

    when: int
    order: int
    work: Callable[[], object] = dataclasses.field(compare=False)
    cancelled: bool = dataclasses.field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget the work; nothing happens when it has run."""
        self.cancelled = True


class Clock:
    """Seconds since the epoch, as the sandbox counts them.

    It takes the application's `time.time()` when it is first read (so a test that freezes time after the sandbox was made
    is followed) and stands still until `advance`. `lock` is held while a task runs.
    """

    def __init__(self, start: int | None = None, lock: AbstractContextManager[object] | None = None) -> None:
        self._now = start
        self._lock = lock if lock is not None else contextlib.nullcontext()
        self._tasks: list[Task] = []
        self._order = itertools.count()
        self.on_advance: list[Callable[[], object]] = []
        """Called, without the lock, after every advance."""

    def now(self) -> int:
        """Return the present second."""
        if self._now is None:
            self._now = int(time.time())
        return self._now

    def start_at(self, second: int) -> None:
        """Begin at `second` instead of the application's time. Raises `SandboxError` when the clock has been read already."""
        if self._now is not None:
            raise SandboxError(f"the sandbox clock already stands at {self._now}; it can only be advanced")
        self._now = second

    def at(self, when: int, work: Callable[[], object]) -> Task:
        """Schedule `work` for the second `when`; it runs in the `advance` that reaches it.

        Raises `SandboxError` when `when` has passed.
        """
        if when < self.now():
            raise SandboxError(f"work was scheduled for {when}, but the sandbox clock already stands at {self.now()}")
        task = Task(int(when), next(self._order), work)
        heapq.heappush(self._tasks, task)
        return task

    def after(self, seconds: int, work: Callable[[], object]) -> Task:
        """Schedule `work` for `seconds` from now."""
        return self.at(self.now() + seconds, work)

    def due(self) -> tuple[Task, ...]:
        """Return what is scheduled, in the order in which it will run."""
        return tuple(sorted(task for task in self._tasks if not task.cancelled))

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> int:
        """Move forward, running what falls due in order, each task at its own second; return the new time.

        Work that a task schedules runs too when it falls due. When a task raises, the clock stays at that task's second.
        """
        by = days * DAY + hours * HOUR + minutes * MINUTE + seconds
        if by < 0:
            raise SandboxError(f"the sandbox clock moves only forward; it was told to move by {by:g} seconds")
        return self.advance_to(self.now() + int(by))

    def advance_to(self, when: int) -> int:
        """As `advance`, to the second `when`."""
        if when < self.now():
            raise SandboxError(f"the sandbox clock moves only forward; it stands at {self.now()} and was told to go to {when}")
        while self._tasks and self._tasks[0].when <= when:
            with self._lock:
                task = heapq.heappop(self._tasks)
                if task.cancelled:
                    continue
                self._now = max(self.now(), task.when)
                task.work()
        self._now = max(self.now(), when)
        for hook in list(self.on_advance):
            hook()
        return self.now()
