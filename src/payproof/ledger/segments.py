"""Writes segments: each process its own file, line by line, so that what a crash leaves behind can still be read."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import secrets
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

from payproof.ledger.records import START, evidence_line, seal_line
from payproof.model import Evidence, PayproofError

SUFFIX = ".jsonl"

# Bound early: an application's tests may freeze the clock, and evidence is recorded between them.
_gmtime = time.gmtime
_time = time.time


class LedgerError(PayproofError):
    """The ledger cannot be written; the text names the folder and the reason."""


class Segment:
    """One file of evidence in the making. The file appears with the first evidence; `close` seals it.

    A context manager that seals when its block ends without an exception. Raises `LedgerError` when the file cannot be
    written.
    """

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self._folder = folder
        self._name = f"{name}-{secrets.token_hex(8)}{SUFFIX}"
        self._file: TextIO | None = None
        self._head = START
        self.count = 0
        """Pieces of evidence written so far."""

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.close()
        elif self._file is not None:
            self._file.close()

    @property
    def path(self) -> pathlib.Path:
        """Where the segment is written to."""
        return self._folder / self._name

    def write(self, evidence: Evidence) -> None:
        """Add one piece of evidence; `recorded` becomes now (UTC) when it is empty."""
        stamped = evidence if evidence.recorded else dataclasses.replace(evidence, recorded=_now())
        line, self._head = evidence_line(stamped, self._head)
        self._put(line)
        self.count += 1

    def close(self) -> pathlib.Path | None:
        """Seal the segment and return its path, or None when it holds no evidence, so that there is no file."""
        if self._file is None:
            return None
        self._put(seal_line(self.count, self._head))
        self._file.close()
        return self.path

    def _put(self, line: str) -> None:
        try:
            if self._file is None:
                prepare(self._folder)
                self._file = self.path.open("x", encoding="utf-8", newline="\n")
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise LedgerError(f"the ledger {self._folder} cannot be written: {error.strerror or error}") from None


def write(folder: pathlib.Path, name: str, evidence: Iterable[Evidence]) -> pathlib.Path | None:
    """Write one sealed segment and return its path, or None when there is no evidence to write.

    `name` begins the file's name and says who speaks, such as `scan`. Raises `LedgerError`.
    """
    segment = Segment(folder, name)
    for piece in evidence:
        segment.write(piece)
    return segment.close()


def prepare(folder: pathlib.Path) -> None:
    """Create the ledger's folder, with a `.gitignore` that keeps it (or the `.payproof/` around it) out of git."""
    folder.mkdir(parents=True, exist_ok=True)
    home = folder.parent if folder.parent.name == ".payproof" else folder
    try:
        descriptor = os.open(home / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("# Written by payproof: what lies here is made anew by scans and tests.\n*\n")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", _gmtime(_time()))
