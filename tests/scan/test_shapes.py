"""Rules may ask only what a shape knows; a new rule of a known shape takes two files and nothing else."""

import dataclasses
import pathlib

import pytest

from payproof import catalogue
from payproof.model import Rule, UsageError
from payproof.scan import shapes
from payproof.scan.engine import ScanOptions, scan

RULE = """\
id: kitchen-log
title: A client secret reaches the kitchen's log
control: secrets-not-logged
category: sensitive-logging
severity: high
confidence: high
cwe: [532]
pci: ["8.3.2"]
why: The kitchen's screen is read by everyone who walks past it, guests included.
fix: Show the number of the order on it instead.
ask:
  shape: flow
  labels: [client-secret]
  sinks: [print]
since: 0.1.0
"""


def test_a_rule_of_a_known_shape_is_one_file_and_its_sample_another(tmp_path: pathlib.Path) -> None:
    audit = tmp_path / "audit"
    audit.mkdir()
    (audit / "kitchen-log.yaml").write_text(RULE)
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "pyproject.toml").write_text("")
    (shop / "sample.py").write_text(
        "import stripe\n\n\ndef show(intent: stripe.PaymentIntent):\n    print(intent.client_secret)\n"
    )
    result = scan([shop], ScanOptions(select=("kitchen-log",), rule_dirs=(audit,), cache=False))
    assert [(site.rule, site.place.line) for site in result.findings()] == [("kitchen-log", 5)]


def rule(**changes: object) -> Rule:
    (found,) = [item for item in catalogue.load_rules() if item.id == "secret-logged"]
    return dataclasses.replace(found, **changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": "flwo"}, "unknown shape 'flwo' in ask; did you mean 'flow'"),
        ({"ask": {"shape": "flow", "sink": ["log"]}}, "the shape 'flow' does not ask 'sink'; did you mean 'sinks'"),
        ({"ask": {"shape": "flow", "sinks": ["lgo"]}}, "'lgo' is not accepted for 'sinks'; did you mean 'log'"),
    ],
)
def test_what_a_shape_does_not_know_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        shapes.check_asks([rule(**changes)])


OF_THE_USERS_OWN = {"line"}
"""Shapes that only rules of a project's own ask; `test_line_shape` tries them."""


def test_every_shape_is_asked_by_a_rule() -> None:
    asked = {item.shape for item in catalogue.load_rules()} - shapes.ELSEWHERE
    assert asked == (set(shapes.shapes()) | set(shapes.file_shapes())) - OF_THE_USERS_OWN
