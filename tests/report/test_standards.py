"""The tables of requirements and weaknesses: whole, in order, in our own words."""

from __future__ import annotations

import dataclasses

from payproof import catalogue
from payproof.report import standards


def test_every_requirement_that_a_control_maps_to_is_known() -> None:
    for control in catalogue.load_controls():
        for id in control.standards.get(standards.PCI_DSS, ()):
            assert standards.requirement(id) is not None, f"{control.id} maps to {id}"


def test_every_requirement_of_a_rule_is_known() -> None:
    for rule in catalogue.load_rules():
        assert all(standards.requirement(id) for id in rule.pci), rule.id


def test_weaknesses_have_a_sense() -> None:
    assert standards.weaknesses()[837] == "An action that must happen once can happen again"


def test_a_requirement_falls_back_to_the_one_above() -> None:
    found = standards.requirement("3.3.1.9")
    assert found is not None
    assert found.id == "3.3.1"
    assert standards.requirement("99.9") is None


def test_requirements_stand_in_the_standards_order() -> None:
    ids = list(standards.requirements())
    assert ids == sorted(ids, key=standards.order)
    assert ids.index("3.2.1") < ids.index("10.2.1") < ids.index("12.10.7")


def test_what_code_can_show_nothing_of_is_in_the_table_too(report) -> None:
    rows = {row.id: row for row in standards.pci_rows(report.judgements, report.scan.rules)}
    assert rows["10.4.1"].requirement.code == "nothing"
    assert rows["10.4.1"].judgements == ()
    assert rows["3.3.1"].judgements[0].control.id == "no-sensitive-logging"
    assert [rule.id for rule in rows["3.5.1"].rules] == ["card-data-in-log"]


def test_a_requirement_that_only_a_rule_of_the_users_names_has_a_row(report) -> None:
    odd = dataclasses.replace(report.scan.rules[0], pci=("A3.1.1",))
    row = standards.pci_rows((), (odd,))[-1]
    assert (row.id, row.requirement, row.rules) == ("A3.1.1", None, (odd,))
