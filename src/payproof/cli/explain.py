"""`payproof explain`: a rule, or what was asked of one line and why it holds, is violated, or is not known."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator

import click

from payproof.cli import console
from payproof.cli.codes import NOT_EVERYWHERE
from payproof.model import Rule, ScanResult, Site, UsageError, Verdict
from payproof.report.styled import Line, Segment, Style, folded, segments
from payproof.report.tally import number_of
from payproof.report.visible import code_line, paragraph, visible

WIDTH = 100

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>\d+)(?::\d+)?")


@click.command("explain")
@click.argument("target", metavar="RULE|PATH:LINE")
def command(target: str) -> int:
    """Explain RULE: why it is asked, what to do, and a sample with what it finds.

    Or explain PATH:LINE: which rules had something to say about that line, and why.
    """
    place = _PLACE.fullmatch(target)
    if place:
        return _explain_line(pathlib.Path(place["path"]), int(place["line"]))
    if "/" in target or pathlib.Path(target).is_file():
        raise UsageError(f"{target}: name a line as well, as in {target}:12")
    _explain_rule(target)
    return 0


def _explain_rule(name: str) -> None:
    from payproof import catalogue, config
    from payproof.cli.rules import find
    from payproof.scan.files import project_root

    settings = config.load(project_root([pathlib.Path()]))
    rule = find(name, catalogue.load_rules(settings.rules))
    console.put_pieces(segments(_rule_lines(rule, sample_of(rule, settings.rules))))


def sample_of(rule: Rule, folders: tuple[pathlib.Path, ...]) -> str:
    """Return the annotated sample of a rule, or `""`: those of payproof's rules ship with it, others stand beside the rule."""
    path = sample_file(rule, folders)
    return path.read_text("utf-8") if path is not None else ""


def sample_file(rule: Rule, folders: tuple[pathlib.Path, ...]) -> pathlib.Path | None:
    """Return the file of a rule's sample, which is of the kind that the rule asks: Python, a template, requirements."""
    from payproof.documents import data_folder

    for folder in (data_folder("fixtures") / "code", *folders):
        for path in sorted(folder.glob(f"{rule.id}.*")):
            if path.suffix != ".yaml" or folder.name == "code":
                return path
    return None


def _rule_lines(rule: Rule, sample: str) -> Iterator[Line]:
    standards = [*(f"CWE-{number}" for number in rule.cwe), *(f"PCI DSS 4.0.1 {id}" for id in rule.pci)]
    yield [Segment(rule.id, Style.TITLE), f"  {paragraph(rule.title)}"]
    yield []
    yield [
        f"  {'severity':<12}",
        Segment(rule.severity.value, Style(rule.severity.value)),
        f", {rule.confidence.value} confidence",
    ]
    yield [f"  {'category':<12}{rule.category}"]
    yield [f"  {'control':<12}{rule.control}"]
    yield [f"  {'standards':<12}{', '.join(standards)}"]
    yield [f"  {'since':<12}{rule.since}"]
    for title, text in (("Why", rule.why), ("Fix", rule.fix)):
        yield []
        yield [Segment(title, Style.TITLE)]
        for line in folded(paragraph(text), WIDTH - 2):
            yield [f"  {line}"]
    from payproof.scan.fixes import fixable  # loads libcst

    if rule.id in fixable():
        yield []
        yield [Segment("Can be fixed", Style.TITLE), "  payproof fix"]
        for line in folded(paragraph(fixable()[rule.id]), WIDTH - 2):
            yield [f"  {line}"]
    yield []
    yield [Segment("Accept one place", Style.TITLE)]
    yield [f"  # payproof: ignore[{rule.id}] owner: reason"]
    if sample:
        yield []
        yield [Segment("Sample", Style.TITLE), f"  lines marked `# finds: {rule.id}` are violations, all others are not"]
        for line in sample.rstrip().splitlines():
            marked = f"finds: {rule.id}" in line
            yield [f"  {'>' if marked else ' '} ", Segment(code_line(line), Style.MARK if marked else Style.PLAIN)]


