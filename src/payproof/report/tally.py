"""The figures of a report and the sentences that state them, the same in every format."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable, Iterator

from payproof.model import Judgement, Report, Rule, ScanResult, Severity, Status, Unread, Verdict, Waiver
from payproof.report import saq
from payproof.report.visible import visible

STATUS_ORDER = (Status.BROKEN, Status.PARTIAL, Status.OPEN, Status.ATTEST, Status.SHOWN)
"""What needs attention first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """How the sites of one rule fared; `violated` includes those `waived`, `baselined`, and `hidden` for low confidence."""

    rule: Rule
    holds: int
    violated: int
    unknown: int
    waived: int
    hidden: int
    baselined: int = 0

    @property
    def sites(self) -> int:
        return self.holds + self.violated + self.unknown

    def __str__(self) -> str:
        """As in `12 sites: 9 hold, 2 violated (1 waived), 1 unknown`."""
        if not self.sites:
            return "no site"
        aside = ((self.waived, "waived"), (self.baselined, "in the baseline"), (self.hidden, "hidden"))
        of_those = ", ".join(f"{count} {word}" for count, word in aside if count)
        violated = f"{self.violated} violated" + (f" ({of_those})" if of_those else "")
        holds = f"{self.holds} hold" + ("s" if self.holds == 1 else "")
        return f"{number_of(self.sites, 'site')}: {holds}, {violated}, {self.unknown} unknown"


def tallies(report: Report) -> tuple[Tally, ...]:
    """Return one tally per rule asked, by rule id; none when the report holds no scan."""
    if report.scan is None:
        return ()
    verdicts = collections.Counter((site.rule, site.verdict) for site in report.scan.sites)
    waived = collections.Counter(site.rule for site in report.scan.sites if site.waiver)
    baselined = collections.Counter(site.rule for site in report.scan.sites if site.baselined)
    return tuple(
        Tally(
            rule=rule,
            holds=verdicts[rule.id, Verdict.HOLDS],
            violated=verdicts[rule.id, Verdict.VIOLATED] + report.hidden.get(rule.id, 0),
            unknown=verdicts[rule.id, Verdict.UNKNOWN],
            waived=waived[rule.id],
            hidden=report.hidden.get(rule.id, 0),
            baselined=baselined[rule.id],
        )
        for rule in sorted(report.scan.rules, key=lambda rule: rule.id)
    )


