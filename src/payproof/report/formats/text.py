"""The terminal report: findings by file with code frame and flow, then the figures, then the checklist."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from payproof.model import Report, Rule, ScanResult, Site, Verdict
from payproof.report import checklist_text
from payproof.report.frames import frame_of
from payproof.report.styled import Line, Segment, Style, folded, plain, segments
from payproof.report.tally import headline, notes, scan_headline, tallies, waiver_problems
from payproof.report.visible import paragraph, visible, width

SHOWS = ("scan", "checklist")

WIDTH = 100
"""Columns that prose is wrapped to; code is never wrapped."""

UNKNOWN_SHOWN = 10
"""How many sites of unknown verdict are listed unless everything was asked for."""


def render(report: Report) -> str:
    """Return the report as plain text."""
    return plain(pieces(report))


def pieces(report: Report) -> Iterator[Segment]:
    """Yield the report in styled pieces; their texts joined are `render(report)`."""
    return segments(_lines(report))


def _lines(report: Report) -> Iterator[Line]:
    scan = report.scan
    if scan is not None:
        yield from _findings(scan)
        yield from _waivers(scan)
        yield from _stale(scan)
        yield from _unread(scan)
        yield from _unknown(scan, report.pedantic)
        yield from _figures(report)
    if report.judgements or report.ledger_problems:
        yield from checklist_text.lines(report)
    for line in folded(scan_headline(scan) if scan else headline(report), WIDTH):
        yield [Segment(line, Style.TITLE)]


def _findings(scan: ScanResult) -> Iterator[Line]:
    rules = {rule.id: rule for rule in scan.rules}
    for _, sites in itertools.groupby(scan.findings(), key=lambda site: site.place.path):
        explained: set[str] = set()
        for site in sites:
            yield from _finding(site, rules[site.rule], brief=site.rule in explained)
            explained.add(site.rule)


def _finding(site: Site, rule: Rule, brief: bool) -> Iterator[Line]:
    where = Segment(f"{visible(str(site.place))}:{site.place.column}", Style.PATH)
    doubt = "" if site.confidence.value == "high" else f", {site.confidence.value} confidence"
    inside = f"  in {visible(site.subject)}" if site.subject else ""
    severity = Segment(site.severity.value, Style(site.severity.value))
    yield [where, "  ", severity, f"{doubt}  ", Segment(rule.id, Style.TITLE), Segment(inside, Style.DIM)]
    yield from _wrapped("", paragraph(site.message))
    yield from _frame(site)
    for index, step in enumerate(site.steps):
        label = "flow" if index == 0 else ""
        yield [Segment(f"    {label:<6}", Style.DIM), Segment(visible(str(step.place)), Style.PATH), f"  {paragraph(step.note)}"]
    if not brief:
        yield from _wrapped("why", paragraph(rule.why))
        yield from _wrapped("fix", paragraph(rule.fix))
    yield [Segment(f"    {'more':<6}payproof explain {rule.id}", Style.DIM)]
    yield []


def _frame(site: Site) -> Iterator[Line]:
    lines = frame_of(site)
    gutter = max((len(str(line.number)) for line in lines), default=0)
    underlined = False
    for line in lines:
        pointer = ">" if line.marked else " "
        number = Segment(f"    {pointer} {line.number:>{gutter}} | ", Style.DIM)
        yield [number, line.before, Segment(line.marked, Style.MARK), line.after]
        if line.marked and not underlined:
            underlined = True
            carets = "^" * max(width(line.marked), 1)
            yield [Segment(f"      {'':>{gutter}} | ", Style.DIM), " " * width(line.before), Segment(carets, Style.MARK)]


def _wrapped(label: str, text: str) -> Iterator[Line]:
    first, *rest = folded(text, WIDTH - (10 if label else 4))
    yield [Segment(f"    {label:<6}" if label else "    ", Style.DIM), first]
    for more in rest:
        yield [" " * (10 if label else 4) + more]


def _waivers(scan: ScanResult) -> Iterator[Line]:
    problems = waiver_problems(scan)
    if problems:
        yield [Segment("Waivers not in order", Style.TITLE)]
    for waiver in problems:
        names = visible(", ".join(waiver.rules))
        yield ["  ", Segment(visible(str(waiver.place)), Style.PATH), f"  {names}: {paragraph(waiver.problem)}"]
    waived = [(site, site.waiver) for site in scan.sites if site.waiver]
    if waived:
        yield [Segment("Waived", Style.TITLE)]
    for site, waiver in waived:
        by = f"{paragraph(waiver.owner) or 'nobody'}: {paragraph(waiver.reason) or 'no reason given'}"
        yield ["  ", Segment(visible(str(site.place)), Style.PATH), f"  {site.rule}  {by}"]
    if problems or waived:
        yield []


def _stale(scan: ScanResult) -> Iterator[Line]:
    if scan.baseline is None or not scan.baseline.stale:
        return
    yield [Segment("In the baseline, and no longer found", Style.TITLE)]
    for entry in scan.baseline.stale:
        inside = f"  in {visible(entry.subject)}" if entry.subject else ""
        yield ["  ", Segment(visible(entry.path), Style.PATH), f"  {visible(entry.rule)}{inside}"]
    yield []


def _unread(scan: ScanResult) -> Iterator[Line]:
    if not scan.unread:
        return
    yield [Segment("Not read", Style.TITLE)]
    for unread in scan.unread:
        mattering = "" if unread.matters else " (nothing was to be asked of it)"
        yield ["  ", Segment(visible(unread.path), Style.PATH), f"  {paragraph(unread.reason)}{mattering}"]
    yield []


def _unknown(scan: ScanResult, everything: bool) -> Iterator[Line]:
    unknown = [site for site in scan.sites if site.verdict is Verdict.UNKNOWN]
    if not unknown:
        return
    listed = unknown if everything else unknown[:UNKNOWN_SHOWN]
    yield [Segment("Unknown: payproof could not tell", Style.TITLE)]
    for site in listed:
        because = paragraph(site.reason or site.message)
        yield ["  ", Segment(visible(str(site.place)), Style.PATH), f"  {site.rule}  {because}"]
    if len(unknown) > len(listed):
        yield [Segment(f"  and {len(unknown) - len(listed)} more; --pedantic lists all", Style.DIM)]
    yield []


def _figures(report: Report) -> Iterator[Line]:
    found = tallies(report)
    met = [tally for tally in found if tally.sites]
    if met:
        yield [Segment("Sites", Style.TITLE)]
        longest = max(len(tally.rule.id) for tally in met)
        for tally in met:
            yield [f"  {tally.rule.id:<{longest}}  {tally}"]
    unmet = [tally.rule.id for tally in found if not tally.sites]
    if met and unmet:
        for line in folded("no site for " + ", ".join(unmet), WIDTH - 2):
            yield [Segment("  " + line, Style.DIM)]
    remarks = notes(report)
    for note in remarks:
        yield [f"  {note}"]
    if met or remarks:
        yield []
