"""A scan held against a baseline: known findings are counted in every format, and the rest is new."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ElementTree

import pytest

from payproof.model import BaselineEntry, BaselineUse, Report, ScanChange, ScanResult, Verdict
from payproof.report import format_names, renderer
from payproof.report.building import build
from payproof.report.tally import headline, notes, tallies

STALE = BaselineEntry("shop/gone.py", "charge-without-key", "pay", "f" * 20)
OLD = ".payproof-baseline.yaml"


@pytest.fixture
def known(scan: ScanResult) -> ScanResult:
    """The scan with its finding about card data in the baseline, beside an entry that is stale."""
    sites = tuple(
        dataclasses.replace(site, baselined=site.rule == "card-data-in-log" and site.verdict is Verdict.VIOLATED)
        for site in scan.sites
    )
    return dataclasses.replace(scan, sites=sites, baseline=BaselineUse(OLD, scan.rule_pack, 2, (STALE,)))


@pytest.fixture
def known_report(known: ScanResult, judgements) -> Report:
    return build(known, judgements, tuple(judgement.control for judgement in judgements))


SAID = {
    "text": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "json": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "sarif": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "code-scanning": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "junit": "in the baseline: The card number that the customer typed is logged.",
    "gitlab": "1 finding in the baseline and not listed here",
    "github": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "markdown": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
    "html": "1 finding in the baseline .payproof-baseline.yaml, which holds 2",
}


@pytest.mark.parametrize("name", format_names())
def test_every_format_counts_what_the_baseline_holds(name: str, known_report: Report, scan_report: Report) -> None:
    assert SAID[name] in renderer(name)(known_report)
    assert SAID[name] not in renderer(name)(scan_report)


def test_the_headline_speaks_of_new_findings(known: ScanResult) -> None:
    assert headline(build(known)).startswith("1 new finding (1 high): 3 rules asked of 212 files")
    none = dataclasses.replace(known, sites=tuple(site for site in known.sites if site.rule == "card-data-in-log"))
    assert headline(build(none)).startswith("no new findings: 3 rules asked of 212 files")


def test_tallies_keep_known_findings_apart(known: ScanResult) -> None:
    said = {tally.rule.id: str(tally) for tally in tallies(build(known))}
    assert said["card-data-in-log"] == "1 site: 0 hold, 1 violated (1 in the baseline), 0 unknown"


def test_a_known_finding_of_low_confidence_is_known_and_not_hidden(known: ScanResult) -> None:
    all_known = tuple(dataclasses.replace(site, baselined=site.verdict is Verdict.VIOLATED) for site in known.sites)
    report = build(dataclasses.replace(known, sites=all_known))
    assert report.hidden == {}
    assert str(tallies(report)[1]) == "6 sites: 2 hold, 3 violated (1 waived, 3 in the baseline), 1 unknown"


def test_stale_entries_are_counted_and_named(known_report: Report) -> None:
    assert "1 entry of the baseline no longer found; `payproof baseline update` takes it out" in notes(known_report)
    text = renderer("text")(known_report).splitlines()
    assert text[text.index("In the baseline, and no longer found") + 1] == "  shop/gone.py  charge-without-key  in pay"
    assert "- `shop/gone.py` `charge-without-key` pay" in renderer("markdown")(known_report).splitlines()
    assert "<code>shop/gone.py</code> <code>charge-without-key</code> in <code>pay</code>" in renderer("html")(known_report)
    run = json.loads(renderer("sarif")(known_report))["runs"][0]
    told = [note for note in run["invocations"][0]["toolConfigurationNotifications"] if note["descriptor"]["id"] == "baseline"]
    assert [note["message"]["text"] for note in told] == [
        "In the baseline, and no longer found: charge-without-key in pay of shop/gone.py"
    ]


def test_another_rule_pack_is_said(known: ScanResult) -> None:
    other = dataclasses.replace(known, baseline=dataclasses.replace(known.baseline, rule_pack="0ld"))
    said = (
        "the baseline was made with the rule pack 0ld, and these are the rules of abc123: what changed rules find counts as new"
    )
    assert said in notes(build(other))
    assert not any("rule pack" in note for note in notes(build(known)))


def test_sarif_says_what_is_new(known_report: Report, scan_report: Report) -> None:
    def states(report: Report) -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for result in json.loads(renderer("sarif")(report))["runs"][0]["results"]:
            found.setdefault((result["ruleId"], result["kind"]), set()).add(result.get("baselineState", ""))
        return found

    assert states(known_report) == {
        ("card-data-in-log", "fail"): {"unchanged"},
        ("charge-without-key", "fail"): {"new"},
        ("charge-without-key", "pass"): {""},
        ("charge-without-key", "review"): {""},
        ("charge-without-key", "open"): {""},
    }
    assert {state for each in states(scan_report).values() for state in each} == {""}


def test_alerts_annotations_and_failures_are_of_new_findings_only(known_report: Report) -> None:
    alerts = json.loads(renderer("code-scanning")(known_report))["runs"][0]["results"]
    assert [result["ruleId"] for result in alerts] == ["charge-without-key"]
    assert "title=card-data-in-log::" not in renderer("github")(known_report).replace("shop/old.py,line=4", "")
    quality = {entry["check_name"]: entry for entry in json.loads(renderer("gitlab")(known_report))}
    assert "card-data-in-log" not in quality
    assert (quality["payproof-baseline"]["severity"], quality["payproof-baseline"]["location"]["path"]) == ("info", OLD)
    cases = ElementTree.fromstring(renderer("junit")(known_report).encode()).iter("testcase")
    leaks = [case for case in cases if case.get("classname") == "payproof.card-data-in-log"]
    assert [[child.tag for child in case] for case in leaks] == [["skipped"]]


def test_a_change_is_said(scan: ScanResult) -> None:
    changed = build(dataclasses.replace(scan, change=ScanChange("main\x1b", "0123456789abcdef", 2, 5)))
    assert headline(changed).startswith("2 findings (1 critical, 1 high) in what changed since main\\x1b: ")
    assert (
        "only what is new or touched since main\\x1b (0123456789ab) counts: 2 files changed, 5 findings elsewhere left out"
        in notes(changed)
    )
    none = dataclasses.replace(scan, sites=(), change=ScanChange("main", "0123456789abcdef", 2))
    assert headline(build(none)).startswith("no findings in what changed since main: ")
