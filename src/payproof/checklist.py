"""The checklist: controls and evidence become statuses. A pure function; silence is never a pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from payproof.model import Control, Evidence, Judgement, Stance, Status, Witness

NOT_VALID = "not_valid"
"""Key of `Evidence.details` under which a reader of evidence says why it does not count."""


def judge(controls: Iterable[Control], evidence: Iterable[Evidence], revision: str, rule_pack: str) -> tuple[Judgement, ...]:
    """Return a judgement of each control, in their order, by the evidence about `revision` gathered with `rule_pack`.

    *Broken* when anything counted speaks against; *shown* when every witness that the control asks for fully spoke for it;
    *partial* when something spoke for it; else *attest* where only people can speak, and *open* everywhere else. Evidence
    of another or an unknown revision or rule pack, and attestations that are not valid, are set aside with the reason.
    """
    pieces = tuple(evidence)
    return tuple(
        _judge(control, [piece for piece in pieces if piece.control == control.id], revision, rule_pack) for control in controls
    )


def _judge(control: Control, evidence: Sequence[Evidence], revision: str, rule_pack: str) -> Judgement:
    weighed = [(piece, _why_aside(piece, revision, rule_pack)) for piece in evidence]
    counted = tuple(piece for piece, why in weighed if not why)
    supporters = {piece.witness for piece in counted if piece.stance is Stance.FOR}
    return Judgement(
        control=control,
        status=_status(control, counted),
        evidence=counted,
        set_aside=tuple((piece, why) for piece, why in weighed if why),
        missing=tuple(witness for witness in control.witnesses if witness not in supporters),
    )


def _status(control: Control, counted: Sequence[Evidence]) -> Status:
    if any(piece.stance is Stance.AGAINST for piece in counted):
        return Status.BROKEN
    if not counted:
        return Status.ATTEST if set(control.witnesses) == {Witness.ATTESTATION} else Status.OPEN
    full = {piece.witness for piece in counted if piece.full}
    return Status.SHOWN if full.issuperset(control.witnesses) else Status.PARTIAL


def _why_aside(piece: Evidence, revision: str, rule_pack: str) -> str:
    """Return why a piece does not count, or `""` when it does."""
    if piece.details.get(NOT_VALID):
        return str(piece.details[NOT_VALID])
    if piece.witness is Witness.ATTESTATION:
        return ""  # People attest to how things are done, not to one state of the code.
    if not piece.revision or piece.revision != revision:
        return f"of another revision, {piece.revision or 'unknown'}"
    if not piece.rule_pack or piece.rule_pack != rule_pack:
        return f"gathered with another rule pack, {piece.rule_pack or 'unknown'}"
    return ""
