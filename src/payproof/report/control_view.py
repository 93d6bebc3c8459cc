"""A control with everything a reader wants beside it: its judgement and, when the report holds the scan, its sites."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

from payproof.model import Judgement, Report, Site, Verdict, Witness
from payproof.report.tally import Tally, tallies


@dataclasses.dataclass(frozen=True, slots=True)
class ControlView:
    """A judgement, the tallies of those rules of its control that its evidence does not state, and the sites that do not hold."""

    judgement: Judgement
    tallies: tuple[Tally, ...] = ()
    violated: tuple[Site, ...] = ()
    waived: tuple[Site, ...] = ()
    unknown: tuple[Site, ...] = ()
    baselined: tuple[Site, ...] = ()


def by_item(report: Report) -> Iterator[tuple[str, tuple[ControlView, ...]]]:
    """Yield each heading of the checklist with its controls, in the order of the judgements."""
    found = tallies(report)
    for item, judgements in itertools.groupby(report.judgements, key=lambda judgement: judgement.control.item):
        yield item, tuple(_view(judgement, report, found) for judgement in judgements)


def _view(judgement: Judgement, report: Report, found: tuple[Tally, ...]) -> ControlView:
    if report.scan is None:
        return ControlView(judgement)
    mine = tuple(tally for tally in found if tally.rule.control == judgement.control.id)
    stated = {evidence.subject for evidence in judgement.evidence if evidence.witness is Witness.SCAN}
    rules = {tally.rule.id for tally in mine}
    sites = [site for site in report.scan.sites if site.rule in rules]
    violated = [site for site in sites if site.verdict is Verdict.VIOLATED]
    return ControlView(
        judgement=judgement,
        tallies=tuple(tally for tally in mine if tally.rule.id not in stated),
        violated=tuple(site for site in violated if site.waiver is None and not site.baselined),
        waived=tuple(site for site in violated if site.waiver is not None),
        unknown=tuple(site for site in sites if site.verdict is Verdict.UNKNOWN),
        baselined=tuple(site for site in violated if site.waiver is None and site.baselined),
    )
