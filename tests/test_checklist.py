"""The checklist's laws: nothing outweighs evidence against, silence is never a pass, and more support never harms."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payproof.checklist import NOT_VALID, judge
from payproof.model import Control, Evidence, Judgement, Stance, Status, Witness

REVISION, PACK = "r1", "p1"
WITNESSES = (Witness.SCAN, Witness.TESTS, Witness.ATTESTATION)
ORDER = {Status.OPEN: 0, Status.ATTEST: 0, Status.PARTIAL: 1, Status.SHOWN: 2}


def control(*witnesses: Witness, name: str = "money-exact") -> Control:
    return Control(name, "title", "promise", "item", {}, witnesses)


def piece(witness: Witness, stance: Stance = Stance.FOR, full: bool = True, **more: object) -> Evidence:
    found = Evidence("money-exact", witness, stance, "subject", "summary", REVISION, PACK, full)
    return dataclasses.replace(found, **more)  # type: ignore[arg-type]


def judged(asked: Control, *evidence: Evidence) -> Judgement:
    (judgement,) = judge([asked], evidence, REVISION, PACK)
    return judgement


controls = st.lists(st.sampled_from(WITNESSES), min_size=1, unique=True).map(lambda witnesses: control(*witnesses))
supports = st.builds(piece, st.sampled_from((*WITNESSES, Witness.COVERAGE)), st.just(Stance.FOR), st.booleans())
pieces = st.builds(
    piece,
    st.sampled_from((*WITNESSES, Witness.COVERAGE)),
    st.sampled_from(Stance),
    st.booleans(),
    revision=st.sampled_from([REVISION, "r2", ""]),
    rule_pack=st.sampled_from([PACK, "p2", ""]),
    control=st.sampled_from(["money-exact", "sdk-current"]),
    details=st.sampled_from([{}, {NOT_VALID: "expired on 2020-01-01"}]),
)


@given(controls, st.lists(supports), st.sampled_from(WITNESSES), st.data())
def test_evidence_against_breaks_wherever_it_stands(
    asked: Control, others: list[Evidence], witness: Witness, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(others)))
    evidence = [*others[:place], piece(witness, Stance.AGAINST), *others[place:]]
    assert judged(asked, *evidence).status is Status.BROKEN


@given(controls, st.lists(pieces))
def test_silence_is_never_a_pass(asked: Control, evidence: list[Evidence]) -> None:
    judgement = judged(asked, *evidence)
    if not judgement.evidence:
        assert judgement.status is (Status.ATTEST if asked.witnesses == (Witness.ATTESTATION,) else Status.OPEN)
        assert judgement.missing == asked.witnesses


@given(controls, st.lists(supports), supports)
def test_more_support_never_lowers_a_status(asked: Control, evidence: list[Evidence], more: Evidence) -> None:
    assert ORDER[judged(asked, *evidence, more).status] >= ORDER[judged(asked, *evidence).status]


@given(controls, st.lists(pieces))
def test_every_piece_is_counted_or_set_aside_with_a_reason(asked: Control, evidence: list[Evidence]) -> None:
    judgement = judged(asked, *evidence)
    own = [piece for piece in evidence if piece.control == asked.id]
    assert len(judgement.evidence) + len(judgement.set_aside) == len(own)
    assert all(why for _, why in judgement.set_aside)


@given(controls, st.lists(pieces), st.randoms())
def test_the_order_of_evidence_does_not_matter(asked: Control, evidence: list[Evidence], random: object) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judged(asked, *shuffled).status is judged(asked, *evidence).status


@given(controls, st.lists(pieces))
def test_shown_needs_a_full_word_of_every_witness_asked(asked: Control, evidence: list[Evidence]) -> None:
    judgement = judged(asked, *evidence)
    if judgement.status is Status.SHOWN:
        assert judgement.missing == ()
        assert {one.witness for one in judgement.evidence if one.full} >= set(asked.witnesses)


SCAN_AND_TESTS = control(Witness.SCAN, Witness.TESTS)


@pytest.mark.parametrize(
    ("asked", "evidence", "status", "missing"),
    [
        (SCAN_AND_TESTS, [], Status.OPEN, (Witness.SCAN, Witness.TESTS)),
        (SCAN_AND_TESTS, [piece(Witness.SCAN)], Status.PARTIAL, (Witness.TESTS,)),
        (SCAN_AND_TESTS, [piece(Witness.SCAN), piece(Witness.TESTS)], Status.SHOWN, ()),
        (SCAN_AND_TESTS, [piece(Witness.SCAN, full=False), piece(Witness.TESTS)], Status.PARTIAL, ()),
        (SCAN_AND_TESTS, [piece(Witness.ATTESTATION)], Status.PARTIAL, (Witness.SCAN, Witness.TESTS)),
        (SCAN_AND_TESTS, [piece(Witness.SCAN), piece(Witness.TESTS, Stance.AGAINST)], Status.BROKEN, (Witness.TESTS,)),
        (control(Witness.ATTESTATION), [], Status.ATTEST, (Witness.ATTESTATION,)),
        (control(Witness.ATTESTATION), [piece(Witness.ATTESTATION, revision="", rule_pack="")], Status.SHOWN, ()),
        (control(Witness.SCAN, Witness.ATTESTATION), [], Status.OPEN, (Witness.SCAN, Witness.ATTESTATION)),
    ],
)
def test_statuses(asked: Control, evidence: list[Evidence], status: Status, missing: tuple[Witness, ...]) -> None:
    judgement = judged(asked, *evidence)
    assert (judgement.status, judgement.missing) == (status, missing)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"revision": "r2"}, "of another revision, r2"),
        ({"revision": ""}, "of another revision, unknown"),
        ({"rule_pack": "p2"}, "gathered with another rule pack, p2"),
        ({"rule_pack": ""}, "gathered with another rule pack, unknown"),
        ({"details": {NOT_VALID: "expired on 2026-01-01"}}, "expired on 2026-01-01"),
    ],
)
def test_what_does_not_count_is_set_aside_with_the_reason(change: dict[str, object], why: str) -> None:
    aside = piece(Witness.SCAN, Stance.AGAINST, **change)
    judgement = judged(SCAN_AND_TESTS, aside, piece(Witness.TESTS))
    assert judgement.set_aside == ((aside, why),)
    assert judgement.status is Status.PARTIAL


def test_an_unknown_revision_matches_no_unknown_revision() -> None:
    (judgement,) = judge([SCAN_AND_TESTS], [piece(Witness.SCAN, revision="")], "", PACK)
    assert judgement.status is Status.OPEN


def test_judgements_keep_the_order_of_the_controls() -> None:
    asked = [control(Witness.SCAN, name=name) for name in ("b-control", "a-control")]
    assert [judgement.control.id for judgement in judge(asked, [], REVISION, PACK)] == ["b-control", "a-control"]
