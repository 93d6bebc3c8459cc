"""The few lines that a test run prints about controls."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from payproof.masking import mask

MOST = 10
"""Lines of one sort beyond which only their number is told."""


def lines(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the processes of one test run have `told`: who spoke for and against what, who said nothing, and where."""
    usage = sorted({one["usage"] for one in told if "usage" in one})
    if usage:
        yield f"ERROR: {usage[0]}"
        return
    spoken = [entry for one in told for entry in one.get("spoken", ())]
    silent = [entry for one in told for entry in one.get("silent", ())]
    supporters = collections.Counter(control for control, stance, _ in spoken if stance == "for")
    if supporters:
        yield "for: " + ", ".join(f"{control} ({_tests(count)})" for control, count in sorted(supporters.items()))
    yield from _shortened(f"against: {control}: {test}" for control, stance, test in sorted(spoken) if stance == "against")
    yield from _shortened(f"nothing shown: {control}: {test}: {why}" for test, control, why in sorted(silent))
    yield from sorted({f"not recorded: {one['error']}" for one in told if one.get("error")})
    lost = sorted(one["lost"] for one in told if "lost" in one)
    if lost and (spoken or silent):
        yield f"lost: {', '.join(lost)} crashed, so what it recorded for a control will not count"
    yield from _where([one for one in told if one.get("segment")])


def _where(told: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    segments = sorted(one["segment"] for one in told)
    if not segments:
        return
    states = sorted({f"revision {one['revision']}, rules {one['rule_pack']}" for one in told})
    where = segments[0] if len(segments) == 1 else f"{len(segments)} segments in {segments[0].rpartition('/')[0]}"
    yield f"evidence: {where} ({'; '.join(states)})"


def _shortened(found: Iterable[str]) -> Iterator[str]:
    every = [mask(line) for line in found]
    yield from every[:MOST]
    if len(every) > MOST:
        yield f"... and {len(every) - MOST} more like these"


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"
