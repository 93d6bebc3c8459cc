"""The checklist in the terminal report."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from payproof.model import Evidence, Judgement, Report, Status
from payproof.report.evidence import Aside, asides, stance_of
from payproof.report.styled import Line, Segment, Style, folded
from payproof.report.tally import checklist_headline
from payproof.report.visible import paragraph, visible

WIDTH = 100
INDENT = 13


def lines(report: Report) -> Iterator[Line]:
    """Yield the checklist: controls under their items, each with its status, its evidence and what is missing."""
    yield [Segment("Checklist", Style.TITLE), f"  {checklist_headline(report.judgements)}" if report.judgements else ""]
    if report.revision:
        yield [Segment(f"  revision {visible(report.revision)}, rules {visible(report.rule_pack) or 'unknown'}", Style.DIM)]
    for item, judgements in itertools.groupby(report.judgements, key=lambda judgement: judgement.control.item):
        yield [f"  {paragraph(item)}"]
        for judgement in judgements:
            yield from _control(judgement)
    if report.ledger_problems:
        yield [Segment("Ledger", Style.TITLE)]
        for problem in report.ledger_problems:
            yield [f"  {paragraph(problem)}"]
    yield []


def _control(judgement: Judgement) -> Iterator[Line]:
    status = judgement.status
    control = judgement.control
    yield [
        "    ",
        Segment(f"{status.value:<7}", Style(status.value)),
        "  ",
        Segment(control.id, Style.TITLE),
        f"  {paragraph(control.title)}",
    ]
    for evidence in judgement.evidence:
        yield from _indented(_statement(evidence))
    for aside in asides(judgement):
        yield from _indented(f"set aside: {_aside(aside)}", Style.DIM)
    if judgement.missing and status is not Status.ATTEST:
        yield from _indented(f"nothing for it yet from: {', '.join(witness.value for witness in judgement.missing)}")
    if control.cannot_show and status in (Status.ATTEST, Status.SHOWN, Status.PARTIAL):
        yield from _indented(f"limits: {paragraph(control.cannot_show)}", Style.DIM)


def _statement(evidence: Evidence) -> str:
    stance = stance_of(evidence)
    place = f"  {visible(str(evidence.place))}" if evidence.place else ""
    return f"{evidence.witness.value} {stance}: {visible(evidence.subject)}: {paragraph(evidence.summary)}{place}"


def _aside(aside: Aside) -> str:
    if aside.count == 1:
        return f"{_statement(aside.example)} ({paragraph(aside.why)})"
    said = f"{aside.count} statements {stance_of(aside.example)}, by {aside.example.witness.value}"
    return f"{said} ({paragraph(aside.why)})"


def _indented(text: str, style: Style = Style.PLAIN) -> Iterator[Line]:
    for line in folded(text, WIDTH - INDENT):
        yield [" " * INDENT, Segment(line, style)]
