"""What a scan may say: for a control only when it looked everywhere and something holds, and fully only without doubt."""

from __future__ import annotations

import dataclasses

import pytest

from payproof.ledger.scans import evidence_of_scan
from payproof.model import (
    Confidence,
    Control,
    Evidence,
    Place,
    Rule,
    ScanResult,
    Severity,
    Site,
    Stance,
    Unread,
    Verdict,
    Waiver,
    Witness,
)

CONTROL = Control("idempotency-keys", "t", "p", "i", {}, (Witness.SCAN, Witness.TESTS))
OTHER = dataclasses.replace(CONTROL, id="webhook-authenticity")


def rule(name: str = "no-key", control: str = CONTROL.id) -> Rule:
    return Rule(name, "t", control, "idempotency", Severity.HIGH, Confidence.HIGH, (837,), (), "w", "f", "call", {}, "0.1.0")


def site(verdict: Verdict, line: int = 1, confidence: Confidence = Confidence.HIGH, **more: object) -> Site:
    found = Site("no-key", verdict, Place("shop.py", line), "m", Severity.HIGH, confidence)
    return dataclasses.replace(found, **more)  # type: ignore[arg-type]


HOLDS = site(Verdict.HOLDS)
VIOLATED = site(Verdict.VIOLATED, 2)
UNKNOWN = site(Verdict.UNKNOWN, 3)
WAIVED = site(Verdict.VIOLATED, 4, waiver=Waiver(("no-key",), Place("shop.py", 4), "Ann", "because"))
DOUBTFUL = site(Verdict.VIOLATED, 5, Confidence.LOW)


def result(*sites: Site, **more: object) -> ScanResult:
    found = ScanResult(sites, (rule(),), rule_pack="abc", revision="123")
    return dataclasses.replace(found, **more)  # type: ignore[arg-type]


def said(*sites: Site, **more: object) -> list[Evidence]:
    return evidence_of_scan(result(*sites, **more), [CONTROL, OTHER])


def test_a_holding_site_speaks_for_its_control() -> None:
    (piece,) = said(HOLDS, HOLDS)
    assert (piece.control, piece.witness, piece.stance, piece.full) == (CONTROL.id, Witness.SCAN, Stance.FOR, True)
    assert (piece.subject, piece.revision, piece.rule_pack, piece.place) == ("no-key", "123", "abc", None)
    assert piece.summary == "2 sites: 2 hold"
    assert piece.details == {"sites": 2, "hold": 2, "violated": 0, "doubtful": 0, "waived": 0, "unknown": 0}


def test_a_violated_site_speaks_against_and_says_where() -> None:
    (piece,) = said(HOLDS, VIOLATED, UNKNOWN, WAIVED, DOUBTFUL)
    assert (piece.stance, piece.place) == (Stance.AGAINST, VIOLATED.place)
    assert piece.summary == "5 sites: 1 hold, 1 violated, 1 violated with low confidence, 1 waived, 1 unknown"


def test_one_site_is_one_site() -> None:
    assert said(VIOLATED)[0].summary == "1 site: 1 violated"


def test_no_site_says_nothing() -> None:
    assert said() == []


@pytest.mark.parametrize("doubt", [UNKNOWN, WAIVED, DOUBTFUL, site(Verdict.HOLDS, 6, Confidence.LOW)])
def test_a_doubtful_site_allows_partial_at_most(doubt: Site) -> None:
    (piece,) = said(HOLDS, doubt)
    assert (piece.stance, piece.full) == (Stance.FOR, False)


@pytest.mark.parametrize("doubt", [UNKNOWN, WAIVED, DOUBTFUL])
def test_doubtful_sites_alone_say_nothing(doubt: Site) -> None:
    assert said(doubt) == []


def test_doubt_about_one_rule_weakens_the_other_rules_of_its_control() -> None:
    second = dataclasses.replace(HOLDS, rule="random-key")
    found = evidence_of_scan(result(DOUBTFUL, second, rules=(rule(), rule("random-key"))), [CONTROL])
    assert [(piece.subject, piece.full) for piece in found] == [("random-key", False)]


def test_doubt_about_one_control_weakens_no_other() -> None:
    second = dataclasses.replace(HOLDS, rule="unsigned")
    found = evidence_of_scan(result(DOUBTFUL, second, rules=(rule(), rule("unsigned", OTHER.id))), [CONTROL, OTHER])
    assert [(piece.control, piece.full) for piece in found] == [(OTHER.id, True)]


@pytest.mark.parametrize("change", [{"partial": True}, {"unread": (Unread("x.py", "is not UTF-8"),)}])
def test_who_did_not_look_everywhere_speaks_for_nothing_and_still_against(change: dict[str, object]) -> None:
    assert said(HOLDS, **change) == []
    assert [piece.stance for piece in said(HOLDS, VIOLATED, **change)] == [Stance.AGAINST]


def test_a_file_of_which_nothing_was_to_be_asked_weakens_nothing() -> None:
    assert said(HOLDS, unread=(Unread("logo.py", "is binary", matters=False),))[0].full


def test_rules_that_were_not_asked_weaken_and_are_named() -> None:
    pack = [rule(), rule("random-key"), rule("unsigned", OTHER.id)]
    (piece,) = evidence_of_scan(result(HOLDS), [CONTROL], pack)
    assert not piece.full
    assert piece.summary == "1 site: 1 hold; not asked: random-key"
    assert piece.details["not_asked"] == ["random-key"]
