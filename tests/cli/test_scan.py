"""`payproof scan` on real files: what it prints, writes, records, and which code it ends with."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import pytest

from payproof.report.reading import read

LEAKY = """\
import logging

import stripe

logger = logging.getLogger(__name__)


def pay(request):
    number = request.POST["card_number"]
    logger.info("card %s", number)
    return stripe.PaymentIntent.retrieve("pi_1")
"""

HARMLESS = "def add(a, b):\n    return a + b\n"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    """A project that receives a card number and logs it."""
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    (tmp_path / "views.py").write_text(LEAKY, "utf-8")
    return tmp_path


def configure(project: pathlib.Path, *lines: str) -> None:
    (project / "pyproject.toml").write_text("\n".join(("[tool.payproof]", *lines, "")), "utf-8")


def findings(run, *arguments: object) -> list[tuple[str, str, int]]:
    scan = read(run("scan", *arguments, "--format", "json").out).scan
    assert scan is not None
    return [(site.rule, site.place.path, site.place.line) for site in scan.findings()]


def test_a_leak_is_found_and_shown(run, project: pathlib.Path) -> None:
    told = run("scan", ".")
    assert (told.code, told.err) == (1, "")
    assert "views.py:10:" in told.out
    assert "card-data-logged" in told.out
    assert '    > 10 |     logger.info("card %s", number)' in told.out
    assert "    more  payproof explain card-data-logged" in told.out
    assert told.out.splitlines()[-1].startswith("2 findings (1 critical, 1 high): ")


def test_no_payment_code_is_said_and_leaves_no_evidence(run, tmp_path: pathlib.Path) -> None:
    (tmp_path / "add.py").write_text(HARMLESS, "utf-8")
    told = run("scan", ".")
    assert told.code == 0
    assert told.out.splitlines()[-1].startswith("no payment code here: ")
    assert not list((tmp_path / ".payproof").rglob("*.jsonl")) if (tmp_path / ".payproof").exists() else True


def test_an_empty_folder_is_no_answer(run, tmp_path: pathlib.Path) -> None:
    told = run("scan", ".")
    assert told.code == 3
    assert told.out.splitlines()[-1] == "nothing to scan: no file found"
    quiet = run("scan", ".", "--format", "sarif")
    assert (quiet.code, quiet.err) == (3, "payproof: nothing to scan: no file found\n")


def test_a_missing_path(run) -> None:
    told = run("scan", "nowhere")
    assert (told.code, told.out, told.err) == (2, "", "payproof: nowhere: no such file or folder\n")


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_scanned(run, project: pathlib.Path) -> None:
    (project / "broken.py").write_text("import stripe\ndef (:\n", "utf-8")
    told = run("scan", ".")
    assert told.code == 3
    assert "Not read" in told.out.splitlines()
    assert any(line.startswith("  broken.py  ") for line in told.out.splitlines())
    assert "views.py:10:" in told.out
    quiet = run("scan", ".", "--format", "json", "--exit-zero")
    assert quiet.code == 3
    assert quiet.err.startswith("payproof: 1 file that matter not read; the first is broken.py: ")


def test_fail_on_and_exit_zero(run, project: pathlib.Path) -> None:
    assert run("scan", ".", "--fail-on", "critical").code == 1
    assert run("scan", ".", "--exit-zero").code == 0
    (project / "views.py").write_text(LEAKY.replace('request.POST["card_number"]', 'request.POST["name"]'), "utf-8")
    assert run("scan", ".").code == 0


def test_fail_on_can_be_configured_and_overruled(run, project: pathlib.Path) -> None:
    (project / "views.py").write_text(LEAKY + '\nstripe.api_key = "sk_test_4eC39HqLyjWDarjtT1" + "zdp7dc"\n', "utf-8")
    configure(project, 'fail-on = "critical"', 'select = ["sensitive-logging"]')
    assert run("scan", ".").code == 1
    configure(project, 'fail-on = "critical"', 'ignore = ["card-data-logged"]')
    assert run("scan", ".").code == 0


def test_select_and_ignore_name_rules_and_categories(run, project: pathlib.Path) -> None:
    assert findings(run, ".", "--select", "card-data-logged") == [("card-data-logged", "views.py", 10)]
    assert findings(run, ".", "--select", "idempotency,hardcoded-secret") == []
    assert findings(run, ".", "--ignore", "sensitive-logging") == [("raw-card-received", "views.py", 9)]
    asked = json.loads(run("scan", ".", "--select", "card-data-logged", "--format", "sarif").out)
    assert [rule["id"] for rule in asked["runs"][0]["tool"]["driver"]["rules"]] == ["card-data-logged"]


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_an_unknown_rule(run, project: pathlib.Path, option: str) -> None:
    told = run("scan", ".", option, "card-data-loged")
    assert (told.code, told.out) == (2, "")
    assert "card-data-loged" in told.err
    assert "did you mean 'card-data-logged'?" in told.err
    assert told.err.count("\n") == 1


def test_unknown_configuration(run, project: pathlib.Path) -> None:
    configure(project, "selct = []")
    told = run("scan", ".")
    assert (told.code, told.out) == (2, "")
    assert told.err == "payproof: pyproject.toml: unknown key 'selct' in [tool.payproof]; did you mean 'select'?\n"


def test_a_broken_rule(run, project: pathlib.Path) -> None:
    (project / "audit").mkdir()
    (project / "audit" / "mine.yaml").write_text("id: mine\ntitle: 3\n", "utf-8")
    configure(project, 'rules = ["audit"]')
    told = run("scan", ".")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("payproof: audit/mine.yaml:")


def test_exclude(run, project: pathlib.Path) -> None:
    (project / "more.py").write_text(HARMLESS, "utf-8")
    told = run("scan", ".", "--exclude", "views.py")
    assert told.code == 0
    assert "1 file left out by the configuration of the scanned project" in told.out


def test_output_is_written_and_summed_up(run, project: pathlib.Path) -> None:
    told = run("scan", ".", "--format", "sarif", "-o", "out.sarif")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("payproof: 2 findings (1 critical, 1 high): ")
    assert told.err.endswith("; written to out.sarif\n")
    document = json.loads((project / "out.sarif").read_text("utf-8"))
    assert document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "views.py"


def test_output_that_cannot_be_written(run, project: pathlib.Path) -> None:
    told = run("scan", ".", "-o", "missing/out.txt")
    assert (told.code, told.err) == (2, "payproof: missing/out.txt: cannot be written: No such file or directory\n")


@pytest.mark.parametrize("name", ["text", "json", "sarif", "code-scanning", "junit", "gitlab", "github", "markdown", "html"])
def test_every_format_names_the_leak_and_no_machine(run, project: pathlib.Path, name: str) -> None:
    told = run("scan", ".", "--format", name)
    assert told.code == 1
    assert "card-data-logged" in told.out
    assert "views.py" in told.out
    assert str(project) not in told.out


def test_paths_are_relative_to_the_project_whatever_was_given(run, project: pathlib.Path) -> None:
    assert findings(run, project) == findings(run, ".") == findings(run, "views.py")


def test_the_same_files_give_the_same_output(run, project: pathlib.Path) -> None:
    first = run("scan", ".", "--format", "json").out
    assert run("scan", ".", "--format", "json").out == first
    assert run("scan", ".", "--format", "json", "--no-cache").out == first
    assert run("scan", ".", "--format", "json", "--jobs", "2").out == first


def test_a_scan_is_evidence_for_the_report(run, project: pathlib.Path) -> None:
    run("scan", ".")
    told = run("report", "--format", "json")
    report = read(told.out)
    assert told.code == 1
    broken = [judgement.control.id for judgement in report.judgements if judgement.status.value == "broken"]
    assert broken == ["card-data-not-logged", "tokenization"]
    assert report.scan is not None
    assert [site.place.line for site in report.scan.findings()] == [9, 10]
    assert "    broken   card-data-not-logged" in run("report").out


def test_no_ledger_leaves_nothing(run, project: pathlib.Path) -> None:
    run("scan", ".", "--no-ledger", "--no-cache")
    assert sorted(path.name for path in project.iterdir()) == ["pyproject.toml", "views.py"]


def test_a_ledger_that_cannot_be_written_does_not_swallow_the_report(run, project: pathlib.Path) -> None:
    (project / ".payproof").write_text("in the way", "utf-8")
    told = run("scan", ".")
    assert told.code == 3
    assert told.out.splitlines()[-1].startswith("2 findings")
    assert told.err.startswith("payproof: the ledger ")
    assert told.err.count("\n") == 1


def test_a_partial_scan_speaks_for_nothing(run, project: pathlib.Path) -> None:
    (project / "good.py").write_text(LEAKY.replace("number)", "len(number))"), "utf-8")
    run("scan", "views.py")
    report = read(run("report", "--format", "json").out)
    stances = {piece.stance.value for judgement in report.judgements for piece in judgement.evidence}
    assert stances == {"against"}
    assert report.scan is None


def test_a_waiver_is_counted_and_a_reasonless_one_is_an_error(run, project: pathlib.Path) -> None:
    waived = LEAKY.replace("number)\n", "number)  # payproof: ignore[card-data-logged] dana: a test shop\n")
    (project / "views.py").write_text(waived, "utf-8")
    told = run("scan", ".", "--select", "card-data-logged")
    assert told.code == 0
    assert "  views.py:10  card-data-logged  dana: a test shop" in told.out.splitlines()
    (project / "views.py").write_text(waived.replace(" dana: a test shop", ""), "utf-8")
    bad = run("scan", ".", "--select", "card-data-logged")
    assert bad.code == 1
    assert "Waivers not in order" in bad.out.splitlines()


def test_names_that_steer_a_terminal_are_spelled_out(run, project: pathlib.Path) -> None:
    (project / "views.py").rename(project / "vi\x1b[31mews\n.py")
    for name in ("text", "github", "junit"):
        told = run("scan", ".", "--format", name)
        assert "\x1b" not in told.out
        assert "vi\\x1b[31mews\\n.py" in told.out


def test_exit_codes_of_a_process(run_process, project: pathlib.Path) -> None:
    assert run_process("scan", ".").code == 1
    assert run_process("scan", "nowhere").code == 2
    assert run_process("scan", ".", "--select", "card-data-loged").code == 2
    (project / "views.py").unlink()
    (project / "pyproject.toml").unlink()
    assert run_process("scan", ".").code == 3


def test_colour_is_for_terminals(run_process, project: pathlib.Path) -> None:
    assert "\x1b" not in run_process("scan", ".").out
    read_end, write_end = os.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    command = [sys.executable, "-m", "payproof", "scan", "."]
    subprocess.run(command, cwd=project, stdout=write_end, env={**environment, "TERM": "xterm"}, timeout=120, check=False)
    os.close(write_end)
    with os.fdopen(read_end, "rb", buffering=0) as terminal:
        shown = terminal.read(4096)
    assert b"\x1b[31;1mcritical\x1b[0m" in shown


def test_a_reader_that_goes_away_does_not_change_the_code(project: pathlib.Path) -> None:
    command = f"{sys.executable} -m payproof scan . --format json | head -c 10 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=project, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


INTERRUPTED = """\
import os, signal, sys
from payproof.cli import main
from payproof.scan import engine

whole = engine.scan

def interrupted(paths, options):
    os.kill(os.getpid(), signal.SIGINT)
    return whole(paths, options)

engine.scan = interrupted
main(["scan", "."])
"""


def test_ctrl_c_ends_quietly(project: pathlib.Path) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], cwd=project, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr.strip() == b"payproof: interrupted"
