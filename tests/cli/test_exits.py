"""Exit codes mean what the docs say, and the worse one wins."""

from __future__ import annotations

import dataclasses

import pytest

from payproof.cli import codes, exits
from payproof.model import (
    Confidence,
    Control,
    Evidence,
    Judgement,
    Place,
    Report,
    Rule,
    ScanCounts,
    ScanResult,
    Severity,
    Site,
    Stance,
    Status,
    Unread,
    Verdict,
    Waiver,
    Witness,
)
from payproof.report.building import build

SITE = Site("rule", Verdict.VIOLATED, Place("a.py", 1), "m", Severity.MEDIUM, Confidence.HIGH)
RULE = Rule("rule", "t", "control", "retry", Severity.MEDIUM, Confidence.HIGH, (1,), (), "why", "fix", "call", {}, "0.1.0")
CONTROL = Control("control", "t", "p", "i", {}, (Witness.SCAN,))
SAID = Evidence("control", Witness.SCAN, Stance.AGAINST, "rule", "said", "revision", "pack")
BROKEN = Judgement(CONTROL, Status.BROKEN, (SAID,))
PARTIAL = Judgement(CONTROL, Status.PARTIAL, (SAID,))
OPEN = Judgement(CONTROL, Status.OPEN)
WAIVER = Waiver(("rule",), Place("a.py", 1), "dana", "because")


def scan_report(*sites: Site, files: int = 3, unread: tuple[Unread, ...] = (), waivers: tuple[Waiver, ...] = ()) -> Report:
    return Report(ScanResult(sites, (), waivers, unread, ScanCounts(files=files)))


@pytest.mark.parametrize(
    ("report", "fail_on", "code"),
    [
        (scan_report(), Severity.LOW, 0),
        (scan_report(dataclasses.replace(SITE, verdict=Verdict.UNKNOWN)), Severity.LOW, 0),
        (scan_report(SITE), Severity.LOW, 1),
        (scan_report(SITE), Severity.MEDIUM, 1),
        (scan_report(SITE), Severity.HIGH, 0),
        (scan_report(dataclasses.replace(SITE, waiver=WAIVER)), Severity.LOW, 0),
        (scan_report(waivers=(WAIVER,)), Severity.LOW, 0),
        (scan_report(waivers=(dataclasses.replace(WAIVER, problem="stale"),)), Severity.CRITICAL, 1),
        (scan_report(files=0), Severity.LOW, 3),
        (scan_report(unread=(Unread("b.py", "?", matters=False),)), Severity.LOW, 0),
        (scan_report(unread=(Unread("b.py", "?"),)), Severity.LOW, 3),
        (scan_report(SITE, unread=(Unread("b.py", "?"),)), Severity.LOW, 3),
        (Report(None), Severity.LOW, 3),
    ],
)
def test_scan(report: Report, fail_on: Severity, code: int) -> None:
    assert exits.of_scan(report, fail_on, exit_zero=False) == code
    assert exits.of_scan(report, fail_on, exit_zero=True) == (0 if code == codes.FOUND else code)


def test_hidden_findings_do_not_set_the_code() -> None:
    doubtful = ScanResult((dataclasses.replace(SITE, confidence=Confidence.LOW),), (RULE,), counts=ScanCounts(files=1))
    assert exits.of_scan(build(doubtful), Severity.LOW, exit_zero=False) == 0
    assert exits.of_scan(build(doubtful, pedantic=True), Severity.LOW, exit_zero=False) == 1


@pytest.mark.parametrize(
    ("fail_on", "required", "problems", "code"),
    [
        ((Status.BROKEN,), [], (), 1),
        ((Status.PARTIAL,), [], (), 1),
        ((), [], (), 0),
        ((), ["required: x"], (), 1),
        ((Status.BROKEN,), ["required: x"], ("segment: no seal",), 3),
    ],
)
def test_checklist(fail_on, required, problems, code: int) -> None:
    report = Report(None, (BROKEN, PARTIAL, OPEN), ledger_problems=problems)
    assert exits.of_checklist(report, fail_on, required, exit_zero=False) == code
    assert exits.of_checklist(report, fail_on, required, exit_zero=True) == (0 if code == codes.FOUND else code)


def test_a_checklist_without_evidence_looked_nowhere() -> None:
    assert exits.of_checklist(Report(None, (OPEN,)), (Status.BROKEN,), [], exit_zero=False) == 3
