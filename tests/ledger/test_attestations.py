"""Attestations: signed by name and for a time; a mistake in the file is named, and one that ran out does not count."""

from __future__ import annotations

import datetime
import pathlib

import pytest

from payproof import checklist
from payproof.catalogue import load_controls
from payproof.documents import DocumentError
from payproof.ledger.attestations import FILE, read_attestations
from payproof.model import Evidence, Status, Witness

CONTROLS = load_controls()
TODAY = datetime.date(2026, 11, 20)
GOOD = """\
attestations:
  - control: incidents-prepared
    name: Ann Example
    role: head of payments
    date: 2026-11-01
    expires: 2027-11-01
    statement: The plan was rehearsed in October.
"""


def read(root: pathlib.Path, text: str) -> list[Evidence]:
    (root / FILE).write_text(text)
    return read_attestations(root, CONTROLS, TODAY)


def status(evidence: list[Evidence]) -> Status:
    judgements = checklist.judge(CONTROLS, evidence, "rev", "pack")
    return next(one.status for one in judgements if one.control.id == "incidents-prepared")


def test_a_signed_promise_shows_what_only_people_can_show(tmp_path: pathlib.Path) -> None:
    evidence = read(tmp_path, GOOD)
    (piece,) = evidence
    assert (piece.witness, piece.subject, piece.recorded) == (Witness.ATTESTATION, "Ann Example, head of payments", "2026-11-01")
    assert piece.summary == "The plan was rehearsed in October. (until 2027-11-01)"
    assert status(evidence) is Status.SHOWN
    assert status([]) is Status.ATTEST


def test_no_file_attests_nothing(tmp_path: pathlib.Path) -> None:
    assert read_attestations(tmp_path, CONTROLS, TODAY) == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("2027-11-01", "2026-11-19", "expired on 2026-11-19"),
        ("2026-11-01", "2026-11-21", "dated 2026-11-21, which is still to come"),
    ],
)
def test_what_is_not_valid_today_is_set_aside_with_the_reason(tmp_path: pathlib.Path, old: str, new: str, why: str) -> None:
    evidence = read(tmp_path, GOOD.replace(old, new))
    assert status(evidence) is Status.ATTEST
    (judgement,) = (one for one in checklist.judge(CONTROLS, evidence, "rev", "pack") if one.set_aside)
    assert judgement.set_aside == ((evidence[0], why),)


def test_an_attestation_counts_on_its_last_day(tmp_path: pathlib.Path) -> None:
    assert status(read(tmp_path, GOOD.replace("2027-11-01", "2026-11-20"))) is Status.SHOWN


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("incidents-prepared", "incident-prepared", "unknown control 'incident-prepared'; did you mean 'incidents-prepared'?"),
        ("2026-11-01", "2026-02-30", "the attestation for incidents-prepared: 2026-02-30 is not a day of the calendar"),
        ("2027-11-01", "2026-11-01", r"the attestation for incidents-prepared ends \(2026-11-01\) before it begins"),
        ("    expires: 2027-11-01\n", "", ":2: the key 'expires' is missing"),
        ("    role:", "    rol:", ":4: unknown key 'rol' in attestations.0; did you mean 'role'"),
        ("The plan was rehearsed in October.", "yes", "'yes' is too short|expected string"),
    ],
)
def test_a_mistake_is_named(tmp_path: pathlib.Path, old: str, new: str, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert FILE in str(caught.value)
