"""`payproof demo`."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from payproof.cli import console
from payproof.cli.codes import NOT_EVERYWHERE
from payproof.model import Site
from payproof.report.styled import Line, Segment, Style, segments
from payproof.report.tally import checklist_headline, number_of, scan_headline
from payproof.report.visible import paragraph, visible

if TYPE_CHECKING:
    from payproof.demo import Demonstration

SHOWN = 5
"""How many findings are named."""


@click.command("demo")
@click.option(
    "--into", type=click.Path(path_type=pathlib.Path), metavar="FOLDER", help="Where to copy the shop: a new or empty folder."
)
def command(into: pathlib.Path | None) -> int:
    """Copy a small leaky shop, scan it, run its tests against the sandbox and write its report.

    Reads and runs nothing of yours. The tests need the packages of the extra `demo`.
    """
    from payproof import demo

    shown = demo.demonstrate(into or pathlib.Path(tempfile.mkdtemp(prefix="payproof-demo-")))
    console.put_pieces(segments(_lines(shown)))
    return NOT_EVERYWHERE if shown.tests.trouble else 0


def _lines(shown: Demonstration) -> Iterator[Line]:
    yield [f"A small shop with mistakes lies in {shown.folder}."]
    scan = shown.report.scan
    if scan is not None:
        yield []
        yield [Segment("Scan", Style.TITLE), f"       {scan_headline(scan)}"]
        worst = _one_of_each_rule(scan.findings())
        titles = {rule.id: rule.title for rule in scan.rules}
        for site in worst[:SHOWN]:
            severity = Segment(f"{site.severity.value:<8}", Style(site.severity.value))
            place = Segment(f"{visible(str(site.place)):<14}", Style.PATH)
            yield ["  ", severity, "  ", place, f"  {paragraph(titles[site.rule])}"]
        more = len(scan.findings()) - len(worst[:SHOWN])
        if more:
            yield [f"  and {number_of(more, 'more finding')}"]
    yield []
    yield [Segment("Tests", Style.TITLE), f"      {_tests(shown)}"]
    yield [Segment("Checklist", Style.TITLE), f"  {checklist_headline(shown.report.judgements)}"]
    yield [Segment("Report", Style.TITLE), "     ", Segment(str(shown.page), Style.PATH), "  open it in a browser"]
    yield []
    yield [Segment("Next", Style.TITLE)]
    for line in _next(shown):
        yield [f"  {line}"]


def _one_of_each_rule(findings: Iterable[Site]) -> list[Site]:
    """Return the first finding of each rule, the gravest first."""
    first: dict[str, Site] = {}
    for site in findings:
        first.setdefault(site.rule, site)
    return sorted(first.values(), key=lambda site: (-site.severity.rank, -site.confidence.rank, site.place))


def _tests(shown: Demonstration) -> str:
    tests = shown.tests
    if tests.missing:
        return f"not run: {' and '.join(tests.missing)} not installed; pip install 'payproof[demo]' brings what they need"
    if tests.trouble:
        return f"did not go as they should: {paragraph(tests.trouble)}"
    return f"{tests.failed} of {tests.run} failed against the Stripe sandbox"


def _next(shown: Demonstration) -> Iterator[str]:
    findings = _one_of_each_rule(shown.report.scan.findings()) if shown.report.scan else []
    if findings:
        yield f"payproof explain {findings[0].rule}    why it matters, and a sample"
    yield "payproof scan .    in your own project"
    yield 'then mark its tests with @pytest.mark.payproof("<control>"), let them use `stripe_sandbox`,'
    yield "run them, and ask payproof report what they show"
