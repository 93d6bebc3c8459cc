"""`payproof fix`: a diff first, files only when told, and never over work that is not committed."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

HOOK = """\
import stripe


def read(request, secret):
    return stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], secret, tolerance=0)
"""
FIXED = HOOK.replace(", tolerance=0", "")
SCHEMA = pathlib.Path(__file__).parents[1] / "data" / "sarif" / "sarif-schema-2.1.0.json"


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    (tmp_path / "hook.py").write_text(HOOK, "utf-8")
    return tmp_path


def git(*arguments: str) -> None:
    names = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], env=environment, check=True, capture_output=True)


def test_a_diff_is_shown_and_nothing_written(run, project: pathlib.Path) -> None:
    told = run("fix", ".")
    assert (told.code, told.err) == (1, "payproof: 1 fix in 1 file; nothing is written: --write does\n")
    assert told.out == (
        "  hook.py:5  webhook-tolerance-off\n"
        "    `construct_event` gets its default tolerance back, `verify_header` one of 300 seconds\n"
        "--- a/hook.py\n"
        "+++ b/hook.py\n"
        "@@ -2,4 +2,4 @@\n"
        " \n"
        " \n"
        " def read(request, secret):\n"
        '-    return stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], secret, tolerance=0)\n'
        '+    return stripe.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], secret)\n'
        "\n"
    )
    assert (project / "hook.py").read_text("utf-8") == HOOK


def test_files_are_written_when_told(run, project: pathlib.Path) -> None:
    told = run("fix", ".", "--write")
    assert (told.code, told.err) == (0, "payproof: hook.py: 1 fix written\n")
    assert (project / "hook.py").read_text("utf-8") == FIXED
    again = run("fix", ".")
    assert (again.code, again.out, again.err) == (0, "nothing can be fixed with certainty: 0 findings in all\n", "")
    assert sorted(path.name for path in project.iterdir()) == [".payproof_cache", "hook.py", "pyproject.toml"]


def test_work_that_is_not_committed_is_left_alone(run, project: pathlib.Path) -> None:
    git("init", "-q")
    told = run("fix", ".", "--write")
    assert told.code == 1
    assert told.err == (
        "payproof: hook.py: holds changes that are not committed; not written: commit them, or say --allow-dirty\n"
    )
    assert (project / "hook.py").read_text("utf-8") == HOOK
    git("add", ".")
    git("commit", "-qm", "one")
    (project / "hook.py").write_text(HOOK + "\n", "utf-8")
    assert run("fix", ".", "--write").code == 1
    assert run("fix", ".", "--write", "--allow-dirty").code == 0
    assert (project / "hook.py").read_text("utf-8") == FIXED + "\n"


def test_what_is_left_to_people_says_why(run, project: pathlib.Path) -> None:
    (project / "hook.py").write_text("OFF = 0\n" + HOOK.replace("=0", "=OFF"), "utf-8")
    told = run("fix", ".")
    assert told.code == 1
    assert told.out == (
        "Not fixed\n  hook.py:6  webhook-tolerance-off\n    the tolerance comes from elsewhere\n\n"
        "nothing can be fixed with certainty: 1 finding in all\n"
    )


def test_select(run, project: pathlib.Path) -> None:
    assert run("fix", ".", "--select", "idempotency").out == "nothing can be fixed with certainty: 1 finding in all\n"
    assert run("fix", ".", "--select", "webhook-tolerance-off").code == 1
    told = run("fix", ".", "--select", "webhook-tolerance-of")
    assert (told.code, told.out) == (2, "")
    assert "there is no rule or category 'webhook-tolerance-of'; did you mean 'webhook-tolerance-off'?" in told.err


def test_a_missing_path(run) -> None:
    told = run("fix", "nowhere")
    assert (told.code, told.out, told.err) == (2, "", "payproof: nowhere: no such file or folder\n")


def test_what_cannot_be_read_is_said(run, project: pathlib.Path) -> None:
    (project / "broken.py").write_text("import stripe\ndef (:\n", "utf-8")
    told = run("fix", ".", "--write")
    assert told.code == 3
    assert told.err.startswith(
        "payproof: hook.py: 1 fix written\npayproof: 1 file that matter not read; the first is broken.py: "
    )
    (project / "broken.py").unlink()
    (project / "hook.py").unlink()
    (project / "pyproject.toml").unlink()
    told = run("fix", ".")
    assert (told.code, told.err) == (3, "payproof: nothing to scan: no file found\n")


def test_a_file_that_cannot_be_written_is_said(run, project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from payproof import atomic

    def full(path: pathlib.Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "write", full)
    told = run("fix", ".", "--write", "--no-cache")
    assert (told.code, told.err) == (1, "payproof: hook.py: cannot be written: No space left on device\n")
    assert (project / "hook.py").read_text("utf-8") == HOOK


def test_a_removed_secret_is_not_shown(run, project: pathlib.Path) -> None:
    key = "sk_live_" + "MadeUpDefault0f9Q2z"
    (project / "hook.py").write_text(f"import os\n\nKEY = os.environ.get('STRIPE_KEY', '{key}')\n", "utf-8")
    for more in ((), ("--format", "sarif"), ("--write",)):
        told = run("fix", ".", *more)
        assert key not in told.out + told.err and "MadeUpDefault" not in told.out + told.err
    assert (project / "hook.py").read_text("utf-8") == "import os\n\nKEY = os.environ['STRIPE_KEY']\n"


def test_sarif_carries_each_fix(run, project: pathlib.Path) -> None:
    (project / "hook.py").write_text(HOOK + HOOK.replace("read", "again").partition("\n\n\n")[2], "utf-8")
    told = run("fix", ".", "--format", "sarif", "-o", "fixes.sarif")
    assert told.code == 1
    document = json.loads((project / "fixes.sarif").read_text("utf-8"))
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    found = [result["fixes"] for result in document["runs"][0]["results"] if "fixes" in result]
    assert [fix["description"]["text"] for (fix,) in found] == ["Fixes webhook-tolerance-off in this place."] * 2
    changes = [change for (fix,) in found for change in fix["artifactChanges"]]
    assert {change["artifactLocation"]["uri"] for change in changes} == {"hook.py"}
    replaced = [change["replacements"][0] for change in changes]
    assert [one["deletedRegion"] for one in replaced] == [
        {"startLine": line, "startColumn": 1, "endLine": line + 1, "endColumn": 1} for line in (5, 7)
    ]
    assert {one["insertedContent"]["text"] for one in replaced} == {FIXED.splitlines(keepends=True)[4]}


def test_a_diff_goes_to_a_file(run, project: pathlib.Path) -> None:
    run("fix", ".", "-o", "fixes.diff")
    assert "+++ b/hook.py\n" in (project / "fixes.diff").read_text("utf-8")
