"""GitHub Actions annotations: workflow commands that the runner turns into remarks beside the code.

The escapes are those of actions/toolkit `packages/core/src/command.ts`: `%`, carriage return and newline in the message, and
also colon and comma in properties. GitHub shows ten annotations of each level per step; the headline says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator

from payproof.model import Place, Report, ScanResult, Severity
from payproof.report.tally import headline, notes, unread_that_matter, waiver_problems
from payproof.report.visible import paragraph, visible

SHOWS = ("scan",)

LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}


def render(report: Report) -> str:
    """Return the findings as workflow commands, one per line, the headline last."""
    lines = [] if report.scan is None else list(_annotations(report.scan))
    said = ". ".join([headline(report), *notes(report)])
    lines.append(f"::notice title=payproof::{_data(said)}")
    return "\n".join(lines) + "\n"


def _annotations(scan: ScanResult) -> Iterator[str]:
    rules = {rule.id: rule for rule in scan.rules}
    for site in scan.findings():
        message = f"{paragraph(site.message)} Fix: {paragraph(rules[site.rule].fix)} (payproof explain {site.rule})"
        yield _command(LEVELS[site.severity], site.place, site.rule, message)
    for waiver in waiver_problems(scan):
        yield _command("error", waiver.place, "payproof waiver", f"{', '.join(waiver.rules)}: {waiver.problem}")
    for unread in unread_that_matter(scan):
        yield _command("error", Place(unread.path, 1), "payproof: not read", unread.reason)


def _command(level: str, place: Place, title: str, message: str) -> str:
    last = max(place.line, place.end_line)
    properties = {"file": place.path, "line": str(place.line), "endLine": str(last)}
    if last == place.line and place.end_column:  # columns mean something within one line only
        properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    properties["title"] = title
    return f"::{level} {','.join(f'{key}={_property(value)}' for key, value in properties.items())}::{_data(paragraph(message))}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
