"""The catalogue of what payproof asks: the rules and controls that lie in `rules/`, and rule folders of the user's.

A rule is found by being there, under the name of its id. What cannot be loaded is refused, never skipped.
"""

from __future__ import annotations

import dataclasses
import enum
import glob
import hashlib
import json
import pathlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from payproof import __version__, documents
from payproof.documents import DocumentError
from payproof.model import CATEGORIES, Confidence, Control, Rule, Severity, UsageError, Witness

NOT_RULES = frozenset({"controls.yaml", "sdks.yaml", "sieve.yaml"})
"""Documents that lie beside the rules of payproof's own folder without being rules."""

_PACK_CHARACTERS = 12


def load_rules(extra_dirs: Sequence[pathlib.Path] = ()) -> tuple[Rule, ...]:
    """Return every rule of payproof's own folder and of the user's `extra_dirs`, sorted by id.

    Raises `UsageError` for a folder that is not there, and `DocumentError` for a rule that breaks its schema, whose id
    differs from its file name or stands twice, or whose control is not in `controls.yaml`.
    """
    controls = {control.id for control in load_controls()}
    rules: dict[str, Rule] = {}
    for path in _rule_files(extra_dirs):
        rule = _rule(path, controls)
        if rule.id in rules:
            raise DocumentError(f"{rule.path}: the rule {rule.id!r} is already defined in {rules[rule.id].path}")
        rules[rule.id] = rule
    return tuple(rules[name] for name in sorted(rules))


def load_controls() -> tuple[Control, ...]:
    """Return the controls of the checklist, in the order of `controls.yaml`.

    Raises `DocumentError` when the document breaks its schema or names a control twice.
    """
    path = documents.data_folder("rules") / "controls.yaml"
    controls: dict[str, Control] = {}
    for entry in documents.read_once(path, "controls")["controls"]:
        control = _control(entry)
        if control.id in controls:
            raise DocumentError(f"{documents.shown_path(path)}: the control {control.id!r} stands twice")
        controls[control.id] = control
    return tuple(controls.values())


def rule_pack(rules: Iterable[Rule], extra_dirs: Sequence[pathlib.Path] = ()) -> str:
    """Return a short digest that names this version of the questions asked.

    It changes with any rule, control or model, with payproof's version, and with the models of `extra_dirs`; not with the
    order of `rules`, nor with where they lie. Give it all rules, also those that a run was told to leave out.
    """
    digest = hashlib.sha256(__version__.encode())
    for rule in sorted(rules, key=lambda rule: rule.id):
        content = {**dataclasses.asdict(rule), "path": ""}
        digest.update(json.dumps(content, sort_keys=True, default=_plain).encode() + b"\n")
    for path in _other_documents(extra_dirs):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:_PACK_CHARACTERS]


def find_rules(select: Sequence[str], ignore: Sequence[str], rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that `select` names (all when it is empty) and `ignore` does not.

    Names are rule ids and categories. Raises `UsageError` for a name that is neither, and when no rule is left to ask.
    """
    offered = tuple(rules)
    wanted = _named(select, offered, "select") if select else {rule.id for rule in offered}
    unwanted = _named(ignore, offered, "ignore")
    found = tuple(rule for rule in offered if rule.id in wanted and rule.id not in unwanted)
    if offered and not found:
        raise UsageError("select and ignore leave no rule to ask")
    return found


def sample_beside(document: pathlib.Path) -> pathlib.Path | None:
    """Return the sample that stands beside a rule or model of a project's own, under the same name; None when there is none."""
    beside = sorted(document.parent.glob(f"{glob.escape(document.stem)}.*"))
    return next((path for path in beside if path.suffix not in (".yaml", ".yml")), None)


def _rule_files(extra_dirs: Sequence[pathlib.Path]) -> Iterator[pathlib.Path]:
    own = documents.data_folder("rules")
    yield from sorted(path for path in own.glob("*.yaml") if path.name not in NOT_RULES)
    for folder in extra_dirs:
        if not folder.is_dir():
            raise UsageError(f"the rule folder {documents.shown_path(folder)} is not there")
        yield from sorted((*folder.glob("*.yaml"), *folder.glob("*.yml")))


def _other_documents(extra_dirs: Sequence[pathlib.Path]) -> Iterator[pathlib.Path]:
    own = documents.data_folder("rules")
    yield from (own / name for name in sorted(NOT_RULES) if (own / name).is_file())
    for folder in (own, *extra_dirs):
        yield from sorted((folder / "models").glob("*.yaml"))


def _rule(path: pathlib.Path, controls: Collection[str]) -> Rule:
    shown = documents.shown_path(path)
    entry = documents.read_once(path, "rule")
    if path.suffix != ".yaml":
        raise DocumentError(f"{shown}: rename it to {path.stem}.yaml; rules end in .yaml")
    if entry["id"] != path.stem:
        raise DocumentError(f"{shown}: the id {entry['id']!r} must be the name of its file, {path.stem!r}")
    if entry["control"] not in controls:
        raise DocumentError(f"{shown}: unknown control {entry['control']!r}{documents.suggest(entry['control'], controls)}")
    return Rule(
        id=entry["id"],
        title=entry["title"],
        control=entry["control"],
        category=entry["category"],
        severity=Severity(entry["severity"]),
        confidence=Confidence(entry["confidence"]),
        cwe=tuple(entry["cwe"]),
        pci=tuple(entry["pci"]),
        why=entry["why"],
        fix=entry["fix"],
        shape=entry["ask"]["shape"],
        ask=entry["ask"],
        since=entry["since"],
        path=shown,
    )


def _control(entry: dict[str, Any]) -> Control:
    return Control(
        id=entry["id"],
        title=entry["title"],
        promise=entry["promise"],
        item=entry["item"],
        standards={name: tuple(ids) for name, ids in entry["standards"].items()},
        witnesses=tuple(Witness(name) for name in entry["witnesses"]),
        cannot_show=entry["cannot_show"],
        shown_by=tuple(entry.get("shown_by", ())),
    )


def _named(names: Sequence[str], rules: Sequence[Rule], option: str) -> set[str]:
    ids = {rule.id for rule in rules}
    for name in names:
        if name not in ids and name not in CATEGORIES:
            raise UsageError(f"{option}: there is no rule or category {name!r}{documents.suggest(name, (*ids, *CATEGORIES))}")
    return {rule.id for rule in rules if rule.id in names or rule.category in names}


def _plain(value: object) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} cannot be digested")
