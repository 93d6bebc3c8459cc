"""JUnit XML: one case per site under its rule, one per control under the checklist.

A violated site is a failure, a file that could not be read an error, and whatever nobody can say is skipped with a message:
nothing counts as run that was not. No time is written.
"""

from __future__ import annotations

import collections
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable

from payproof.model import Judgement, Report, Rule, ScanResult, Site, Status, Verdict
from payproof.report.tally import headline, unread_that_matter, waiver_problems
from payproof.report.visible import paragraph, visible

SHOWS = ("scan", "checklist")

Element = ElementTree.Element


def render(report: Report) -> str:
    """Return the report as JUnit XML."""
    root = ElementTree.Element("testsuites", {"name": "payproof"})
    if report.scan is not None:
        for rule in sorted(report.scan.rules, key=lambda rule: rule.id):
            root.append(_rule_suite(rule, [site for site in report.scan.sites if site.rule == rule.id]))
        root.extend(_trouble_suites(report.scan))
    if report.judgements:
        root.append(_suite("checklist", [_control_case(judgement) for judgement in report.judgements]))
    if report.ledger_problems:
        root.append(_suite("ledger", [_ledger_case(problem) for problem in report.ledger_problems]))
    if not len(root):
        root.append(_suite("payproof", [_marked(_case("payproof", "report"), "error", headline(report))]))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, cases: Iterable[Element]) -> Element:
    suite = ElementTree.Element("testsuite", {"name": name})
    suite.extend(cases)
    found = collections.Counter(child.tag for case in suite for child in case)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(found["failure"]))
    suite.set("errors", str(found["error"]))
    suite.set("skipped", str(found["skipped"]))
    return suite


def _case(group: str, name: str, file: str = "", line: int = 0) -> Element:
    attributes = {"classname": f"payproof.{group}", "name": visible(name)}
    if file:
        attributes.update(file=visible(file), line=str(line or 1))
    return ElementTree.Element("testcase", attributes)


def _marked(case: Element, tag: str, message: str, detail: str = "") -> Element:
    ElementTree.SubElement(case, tag, {"message": paragraph(message)}).text = detail or None
    return case


def _rule_suite(rule: Rule, sites: list[Site]) -> Element:
    if not sites:
        case = _marked(_case(rule.id, paragraph(rule.title)), "skipped", "no site: nothing that this rule applies to was found")
        return _suite(rule.id, [case])
    return _suite(rule.id, [_site_case(site, rule) for site in sites])


def _site_case(site: Site, rule: Rule) -> Element:
    inside = f" in {site.subject}" if site.subject else ""
    case = _case(rule.id, f"{site.place}:{site.place.column}{inside}", site.place.path, site.place.line)
    if site.verdict is Verdict.UNKNOWN:
        return _marked(case, "skipped", f"unknown: {site.reason or site.message}")
    if site.verdict is Verdict.HOLDS:
        return case
    if site.waiver:
        return _marked(case, "skipped", f"waived by {site.waiver.owner or 'nobody'}: {site.waiver.reason or 'no reason given'}")
    if site.baselined:
        return _marked(case, "skipped", f"in the baseline: {site.message}")
    steps = "".join(f"{visible(str(step.place))} {paragraph(step.note)}\n" for step in site.steps)
    detail = f"{steps}why: {paragraph(rule.why)}\nfix: {paragraph(rule.fix)}\n"
    return _marked(case, "failure", f"{site.severity.value}: {site.message}", detail)


def _trouble_suites(scan: ScanResult) -> list[Element]:
    unread = [
        _marked(_case("unread", item.path, item.path), "error", f"not read: {item.reason}") for item in unread_that_matter(scan)
    ]
    waivers = [
        _marked(_case("waivers", f"{waiver.place}", waiver.place.path, waiver.place.line), "failure", waiver.problem)
        for waiver in waiver_problems(scan)
    ]
    return [_suite(name, cases) for name, cases in (("unread", unread), ("waivers", waivers)) if cases]


def _control_case(judgement: Judgement) -> Element:
    case = _case("checklist", judgement.control.id)
    said = "; ".join(f"{evidence.subject}: {evidence.summary}" for evidence in judgement.evidence)
    if judgement.status is Status.SHOWN:
        return case
    if judgement.status is Status.BROKEN:
        return _marked(case, "failure", f"broken: {said}")
    missing = ", ".join(witness.value for witness in judgement.missing)
    lacks = f"; nothing for it yet from {missing}" if missing else ""
    return _marked(case, "skipped", f"{judgement.status.value}: {said or judgement.control.cannot_show or 'no evidence'}{lacks}")


def _ledger_case(problem: str) -> Element:
    return _marked(_case("ledger", problem), "error", problem)
