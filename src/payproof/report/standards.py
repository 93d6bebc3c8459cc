"""What the ids of PCI DSS 4.0.1 and CWE mean, in our own words, from `rules/standards/`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping
from typing import Any

from payproof import documents
from payproof.model import Control, Judgement, Rule

PCI_DSS = "PCI DSS 4.0.1"
"""The name under which controls and rules map to the card industry's standard."""

WHO: Mapping[str, str] = {
    "developers": "those who develop the software",
    "operations": "those who run the systems",
    "security": "those who answer for security",
    "business": "those who answer for the business process",
    "management": "the management",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement: its sense, how much of it code can show (much, part, nothing), what is left to people, and to whom."""

    id: str
    sense: str
    code: str
    people: str
    who: str


@functools.cache
def requirements() -> Mapping[str, Requirement]:
    """Return the known requirements of PCI DSS 4.0.1 by id, in the standard's order. Raises `DocumentError`."""
    found = {}
    for entry in _document("pci-dss")["requirements"]:
        who = WHO[entry["who"]]
        found[entry["id"]] = Requirement(entry["id"], entry["sense"], entry["code"], entry["people"], who)
    return found


def pci_note() -> str:
    """Return what every table of requirements says first: whose words these are, and that nothing here is *met*."""
    note: str = _document("pci-dss")["note"]
    return note


@functools.cache
def weaknesses() -> Mapping[int, str]:
    """Return the sense of each known CWE id. Raises `DocumentError`."""
    return {entry["id"]: entry["sense"] for entry in _document("cwe")["weaknesses"]}


def _document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = documents.read(documents.data_folder("rules") / "standards" / f"{name}.yaml", name)
    return loaded


def requirement(id: str) -> Requirement | None:
    """Return the requirement `id`, or the nearest one above it (3.3.1 for 3.3.1.9), or None."""
    known = requirements()
    while id:
        if id in known:
            return known[id]
        id = id.rpartition(".")[0]
    return None


def order(id: str) -> tuple[tuple[int, str], ...]:
    """Return the key that sorts requirement ids as the standard does: 3.2 before 10.2, A1 last."""
    return tuple((int(part), "") if part.isdigit() else (10**6, part) for part in id.split("."))


@dataclasses.dataclass(frozen=True, slots=True)
class PciRow:
    """A line of the table: a requirement, the rules that ask about it and the judgements of the controls that map to it."""

    id: str
    requirement: Requirement | None
    judgements: tuple[Judgement, ...]
    rules: tuple[Rule, ...]


def pci_rows(judgements: Iterable[Judgement], rules: Iterable[Rule]) -> tuple[PciRow, ...]:
    """Return the table of requirements: all known ones and all that a control or a rule names, in the standard's order."""
    judgements, rules = tuple(judgements), tuple(rules)
    named = {id for judgement in judgements for id in _pci(judgement.control)} | {id for rule in rules for id in rule.pci}
    return tuple(
        PciRow(
            id=id,
            requirement=requirement(id),
            judgements=tuple(judgement for judgement in judgements if id in _pci(judgement.control)),
            rules=tuple(rule for rule in rules if id in rule.pci),
        )
        for id in sorted(named | set(requirements()), key=order)
    )


def _pci(control: Control) -> tuple[str, ...]:
    return tuple(control.standards.get(PCI_DSS, ()))
