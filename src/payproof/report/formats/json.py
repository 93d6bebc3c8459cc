"""JSON, format `payproof/1`: everything a report holds, as described by `rules/schema/report.json`.

Within `payproof/1` keys may be added, never taken away and never given another meaning.
"""

from __future__ import annotations

from typing import Any

from payproof.model import Report
from payproof.report import saq
from payproof.report.as_json import written
from payproof.report.plain_data import to_plain
from payproof.report.tally import checklist_headline, headline, notes, tallies

SHOWS = ("scan", "checklist")

FORMAT = "payproof/1"


def render(report: Report) -> str:
    """Return the report as JSON that `payproof.report.reading.read` reads back."""
    return written(
        {
            "format": FORMAT,
            "headline": headline(report),
            "notes": list(notes(report)),
            "tallies": [_tally(tally) for tally in tallies(report)],
            "checklist": checklist_headline(report.judgements) if report.judgements else "",
            "saq": _saq(report),
            "report": to_plain(report),
        }
    )


def _saq(report: Report) -> dict[str, Any] | None:
    found = saq.hint(report.scan) if report.scan is not None else None
    return to_plain(found) if found is not None else None


def _tally(tally: Any) -> dict[str, Any]:
    names = ("sites", "holds", "violated", "unknown", "waived", "baselined", "hidden")
    return {"rule": tally.rule.id, **{name: getattr(tally, name) for name in names}}
