"""`payproof scan`."""

from __future__ import annotations

import pathlib

import click

from payproof.cli import exits, options
from payproof.cli.codes import NOT_EVERYWHERE
from payproof.cli.output import deliver, explain_not_everywhere
from payproof.cli.progress import Progress
from payproof.model import Severity, UsageError
from payproof.report import format_names


@click.command("scan")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=pathlib.Path))
@click.option(
    "--format", "format_name", type=click.Choice(format_names()), default="text", show_default=True, help="What to write."
)
@options.output
@click.option("--select", multiple=True, callback=options.names, metavar="RULE", help="Ask only these rules or categories.")
@click.option("--ignore", multiple=True, callback=options.names, metavar="RULE", help="Do not ask these rules or categories.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files that match, counted from the project root.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Lowest severity that sets exit code 1.  [default: low]",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=pathlib.Path, dir_okay=False),
    metavar="FILE",
    help="Known findings, which set no exit code.  [default: .payproof-baseline.yaml, where there is one]",
)
@click.option("--no-baseline", is_flag=True, help="Look at all findings, those of the baseline too.")
@click.option("--changed-since", metavar="REF", help="Only what is new or touched since this commit, branch or tag.")
@click.option("--pedantic", is_flag=True, help="Show findings of low confidence too, and every unknown site.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although something was found.")
@click.option("--no-cache", is_flag=True, help="Neither use nor write .payproof_cache.")
@click.option("--no-ledger", is_flag=True, help="Do not record what was found as evidence in .payproof.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to use.  [default: one per processor]")
def command(
    paths: tuple[pathlib.Path, ...],
    format_name: str,
    output: pathlib.Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exclude: tuple[str, ...],
    fail_on: str | None,
    baseline: pathlib.Path | None,
    no_baseline: bool,
    changed_since: str | None,
    pedantic: bool,
    exit_zero: bool,
    no_cache: bool,
    no_ledger: bool,
    jobs: int | None,
) -> int:
    """Read the code in PATHs and say what holds, what does not, and what is unknown.

    Nothing that is scanned is imported or run, and no connection is made.
    """
    from payproof.baseline import read as read_baseline
    from payproof.project import Project
    from payproof.report.building import build

    if baseline is not None and no_baseline:
        raise UsageError("--baseline and --no-baseline exclude each other")
    project = Project.of(paths)
    known = None if no_baseline else read_baseline(baseline) if baseline is not None else project.baseline()
    with Progress() as progress:
        result = project.scan(
            paths,
            known,
            select=select,
            ignore=ignore,
            exclude=exclude,
            jobs=jobs,
            cache=not no_cache,
            progress=progress,
            since=changed_since,
        )
    report = build(result, pedantic=pedantic)
    deliver(report, format_name, output)
    if not no_ledger:
        project.record(result, whole=not (select or ignore))
    lowest = Severity(fail_on) if fail_on else project.settings.fail_on or Severity.LOW
    code = exits.of_scan(report, lowest, exit_zero)
    if code == NOT_EVERYWHERE and (format_name != "text" or output is not None):
        explain_not_everywhere(report)
    return code