def _explain_line(path: pathlib.Path, line: int) -> int:
    from payproof.project import Project

    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file and a line of it")
    project = Project.of([path])
    name = path.resolve().relative_to(project.root).as_posix()
    result = project.scan([path], project.baseline())
    console.put_pieces(segments(_line_lines(result, name, line)))
    return NOT_EVERYWHERE if any(unread.path == name and unread.matters for unread in result.unread) else 0


def _line_lines(result: ScanResult, name: str, line: int) -> Iterator[Line]:
    rules = {rule.id: rule for rule in result.rules}
    here = [site for site in result.sites if _covers(site, name, line)]
    passing = [site for site in result.sites if site not in here and _passes(site, name, line)]
    asked = f"{number_of(len(rules), 'rule')} asked"
    if here or passing:
        yield [Segment(f"{visible(name)}:{line}", Style.PATH), f"  {asked}"]
        for site in (*here, *passing):
            yield []
            yield from _site_lines(site, rules[site.rule])
        return
    yield [Segment(f"{visible(name)}:{line}", Style.PATH), f"  {asked}, and none applies to this line"]
    for remark in _why_nothing(result, name, line):
        yield [f"  {remark}"]


def _covers(site: Site, name: str, line: int) -> bool:
    return site.place.path == name and site.place.line <= line <= max(site.place.line, site.place.end_line)


def _passes(site: Site, name: str, line: int) -> bool:
    return any(
        step.place.path == name and step.place.line <= line <= max(step.place.line, step.place.end_line) for step in site.steps
    )


_VERDICT_STYLES = {Verdict.HOLDS: Style.SHOWN, Verdict.VIOLATED: Style.BROKEN, Verdict.UNKNOWN: Style.PARTIAL}


def _site_lines(site: Site, rule: Rule) -> Iterator[Line]:
    verdict = Segment(site.verdict.value, _VERDICT_STYLES[site.verdict])
    doubt = f"{site.severity.value} severity, {site.confidence.value} confidence"
    yield ["  ", verdict, "  ", Segment(rule.id, Style.TITLE), f"  {paragraph(rule.title)} ({doubt})"]
    said = [("at", str(site.place)), ("because", site.message), ("unknown", site.reason)]
    if site.waiver:
        said.append(("waived", f"{site.waiver.owner or 'nobody'}: {site.waiver.reason or 'no reason given'}"))
    if site.baselined:
        said.append(("known", "the project's baseline holds it"))
    if site.verdict is Verdict.VIOLATED:
        said.append(("fix", rule.fix))
    for label, text in said:
        for number, words in enumerate(folded(paragraph(text), WIDTH - 14) if text else []):
            yield [f"    {label if not number else '':<10}{words}"]
    for number, step in enumerate(site.steps):
        yield [
            f"    {'flow' if not number else '':<10}",
            Segment(visible(str(step.place)), Style.PATH),
            f"  {paragraph(step.note)}",
        ]


def _why_nothing(result: ScanResult, name: str, line: int) -> Iterator[str]:
    unread = [item for item in result.unread if item.path == name]
    if unread:
        yield f"the file was not read: {paragraph(unread[0].reason)}"
        return
    if not result.counts.files:
        yield "the file was left out: an exclude pattern covers it"
        return
    if result.counts.tests_not_asked:
        yield "it is test code, which is asked less than other code"
    elif not result.counts.analysed:
        yield "the file was set aside: by its words it cannot concern payments"
    near = sorted((site for site in result.sites if site.place.path == name), key=lambda site: abs(site.place.line - line))
    if near:
        yield f"the nearest place that a rule applies to is line {near[0].place.line} ({near[0].rule}, {near[0].verdict.value})"
    elif result.counts.analysed:
        yield "no rule applies to any line of this file"
