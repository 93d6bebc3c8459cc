"""The sandboxes of one test: started on demand, left together."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from payproof.sandbox import ProcessorSandbox, SandboxError
from payproof.sandbox.processors import sandbox_class


class Accounts:
    """Starts sandboxes of one processor for one test and leaves them all, newest first, when its block ends.

    What they complain about is raised then as one `SandboxError`, unless the test has `failed` already.
    """

    def __init__(self, processor: str, strict: bool, failed: Callable[[], bool]) -> None:
        self._kind = sandbox_class(processor)
        self._strict = strict
        self._failed = failed
        self._boxes: list[ProcessorSandbox] = []

    def make(self, **options: Any) -> ProcessorSandbox:
        """Start a sandbox; `options` are the keywords of its class. Further ones get ids and keys of their own."""
        number = len(self._boxes)
        if number:
            options = {"seed": number, **options}
        box = self._kind(**{"strict": self._strict, **options})
        box.__enter__()
        self._boxes.append(box)
        return box

    def __enter__(self) -> Accounts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        complaints: list[SandboxError] = []
        failure = error or (SandboxError("the test has failed") if self._failed() else None)
        for box in reversed(self._boxes):
            try:
                box.__exit__(type(failure) if failure else None, failure, None)
            except SandboxError as complaint:
                complaints.append(complaint)
        if len(complaints) == 1:
            raise complaints[0]
        if complaints:
            raise SandboxError("\n".join(str(complaint) for complaint in complaints))
