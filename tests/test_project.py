"""A project's scan becomes evidence, and evidence a report."""

from __future__ import annotations

import datetime
import pathlib

import pytest

from payproof.ledger.reading import read
from payproof.model import PayproofError, Status, UsageError
from payproof.project import LAST_SCAN, Project

TODAY = datetime.date(2030, 1, 1)
HOLDS = "import logging\n\nimport stripe\n\nlogging.info('ready')\n"


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    (tmp_path / "shop.py").write_text(HOLDS, "utf-8")
    return tmp_path


def test_a_project_is_found_from_within(folder: pathlib.Path) -> None:
    assert Project.of([folder / "shop.py"]).root == folder.resolve()
    with pytest.raises(UsageError, match="no such file or folder"):
        Project.of([folder / "missing.py"])


def test_what_holds_speaks_for_its_control(folder: pathlib.Path) -> None:
    project = Project.of([folder])
    result = project.scan([folder])
    project.record(result, whole=True)
    report = project.report(TODAY)
    assert report.scan == result
    assert (report.revision, report.rule_pack) == (result.revision, result.rule_pack)
    found = {judgement.control.id: judgement.status for judgement in report.judgements}
    assert found["card-data-not-logged"] is Status.PARTIAL


def test_the_kept_scan_is_shown_only_for_the_state_it_saw(folder: pathlib.Path) -> None:
    project = Project.of([folder])
    project.record(project.scan([folder]), whole=True)
    (folder / "shop.py").write_text(HOLDS + "\n", "utf-8")
    report = project.report(TODAY)
    assert report.scan is None
    assert all(not judgement.evidence for judgement in report.judgements)


def test_a_scan_of_some_rules_is_not_kept(folder: pathlib.Path) -> None:
    project = Project.of([folder])
    project.record(project.scan([folder], select=["card-data-logged"]), whole=False)
    assert not (project.settings.ledger / LAST_SCAN).exists()
    assert read(project.settings.ledger).evidence


def test_without_payment_code_nothing_is_recorded(folder: pathlib.Path) -> None:
    (folder / "shop.py").write_text("print('hello')\n", "utf-8")
    project = Project.of([folder])
    project.record(project.scan([folder]), whole=True)
    assert not project.settings.ledger.exists()


def test_configuration_reaches_the_scan(folder: pathlib.Path) -> None:
    (folder / "pyproject.toml").write_text(
        '[tool.payproof]\nselect = ["sensitive-logging"]\nignore = ["secret-logged"]\nexclude = ["old/**"]\n'
        'maskers = ["shop.mask"]\n[tool.payproof.per-path]\n"shop.py" = ["card-data-logged"]\n',
        "utf-8",
    )
    (folder / "old").mkdir()
    (folder / "old" / "shop.py").write_text(HOLDS, "utf-8")
    result = Project.of([folder]).scan([folder], ignore=["webhook-body-logged"], exclude=["older/**"])
    assert {rule.id for rule in result.rules} >= {"card-data-logged", "processor-object-logged"}
    assert not {rule.id for rule in result.rules} & {"secret-logged", "webhook-body-logged", "webhook-unchecked"}
    assert (result.counts.excluded, result.counts.maskers) == (1, 1)
    assert {site.rule for site in result.sites} == {"processor-object-logged"}


def test_select_of_the_caller_overrules_the_configured_one(folder: pathlib.Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.payproof]\nselect = ["sensitive-logging"]\n', "utf-8")
    result = Project.of([folder]).scan([folder], select=["idempotency-key-missing"])
    assert [rule.id for rule in result.rules] == ["idempotency-key-missing"]


def test_a_ledger_that_cannot_be_written_is_said(folder: pathlib.Path) -> None:
    (folder / ".payproof").write_text("in the way", "utf-8")
    project = Project.of([folder])
    result = project.scan([folder])
    with pytest.raises(PayproofError, match="cannot be written"):
        project.record(result, whole=True)


def test_progress_is_told_of_every_file(folder: pathlib.Path) -> None:
    told: list[tuple[int, int]] = []
    Project.of([folder]).scan([folder], progress=lambda done, total, path: told.append((done, total)))
    assert told[0][0] == 0
    assert told[-1] == (2, 2)
