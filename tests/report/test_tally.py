"""The sentences of a report: what was asked, what was found, what was set aside; never that all is well."""

from __future__ import annotations

import dataclasses

import pytest

from payproof.model import Report, ScanCounts, ScanResult, Unread, Verdict
from payproof.report.building import build
from payproof.report.tally import headline, notes, number_of, tallies


def without_findings(scan: ScanResult) -> ScanResult:
    return dataclasses.replace(scan, sites=tuple(site for site in scan.sites if site.verdict is not Verdict.VIOLATED), unread=())


def test_tally_speaks_of_every_site(scan_report: Report) -> None:
    assert {tally.rule.id: str(tally) for tally in tallies(scan_report)} == {
        "card-data-in-log": "1 site: 0 hold, 1 violated, 0 unknown",
        "charge-without-key": "6 sites: 2 hold, 3 violated (1 waived, 1 hidden), 1 unknown",
        "secret-in-source": "no site",
    }


def test_headline_names_findings_by_severity(scan_report: Report) -> None:
    assert headline(scan_report) == (
        "2 findings (1 critical, 1 high): 3 rules asked of 212 files, 2 sites hold, 1 unknown; 1 file that matters not read"
    )


def test_headline_without_findings_says_what_was_asked(scan: ScanResult) -> None:
    assert headline(build(without_findings(scan))) == "no findings: 3 rules asked of 212 files, 2 sites hold, 1 unknown"


def test_headline_without_payment_code(scan: ScanResult) -> None:
    empty = dataclasses.replace(without_findings(scan), sites=(), payment_code=False)
    assert headline(build(empty)) == "no payment code here: 3 rules asked of 212 files, no site found"


def test_headline_of_nothing() -> None:
    assert headline(build(ScanResult((), ()))) == "nothing to scan: no file found"
    assert headline(build(None)) == "nothing to report: no scan and no evidence"


def test_headline_counts_files_that_were_not_read(scan: ScanResult) -> None:
    two = dataclasses.replace(without_findings(scan), unread=(Unread("a.py", "?"), Unread("b.py", "?"), Unread("c", "?", False)))
    assert headline(build(two)).endswith("; 2 files that matter not read")


def test_headline_of_the_checklist_puts_trouble_first(judgements) -> None:
    assert headline(build(None, judgements)) == "5 controls: 1 broken, 1 partial, 1 open, 1 attest, 1 shown"


def test_notes_say_what_was_set_aside(scan_report: Report) -> None:
    assert notes(scan_report) == (
        "9 files can concern payments and were read closely",
        "201 files cannot concern payments by their words",
        "1 finding waived",
        "1 waiver not in order",
        "1 finding of low confidence hidden; --pedantic shows it",
        "3 files left out by the configuration of the scanned project",
        "4 test files asked less than other code",
        "1 masker declared by the scanned project and believed",
        "1 file not read that nothing was to be asked of",
    )


def test_notes_say_nothing_of_what_did_not_happen(scan: ScanResult) -> None:
    plain = dataclasses.replace(without_findings(scan), counts=ScanCounts(files=1), waivers=())
    assert notes(build(plain)) == ()
    assert notes(build(None)) == ()


def test_a_partial_scan_says_so(scan: ScanResult) -> None:
    assert "only a part of the project was scanned: this speaks for no control" in notes(
        build(dataclasses.replace(scan, partial=True))
    )


@pytest.mark.parametrize(("count", "words"), [(0, "0 sites"), (1, "1 site"), (1200, "1,200 sites")])
def test_plurals(count: int, words: str) -> None:
    assert number_of(count, "site") == words
