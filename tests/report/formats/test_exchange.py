"""The formats that other tools read: JSON, JUnit, GitLab and GitHub."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ElementTree

from payproof.model import Report, ScanResult
from payproof.report import renderer
from payproof.report.building import build


def test_json_carries_its_format_and_figures(report: Report) -> None:
    document = json.loads(renderer("json")(report))
    assert document["format"] == "payproof/1"
    assert document["tallies"][1] == {
        "rule": "charge-without-key", "sites": 6, "holds": 2, "violated": 3, "unknown": 1, "waived": 1, "baselined": 0,
        "hidden": 1,
    }  # fmt: skip
    assert document["headline"].startswith("2 findings")
    assert document["report"]["scan"]["sites"][0]["place"]["path"] == "shop/charge.py"


def test_json_keeps_a_hostile_name_as_it_is(hostile_report: Report) -> None:
    text = renderer("json")(hostile_report)
    assert hostile_report.scan is not None
    message = json.loads(text)["report"]["scan"]["sites"][0]["message"]
    assert message == hostile_report.scan.sites[0].message
    assert "\\u001b" in text


def cases_of(report: Report) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(renderer("junit")(report).encode())
    return {f"{case.get('classname')} {case.get('name')}": case for case in root.iter("testcase")}


def outcome(case: ElementTree.Element) -> tuple[str, str | None]:
    return (case[0].tag, case[0].get("message")) if len(case) else ("ran", None)


def test_junit_maps_verdicts(report: Report) -> None:
    cases = cases_of(report)
    assert {name: outcome(case) for name, case in cases.items() if "charge-without-key" in name} == {
        "payproof.charge-without-key shop/charge.py:12:5": ("ran", None),
        "payproof.charge-without-key shop/charge.py:30:5": ("ran", None),
        "payproof.charge-without-key shop/charge.py:50:9": ("failure", "high: This capture has no key."),
        "payproof.charge-without-key shop/legacy.py:10:1": ("skipped", "waived by dana: retired in spring"),
        "payproof.charge-without-key shop/tasks.py:3:1": ("skipped", "unknown: the options are built at run time"),
    }
    assert outcome(cases["payproof.unread shop/broken.py"]) == ("error", "not read: line 3: invalid syntax")
    assert outcome(cases["payproof.waivers shop/old.py:4"])[0] == "failure"
    assert outcome(cases["payproof.secret-in-source A processor's secret stands in source"])[0] == "skipped"
    failed = cases["payproof.card-data-in-log shop/views.py:41:5 in shop.views.pay"][0].text
    assert failed is not None
    assert "fix: Log the id" in failed


def test_junit_maps_statuses(report: Report) -> None:
    cases = cases_of(report)
    assert {name: outcome(case)[0] for name, case in cases.items() if "checklist" in name} == {
        "payproof.checklist no-sensitive-logging": "failure",
        "payproof.checklist idempotent-charges": "skipped",
        "payproof.checklist key-rotation": "ran",
        "payproof.checklist key-management": "skipped",
        "payproof.checklist incident-plan": "skipped",
    }
    assert outcome(cases["payproof.checklist key-management"])[1] == (
        "open: what other systems do with the same data; nothing for it yet from scan, tests"
    )
    assert outcome(cases["payproof.ledger segment-2.jsonl: no seal"])[0] == "error"


def test_junit_totals_agree(report: Report) -> None:
    root = ElementTree.fromstring(renderer("junit")(report).encode())
    for tag, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"), ("testcase", "tests")):
        assert int(root.get(total, "")) == len(list(root.iter(tag))), total


def test_junit_of_nothing_is_an_error() -> None:
    assert outcome(cases_of(build(None))["payproof.payproof report"]) == ("error", "nothing to report: no scan and no evidence")


def test_gitlab_lists_findings(scan_report: Report) -> None:
    entries = json.loads(renderer("gitlab")(scan_report))
    assert [(entry["check_name"], entry["severity"], entry["location"]) for entry in entries] == [
        ("charge-without-key", "critical", {"path": "shop/charge.py", "lines": {"begin": 50}}),
        ("card-data-in-log", "blocker", {"path": "shop/views.py", "lines": {"begin": 41}}),
        ("payproof-waiver", "major", {"path": "shop/old.py", "lines": {"begin": 4}}),
        ("payproof-unread", "major", {"path": "shop/broken.py", "lines": {"begin": 1}}),
    ]
    assert entries[0]["description"] == "This capture has no key."


def test_gitlab_fingerprints_are_unique_and_survive_line_moves(scan: ScanResult) -> None:
    first = scan.findings()[0]
    moved = dataclasses.replace(first, place=dataclasses.replace(first.place, line=99, end_line=99))
    twins = json.loads(renderer("gitlab")(build(dataclasses.replace(scan, sites=(first, moved)))))
    alone = json.loads(renderer("gitlab")(build(dataclasses.replace(scan, sites=(moved,)))))
    assert twins[0]["fingerprint"] == alone[0]["fingerprint"]
    assert len({entry["fingerprint"] for entry in twins}) == len(twins)


def test_github_annotates_findings(scan_report: Report) -> None:
    lines = renderer("github")(scan_report).splitlines()
    assert lines[0] == (
        "::error file=shop/charge.py,line=50,endLine=54,title=charge-without-key::This capture has no key. "
        "Fix: Pass idempotency_key, derived from the order. (payproof explain charge-without-key)"
    )
    assert lines[1].startswith("::error file=shop/views.py,line=41,endLine=41,col=5,endColumn=35,title=card-data-in-log::")
    assert lines[2].startswith("::error file=shop/old.py,line=4,endLine=4,title=payproof waiver::card-data-in-log: ")
    assert lines[3] == "::error file=shop/broken.py,line=1,endLine=1,title=payproof%3A not read::line 3: invalid syntax"
    assert lines[-1].startswith("::notice title=payproof::2 findings (1 critical, 1 high)")


def test_github_commands_cannot_be_forged(hostile_report: Report) -> None:
    lines = renderer("github")(hostile_report).splitlines()
    assert all(line.startswith(("::error file=shop/x", "::notice title=payproof::")) for line in lines)
    assert "file=shop/x\\x1b[31m\\r\\n" in lines[0]


def test_github_escapes_percent_colon_and_comma(scan: ScanResult) -> None:
    first = dataclasses.replace(scan.findings()[0], message="100% sure: a,b")
    odd = dataclasses.replace(first, place=dataclasses.replace(first.place, path="a,b:c%.py"))
    line = renderer("github")(build(dataclasses.replace(scan, sites=(odd,)))).splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.py,line=50,")
    assert "::100%25 sure: a,b" in line
