"""Each statement is shown once, and what was set aside does not drown the rest."""

from __future__ import annotations

import dataclasses

from payproof.model import Judgement, Report
from payproof.report import renderer
from payproof.report.building import build
from payproof.report.evidence import asides


def test_a_statement_recorded_twice_is_said_once(judgements) -> None:
    judged = judgements[0]
    again = tuple(dataclasses.replace(piece, recorded="2026-01-02T00:00:00Z") for piece in judged.evidence)
    report = build(None, (dataclasses.replace(judged, evidence=(*judged.evidence, *again)),))
    assert report.judgements[0].evidence == judged.evidence
    assert report.judgements[0].set_aside == judged.set_aside


def much_aside(judged: Judgement) -> Report:
    piece = judged.set_aside[0][0]
    old = tuple((dataclasses.replace(piece, subject=f"t{number}"), f"of another revision, {number}") for number in range(30))
    return build(None, (dataclasses.replace(judged, set_aside=(*old, (piece, "expired on 2025-01-01"))),))


def test_many_statements_for_one_reason_are_counted(judgements) -> None:
    found = asides(much_aside(judgements[0]).judgements[0])
    assert [(aside.count, aside.why) for aside in found] == [(30, "of another revision"), (1, "expired on 2025-01-01")]


def test_every_format_counts_them(judgements) -> None:
    report = much_aside(judgements[0])
    for name in ("text", "markdown", "html"):
        shown = renderer(name)(report)
        assert "30 statements for, by tests" in shown, name
        assert "of another revision" in shown
        assert "tests/x.py::y" in shown
