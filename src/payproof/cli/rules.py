"""`payproof rules`: list, show and check what is asked."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from payproof import config
from payproof.cli import console
from payproof.cli.codes import FOUND, NOTHING_FOUND
from payproof.cli.group import show_help_instead
from payproof.model import Rule, UsageError
from payproof.report.tally import number_of
from payproof.report.visible import visible

if TYPE_CHECKING:
    from payproof.scan.samples import Tried


@click.group("rules", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, show or check the rules: payproof's own and those of the project in the current directory."""
    show_help_instead(context)


@command.command("list")
def list_rules() -> int:
    """List every rule: id, severity, confidence, category and title."""
    rules, _ = _load(())
    widths = [max(len(cell) for cell in column) for column in zip(*map(_row, rules), strict=True)]
    for rule in rules:
        cells = [cell.ljust(width) for cell, width in zip(_row(rule), widths, strict=True)]
        console.put("  ".join(cells).rstrip() + "\n")
    return 0


def _row(rule: Rule) -> tuple[str, ...]:
    return rule.id, rule.severity.value, rule.confidence.value, rule.category, rule.title


@command.command("show")
@click.argument("rule")
def show(rule: str) -> int:
    """Print the YAML document of RULE."""
    rules, folders = _load(())
    lines = file_of(find(rule, rules), folders).read_text("utf-8").splitlines()
    console.put("".join(f"{visible(line)}\n" for line in lines))
    return 0


@command.command("check")
@click.argument("folders", nargs=-1, metavar="[FOLDER...]", type=click.Path(path_type=pathlib.Path))
def check(folders: tuple[pathlib.Path, ...]) -> int:
    """Load every rule and model, those in FOLDERs too, and try the project's own on their samples.

    A sample stands beside its rule or model under the same name, as in audit/house-rule.py. Lines marked `# finds: RULE` are
    to be found, all others not. Exit codes: 1 when a sample is not as it should be or a rule has none, 2 when a rule or model
    cannot be used.
    """
    from payproof.scan import models, shapes

    rules, used = _load(folders)
    shapes.check_asks(rules)
    models.load(used)
    own = [rule for rule in rules if file_of(rule, used).parent in used]
    tried, faults = _try_samples(own, used)
    for line in faults:
        console.put(f"{visible(line)}\n")
    console.put(
        f"{number_of(len(rules), 'rule')} can be asked, {len(own)} of them from the project's own folders; "
        f"{number_of(tried, 'sample')} tried\n"
    )
    return FOUND if faults else NOTHING_FOUND


def _try_samples(own: list[Rule], folders: tuple[pathlib.Path, ...]) -> tuple[int, list[str]]:
    """Return how many samples were tried, and what is wrong with them."""
    from payproof.catalogue import sample_beside
    from payproof.documents import shown_path
    from payproof.scan.engine import ScanOptions
    from payproof.scan.files import project_root
    from payproof.scan.samples import try_sample

    settings = config.load(project_root([pathlib.Path()]))
    options = ScanOptions(rule_dirs=folders, maskers=settings.maskers)
    samples = [(sample_beside(file_of(rule, folders)), rule.id) for rule in own]
    for folder in folders:
        models = (sample_beside(path) for path in sorted((folder / "models").glob("*.yaml")))
        samples += [(sample, "") for sample in models if sample is not None]
    tried = 0
    faults = []
    for sample, rule in samples:
        if sample is None:
            faults.append(f"{rule}: has no sample: write {rule}.py beside it, with the lines marked that it is to find")
            continue
        tried += 1
        faults += [f"{shown_path(sample)}{fault}" for fault in _faults(try_sample(sample, rule, options), rule)]
    return tried, faults


def _faults(tried: Tried, rule: str) -> Iterator[str]:
    if tried.unread:
        yield f": not read: {tried.unread}"
    if not tried.shows:
        yield f": shows nothing that {rule} finds: mark a line with `# finds: {rule}`"
    yield from (f":{line}: Missing: {name} is to be found here, and is not" for name, line in tried.missing)
    yield from (f":{line}: Noisy: {name} is found here, which no mark says" for name, line in tried.noisy)
    yield from (f":{line}: {name} is found here after all: mark it `finds`" for name, line in tried.found_after_all)


def _load(more: tuple[pathlib.Path, ...]) -> tuple[tuple[Rule, ...], tuple[pathlib.Path, ...]]:
    """Return all rules, and the folders of the user's that some of them come from."""
    from payproof import catalogue
    from payproof.scan.files import project_root

    settings = config.load(project_root([pathlib.Path()]))
    folders = (*settings.rules, *(folder for folder in more if folder.absolute() not in settings.rules))
    return catalogue.load_rules(folders), folders


def find(name: str, rules: tuple[Rule, ...]) -> Rule:
    """Return the rule `name`. Raises `UsageError` with the nearest name when there is none."""
    from payproof.documents import suggest

    known = {rule.id: rule for rule in rules}
    if name not in known:
        raise UsageError(f"there is no rule {name!r}{suggest(name, known) or '; `payproof rules list` names them'}")
    return known[name]


def file_of(rule: Rule, folders: tuple[pathlib.Path, ...]) -> pathlib.Path:
    """Return the YAML document that a loaded rule was read from."""
    from payproof.documents import data_folder

    candidates = (folder / f"{rule.id}.yaml" for folder in (*folders, data_folder("rules")))
    return next(path for path in candidates if path.is_file())
