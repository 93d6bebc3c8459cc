"""GitLab Code Quality: a JSON array of findings, as `artifacts: reports: codequality` takes them.

The format has room for nothing else: what holds and what is unknown is left to the other formats. Files that could not be
read and waivers that are not in order are entries too, so that an empty array never hides them; findings of the baseline are
counted by one entry.
"""

from __future__ import annotations

import collections
import hashlib
from typing import Any

from payproof.model import Place, Report, Severity
from payproof.report.as_json import written
from payproof.report.tally import number_of, unread_that_matter, waiver_problems
from payproof.report.visible import paragraph

SHOWS = ("scan",)

SEVERITIES = {Severity.CRITICAL: "blocker", Severity.HIGH: "critical", Severity.MEDIUM: "major", Severity.LOW: "minor"}

Entry = dict[str, Any]


def render(report: Report) -> str:
    """Return the findings as GitLab Code Quality."""
    scan = report.scan
    if scan is None:
        return written([])
    entries = [
        _entry(site.rule, site.message, SEVERITIES[site.severity], site.place, site.fingerprint) for site in scan.findings()
    ]
    entries += [
        _entry("payproof-waiver", f"Waiver of {', '.join(waiver.rules)}: {waiver.problem}", "major", waiver.place, waiver.problem)
        for waiver in waiver_problems(scan)
    ]
    entries += [
        _entry("payproof-unread", f"Not read: {unread.reason}", "major", Place(unread.path, 1), unread.reason)
        for unread in unread_that_matter(scan)
    ]
    baselined = sum(site.baselined for site in scan.sites)
    if scan.baseline is not None and baselined:
        said = f"{number_of(baselined, 'finding')} in the baseline and not listed here"
        entries.append(_entry("payproof-baseline", said, "info", Place(scan.baseline.path, 1), scan.baseline.path))
    return written(_with_unique_fingerprints(entries))


def _entry(check: str, description: str, severity: str, place: Place, identity: str) -> Entry:
    return {
        "description": paragraph(description),
        "check_name": check,
        "fingerprint": "\0".join((check, place.path, identity)),
        "severity": severity,
        "location": {"path": place.path, "lines": {"begin": place.line}},
    }


def _with_unique_fingerprints(entries: list[Entry]) -> list[Entry]:
    """Hash each identity with its ordinal among equals: unique, as GitLab wants it, and without a line number."""
    seen: collections.Counter[str] = collections.Counter()
    for entry in entries:
        identity = entry["fingerprint"]
        seen[identity] += 1
        material = f"{identity}\0{seen[identity]}".encode("utf-8", "surrogatepass")
        entry["fingerprint"] = hashlib.sha256(material).hexdigest()
    return entries
