"""`scan --changed-since`: what a change touches or opens, seen with the whole program, and nothing else."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest

from payproof.report.reading import read

LEAKY = """\
import logging

logger = logging.getLogger(__name__)


def pay(request):
    number = request.POST["card_number"]
    logger.info("card %s", number)
"""

LOG = """\
import logging

logger = logging.getLogger(__name__)


def hide(number):
    return "*" * 12 + number[-4:]


def note(number):
    logger.info(hide(number))
"""

CALLER = """\
from shoplog import note


def pay(request):
    note(request.POST["card_number"])
"""

HOOK = """\
import stripe
from flask import Flask, request

app = Flask(__name__)


@app.post("/stripe/webhook")
def stripe_webhook():
    payload = request.data
    event = stripe.Webhook.construct_event(payload, request.headers["Stripe-Signature"], SECRET)
    orders.mark_paid(event["data"]["object"]["id"])
    return "", 200
"""


def git(*arguments: str) -> None:
    names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(
        ["git", *arguments], env={**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}, check=True, capture_output=True
    )


@pytest.fixture
def project(run, tmp_path: pathlib.Path) -> pathlib.Path:
    """A committed project with two findings in one file, and a clean flow and a verified webhook in others."""
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    for name, text in (("views.py", LEAKY), ("shoplog.py", LOG), ("caller.py", CALLER), ("hook.py", HOOK)):
        (tmp_path / name).write_text(text, "utf-8")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    return tmp_path


def changed(run, *more: str) -> list[tuple[str, str, int]]:
    scan = read(run("scan", ".", "--changed-since", "main", "--format", "json", *more).out).scan
    assert scan is not None
    return [(site.rule, site.place.path, site.place.line) for site in scan.findings()]


def edit(path: pathlib.Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_no_change_no_finding(run, project: pathlib.Path) -> None:
    told = run("scan", ".", "--changed-since", "main")
    assert told.code == 0
    assert "0 files changed, 3 findings elsewhere left out" in told.out
    assert told.out.splitlines()[-1].startswith("no findings in what changed since main: ")


def test_a_finding_on_a_changed_line(run, project: pathlib.Path) -> None:
    edit(project / "views.py", '"card %s"', '"the card %s"')
    assert changed(run) == [("card-data-logged", "views.py", 8)]
    assert run("scan", ".", "--changed-since", "main").code == 1


def test_a_flow_that_passes_a_changed_line(run, project: pathlib.Path) -> None:
    edit(project / "views.py", '["card_number"]', '["card_number"].strip()')
    assert {rule for rule, _, _ in changed(run)} == {"card-data-logged", "raw-card-received"}


def test_a_change_elsewhere_in_the_file_opens_nothing(run, project: pathlib.Path) -> None:
    (project / "views.py").write_text("# a comment\n" + LEAKY + "\n\ndef add(a, b):\n    return a + b\n", "utf-8")
    assert changed(run) == []


def test_a_masker_that_no_longer_masks_opens_a_flow_in_lines_that_stayed(run, project: pathlib.Path) -> None:
    edit(project / "shoplog.py", 'return "*" * 12 + number[-4:]', "return number")
    assert [place for rule, *place in changed(run) if rule == "card-data-logged"] == [["shoplog.py", 11]]


def test_a_deleted_check_opens_a_webhook(run, project: pathlib.Path) -> None:
    check = 'stripe.Webhook.construct_event(payload, request.headers["Stripe-Signature"], SECRET)'
    edit(project / "hook.py", check, "json.loads(payload)")
    assert ("webhook-unchecked", "hook.py", 8) in changed(run)


def test_a_new_caller_in_a_new_file(run, project: pathlib.Path) -> None:
    edit(project / "shoplog.py", "logger.info(hide(number))", "logger.info(number)")
    git("commit", "-qam", "two")
    (project / "more.py").write_text(CALLER.replace("pay", "refund").replace("card_number", "cvc"), "utf-8")
    found = changed(run)
    assert [place for rule, *place in found if rule == "card-data-logged"] == [["shoplog.py", 11]]
    assert all(path in ("more.py", "shoplog.py") for _, path, _ in found)


def test_a_renamed_file_opens_nothing(run, project: pathlib.Path) -> None:
    git("mv", "views.py", "handlers.py")
    assert changed(run) == []


def test_paths_narrow_it_further(run, project: pathlib.Path) -> None:
    edit(project / "views.py", '"card %s"', '"the card %s"')
    (project / "more.py").write_text(LEAKY, "utf-8")
    scan = read(run("scan", "more.py", "--changed-since", "main", "--format", "json").out).scan
    assert scan is not None and {site.place.path for site in scan.findings()} == {"more.py"}


def test_known_findings_stay_known(run, project: pathlib.Path) -> None:
    run("baseline", "write")
    edit(project / "views.py", "pay(request):", "pay(request, more=None):")
    edit(project / "views.py", "    number =", "    print(1)\n    number =")
    assert changed(run) == []
    edit(project / "views.py", '["card_number"]', '["card_number"][0:]')
    assert changed(run) != []


def test_it_speaks_for_no_control(run, project: pathlib.Path) -> None:
    edit(project / "hook.py", '"", 200', '"ok", 200')
    run("scan", ".", "--changed-since", "main")
    report = read(run("report", "--format", "json").out)
    assert [piece for judgement in report.judgements for piece in judgement.evidence] == []


def test_a_name_that_git_does_not_know(run, project: pathlib.Path) -> None:
    for name in ("mian", ""):
        told = run("scan", ".", "--changed-since", name)
        assert (told.code, told.out, told.err) == (2, "", f"payproof: --changed-since: git knows no commit {name!r}\n")


def test_the_cache_is_the_projects(run, project: pathlib.Path) -> None:
    edit(project / "views.py", '"card %s"', '"the card %s"')
    cold = run("scan", ".", "--changed-since", "main", "--no-cache", "--format", "json").out
    assert run("scan", ".", "--changed-since", "main", "--format", "json").out == cold
    assert run("scan", ".", "--changed-since", "main", "--format", "json").out == cold
