"""Which exit code a report deserves."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from payproof.cli.codes import FOUND, NOT_EVERYWHERE, NOTHING_FOUND
from payproof.model import Report, Severity, Status
from payproof.report.tally import unread_that_matter, waiver_problems


def of_scan(report: Report, fail_on: Severity, exit_zero: bool) -> int:
    """Return the exit code of a scan. `exit_zero` forgives what was found, never what was not read."""
    scan = report.scan
    if scan is None or not scan.counts.files or unread_that_matter(scan):
        return NOT_EVERYWHERE
    severe = any(fail_on <= site.severity for site in scan.findings())
    return FOUND if (severe or waiver_problems(scan)) and not exit_zero else NOTHING_FOUND


def of_checklist(report: Report, fail_on: Collection[Status], required: Sequence[str], exit_zero: bool) -> int:
    """Return the exit code of a report, `required` being the requirements that are not met."""
    if report.ledger_problems or not any(judgement.evidence for judgement in report.judgements):
        return NOT_EVERYWHERE
    failing = any(judgement.status in fail_on for judgement in report.judgements)
    return FOUND if (failing or required) and not exit_zero else NOTHING_FOUND
