"""Reads a ledger: every segment, with what is wrong with it."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterator
from typing import Any

from payproof.ledger.records import START, RecordError, chain, evidence_of, parse
from payproof.ledger.segments import SUFFIX
from payproof.model import Evidence, Stance

LARGEST = 64_000_000
"""Bytes beyond which a segment is not read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What a ledger holds.

    `evidence` leaves out what spoke *for* a control in a damaged segment; what spoke against one is kept. `problems` has
    one line for everything that is wrong, each beginning with the segment's name. `segments` counts the files met.
    """

    evidence: tuple[Evidence, ...] = ()
    problems: tuple[str, ...] = ()
    segments: int = 0


def read(folder: pathlib.Path) -> Reading:
    """Return what the segments in `folder` hold, in order of their names; a folder that is not there holds nothing."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
    except FileNotFoundError:
        return Reading()
    except OSError as error:
        return Reading(problems=(f"{folder.name}: cannot be read: {error.strerror or error}",))
    evidence: list[Evidence] = []
    problems: list[str] = []
    for path in paths:
        found, wrong = read_segment(path)
        evidence += found
        problems += wrong
    return Reading(tuple(evidence), tuple(problems), len(paths))


def read_segment(path: pathlib.Path) -> tuple[list[Evidence], list[str]]:
    """Return the evidence of one segment that counts, and what is wrong with the segment."""
    try:
        if path.stat().st_size > LARGEST:
            return [], [f"{path.name}: is larger than {LARGEST:,} bytes; nothing of it counts"]
        data = path.read_bytes()
    except OSError as error:
        return [], [f"{path.name}: cannot be read: {error.strerror or error}; nothing of it counts"]
    audit = _Audit()
    for number, line in enumerate(data.splitlines(), start=1):
        audit.take(number, line)
    problems = [f"{path.name}{problem}" for problem in audit.finish()]
    if not problems:
        return audit.evidence, []
    against = [piece for piece in audit.evidence if piece.stance is Stance.AGAINST]
    dropped = len(audit.evidence) - len(against)
    return against, [*problems, f"{path.name}: damaged, so {dropped} of its statements for a control are set aside"]


class _Audit:
    """Walks through the lines of one segment and follows its chain."""

    def __init__(self) -> None:
        self.evidence: list[Evidence] = []
        self._problems: list[str] = []
        self._head = START
        self._count = 0
        self._sealed = False

    def take(self, number: int, line: bytes) -> None:
        self._problems += (f":{number}: {problem}" for problem in self._wrong_with(line))

    def finish(self) -> list[str]:
        """Return all problems; the first of a cut file is that its seal is missing."""
        return self._problems if self._sealed else [*self._problems, ": has no seal: its writer crashed, or its end was cut off"]

    def _wrong_with(self, line: bytes) -> Iterator[str]:
        if self._sealed:
            yield "stands after the seal"
        try:
            record = parse(line)
        except RecordError as error:
            yield f"{error}"
            return
        if "seal" in record:
            yield from self._wrong_with_seal(record["seal"])
            return
        self.evidence.append(evidence_of(record))
        self._count += 1
        digest = chain(self._head, {name: value for name, value in record.items() if name != "chain"})
        if digest != record["chain"]:
            yield "was changed, or a line before it was changed, removed or moved"
        # Going on from what the line says names one change once, and not every line after it.
        self._head = record["chain"]

    def _wrong_with_seal(self, seal: dict[str, Any]) -> Iterator[str]:
        self._sealed = True
        if seal["count"] != self._count:
            yield f"the seal counts {seal['count']} statements, the segment holds {self._count}"
        if seal["head"] != self._head:
            yield "the seal does not fit the line before it"
