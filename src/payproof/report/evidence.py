"""Evidence as a reader wants it: each statement once, and what was set aside in few words."""

from __future__ import annotations

import collections
import dataclasses
import json

from payproof.model import Evidence, Judgement
from payproof.report.plain_data import to_plain


@dataclasses.dataclass(frozen=True, slots=True)
class Aside:
    """Statements that were set aside for one reason: all of them counted, the first of them as an example."""

    count: int
    why: str
    example: Evidence


def stance_of(evidence: Evidence) -> str:
    """Return `for`, `for in part` (it allows *partial* at most) or `against`."""
    return evidence.stance.value + ("" if evidence.full else " in part")


def said_once(judgement: Judgement) -> Judgement:
    """Return the judgement without statements that differ from an earlier one only in when they were recorded."""
    evidence = {_identity(piece): piece for piece in reversed(judgement.evidence)}
    aside = {(_identity(piece), why): (piece, why) for piece, why in reversed(judgement.set_aside)}
    return dataclasses.replace(judgement, evidence=tuple(reversed(evidence.values())), set_aside=tuple(reversed(aside.values())))


def _identity(evidence: Evidence) -> str:
    return json.dumps(to_plain(dataclasses.replace(evidence, recorded="")), sort_keys=True)


def asides(judgement: Judgement) -> tuple[Aside, ...]:
    """Return what was set aside, joined by witness, stance and reason.

    A ledger keeps what was said of every earlier revision, so single statements of those would drown the rest. What a
    reason says after its first comma names one revision or rule pack, and does not keep statements apart.
    """
    groups: dict[tuple[object, ...], list[tuple[Evidence, str]]] = collections.defaultdict(list)
    for piece, why in judgement.set_aside:
        groups[piece.witness, piece.stance, why.partition(",")[0]].append((piece, why))
    return tuple(
        Aside(len(pieces), pieces[0][1] if len(pieces) == 1 else reason, pieces[0][0])
        for (_, _, reason), pieces in groups.items()
        if isinstance(reason, str)
    )
