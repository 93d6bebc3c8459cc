"""SARIF that the standard's own schema accepts and that says all a scan has to say."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import jsonschema
import pytest

from payproof.model import Report
from payproof.report import renderer
from payproof.report.building import build

SCHEMA = pathlib.Path(__file__).parents[2] / "data" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft4Validator(
        json.loads(SCHEMA.read_text("utf-8")), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )


def run_of(report: Report, name: str = "sarif") -> dict[str, Any]:
    run: dict[str, Any] = json.loads(renderer(name)(report))["runs"][0]
    return run


@pytest.mark.parametrize("name", ["sarif", "code-scanning"])
def test_the_official_schema_accepts_it(validator: Any, name: str, report: Report, hostile_report: Report) -> None:
    for each in (report, hostile_report, build(None)):
        validator.validate(json.loads(renderer(name)(each)))


def test_the_official_schema_refuses_what_is_wrong(validator: Any, report: Report) -> None:
    document = json.loads(renderer("sarif")(report))
    document["runs"][0]["results"][0]["kind"] = "perhaps"
    assert not validator.is_valid(document)


def test_every_rule_asked_is_listed_with_its_category(report: Report) -> None:
    rules = {rule["id"]: rule for rule in run_of(report)["tool"]["driver"]["rules"]}
    assert list(rules) == ["card-data-in-log", "charge-without-key", "secret-in-source"]
    assert rules["card-data-in-log"]["properties"] == {
        "category": "sensitive-logging",
        "control": "no-sensitive-logging",
        "tags": ["security", "payments", "sensitive-logging", "external/cwe/cwe-532", "external/cwe/cwe-359"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "9.5",
    }
    assert rules["card-data-in-log"]["name"] == "CardDataInLog"
    assert "Fix." in rules["card-data-in-log"]["help"]["markdown"]


def test_kinds_and_levels_follow_the_verdict(report: Report) -> None:
    kinds = [
        (result["locations"][0]["physicalLocation"]["region"]["startLine"], result["kind"], result["level"])
        for result in run_of(report)["results"]
        if result["ruleId"] == "charge-without-key"
    ]
    assert sorted(kinds) == [
        (3, "open", "none"),
        (10, "fail", "error"),
        (12, "pass", "none"),
        (30, "review", "none"),
        (50, "fail", "error"),
    ]


def test_a_finding_carries_place_flow_and_fingerprint(report: Report) -> None:
    run = run_of(report)
    result = next(result for result in run["results"] if result["ruleId"] == "card-data-in-log")
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "shop/views.py", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 41, "startColumn": 5, "endLine": 41, "endColumn": 35}
    assert physical["contextRegion"]["startLine"] == 39
    assert "logger.info" in physical["contextRegion"]["snippet"]["text"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "card-data-in-log"
    assert result["partialFingerprints"] == {"payproof/v1": "card-data-in-log-41-print"}
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "the card number is read from the form",
        "and handed to note()",
        "which logs it",
    ]


def test_a_waiver_is_a_suppression(report: Report) -> None:
    waived = [result for result in run_of(report)["results"] if "suppressions" in result]
    assert len(waived) == 1
    suppression = waived[0]["suppressions"][0]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "dana: retired in spring")


def test_a_waiver_file_is_an_external_suppression(scan) -> None:
    waived = next(site for site in scan.sites if site.waiver)
    by_file = dataclasses.replace(waived.waiver, source="file", expires="2030-01-01", reason="")
    report = build(dataclasses.replace(scan, sites=(dataclasses.replace(waived, waiver=by_file),)))
    suppression = run_of(report)["results"][0]["suppressions"][0]
    assert (suppression["kind"], suppression["justification"]) == ("external", "dana: no reason given (until 2030-01-01)")


def test_what_was_not_read_makes_the_invocation_unsuccessful(report: Report, scan) -> None:
    invocation = run_of(report)["invocations"][0]
    assert invocation["executionSuccessful"] is False
    told = [(note["level"], note["message"]["text"]) for note in invocation["toolExecutionNotifications"]]
    assert told == [("error", "Not read: line 3: invalid syntax"), ("note", "Not read: is no text")]
    assert invocation["toolConfigurationNotifications"][0]["message"]["text"].startswith("Waiver of card-data-in-log: ")
    assert run_of(build(dataclasses.replace(scan, unread=())))["invocations"][0]["executionSuccessful"] is True
    assert run_of(build(None))["invocations"][0]["executionSuccessful"] is False


def test_taxonomies_hold_what_rules_refer_to(report: Report) -> None:
    taxonomies = {taxonomy["name"]: taxonomy for taxonomy in run_of(report)["taxonomies"]}
    assert [taxon["id"] for taxon in taxonomies["CWE"]["taxa"]] == ["CWE-359", "CWE-532", "CWE-837"]
    assert [taxon["id"] for taxon in taxonomies["PCI DSS 4.0.1"]["taxa"]] == ["3.3.1", "3.5.1"]
    assert taxonomies["CWE"]["taxa"][1]["shortDescription"]["text"] == "Sensitive data reaches a log"


def test_names_are_percent_encoded(hostile_report: Report) -> None:
    uri = run_of(hostile_report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri.startswith("shop/x%1B%5B31m%0D%0A%3C/script%3E")
    assert uri.endswith("%FF.py")


def test_code_scanning_holds_unwaived_findings_only(report: Report) -> None:
    run = run_of(report, "code-scanning")
    assert [(result["ruleId"], result["kind"]) for result in run["results"]] == [
        ("charge-without-key", "fail"),
        ("card-data-in-log", "fail"),
    ]
    assert all("suppressions" not in result for result in run["results"])
    assert len(run["tool"]["driver"]["rules"]) == 3
    assert run["properties"]["sites"]["charge-without-key"].startswith("6 sites: 2 hold")
