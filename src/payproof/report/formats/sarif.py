"""SARIF 2.1.0: every rule asked, every site with its verdict, flows, waivers and what could not be read.

Sites that hold are results of kind `pass`, unknown ones `open`, those that hold with low confidence `review`; violated ones
are `fail`, waived ones with a suppression. Held against a baseline, each violated site is `new` or `unchanged`. Section
numbers below are those of the OASIS standard, errata 01.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from payproof.model import (
    BaselineEntry,
    Confidence,
    Place,
    Replacement,
    Report,
    Rule,
    ScanResult,
    Severity,
    Site,
    Step,
    Unread,
    Verdict,
    Waiver,
)
from payproof.report.as_json import written
from payproof.report.standards import PCI_DSS, requirement, weaknesses
from payproof.report.tally import headline, notes, tallies, unread_that_matter, waiver_problems
from payproof.report.visible import code_line, paragraph, visible

SHOWS = ("scan",)

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""The base that relative paths are resolved against, by the name that code hosts know."""

LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
SECURITY_SEVERITY = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.5"}
"""The middle of the band that GitHub code scanning shows under the same word."""

Object = dict[str, Any]


def render(report: Report) -> str:
    """Return the scan as SARIF. A report without a scan becomes a run that was not executed."""
    return written(document(report, every_site=True))


