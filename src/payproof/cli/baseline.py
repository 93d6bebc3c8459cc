"""`payproof baseline`: write, update and show the findings that a project knows of."""

from __future__ import annotations

import collections
import itertools
import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from payproof.cli import console
from payproof.cli.codes import NOT_EVERYWHERE, NOTHING_FOUND
from payproof.cli.group import show_help_instead
from payproof.cli.progress import Progress
from payproof.report.styled import Line, Segment, Style, segments
from payproof.report.tally import number_of, them, unread_that_matter
from payproof.report.visible import visible

if TYPE_CHECKING:
    from payproof.baseline import Baseline
    from payproof.model import BaselineEntry, ScanResult
    from payproof.project import Project

_PATH = click.argument("path", default=".", metavar="[PATH]", type=click.Path(path_type=pathlib.Path))


@click.group("baseline", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Keep the findings that a project has today, so that only new ones set an exit code.

    The baseline is a file to commit. It holds fingerprints, no code and no line numbers, and is never a statement that
    anything is in order: what it holds still speaks against the project in the checklist.
    """
    show_help_instead(context)


@command.command("write")
@_PATH
def write(path: pathlib.Path) -> int:
    """Scan the whole project at PATH and accept everything that is found now; an older baseline is replaced."""
    from payproof import baseline
    from payproof.project import Project

    project = Project.of([path])
    before = project.baseline() if project.baseline_file().is_file() else None
    result = _scan(project)
    entries = baseline.of_scan(result)
    if not result.counts.files:
        console.complain("nothing to scan: no file found")
        return NOT_EVERYWHERE
    baseline.write(project.baseline_file(), result.rule_pack, entries)
    console.complain(f"{_shown(project)}: {_findings(entries)}{_difference(before, entries)}")
    return _code(result)


@command.command("update")
@_PATH
def update(path: pathlib.Path) -> int:
    """Take out of the baseline what is no longer found in the project at PATH. Nothing is added."""
    from payproof import baseline, catalogue
    from payproof.project import Project

    project = Project.of([path])
    before = baseline.read(project.baseline_file())
    result = _scan(project)
    rules = {rule.id for rule in catalogue.load_rules(project.settings.rules)}
    entries = baseline.renewed(result, before, rules)
    baseline.write(project.baseline_file(), result.rule_pack, entries)
    console.complain(f"{_shown(project)}: {_findings(entries)}{_difference(before, entries)}")
    new = len(baseline.of_scan(result)) - sum(site.baselined for site in baseline.apply(result, before).sites)
    if new:
        console.complain(f"{number_of(new, 'finding')} not in the baseline; `payproof baseline write` would accept {them(new)}")
    return _code(result)


@command.command("show")
@_PATH
def show(path: pathlib.Path) -> int:
    """List what the baseline of the project at PATH holds, by file. Nothing is scanned."""
    from payproof import baseline, catalogue
    from payproof.project import Project

    project = Project.of([path])
    held = baseline.read(project.baseline_file())
    rules = catalogue.load_rules(project.settings.rules)
    console.put_pieces(segments(_lines(held, {rule.id for rule in rules})))
    pack = catalogue.rule_pack(rules, project.settings.rules)
    if pack != held.rule_pack:
        console.complain(
            f"the baseline was made with the rule pack {held.rule_pack}, and these are the rules of {pack}: "
            "what changed rules find counts as new"
        )
    return NOTHING_FOUND


def _lines(held: Baseline, rules: set[str]) -> Iterator[Line]:
    for path, entries in itertools.groupby(held.entries, key=lambda entry: entry.path):
        yield [Segment(visible(path), Style.PATH)]
        counted = collections.Counter((entry.rule, entry.subject) for entry in entries)
        for (rule, subject), count in counted.items():
            inside = f"  in {visible(subject)}" if subject else ""
            times = f"  {count} times" if count > 1 else ""
            unknown = "" if rule in rules else "  (there is no such rule any more)"
            yield ["  ", Segment(visible(rule), Style.TITLE), f"{inside}{times}{unknown}"]
    yield [Segment(f"{_findings(held.entries)} in {visible(held.path)}", Style.TITLE)]


def _scan(project: Project) -> ScanResult:
    with Progress() as progress:
        return project.scan([project.root], progress=progress)


def _code(result: ScanResult) -> int:
    unread = unread_that_matter(result)
    if unread:
        first = unread[0]
        console.complain(
            f"{number_of(len(unread), 'file')} that matter not read, so nothing of {them(len(unread))} is known; "
            f"the first is {first.path}: {first.reason}"
        )
    return NOT_EVERYWHERE if unread else NOTHING_FOUND


def _shown(project: Project) -> str:
    from payproof.documents import shown_path

    return shown_path(project.baseline_file())


def _findings(entries: tuple[BaselineEntry, ...]) -> str:
    return number_of(len(entries), "known finding")


def _difference(before: Baseline | None, entries: tuple[BaselineEntry, ...]) -> str:
    if before is None:
        return ""
    old, new = (collections.Counter(entry.fingerprint for entry in each) for each in (before.entries, entries))
    return f", {sum((new - old).values())} added, {sum((old - new).values())} taken out"
