"""`payproof report`: what the ledger says about the present state, and the gates over it."""

from __future__ import annotations

import json
import pathlib

import pytest

from payproof import catalogue, revision
from payproof.ledger import segments
from payproof.model import Evidence, Place, Stance, Witness

PROJECT = "[tool.payproof]\n"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "shop.py").write_text("import stripe\n", "utf-8")
    return tmp_path


def said(project: pathlib.Path, control: str, witness: Witness, stance: Stance, **more: object) -> Evidence:
    known = {"revision": revision.revision(project), "rule_pack": catalogue.rule_pack(catalogue.load_rules())}
    return Evidence(control, witness, stance, "subject", f"{witness.value} said so", **{**known, **more})


def record(project: pathlib.Path, *evidence: Evidence) -> pathlib.Path:
    path = segments.write(project / ".payproof" / "ledger", "test", evidence)
    assert path is not None
    return path


@pytest.fixture
def shown_and_broken(project: pathlib.Path) -> pathlib.Path:
    return record(
        project,
        said(project, "idempotency-keys", Witness.SCAN, Stance.FOR),
        said(project, "idempotency-keys", Witness.TESTS, Stance.FOR),
        said(project, "webhook-authenticity", Witness.SCAN, Stance.FOR),
        said(project, "money-exact", Witness.SCAN, Stance.AGAINST, place=Place("shop.py", 1)),
    )


def test_nothing_recorded_is_no_answer(run, project: pathlib.Path) -> None:
    told = run("report")
    assert told.code == 3
    assert "27 open, 9 attest" in told.out.splitlines()[0]
    assert told.err == "payproof: no evidence about the present state of the project; run `payproof scan .` and the tests first\n"


def test_evidence_becomes_statuses(run, shown_and_broken: pathlib.Path) -> None:
    told = run("report", "--format", "json")
    assert told.code == 1
    judged = {item["control"]["id"]: item["status"] for item in json.loads(told.out)["report"]["judgements"]}
    assert judged["idempotency-keys"] == "shown"
    assert judged["webhook-authenticity"] == "partial"
    assert judged["money-exact"] == "broken"
    assert judged["webhook-replay-protection"] == "open"
    assert judged["pci-scope-confirmed"] == "attest"


def test_text_names_who_said_what(run, shown_and_broken: pathlib.Path) -> None:
    lines = run("report").out.splitlines()
    assert "    broken   money-exact  Money is counted exactly" in lines
    assert "             scan against: subject: scan said so  shop.py:1" in lines


def test_gates(run, shown_and_broken: pathlib.Path) -> None:
    assert run("report", "--fail-on", "attest").code == 1
    assert run("report", "--exit-zero").code == 0
    met = run("report", "--fail-on", "broken", "--exit-zero", "--require", "shown:idempotency-keys")
    assert (met.code, met.err) == (0, "")
    gate = run(
        "report",
        "--require",
        "shown:idempotency-keys,webhook-authenticity",
        "--require",
        "partial:webhook-authenticity,money-exact",
    )
    assert gate.code == 1
    assert gate.err == "payproof: required: money-exact is to be partial, but is broken\n"
    assert run("report", "--require", "shown:webhook-authenticity").err == (
        "payproof: required: webhook-authenticity is to be shown, but is partial\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--require", "shown:idempotency-kesy"),
            "--require: there is no control 'idempotency-kesy'; did you mean 'idempotency-keys'?",
        ),
        (("--require", "shwon:idempotency-keys"), "--require: 'shwon' is not a status; did you mean 'shown'?"),
        (("--require", "attest:idempotency-keys"), "--require: 'attest' is not a status; known: partial, shown"),
        (("--require", "idempotency-keys"), "--require: 'idempotency-keys' lacks its status; write shown:idempotency-keys"),
        (("--fail-on", "brokn"), "--fail-on: 'brokn' is not a status; did you mean 'broken'?"),
        (("nowhere",), "nowhere: no such file or folder"),
    ],
)
def test_a_wrong_gate_is_refused(run, project: pathlib.Path, arguments: tuple[str, ...], message: str) -> None:
    told = run("report", *arguments)
    assert (told.code, told.out, told.err) == (2, "", f"payproof: {message}\n")


def test_evidence_of_another_state_does_not_count(run, project: pathlib.Path, shown_and_broken: pathlib.Path) -> None:
    (project / "shop.py").write_text("import stripe  # changed\n", "utf-8")
    told = run("report")
    assert told.code == 3
    assert "set aside: " in told.out
    assert "of another revision" in told.out


def test_a_broken_ledger_line_is_named_and_the_report_still_prints(run, shown_and_broken: pathlib.Path) -> None:
    text = shown_and_broken.read_text("utf-8").splitlines(keepends=True)
    shown_and_broken.write_text("".join([text[0], "{broken\n", *text[2:]]), "utf-8")
    told = run("report")
    assert told.code == 3
    assert f"  {shown_and_broken.name}:2: is not JSON" in told.out.splitlines()
    assert f"payproof: the ledger: {shown_and_broken.name}:2: is not JSON" in told.err.splitlines()
    assert "    broken   money-exact  Money is counted exactly" in told.out.splitlines()
    assert "    shown    idempotency-keys" not in told.out


@pytest.mark.parametrize("name", ["text", "json", "junit", "markdown", "html"])
def test_every_format_can_be_written_to_a_file(run, project: pathlib.Path, shown_and_broken: pathlib.Path, name: str) -> None:
    told = run("report", "--format", name, "-o", "out.file")
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("payproof: 36 controls: 1 broken, 1 partial")
    assert told.err.endswith("; written to out.file\n")
    assert "idempotency-keys" in (project / "out.file").read_text("utf-8")


def test_formats_without_room_are_not_offered(run, project: pathlib.Path) -> None:
    told = run("report", "--format", "sarif")
    assert told.code == 2
    assert "'sarif' is not one of 'html', 'json', 'junit', 'markdown', 'text'" in told.err


def test_output_goes_to_standard_output_for_a_dash(run, shown_and_broken: pathlib.Path) -> None:
    assert run("report", "-o", "-").out.startswith("Checklist  36 controls")


def test_a_kept_scan_that_is_damaged_is_named(run, project: pathlib.Path, shown_and_broken: pathlib.Path) -> None:
    (project / ".payproof" / "ledger" / "scan.json").write_text("{", "utf-8")
    told = run("report")
    assert told.code == 3
    assert "payproof: the ledger: scan.json: is not JSON: " in told.err


def test_attestations_count(run, project: pathlib.Path) -> None:
    (project / ".payproof-attestations.yaml").write_text(
        "attestations:\n"
        "  - control: pci-scope-confirmed\n    name: Dana Doe\n    date: 2024-01-01\n    expires: 2999-01-01\n"
        "    statement: The scope was written down and checked.\n",
        "utf-8",
    )
    told = run("report")
    assert told.code == 0
    assert "    shown    pci-scope-confirmed  PCI DSS scope is known" in told.out.splitlines()