def document(report: Report, *, every_site: bool) -> Object:
    """Return the SARIF log as plain data; without `every_site` only `findings()` are results."""
    scan = report.scan or ScanResult(sites=(), rules=())
    rules = sorted(scan.rules, key=lambda rule: rule.id)
    sites = scan.sites if every_site else scan.findings()
    index = {rule.id: number for number, rule in enumerate(rules)}
    run: Object = {
        "tool": {"driver": _driver(report, rules)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the scanned project."}}},
        "taxonomies": _taxonomies(rules),
        "invocations": [_invocation(report, scan)],
        "results": [_result(site, index[site.rule], rules[index[site.rule]], scan.baseline is not None) for site in sites],
        "properties": _run_properties(report),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(report: Report, rules: Iterable[Rule]) -> Object:
    return {
        "name": "payproof",
        "semanticVersion": report.version,
        "rules": [_rule(rule) for rule in rules],
        "supportedTaxonomies": [{"name": name, "guid": guid} for name, guid in _GUIDS.items()],
    }


_GUIDS = {"CWE": "6a4f2a0e-6d0b-4d55-9a0b-61a2b6a1d3c1", PCI_DSS: "b9a7c0f8-1c7e-4a53-8f8e-2f9b8d4c7e52"}
"""Ids of our own for the two taxonomies, so that references survive another tool's of the same name."""


def _rule(rule: Rule) -> Object:
    tags = ["security", "payments", rule.category, *(f"external/cwe/cwe-{number:03}" for number in rule.cwe)]
    targets = [("CWE", f"CWE-{number}") for number in rule.cwe] + [(PCI_DSS, id) for id in rule.pci]
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": paragraph(rule.title)},
        "fullDescription": {"text": paragraph(rule.why)},
        "help": {"text": f"{paragraph(rule.why)} {paragraph(rule.fix)}", "markdown": _help(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "relationships": [
            {"target": {"id": id, "toolComponent": _component(name)}, "kinds": ["relevant"]} for name, id in targets
        ],
        "properties": {
            "category": rule.category,
            "control": rule.control,
            "tags": tags,
            "precision": rule.confidence.value,
            "problem.severity": LEVELS[rule.severity].replace("note", "recommendation"),
            "security-severity": SECURITY_SEVERITY[rule.severity],
        },
    }


def _help(rule: Rule) -> str:
    standards = ", ".join([*(f"CWE-{number}" for number in rule.cwe), *(f"{PCI_DSS}: {id}" for id in rule.pci)])
    return f"{paragraph(rule.why)}\n\n**Fix.** {paragraph(rule.fix)}\n\n{standards}\n"


def _component(name: str) -> Object:
    return {"name": name, "guid": _GUIDS[name]}


def _taxonomies(rules: Iterable[Rule]) -> list[Object]:
    rules = list(rules)
    cwe = {f"CWE-{number}": weaknesses().get(number, "") for rule in rules for number in rule.cwe}
    pci = {id: _sense(id) for rule in rules for id in rule.pci}
    return [_taxonomy("CWE", "MITRE", cwe), _taxonomy(PCI_DSS, "PCI Security Standards Council", pci)]


def _sense(id: str) -> str:
    found = requirement(id)
    return found.sense if found else ""


def _taxonomy(name: str, organization: str, taxa: Mapping[str, str]) -> Object:
    return {
        **_component(name),
        "organization": organization,
        "shortDescription": {"text": f"Ids of {name} that the rules refer to; the descriptions are payproof's own words."},
        "isComprehensive": False,
        "taxa": [{"id": id, "shortDescription": {"text": sense}} if sense else {"id": id} for id, sense in sorted(taxa.items())],
    }


def _invocation(report: Report, scan: ScanResult) -> Object:
    executed = report.scan is not None and not unread_that_matter(scan)
    return {
        "executionSuccessful": executed,
        "toolExecutionNotifications": [_unread(unread) for unread in scan.unread],
        "toolConfigurationNotifications": [
            *(_waiver_problem(waiver) for waiver in waiver_problems(scan)),
            *(_stale(entry) for entry in (scan.baseline.stale if scan.baseline else ())),
        ],
    }


def _unread(unread: Unread) -> Object:
    return {
        "level": "error" if unread.matters else "note",
        "descriptor": {"id": "unread"},
        "message": {"text": f"Not read: {paragraph(unread.reason)}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(unread.path)}}],
    }


def _waiver_problem(waiver: Waiver) -> Object:
    return {
        "level": "error",
        "descriptor": {"id": "waiver"},
        "message": {"text": f"Waiver of {visible(', '.join(waiver.rules))}: {paragraph(waiver.problem)}"},
        "locations": [_location(waiver.place)],
    }


def _stale(entry: BaselineEntry) -> Object:
    inside = f" in {visible(entry.subject)}" if entry.subject else ""
    return {
        "level": "note",
        "descriptor": {"id": "baseline"},
        "message": {"text": f"In the baseline, and no longer found: {visible(entry.rule)}{inside} of {visible(entry.path)}"},
    }


def _result(site: Site, rule_index: int, rule: Rule, compared: bool) -> Object:
    kind = _kind(site)
    result: Object = {
        "ruleId": site.rule,
        "ruleIndex": rule_index,
        "kind": kind,
        "level": LEVELS[site.severity] if kind == "fail" else "none",
        "message": {"text": _message(site)},
        "locations": [_primary(site)],
        "partialFingerprints": {"payproof/v1": site.fingerprint},
        "properties": {
            "category": rule.category,
            "severity": site.severity.value,
            "confidence": site.confidence.value,
            "verdict": site.verdict.value,
            "processor": site.processor,
        },
    }
    if kind == "fail":
        result["rank"] = {Confidence.LOW: 20.0, Confidence.MEDIUM: 60.0, Confidence.HIGH: 90.0}[site.confidence]
    if kind == "fail" and compared:
        result["baselineState"] = "unchanged" if site.baselined else "new"
    if site.steps:
        result["codeFlows"] = [{"threadFlows": [{"locations": [_step(step) for step in site.steps]}]}]
    if site.fixes:
        result["fixes"] = [_fix(site)]
    if site.waiver:
        result["suppressions"] = [_suppression(site.waiver)]
    return result


def _kind(site: Site) -> str:
    if site.verdict is Verdict.VIOLATED:
        return "fail"
    if site.verdict is Verdict.UNKNOWN:
        return "open"
    return "review" if site.confidence is Confidence.LOW else "pass"


def _message(site: Site) -> str:
    said = paragraph(site.message)
    return f"{said} Unknown: {paragraph(site.reason)}" if site.verdict is Verdict.UNKNOWN and site.reason else said


def _primary(site: Site) -> Object:
    location = _location(site.place)
    context = _context(site)
    if context:
        location["physicalLocation"]["contextRegion"] = context
    if site.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": visible(site.subject)}]
    return location


def _context(site: Site) -> Object | None:
    numbers = [line.number for line in site.frame]
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    # Section 3.30.4: the context must hold the region itself.
    if not numbers[0] <= site.place.line <= max(site.place.line, site.place.end_line) <= numbers[-1]:
        return None
    text = "\n".join(code_line(line.text) for line in site.frame)
    return {"startLine": numbers[0], "endLine": numbers[-1], "snippet": {"text": text}}


def _step(step: Step) -> Object:
    return {"location": {**_location(step.place), "message": {"text": paragraph(step.note)}}}


def _fix(site: Site) -> Object:
    by_file: dict[str, list[Replacement]] = {}
    for replacement in site.fixes:
        by_file.setdefault(replacement.path, []).append(replacement)
    return {
        "description": {"text": f"Fixes {site.rule} in this place."},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": [_replacement(one) for one in found]}
            for path, found in by_file.items()
        ],
    }


def _replacement(replacement: Replacement) -> Object:
    # Section 3.57.3: what is deleted runs up to the start of the line behind it; an insertion deletes nothing.
    end = replacement.line + replacement.lines
    deleted = {"startLine": replacement.line, "startColumn": 1, "endLine": end, "endColumn": 1}
    return {"deletedRegion": deleted, "insertedContent": {"text": replacement.text}}


def _suppression(waiver: Waiver) -> Object:
    by = f"{paragraph(waiver.owner)}: " if waiver.owner else ""
    until = f" (until {visible(waiver.expires)})" if waiver.expires else ""
    return {
        "kind": "inSource" if waiver.source == "code" else "external",
        "status": "accepted",
        "justification": f"{by}{paragraph(waiver.reason) or 'no reason given'}{until}",
        "location": _location(waiver.place),
    }


def _location(place: Place) -> Object:
    return {"physicalLocation": {"artifactLocation": _artifact(place.path), "region": _region(place)}}


def _artifact(path: str) -> Object:
    # A byte that is no UTF-8 goes back to what it was; ":" is encoded, or the first part of a name could pass for a scheme.
    return {"uri": urllib.parse.quote(path.encode("utf-8", "surrogateescape"), safe="/"), "uriBaseId": ROOT}


def _region(place: Place) -> Object:
    last = max(place.line, place.end_line)
    region = {"startLine": place.line, "startColumn": place.column, "endLine": last}
    if place.end_column and (last > place.line or place.end_column >= place.column):
        region["endColumn"] = place.end_column
    return region


def _run_properties(report: Report) -> Object:
    return {
        "headline": headline(report),
        "notes": list(notes(report)),
        "revision": visible(report.revision),
        "rulePack": visible(report.rule_pack),
        "sites": {tally.rule.id: str(tally) for tally in tallies(report)},
        "hiddenLowConfidence": sum(report.hidden.values()),
        "inBaseline": sum(site.baselined for site in report.scan.sites) if report.scan else 0,
    }
