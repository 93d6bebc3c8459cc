"""Each state of the code has its own name."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest

from payproof.scan.revision import revision

Git = Callable[..., bytes]


@pytest.fixture
def committed(project: pathlib.Path, git: Git) -> str:
    (project / "a.py").write_bytes(b"x = 1\ny = 2\n")
    (project / "notes.md").write_text("notes")
    (project / "link.py").symlink_to("a.py")
    git("add", ".")
    git("commit", "-qm", "one")
    return git("rev-parse", "HEAD").decode().strip()


def test_a_clean_checkout_is_its_commit(project: pathlib.Path, committed: str) -> None:
    assert revision(project) == committed


def test_other_line_ends_are_no_change(project: pathlib.Path, committed: str) -> None:
    (project / "a.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    assert revision(project) == committed


def test_each_dirty_state_is_its_own_revision(project: pathlib.Path, committed: str, git: Git) -> None:
    (project / "a.py").write_text("x = 2\n")
    first = revision(project)
    (project / "a.py").write_text("x = 3\n")
    second = revision(project)
    (project / "a.py").unlink()
    third = revision(project)
    assert len({committed, first, second, third}) == 4
    assert all(name.startswith(committed + "-dirty-") for name in (first, second, third))
    (project / "a.py").write_text("x = 2\n")
    assert revision(project) == first
    git("add", "a.py")
    assert revision(project) == first


@pytest.mark.parametrize("name", ["new.py", "settings.toml", "shop/new.py"])
def test_new_code_makes_a_checkout_dirty(project: pathlib.Path, committed: str, git: Git, name: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("x = 1\n")
    untracked = revision(project)
    assert untracked.startswith(committed + "-dirty-")
    git("add", name)
    assert revision(project) == untracked


@pytest.mark.parametrize("name", ["report.json", "report.xml", "report.html", "report.md", ".payproof/ledger.yaml", "x.sarif"])
def test_reports_do_not(project: pathlib.Path, committed: str, name: str) -> None:
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("{}")
    assert revision(project) == committed


def test_a_folder_of_a_checkout_speaks_of_itself(project: pathlib.Path, git: Git) -> None:
    (project / "shop").mkdir()
    (project / "shop/a.py").write_text("x = 1\n")
    git("add", ".")
    git("commit", "-qm", "one")
    (project / "elsewhere.py").write_text("x = 1\n")
    assert "-dirty-" not in revision(project / "shop")
    assert "-dirty-" in revision(project)


def test_a_repository_without_a_commit_is_a_tree(project: pathlib.Path, git: Git) -> None:
    assert revision(project).startswith("tree-")


def test_without_git_the_code_names_itself(project: pathlib.Path) -> None:
    (project / "a.py").write_text("x = 1\n")
    first = revision(project)
    assert first.startswith("tree-")
    (project / "report.json").write_text("{}")
    assert revision(project) == first
    (project / "a.py").write_text("x = 2\n")
    assert revision(project) != first


def test_a_sha256_repository(tmp_path: pathlib.Path, project: pathlib.Path, git: Git) -> None:
    root = project / "inner"
    git("init", "-q", "--object-format=sha256", str(root))
    (root / "a.py").write_text("x = 1\n")
    git("-C", str(root), "add", ".")
    git("-C", str(root), "commit", "-qm", "one")
    assert len(revision(root)) == 64
