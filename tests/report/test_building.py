"""A report hides low-confidence findings in one place, counts them, and never repeats a secret."""

from __future__ import annotations

import dataclasses

import pytest

import payproof
from payproof.model import Confidence, ScanResult, Verdict
from payproof.report.building import build


def test_low_confidence_findings_are_hidden_and_counted(scan: ScanResult) -> None:
    report = build(scan)
    assert report.hidden == {"charge-without-key": 1}
    assert report.scan is not None
    gone = set(scan.sites) - set(report.scan.sites)
    assert {(site.verdict, site.confidence) for site in gone} == {(Verdict.VIOLATED, Confidence.LOW)}
    assert len(gone) == 1


def test_pedantic_shows_everything(scan: ScanResult) -> None:
    report = build(scan, pedantic=True)
    assert (report.scan, report.hidden, report.pedantic) == (scan, {}, True)


def test_a_waived_finding_of_low_confidence_stays_visible(scan: ScanResult) -> None:
    sites = tuple(dataclasses.replace(site, confidence=Confidence.LOW) if site.waiver else site for site in scan.sites)
    report = build(dataclasses.replace(scan, sites=sites))
    assert report.scan is not None
    assert [site.confidence for site in report.scan.sites if site.waiver] == [Confidence.LOW]


def test_revision_rule_pack_and_version_are_stated(scan: ScanResult) -> None:
    report = build(scan)
    assert (report.revision, report.rule_pack, report.version) == ("d34db33f", "abc123", payproof.__version__)
    assert build(None, revision="other", rule_pack="pack").revision == "other"


def test_a_site_of_a_rule_that_was_not_asked_is_refused(scan: ScanResult) -> None:
    with pytest.raises(ValueError, match="card-data-in-log"):
        build(dataclasses.replace(scan, rules=scan.rules[1:]))


def test_every_text_is_masked_but_digests_are_left_alone(scan: ScanResult, judgements) -> None:
    card = "4242424242424242"
    key = "sk_" + "live_" + "payproofsample0123456789"
    sites = tuple(dataclasses.replace(site, message=f"{card} {key}", fingerprint=card, subject=key) for site in scan.sites)
    broken = dataclasses.replace(judgements[0].evidence[0], summary=f"cvc=123 {card}", details={"seen": [key], "card": card})
    judged = (dataclasses.replace(judgements[0], evidence=(broken,)),)
    report = build(dataclasses.replace(scan, sites=sites), judged, ledger_problems=(f"line: {key}",))
    assert report.scan is not None
    assert report.scan.sites[0].fingerprint == card
    shown = repr(dataclasses.replace(report, scan=dataclasses.replace(report.scan, sites=())))
    shown += "".join(repr((site.message, site.subject)) for site in report.scan.sites)
    assert card not in shown
    assert "payproofsample" not in shown
    assert "cvc=123" not in shown
    assert "424242******4242" in shown
