"""Hands a finished report to standard output or to a file."""

from __future__ import annotations

import pathlib

from payproof.cli import console
from payproof.model import Report
from payproof.report import renderer
from payproof.report.tally import headline, number_of, unread_that_matter

STANDARD_OUTPUT = "-"


def deliver(report: Report, format_name: str, output: pathlib.Path | None) -> None:
    """Print the report, or write it to `output` and say in one line on standard error what it holds.

    Raises `UsageError` for a file that cannot be written.
    """
    if output is not None and str(output) != STANDARD_OUTPUT:
        console.write_file(output, renderer(format_name)(report))
        console.complain(f"{headline(report)}; written to {output}")
    elif format_name == "text":
        from payproof.report.formats import text

        console.put_pieces(text.pieces(report))
    else:
        console.put(renderer(format_name)(report))


def explain_not_everywhere(report: Report) -> None:
    """Say on standard error why a scan could not look everywhere, for those who read a format that hides it."""
    scan = report.scan
    if scan is None:
        return
    unread = unread_that_matter(scan)
    if unread:
        first = unread[0]
        console.complain(f"{number_of(len(unread), 'file')} that matter not read; the first is {first.path}: {first.reason}")
    elif not scan.counts.files:
        console.complain("nothing to scan: no file found")
