"""`payproof baseline` and `scan --baseline`: what is known sets no exit code, what is new does, and both are said."""

from __future__ import annotations

import pathlib

import pytest

from payproof import catalogue
from payproof.report.reading import read

LEAKY = """\
import logging

logger = logging.getLogger(__name__)


def pay(request):
    number = request.POST["card_number"]
    logger.info("card %s", number)
"""
FILE = ".payproof-baseline.yaml"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    (tmp_path / "views.py").write_text(LEAKY, "utf-8")
    return tmp_path


def test_what_is_known_sets_no_code_and_what_is_new_does(run, project: pathlib.Path) -> None:
    assert run("scan", ".").code == 1
    written = run("baseline", "write")
    assert (written.code, written.out, written.err) == (0, "", f"payproof: {FILE}: 2 known findings\n")
    known = run("scan", ".")
    assert known.code == 0
    assert "  2 findings in the baseline .payproof-baseline.yaml, which holds 2" in known.out.splitlines()
    assert known.out.splitlines()[-1].startswith("no new findings: ")
    (project / "more.py").write_text(LEAKY.replace("pay", "refund"), "utf-8")
    told = run("scan", ".")
    assert told.code == 1
    assert "\nviews.py:" not in f"\n{told.out}" and "\nmore.py:8:" in told.out
    assert told.out.splitlines()[-1].startswith("2 new findings (1 critical, 1 high): ")
    assert run("scan", ".", "--no-baseline").out.splitlines()[-1].startswith("4 findings (2 critical, 2 high): ")


def test_a_baseline_elsewhere(run, project: pathlib.Path) -> None:
    (project / "pyproject.toml").write_text('[tool.payproof]\nbaseline = "audit/known.yaml"\n', "utf-8")
    assert run("scan", ".").err == "payproof: audit/known.yaml: no such baseline; `payproof baseline write` makes one\n"
    (project / "audit").mkdir()
    assert run("baseline", "write").err == "payproof: audit/known.yaml: 2 known findings\n"
    assert run("scan", ".").code == 0
    (project / "pyproject.toml").write_text("", "utf-8")
    assert run("scan", ".").code == 1
    assert run("scan", ".", "--baseline", "audit/known.yaml").code == 0


def test_wrong_questions(run, project: pathlib.Path) -> None:
    told = run("scan", ".", "--baseline", "x.yaml")
    assert (told.code, told.out, told.err) == (2, "", "payproof: x.yaml: no such baseline; `payproof baseline write` makes one\n")
    told = run("scan", ".", "--baseline", "x.yaml", "--no-baseline")
    assert (told.code, told.err) == (2, "payproof: --baseline and --no-baseline exclude each other\n")
    for command in ("show", "update"):
        told = run("baseline", command)
        assert (told.code, told.err) == (2, f"payproof: {FILE}: no such baseline; `payproof baseline write` makes one\n")
    (project / FILE).write_text("findings: []\n")
    for command in (("scan", "."), ("baseline", "show"), ("baseline", "update"), ("baseline", "write")):
        told = run(*command)
        assert (told.code, told.out, told.err) == (2, "", f"payproof: {FILE}:1: the key 'format' is missing\n")


def test_writing_again_says_the_difference(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    (project / "views.py").write_text(LEAKY.replace('logger.info("card %s", number)', "print(number, 1)"), "utf-8")
    (project / "more.py").write_text(LEAKY.replace("pay", "refund"), "utf-8")
    assert run("baseline", "write").err == f"payproof: {FILE}: 4 known findings, 3 added, 1 taken out\n"


def test_updating_takes_out_and_never_adds(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    (project / "views.py").write_text(LEAKY.replace("number)\n", "len(number))\n"), "utf-8")
    (project / "more.py").write_text(LEAKY.replace("pay", "refund"), "utf-8")
    stale = run("scan", ".").out.splitlines()
    assert stale[stale.index("In the baseline, and no longer found") + 1] == "  views.py  card-data-logged  in pay"
    told = run("baseline", "update")
    assert (told.code, told.err) == (
        0,
        f"payproof: {FILE}: 1 known finding, 0 added, 1 taken out\n"
        "payproof: 2 findings not in the baseline; `payproof baseline write` would accept them\n",
    )
    assert "no longer found" not in run("scan", ".").out


def test_updating_follows_a_rename(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    (project / "views.py").rename(project / "handlers.py")
    assert run("baseline", "update").err == f"payproof: {FILE}: 2 known findings, 0 added, 0 taken out\n"
    assert run("baseline", "show").out.splitlines()[0] == "handlers.py"


def test_show(run, project: pathlib.Path) -> None:
    (project / "views.py").write_text(LEAKY + '    logger.info("card %s", number)\n', "utf-8")
    run("baseline", "write")
    shown = run("baseline", "show")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out == (
        f"views.py\n  card-data-logged  in pay  2 times\n  raw-card-received  in pay\n3 known findings in {FILE}\n"
    )


def test_a_baseline_of_other_rules_is_said(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    pack = catalogue.rule_pack(catalogue.load_rules())
    text = (project / FILE).read_text("utf-8").replace(pack, "0ld").replace("raw-card-received", "retired-rule")
    (project / FILE).write_text(text, "utf-8")
    said = (
        f"the baseline was made with the rule pack 0ld, and these are the rules of {pack}: what changed rules find counts as new"
    )
    assert f"  {said}" in run("scan", ".").out.splitlines()
    shown = run("baseline", "show")
    assert shown.err == f"payproof: {said}\n"
    assert "  retired-rule  in pay  (there is no such rule any more)" in shown.out.splitlines()
    assert run("baseline", "update").err.startswith(f"payproof: {FILE}: 1 known finding, 0 added, 1 taken out\n")
    assert pack in (project / FILE).read_text("utf-8")


def test_what_cannot_be_read_is_said(run, project: pathlib.Path) -> None:
    (project / "broken.py").write_text("import stripe\ndef (:\n", "utf-8")
    told = run("baseline", "write")
    assert told.code == 3
    first, second = told.err.splitlines()
    assert first == f"payproof: {FILE}: 2 known findings"
    assert second.startswith("payproof: 1 file that matter not read, so nothing of it is known; the first is broken.py: ")


def test_nothing_to_scan(run, tmp_path: pathlib.Path) -> None:
    told = run("baseline", "write")
    assert (told.code, told.err) == (3, "payproof: nothing to scan: no file found\n")
    assert not (tmp_path / FILE).exists()


def test_a_baseline_is_no_evidence(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    run("scan", ".")
    told = run("report", "--format", "json")
    assert told.code == 1
    broken = [judgement.control.id for judgement in read(told.out).judgements if judgement.status.value == "broken"]
    assert broken == ["card-data-not-logged", "tokenization"]


def test_explain_says_that_a_finding_is_known(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    assert "    known     the project's baseline holds it" in run("explain", "views.py:8").out.splitlines()


def test_no_command_shows_help(run) -> None:
    told = run("baseline")
    assert told.code == 2
    assert "Usage: payproof baseline" in told.err
