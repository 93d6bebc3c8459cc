"""A repository cannot make the scan run a command, whatever its configuration says."""

from __future__ import annotations

import os
import pathlib
import stat
from collections.abc import Callable

import pytest

from payproof import git as asking
from payproof.revision import revision
from payproof.scan.change import read_change
from payproof.scan.files import discover

Git = Callable[..., bytes]


@pytest.fixture
def trap(project: pathlib.Path, git: Git, tmp_path: pathlib.Path) -> pathlib.Path:
    """A committed repository whose settings run a command at every turn; the command creates the path returned."""
    marker = tmp_path / "sprung"
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\ntouch '{marker}'\ncat\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    (project / "a.py").write_text("x = 1\n")
    (project / "b.py").write_text("y = 1\n")
    git("add", ".")
    git("commit", "-qm", "one")
    (project / ".gitattributes").write_text("* filter=trap diff=trap\n")
    hooks = project / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman", "post-checkout", "reference-transaction"):
        (hooks / hook).write_bytes(command.read_bytes())
        (hooks / hook).chmod(0o755)
    for setting in (
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "diff.external",
        "diff.trap.textconv",
        "diff.trap.command",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "credential.helper",
        "remote.origin.uploadpack",
        "gpg.program",
        "interactive.diffFilter",
    ):
        git("config", setting, str(command))
    git("config", "remote.origin.url", str(project))
    git("config", "remote.origin.promisor", "true")
    git("config", "log.showSignature", "true")
    (project / "b.py").write_text("y = 2\n")
    os.utime(project / "a.py", (1, 1))
    marker.unlink(missing_ok=True)
    return marker


def test_the_trap_works_on_plain_git(trap: pathlib.Path, git: Git) -> None:
    git("status")
    assert trap.exists()


def test_finding_the_files_springs_no_trap(trap: pathlib.Path, project: pathlib.Path) -> None:
    found = discover([project])
    assert found.by_git
    assert {"a.py", "b.py"} < {file.path for file in found.files}
    assert not trap.exists()


def test_naming_the_revision_springs_no_trap(trap: pathlib.Path, project: pathlib.Path) -> None:
    assert "-dirty-" in revision(project)
    assert not trap.exists()


def test_asking_what_has_changed_springs_no_trap(trap: pathlib.Path, project: pathlib.Path) -> None:
    change = read_change(project, "HEAD")
    assert change.lines["b.py"] == {1}
    assert change.before["b.py"] == b"y = 1\n"
    assert not trap.exists()


def test_a_partial_clone_fetches_nothing(trap: pathlib.Path, project: pathlib.Path, git: Git) -> None:
    tree = git("rev-parse", "HEAD^{tree}").decode().strip()
    (project / ".git/objects" / tree[:2] / tree[2:]).unlink()
    trap.unlink(missing_ok=True)
    assert asking.ask(project, "ls-tree", "-r", "HEAD") is None
    assert not trap.exists()


def test_the_callers_variables_are_left_out(
    project: pathlib.Path, git: Git, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "a.py").write_text("x = 1\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert asking.listed(project) == ("a.py", "pyproject.toml")


def test_the_users_ignore_rules_do_not_count(
    project: pathlib.Path, git: Git, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git/ignore").write_text("a.py\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (project / "a.py").write_text("x = 1\n")
    assert asking.listed(project) == ("a.py", "pyproject.toml")


def test_paths_are_never_patterns_or_options(project: pathlib.Path, git: Git) -> None:
    for name in ("--help", ":(top)x", "*.py"):
        (project / name).write_text("")
    (project / "a.py").write_text("")
    assert asking.listed(project, ("--help", ":(top)x", "*.py")) == ("*.py", "--help", ":(top)x")


def test_no_git_is_no_answer(project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    assert asking.ask(project, "rev-parse") is None


def test_a_question_that_takes_too_long_is_no_answer(project: pathlib.Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "TIMEOUT", 0)
    assert asking.ask(project, "rev-parse", "--git-dir") is None
