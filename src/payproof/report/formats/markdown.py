"""Markdown, as code hosts show it in a summary or a comment: checklist, findings, sites, requirements.

Text from the scanned project is escaped, so that it can neither become markup nor mention anyone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from payproof.model import Evidence, Place, Report, Rule, ScanResult, Site, Status
from payproof.report.control_view import ControlView, by_item
from payproof.report.evidence import Aside, asides, stance_of
from payproof.report.frames import frame_of
from payproof.report.standards import PCI_DSS, PciRow, pci_note, pci_rows
from payproof.report.tally import checklist_headline, headline, notes, tallies, waiver_problems
from payproof.report.visible import paragraph, visible

SHOWS = ("scan", "checklist")

_MARKUP = re.compile(r"([\\`*_\[\]~|])|^(#|>|[-+](?=\s)|\d+(?=[.)]\s))")
_LINK = re.compile(r"(?i)\b(https?|ftp):|\bwww\.")


def render(report: Report) -> str:
    """Return the report as Markdown."""
    parts: list[Iterable[str]] = [[f"# {escaped(report.title)}", "", escaped(headline(report)) + "."]]
    if report.revision:
        parts.append(["", f"Revision {code(report.revision)}, rules {code(report.rule_pack or 'unknown')}."])
    if report.judgements or report.ledger_problems:
        parts.append(_checklist(report))
    if report.scan is not None:
        parts += [_findings(report.scan), _waivers_and_unread(report.scan), _sites(report)]
    if report.judgements:
        parts.append(_requirements(report))
    return "\n".join(itertools.chain.from_iterable(parts)) + "\n"


def escaped(text: str) -> str:
    """Return `text` as one line of Markdown that shows just that text: no markup, no link, no mention."""
    plain = _MARKUP.sub(
        lambda match: "\\" + match.group() if not match.group().isdigit() else match.group() + "\\", paragraph(text)
    )
    plain = re.sub("&(?=#?\\w+;)", "&amp;", plain).replace("<", "&lt;").replace("@", "&#64;")
    return _LINK.sub(lambda match: match.group()[:-1] + f"&#{ord(match.group()[-1])};", plain)


def code(text: str) -> str:
    """Return `text` as a code span, whatever backticks it holds."""
    shown = visible(text)
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _checklist(report: Report) -> Iterator[str]:
    yield from ("", "## Checklist", "")
    if report.judgements:
        yield checklist_headline(report.judgements).capitalize() + ". These are statements of evidence; people attest."
    for item, controls in by_item(report):
        yield from ("", f"### {escaped(item)}", "")
        for view in controls:
            yield from _control(view)
    if report.ledger_problems:
        yield from ("", "### What is wrong with the ledger", "")
        yield from (f"- {escaped(problem)}" for problem in report.ledger_problems)


def _control(view: ControlView) -> Iterator[str]:
    judgement, control = view.judgement, view.judgement.control
    yield f"- **{judgement.status.value}** {code(control.id)} {escaped(control.promise)}"
    yield from (f"  - {_statement(evidence)}" for evidence in judgement.evidence)
    yield from (f"  - set aside: {_aside(aside)}" for aside in asides(judgement))
    yield from (f"  - sites of {code(tally.rule.id)}: {escaped(str(tally))}" for tally in view.tallies if tally.sites)
    yield from (f"  - violated at {_place(site.place)}: {escaped(site.message)}" for site in view.violated)
    yield from (f"  - in the baseline at {_place(site.place)}: {escaped(site.message)}" for site in view.baselined)
    yield from (f"  - waived at {_place(site.place)}: {_waiver(site)}" for site in view.waived)
    yield from (f"  - unknown at {_place(site.place)}: {escaped(site.reason or site.message)}" for site in view.unknown)
    if judgement.missing and judgement.status is not Status.ATTEST:
        yield f"  - nothing for it yet from {', '.join(witness.value for witness in judgement.missing)}"
    if control.cannot_show:
        yield f"  - limits: {escaped(control.cannot_show)}"


def _statement(evidence: Evidence) -> str:
    place = f" ({_place(evidence.place)})" if evidence.place else ""
    return f"{evidence.witness.value} {stance_of(evidence)}: {code(evidence.subject)} {escaped(evidence.summary)}{place}"


def _aside(aside: Aside) -> str:
    if aside.count == 1:
        return f"{_statement(aside.example)} ({escaped(aside.why)})"
    return f"{aside.count} statements {stance_of(aside.example)}, by {aside.example.witness.value} ({escaped(aside.why)})"


def _place(place: Place) -> str:
    return code(str(place))


def _waiver(site: Site) -> str:
    waiver = site.waiver
    return f"{escaped(waiver.owner) or 'nobody'}: {escaped(waiver.reason) or 'no reason given'}" if waiver else ""


def _findings(scan: ScanResult) -> Iterator[str]:
    rules = {rule.id: rule for rule in scan.rules}
    if scan.findings():
        yield from ("", "## Findings")
    for path, sites in itertools.groupby(scan.findings(), key=lambda site: site.place.path):
        yield from ("", f"### {code(path)}")
        for site in sites:
            yield from _finding(site, rules[site.rule])


def _finding(site: Site, rule: Rule) -> Iterator[str]:
    inside = f" in {code(site.subject)}" if site.subject else ""
    yield from ("", f"**{site.severity.value}** {code(rule.id)} line {site.place.line}{inside}: {escaped(site.message)}", "")
    lines = frame_of(site)
    if lines:
        longest = max((len(run) for line in lines for run in re.findall("`+", line.text)), default=0)
        fence = "`" * max(3, longest + 1)
        gutter = max(len(str(line.number)) for line in lines)
        yield fence + "text"
        yield from (f"{'>' if line.marked else ' '} {line.number:>{gutter}} | {line.text}" for line in lines)
        yield from (fence, "")
    yield from (f"{number}. {_place(step.place)} {escaped(step.note)}" for number, step in enumerate(site.steps, 1))
    if site.steps:
        yield ""
    yield f"Why: {escaped(rule.why)}  "
    yield f"Fix: {escaped(rule.fix)}"


def _waivers_and_unread(scan: ScanResult) -> Iterator[str]:
    problems = waiver_problems(scan)
    if problems:
        yield from ("", "## Waivers not in order", "")
        yield from (f"- {_place(waiver.place)} {escaped(waiver.problem)}" for waiver in problems)
    waived = [site for site in scan.sites if site.waiver]
    if waived:
        yield from ("", "## Waived", "")
        yield from (f"- {_place(site.place)} {code(site.rule)} {_waiver(site)}" for site in waived)
    if scan.baseline is not None and scan.baseline.stale:
        yield from ("", "## In the baseline, and no longer found", "")
        yield from (f"- {code(entry.path)} {code(entry.rule)} {escaped(entry.subject)}" for entry in scan.baseline.stale)
    if scan.unread:
        yield from ("", "## Not read", "")
        yield from (f"- {code(unread.path)} {escaped(unread.reason)}{_mattering(unread.matters)}" for unread in scan.unread)


def _mattering(matters: bool) -> str:
    return "" if matters else " (nothing was to be asked of it)"


def _sites(report: Report) -> Iterator[str]:
    yield from (
        "",
        "## Sites",
        "",
        "| rule | holds | violated | of those waived | in the baseline | hidden | unknown |",
        "|---|--:|--:|--:|--:|--:|--:|",
    )
    for tally in tallies(report):
        figures = (tally.holds, tally.violated, tally.waived, tally.baselined, tally.hidden, tally.unknown)
        yield f"| {code(tally.rule.id)} | {' | '.join(map(str, figures))} |"
    yield ""
    yield from (f"- {escaped(note)}" for note in notes(report))


def _requirements(report: Report) -> Iterator[str]:
    yield from ("", f"## {escaped(PCI_DSS)}", "", escaped(pci_note()), "")
    yield from ("| id | in our words | controls | code can show | left to people | who attests |", "|---|---|---|---|---|---|")
    rules = report.scan.rules if report.scan else ()
    for row in pci_rows(report.judgements, rules):
        yield f"| {' | '.join(_cells(row))} |"


def _cells(row: PciRow) -> Iterator[str]:
    known = row.requirement
    yield code(row.id)
    yield escaped(known.sense) if known else ""
    yield ", ".join(f"{code(judgement.control.id)} {judgement.status.value}" for judgement in row.judgements)
    yield known.code if known else ""
    yield escaped(known.people) if known else ""
    yield escaped(known.who) if known else ""
