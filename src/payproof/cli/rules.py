"""`payproof rules`: list, show and check what is asked."""

from __future__ import annotations

import pathlib

import click

from payproof.cli import console
from payproof.cli.group import show_help_instead
from payproof.model import Rule, UsageError
from payproof.report.tally import number_of
from payproof.report.visible import visible


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
    """Load every rule and model, those in FOLDERs too; exit with 2 and say what is wrong if one cannot be used."""
    rules, used = _load(folders)
    from payproof.scan import models

    models.load(used)
    own = sum(1 for rule in rules if file_of(rule, used).parent in used)
    console.put(f"{number_of(len(rules), 'rule')} can be asked, {own} of them from the project's own folders\n")
    return 0


def _load(more: tuple[pathlib.Path, ...]) -> tuple[tuple[Rule, ...], tuple[pathlib.Path, ...]]:
    """Return all rules, and the folders of the user's that some of them come from."""
    from payproof import catalogue, config
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
