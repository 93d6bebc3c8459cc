"""One self-contained HTML page for engineer and auditor: no script, no external resource, a strict content policy.

Every value is spelled out by `visible` and escaped by Jinja on its way into the page; the policy names the one style sheet
by its hash, so even markup that slipped in could load and run nothing.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
from typing import TYPE_CHECKING, Any

from payproof.model import Report, Site, Status, Verdict
from payproof.report import control_view, evidence, standards, tally
from payproof.report.frames import frame_of
from payproof.report.visible import visible

if TYPE_CHECKING:
    import jinja2

SHOWS = ("scan", "checklist")

LEGEND = (
    (Status.SHOWN, "every witness that the control asks for spoke for it, and none against"),
    (Status.PARTIAL, "some spoke for it, none against, and something is still missing"),
    (Status.BROKEN, "at least one piece of evidence speaks against it"),
    (Status.OPEN, "nobody has spoken: nothing is known"),
    (Status.ATTEST, "code cannot show it: people must"),
)


def render(report: Report) -> str:
    """Return the report as one HTML page."""
    template = _environment().get_template("report.html.j2")
    return template.render(_context(report)) + "\n"


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("payproof.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: visible(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["stance"] = evidence.stance_of
    environment.filters["asides"] = evidence.asides
    environment.filters["frame"] = frame_of
    return environment


@functools.cache
def _style() -> str:
    return (importlib.resources.files("payproof.report") / "templates" / "report.css").read_text("utf-8").strip()


def _context(report: Report) -> dict[str, Any]:
    import markupsafe

    scan = report.scan
    headline = tally.headline(report)
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "report": report,
        "scan": scan,
        # Ours alone and never a value: the only text of the page that is not escaped.
        "style": markupsafe.Markup(style),
        "style_hash": f"sha256-{digest}",
        "headline": headline[0].upper() + headline[1:],
        "legend": LEGEND,
        "status_bar": _bar(_status_counts(report)),
        "verdict_bar": _bar(_verdict_counts(report)),
        "items": [(item, controls) for item, controls in control_view.by_item(report)],
        "findings": list(enumerate(scan.findings(), 1)) if scan else [],
        "anchors": _anchors(report),
        "rules": {rule.id: rule for rule in scan.rules} if scan else {},
        "waived": [site for site in scan.sites if site.waiver] if scan else [],
        "baselined": [site for site in scan.sites if site.baselined] if scan else [],
        "waiver_problems": tally.waiver_problems(scan) if scan else (),
        "unknown": [site for site in scan.sites if site.verdict is Verdict.UNKNOWN] if scan else [],
        "tallies": tally.tallies(report),
        "notes": tally.notes(report),
        "pci_name": standards.PCI_DSS,
        "pci_note": standards.pci_note(),
        "pci_rows": standards.pci_rows(report.judgements, scan.rules if scan else ()),
    }


def _anchors(report: Report) -> dict[Site, str]:
    findings = report.scan.findings() if report.scan else ()
    return {site: f"finding-{number}" for number, site in enumerate(findings, 1)}


def _status_counts(report: Report) -> dict[str, int]:
    statuses = [judgement.status for judgement in report.judgements]
    return {status.value: statuses.count(status) for status, _ in LEGEND}


def _verdict_counts(report: Report) -> dict[str, int]:
    found = tally.tallies(report)
    aside = sum(each.waived + each.baselined + each.hidden for each in found)
    return {
        "hold": sum(each.holds for each in found),
        "violated": sum(each.violated for each in found) - aside,
        "set aside": aside,
        "unknown": sum(each.unknown for each in found),
    }


def _bar(counts: dict[str, int]) -> list[tuple[str, int, float, float]]:
    """Return for each count its name, itself, and where its piece of a bar begins and how wide it is, in percent."""
    total = sum(counts.values())
    pieces = []
    start = 0.0
    for name, count in counts.items():
        share = 100 * count / total if total else 0.0
        pieces.append((name, count, round(start, 3), round(share, 3)))
        start += share
    return pieces
