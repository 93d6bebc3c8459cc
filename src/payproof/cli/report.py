"""`payproof report`."""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Iterable, Mapping, Sequence

import click

from payproof.cli import console, exits, options
from payproof.cli.output import deliver
from payproof.model import Judgement, Status, UsageError
from payproof.report import formats_showing

REQUIRABLE = (Status.SHOWN, Status.PARTIAL)
"""Statuses that can be required; the first satisfies a demand for the second too."""


@click.command("report")
@click.argument("path", default=".", metavar="[PATH]", type=click.Path(path_type=pathlib.Path))
@click.option(
    "--format",
    "format_name",
    type=click.Choice(formats_showing("checklist")),
    default="text",
    show_default=True,
    help="What to write.",
)
@options.output
@click.option(
    "--require",
    multiple=True,
    callback=options.names,
    metavar="STATUS:CONTROL,...",
    help="Exit with 1 unless each control has at least the status before it (shown or partial).",
)
@click.option(
    "--fail-on",
    multiple=True,
    callback=options.names,
    metavar="STATUS,...",
    help="Statuses that set exit code 1.  [default: broken]",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although a gate is not met.")
def command(
    path: pathlib.Path,
    format_name: str,
    output: pathlib.Path | None,
    require: tuple[str, ...],
    fail_on: tuple[str, ...],
    exit_zero: bool,
) -> int:
    """Join what scans, tests and people said about the project at PATH into the checklist.

    Only evidence about the present revision, gathered with the present rules, counts. Reads the ledger; scans and runs
    nothing.
    """
    from payproof import catalogue
    from payproof.project import Project

    failing = tuple(_status(word, tuple(Status), "--fail-on") for word in fail_on) or (Status.BROKEN,)
    demands = _demands(require, [control.id for control in catalogue.load_controls()])
    report = Project.of([path]).report(datetime.date.today())
    deliver(report, format_name, output)
    unmet = _unmet(demands, report.judgements)
    for line in unmet:
        console.complain(line)
    for problem in report.ledger_problems:
        console.complain(f"the ledger: {problem}")
    if not any(judgement.evidence for judgement in report.judgements):
        console.complain("no evidence about the present state of the project; run `payproof scan .` and the tests first")
    return exits.of_checklist(report, failing, unmet, exit_zero)


def _status(word: str, known: Sequence[Status], option: str) -> Status:
    from payproof.documents import suggest

    names = [status.value for status in known]
    if word not in names:
        raise UsageError(f"{option}: {word!r} is not a status{suggest(word, names)}")
    return Status(word)


def _demands(words: Iterable[str], controls: Sequence[str]) -> Mapping[str, Status]:
    """Return what is demanded of each control; `shown:a,b` demands the same of both."""
    from payproof.documents import suggest

    demands: dict[str, Status] = {}
    status: Status | None = None
    for word in words:
        before, colon, control = word.rpartition(":")
        if colon:
            status = _status(before, REQUIRABLE, "--require")
        if status is None:
            raise UsageError(f"--require: {word!r} lacks its status; write shown:{word}")
        if control not in controls:
            raise UsageError(f"--require: there is no control {control!r}{suggest(control, controls)}")
        demands[control] = status
    return demands


def _unmet(demands: Mapping[str, Status], judgements: Iterable[Judgement]) -> list[str]:
    found = {judgement.control.id: judgement.status for judgement in judgements}
    return [
        f"required: {control} is to be {status.value}, but is {found[control].value}"
        for control, status in demands.items()
        if found[control] not in REQUIRABLE[: REQUIRABLE.index(status) + 1]
    ]