def number_of(count: int, noun: str, plural: str = "") -> str:
    """Return `1 site`, `1,200 sites`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def unread_that_matter(scan: ScanResult) -> tuple[Unread, ...]:
    """Return the files that could not be read although something was to be asked of them."""
    return tuple(unread for unread in scan.unread if unread.matters)


def waiver_problems(scan: ScanResult) -> tuple[Waiver, ...]:
    """Return the waivers that count against the scan: without a reason, stale or expired."""
    return tuple(waiver for waiver in scan.waivers if waiver.problem)


def headline(report: Report) -> str:
    """Say in one line what was asked and what was found; never that anything is in order."""
    parts = [] if report.scan is None else [scan_headline(report.scan)]
    if report.judgements:
        parts.append(checklist_headline(report.judgements))
    return "; ".join(parts) or "nothing to report: no scan and no evidence"


def scan_headline(scan: ScanResult) -> str:
    """Say in one line what the scan asked and found."""
    asked = f"{number_of(len(scan.rules), 'rule')} asked of {number_of(scan.counts.files, 'file')}"
    findings = scan.findings()
    unread = unread_that_matter(scan)
    if not scan.counts.files and not unread:
        return "nothing to scan: no file found"
    lost = f"; {number_of(len(unread), 'file')} that matter{'s' if len(unread) == 1 else ''} not read" if unread else ""
    if not scan.payment_code and not findings:
        return f"no payment code here: {asked}, no site found{lost}"
    verdicts = collections.Counter(site.verdict for site in scan.sites)
    holds = verdicts[Verdict.HOLDS]
    rest = f"{number_of(holds, 'site holds', 'sites hold')}, {verdicts[Verdict.UNKNOWN]:,} unknown{lost}"
    noun = "new finding" if scan.baseline else "finding"
    inside = f" in what changed since {visible(scan.change.since)}" if scan.change else ""
    if not findings:
        return f"no {noun}s{inside}: {asked}, {rest}"
    severities = collections.Counter(site.severity for site in findings)
    split = ", ".join(f"{severities[severity]} {severity.value}" for severity in reversed(Severity) if severities[severity])
    return f"{number_of(len(findings), noun)} ({split}){inside}: {asked}, {rest}"


def checklist_headline(judgements: Iterable[Judgement]) -> str:
    """Return `8 controls: 1 broken, 2 partial, 3 open, 1 attest, 1 shown`."""
    found = collections.Counter(judgement.status for judgement in judgements)
    split = ", ".join(f"{found[status]} {status.value}" for status in STATUS_ORDER if found[status])
    return f"{number_of(sum(found.values()), 'control')}: {split}"


def notes(report: Report) -> tuple[str, ...]:
    """Return what else a reader must know to weigh the figures: what was set aside, left out or not looked at."""
    scan = report.scan
    if scan is None:
        return ()
    counts = scan.counts
    waived = sum(1 for site in scan.sites if site.waiver)
    hidden = sum(report.hidden.values())
    problems = waiver_problems(scan)
    aside = [unread for unread in scan.unread if not unread.matters]
    said = [
        (counts.analysed, f"{number_of(counts.analysed, 'file')} can concern payments and {was(counts.analysed)} read closely"),
        (
            counts.irrelevant,
            f"{number_of(counts.irrelevant, 'file')} cannot concern payments by {their(counts.irrelevant)} words",
        ),
        (waived, f"{number_of(waived, 'finding')} waived"),
        (len(problems), f"{number_of(len(problems), 'waiver')} not in order"),
        (hidden, f"{number_of(hidden, 'finding')} of low confidence hidden; --pedantic shows {them(hidden)}"),
        (counts.excluded, f"{number_of(counts.excluded, 'file')} left out by the configuration of the scanned project"),
        (counts.tests_not_asked, f"{number_of(counts.tests_not_asked, 'test file')} asked less than other code"),
        (counts.maskers, f"{number_of(counts.maskers, 'masker')} declared by the scanned project and believed"),
        (len(aside), f"{number_of(len(aside), 'file')} not read that nothing was to be asked of"),
        *_compared(scan),
        (scan.partial, "only a part of the project was scanned: this speaks for no control"),
        *((True, saq.sentence(found)) for found in (saq.hint(scan),) if found is not None),
    ]
    return tuple(text for applies, text in said if applies)


def _compared(scan: ScanResult) -> Iterator[tuple[object, str]]:
    """Yield what is to be said of a baseline and of a change, each with whether it applies."""
    known = scan.baseline
    if known is not None:
        baselined = sum(site.baselined for site in scan.sites)
        stale = len(known.stale)
        yield True, f"{number_of(baselined, 'finding')} in the baseline {visible(known.path)}, which holds {known.entries:,}"
        yield (
            stale,
            f"{number_of(stale, 'entry', 'entries')} of the baseline no longer found; "
            f"`payproof baseline update` takes {them(stale)} out",
        )
        yield (
            known.rule_pack != scan.rule_pack,
            f"the baseline was made with the rule pack {visible(known.rule_pack)}, and these are the rules of {scan.rule_pack}: "
            "what changed rules find counts as new",
        )
    if scan.change is not None:
        change = scan.change
        yield (
            True,
            f"only what is new or touched since {visible(change.since)} ({change.commit[:12]}) counts: "
            f"{number_of(change.files, 'file')} changed, {number_of(change.elsewhere, 'finding')} elsewhere left out",
        )


def was(count: int) -> str:
    return "was" if count == 1 else "were"


def them(count: int) -> str:
    return "it" if count == 1 else "them"


def their(count: int) -> str:
    return "its" if count == 1 else "their"
