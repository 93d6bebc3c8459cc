"""SARIF for code hosts that turn every result into an alert, whatever its kind, and ignore suppressions.

GitHub code scanning does so (microsoft/PSRule issue 955, complytime/complyctl issue 868); uploaded there, the full SARIF of
`payproof.report.formats.sarif` would raise an alert for each place that holds. This one holds the findings that neither a
waiver nor the baseline covers; what else was asked stands in the run's properties.
"""

from __future__ import annotations

from payproof.model import Report
from payproof.report.as_json import written
from payproof.report.formats.sarif import document

SHOWS = ("scan",)


def render(report: Report) -> str:
    """Return the findings of the scan as SARIF."""
    return written(document(report, every_site=False))
