"""A progress line on standard error, for scans that take long on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

PATIENCE = 1.0
"""Seconds before anything is shown."""

INTERVAL = 0.1
"""Seconds between two updates."""

BAR = 24


class Progress:
    """Called with what is done, the total and the current path; draws one line and takes it away in the end.

    On anything but a terminal that can clear a line it stays silent. `clock` gives seconds.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._silent = not self._stream.isatty() or os.environ.get("TERM") == "dumb"
        self._next = clock() + PATIENCE
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._drawn:
            self._put("")

    def __call__(self, done: int, total: int, path: str) -> None:
        """Note that `done` of `total` files are read, the last one being `path`."""
        now = self._clock()
        if self._silent or now < self._next:
            return
        self._next = now + INTERVAL
        self._drawn = True
        filled = BAR * done // total if total else 0
        self._put(f"[{'#' * filled}{'.' * (BAR - filled)}] {done}/{total} files")

    def _put(self, line: str) -> None:
        self._stream.write(f"\r\x1b[2K{line}")
        self._stream.flush()
