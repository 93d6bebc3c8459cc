"""Revisions: every state of the files has its own name, and nothing that a repository configured is run to find it."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from payproof import git
from payproof.revision import revision, root_of


def run_git(folder: pathlib.Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    run_git(folder, "init", "-q")
    (folder / "shop.py").write_text("price = 1\n")
    (folder / ".gitignore").write_text("/secret.env\n/build/\n")
    run_git(folder, "add", ".")
    run_git(folder, "commit", "-q", "-m", "first")
    return folder


def head(folder: pathlib.Path) -> str:
    return run_git(folder, "rev-parse", "HEAD")


def test_a_clean_checkout_is_named_by_its_commit(checkout: pathlib.Path) -> None:
    assert revision(checkout) == head(checkout)


def test_a_changed_file_makes_a_revision_of_its_own_and_taking_it_back_the_old_one(checkout: pathlib.Path) -> None:
    names = set()
    for content in ("price = 2\n", "price = 3\n"):
        (checkout / "shop.py").write_text(content)
        names.add(revision(checkout))
    assert len(names) == 2
    assert all(name.startswith(f"{head(checkout)}-dirty-") for name in names)
    (checkout / "shop.py").write_text("price = 1\n")
    assert revision(checkout) == head(checkout)


@pytest.mark.parametrize("change", ["added", "added below", "removed", "staged", "executable", "link"])
def test_every_kind_of_change_counts(checkout: pathlib.Path, change: str) -> None:
    new = checkout / "pkg" / "new.py" if change == "added below" else checkout / "new.py"
    new.parent.mkdir(exist_ok=True)
    match change:
        case "added" | "added below":
            new.write_text("x = 1\n")
        case "removed":
            (checkout / "shop.py").unlink()
        case "staged":
            new.write_text("x = 1\n")
            run_git(checkout, "add", "new.py")
        case "executable":
            (checkout / "shop.py").chmod(0o755)
        case "link":
            new.symlink_to("shop.py")
    assert revision(checkout).startswith(f"{head(checkout)}-dirty-")


def test_the_content_of_new_files_counts(checkout: pathlib.Path) -> None:
    (checkout / "new.py").write_text("x = 1\n")
    first = revision(checkout)
    (checkout / "new.py").write_text("x = 2\n")
    assert revision(checkout) != first


@pytest.mark.parametrize(
    "path",
    [
        ".payproof/ledger/x.jsonl", ".payproof_cache/facts", "__pycache__/shop.cpython-311.pyc", ".pytest_cache/v/cache",
        ".coverage", ".coverage.host.1", "shop.sqlite3", "out.sarif", "report.html", "secret.env", "app.log",
    ],
)  # fmt: skip
def test_leftovers_reports_and_ignored_files_never_count(checkout: pathlib.Path, path: str) -> None:
    (checkout / path).parent.mkdir(parents=True, exist_ok=True)
    (checkout / path).write_text("anything")
    assert revision(checkout) == head(checkout)


def test_a_template_below_the_top_counts_although_reports_at_the_top_do_not(checkout: pathlib.Path) -> None:
    (checkout / "templates").mkdir()
    (checkout / "templates" / "pay.html").write_text("<form>")
    assert "-dirty-" in revision(checkout)


def test_tracked_files_of_payproofs_own_folder_never_count(checkout: pathlib.Path) -> None:
    (checkout / ".payproof").mkdir()
    (checkout / ".payproof" / "kept.json").write_text("1")
    run_git(checkout, "add", "-f", ".payproof/kept.json")
    run_git(checkout, "commit", "-q", "-m", "second")
    (checkout / ".payproof" / "kept.json").write_text("2")
    assert revision(checkout) == head(checkout)


def test_a_folder_that_git_ignores_is_named_by_its_content(checkout: pathlib.Path) -> None:
    demo = checkout / "build" / "demo"
    demo.mkdir(parents=True)
    (demo / "app.py").write_text("x = 1\n")
    first = revision(demo)
    assert first.startswith("tree-")
    (demo / "app.py").write_text("x = 2\n")
    assert revision(demo) != first
    assert revision(checkout) == head(checkout)


def test_without_git_the_content_of_all_files_names_the_tree(tmp_path: pathlib.Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "shop.py").write_text("x = 1\n")
    first = revision(tmp_path)
    assert first.startswith("tree-")
    for leftover in ("pkg/__pycache__/shop.pyc", ".payproof/ledger/a.jsonl", ".coverage", "report.json"):
        (tmp_path / leftover).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / leftover).write_text("anything")
    assert revision(tmp_path) == first
    (tmp_path / "pkg" / "shop.py").write_text("x = 2\n")
    assert revision(tmp_path) != first


def test_a_tree_is_named_alike_wherever_it_lies(tmp_path: pathlib.Path) -> None:
    for folder in ("a", "node_modules/.tox/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "shop.py").write_text("x = 1\n")
    assert revision(tmp_path / "a") == revision(tmp_path / "node_modules/.tox/b")


def test_installed_packages_do_not_count(tmp_path: pathlib.Path) -> None:
    (tmp_path / "shop.py").write_text("x = 1\n")
    first = revision(tmp_path)
    (tmp_path / "env" / "lib").mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr")
    (tmp_path / "env" / "lib" / "stripe.py").write_text("x = 1\n")
    assert revision(tmp_path) == first


def test_a_folder_that_keeps_itself_out_of_git_does_not_count(tmp_path: pathlib.Path) -> None:
    first = revision(tmp_path)
    (tmp_path / "proof").mkdir()
    (tmp_path / "proof" / ".gitignore").write_text("# a comment\n*\n")
    (tmp_path / "proof" / "x.jsonl").write_text("1")
    assert revision(tmp_path) == first
    (tmp_path / "proof" / ".gitignore").write_text("*.log\n")
    assert revision(tmp_path) != first


@pytest.mark.parametrize(("marker", "found"), [("pyproject.toml", True), (".git", True), ("setup.py", False)])
def test_the_root_is_the_nearest_project_around_a_folder(tmp_path: pathlib.Path, marker: str, found: bool) -> None:
    inner = tmp_path / "shop" / "tests"
    inner.mkdir(parents=True)
    (tmp_path / "shop" / marker).touch()
    (tmp_path / "link").symlink_to(inner)
    assert root_of(tmp_path / "link") == (inner.parent if found else inner).resolve()


def test_a_link_loop_ends(tmp_path: pathlib.Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to("nowhere")
    assert revision(tmp_path).startswith("tree-")


def test_a_change_inside_a_submodule_counts(checkout: pathlib.Path, tmp_path: pathlib.Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    run_git(library, "init", "-q")
    (library / "lib.py").write_text("x = 1\n")
    run_git(library, "add", ".")
    run_git(library, "commit", "-q", "-m", "library")
    run_git(checkout, "submodule", "--quiet", "add", str(library), "library")
    run_git(checkout, "commit", "-q", "-m", "with library")
    assert revision(checkout) == head(checkout)
    (checkout / "library" / "lib.py").write_text("x = 2\n")
    assert "-dirty-" in revision(checkout)


@pytest.mark.parametrize("setting", ["core.fsmonitor", "filter.evil.clean", "filter.evil.process", "diff.external", "core.pager"])
def test_no_command_of_the_repository_is_run(checkout: pathlib.Path, tmp_path: pathlib.Path, setting: str) -> None:
    trap, mark = tmp_path / "trap", tmp_path / "ran"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    trap.chmod(0o755)
    run_git(checkout, "config", setting, str(trap))
    (checkout / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    (checkout / "shop.py").write_text("price = 9\n")
    assert "-dirty-" in revision(checkout)
    assert not mark.exists()


def test_the_callers_git_variables_are_not_handed_on(
    checkout: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = head(checkout)
    other = tmp_path / "other"
    other.mkdir()
    run_git(other, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert revision(checkout) == expected


def test_git_that_cannot_answer_is_none(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.ask(tmp_path, "rev-parse", "HEAD") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.ask(tmp_path, "version") is None
    (tmp_path / ".git").mkdir()
    assert revision(tmp_path).startswith("tree-")


def test_a_filter_that_cannot_be_switched_off_ends_the_asking(checkout: pathlib.Path) -> None:
    with (checkout / ".git" / "config").open("a") as file:
        file.write('[filter "a=b"]\n\tclean = false\n')
    assert git.ask(checkout, "rev-parse", "HEAD") is None
    assert revision(checkout).startswith("tree-")
