"""`payproof fix`."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from payproof.cli import console, options
from payproof.cli.codes import FOUND, NOT_EVERYWHERE, NOTHING_FOUND
from payproof.cli.output import explain_not_everywhere
from payproof.cli.progress import Progress
from payproof.model import Confidence
from payproof.report.styled import Line, Segment, Style, folded, segments
from payproof.report.tally import number_of, unread_that_matter
from payproof.report.visible import code_line, paragraph, visible

if TYPE_CHECKING:
    from payproof.fixing import FileFix, Fixes
    from payproof.model import Report, Site
    from payproof.project import Project

WIDTH = 100


@click.command("fix")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=pathlib.Path))
@click.option("--write", is_flag=True, help="Change the files; without it a diff is shown, with secrets masked.")
@click.option("--select", multiple=True, callback=options.names, metavar="RULE", help="Fix only these rules or categories.")
@click.option("--allow-dirty", is_flag=True, help="Change files that hold what is not committed, too.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(("text", "sarif")),
    default="text",
    show_default=True,
    help="What to write: a diff, or SARIF with the fixes in it.",
)
@options.output
@click.option("--no-cache", is_flag=True, help="Neither use nor write .payproof_cache.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.  [default: one per processor]")
def command(
    paths: tuple[pathlib.Path, ...],
    write: bool,
    select: tuple[str, ...],
    allow_dirty: bool,
    format_name: str,
    output: pathlib.Path | None,
    no_cache: bool,
    jobs: int | None,
) -> int:
    """Fix the findings in PATHs that can be fixed with certainty.

    Each fix is tried on a copy of the project, which is scanned: it is kept if its finding is gone and nothing new is found.
    `payproof rules list` names all rules; the documentation says which of them can be fixed.
    """
    from payproof import fixing
    from payproof.project import Project

    project = Project.of(paths)
    with Progress() as progress:
        fixes = fixing.propose(project, paths, select, cache=not no_cache, jobs=jobs, progress=progress)
    if format_name == "sarif":
        _deliver(_report(fixes), output)
    else:
        _show(fixes, output)
    kept = _write(project, fixes, allow_dirty) if write else 0
    if fixes.files and not write:
        console.complain(f"{_sum(fixes)}; nothing is written: --write does")
    report = _report(fixes)
    if unread_that_matter(fixes.scan) or not fixes.scan.counts.files:
        explain_not_everywhere(report)
        return NOT_EVERYWHERE
    return FOUND if fixes.left or kept < len(fixes.files) else NOTHING_FOUND


def _sum(fixes: Fixes) -> str:
    count = sum(len(found.sites) for found in fixes.files)
    return f"{number_of(count, 'fix', 'fixes')} in {number_of(len(fixes.files), 'file')}"


def _write(project: Project, fixes: Fixes, allow_dirty: bool) -> int:
    """Write what may be written, say of each file what became of it, and return how many were."""
    from payproof import fixing
    from payproof.model import PayproofError

    dirty = frozenset() if allow_dirty else fixing.uncommitted(project.root, [found.path for found in fixes.files])
    written = 0
    for found in fixes.files:
        if found.path in dirty:
            console.complain(
                f"{found.path}: holds changes that are not committed; not written: commit them, or say --allow-dirty"
            )
            continue
        try:
            fixing.write(project.root, found)
        except PayproofError as error:
            console.complain(str(error))
            continue
        written += 1
        console.complain(f"{found.path}: {number_of(len(found.sites), 'fix', 'fixes')} written")
    return written


def _show(fixes: Fixes, output: pathlib.Path | None) -> None:
    pieces = list(segments(_lines(fixes)))
    if output is not None and str(output) != "-":
        console.write_file(output, "".join(piece.text for piece in pieces))
    else:
        console.put_pieces(pieces)


def _lines(fixes: Fixes) -> Iterator[Line]:
    from payproof.scan.fixes import fixable

    explained: set[str] = set()
    for found in fixes.files:
        for site in found.sites:
            yield from _named(site, "" if site.rule in explained else fixable()[site.rule])
            explained.add(site.rule)
        yield from _diff(found)
        yield []
    if fixes.left:
        yield [Segment("Not fixed", Style.TITLE)]
        for site, reason in fixes.left:
            yield from _named(site, reason)
        yield []
    if not fixes.files:
        shown = [site for site in fixes.scan.findings() if site.confidence is not Confidence.LOW]
        findings = number_of(len(shown), "finding")
        yield [Segment(f"nothing can be fixed with certainty: {findings} in all", Style.TITLE)]


def _named(site: Site, text: str) -> Iterator[Line]:
    yield ["  ", Segment(visible(str(site.place)), Style.PATH), "  ", Segment(visible(site.rule), Style.TITLE)]
    for line in folded(paragraph(text), WIDTH - 4) if text else ():
        yield [f"    {line}"]


_STYLES = {"+": Style.SHOWN, "-": Style.BROKEN, "@": Style.DIM}


def _diff(found: FileFix) -> Iterator[Line]:
    for line in found.diff():
        yield [Segment(code_line(line), _STYLES.get(line[:1], Style.PLAIN))]


def _report(fixes: Fixes) -> Report:
    """Return the scan as a report in which each finding that can be fixed carries its fix."""
    import dataclasses

    from payproof import fixing
    from payproof.report.building import build

    mended = {
        id(site): fixing.replacements(found, after)
        for found in fixes.files
        for site, after in zip(found.sites, found.alone, strict=True)
    }
    sites = tuple(dataclasses.replace(site, fixes=mended.get(id(site), ())) for site in fixes.scan.sites)
    return build(dataclasses.replace(fixes.scan, sites=sites), pedantic=True)


def _deliver(report: Report, output: pathlib.Path | None) -> None:
    from payproof.cli.output import deliver

    deliver(report, "sarif", output)
