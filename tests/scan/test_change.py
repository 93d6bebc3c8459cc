"""What has changed since a commit: lines and earlier contents, whatever names files have and whatever the repository sets."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Callable

import pytest

from payproof.model import Place, UsageError
from payproof.scan.change import Change, read_change
from payproof.scan.files import discover
from payproof.scan.shadow import shadow

Git = Callable[..., bytes]
TEN = "".join(f"line {number}\n" for number in range(1, 11))


@pytest.fixture
def checkout(project: pathlib.Path, git: Git) -> pathlib.Path:
    (project / "a.py").write_text(TEN)
    (project / "b.py").write_text(TEN.replace("line", "other"))
    git("add", ".")
    git("commit", "-qm", "one")
    return project


def lines(change: Change) -> dict[str, list[int] | None]:
    return {path: None if found is None else sorted(found) for path, found in change.lines.items()}


def test_nothing_has_changed(checkout: pathlib.Path) -> None:
    change = read_change(checkout, "HEAD")
    assert (change.files, lines(change), change.before) == (0, {}, {})
    assert not change.touches(Place("a.py", 1))


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("line 3\n", "changed\n", [3]),
        ("line 3\n", "line 3\nmore\nand more\n", [4, 5]),
        ("line 3\nline 4\n", "", [2, 3]),
        ("line 1\n", "", [0, 1]),
        ("line 10\n", "", [9, 10]),
        ("line 10\n", "line 10", [10]),
        ("line 2\n", "++ b/x.py\n@@ -1 +7 @@\ndiff --git a/x b/x\n-- a\n", [2, 3, 4, 5]),
    ],
)
def test_lines_that_are_new_edited_or_beside_a_deletion(checkout: pathlib.Path, old: str, new: str, touched: list[int]) -> None:
    (checkout / "a.py").write_text(TEN.replace(old, new))
    change = read_change(checkout, "HEAD")
    assert lines(change) == {"a.py": touched}
    assert change.before == {"a.py": TEN.encode()}


def test_touching_a_place() -> None:
    change = Change("x", "c", {"a.py": frozenset({4}), "new.py": None}, {}, 2)
    touched = [Place("a.py", 4), Place("a.py", 2, 1, 4, 1), Place("a.py", 4, 1, 9, 1), Place("new.py", 70)]
    assert all(change.touches(place) for place in touched)
    untouched = [Place("a.py", 3), Place("a.py", 5, 1, 9, 1), Place("b.py", 4)]
    assert not any(change.touches(place) for place in untouched)


def test_staged_committed_and_untracked_changes_count_alike(checkout: pathlib.Path, git: Git) -> None:
    first = git("rev-parse", "HEAD").decode().strip()
    (checkout / "a.py").write_text(TEN.replace("line 1\n", "one\n"))
    git("commit", "-qam", "two")
    (checkout / "b.py").write_text("staged\n")
    git("add", ".")
    (checkout / "c.py").write_text("new\n")
    (checkout / ".gitignore").write_text("ignored.py\n")
    (checkout / "ignored.py").write_text("x\n")
    change = read_change(checkout, first)
    assert lines(change) == {"a.py": [1], "b.py": [1], "c.py": None, ".gitignore": None}
    assert change.before["c.py"] is None
    assert change.files == 4


def test_a_renamed_file_is_new_where_it_was_edited_only(checkout: pathlib.Path, git: Git) -> None:
    git("mv", "a.py", "moved.py")
    assert lines(read_change(checkout, "HEAD")) == {}
    (checkout / "moved.py").write_text(TEN.replace("line 7\n", "seven\n"))
    change = read_change(checkout, "HEAD")
    assert (lines(change), change.files) == ({"moved.py": [7]}, 1)
    assert change.before == {"a.py": TEN.encode(), "moved.py": None}


def test_a_deleted_file_was_there_before(checkout: pathlib.Path) -> None:
    (checkout / "a.py").unlink()
    change = read_change(checkout, "HEAD")
    assert (lines(change), change.before) == ({}, {"a.py": TEN.encode()})


def test_what_others_did_since_the_branch_was_made_does_not_count(checkout: pathlib.Path, git: Git) -> None:
    git("checkout", "-qb", "feature")
    (checkout / "a.py").write_text(TEN.replace("line 1\n", "one\n"))
    git("commit", "-qam", "mine")
    git("checkout", "-q", "main")
    (checkout / "b.py").write_text("theirs\n")
    git("commit", "-qam", "theirs")
    git("checkout", "-q", "feature")
    assert lines(read_change(checkout, "main")) == {"a.py": [1]}


STRANGE = ['qu"ote.py', "new\nline.py", "tab\there.py", "with blank.py", "caf\u00e9.py", "-n.py", "back\\slash.py", "a/b c/d.py"]


@pytest.mark.parametrize("name", STRANGE)
def test_names_of_files_are_read_as_they_are(checkout: pathlib.Path, git: Git, name: str) -> None:
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text(TEN)
    git("add", ".")
    git("commit", "-qm", "two")
    (checkout / name).write_text(TEN.replace("line 5\n", "five\n"))
    change = read_change(checkout, "HEAD")
    assert (lines(change), change.before) == ({name: [5]}, {name: TEN.encode()})


def test_a_project_below_the_top_of_its_repository(checkout: pathlib.Path, git: Git) -> None:
    (checkout / "shop").mkdir()
    (checkout / "shop" / "pyproject.toml").write_text("")
    (checkout / "shop" / "pay.py").write_text(TEN)
    git("add", ".")
    git("commit", "-qm", "two")
    (checkout / "shop" / "pay.py").write_text(TEN.replace("line 5\n", "five\n"))
    (checkout / "a.py").write_text("elsewhere\n")
    assert lines(read_change(checkout / "shop", "HEAD")) == {"pay.py": [5]}


@pytest.mark.parametrize(
    "setting",
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("color.ui", "always"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("diff.renames", "false"),
        ("diff.relative", "false"),
        ("core.quotePath", "true"),
        ("diff.orderFile", "order"),
        ("diff.suppressBlankEmpty", "true"),
        ("diff.submodule", "log"),
    ],
)
def test_the_repositorys_settings_change_nothing(checkout: pathlib.Path, git: Git, setting: tuple[str, str]) -> None:
    (checkout / ".gitattributes").write_text("*.py binary -diff\n")
    (checkout / "a.py").rename(checkout / "caf\u00e9.py")
    git("add", ".")
    (checkout / "caf\u00e9.py").write_text(TEN.replace("line 3\n", "three\n").replace("line 6\n", "six\n"))
    git("config", *setting)
    assert lines(read_change(checkout, "HEAD")) == {"caf\u00e9.py": [3, 6], ".gitattributes": [1]}


@pytest.mark.parametrize("name", ["nope", "--output=x", "-h", "", "HEAD:a.py", "main..nope", "@{-9}"])
def test_a_name_that_git_does_not_know(checkout: pathlib.Path, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_change(checkout, name)
    assert str(caught.value) == f"--changed-since: git knows no commit {name!r}"
    assert not (checkout / "x").exists()


def test_a_shallow_clone_is_named(checkout: pathlib.Path, git: Git, tmp_path: pathlib.Path) -> None:
    git("branch", "old")
    (checkout / "a.py").write_text("two\n")
    git("commit", "-qam", "two")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{checkout}", clone], check=True, capture_output=True)
    with pytest.raises(UsageError) as caught:
        read_change(clone.resolve(), "origin/old")
    assert str(caught.value) == (
        "--changed-since: git knows no commit 'origin/old'; this clone is shallow: fetch more of its history"
    )
    subprocess.run(["git", "fetch", "-q", "--depth=1", "origin", "old:old"], cwd=clone, check=True, capture_output=True)
    with pytest.raises(UsageError) as caught:
        read_change(clone.resolve(), "old")
    said = "--changed-since: 'old' has no ancestor in common with the present branch"
    assert str(caught.value) == f"{said}; this clone is shallow: fetch more of its history"


def test_no_checkout(project: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"^--changed-since: the project is no git checkout, so that nobody can tell what"):
        read_change(project, "HEAD")


def test_a_checkout_that_git_cannot_read(project: pathlib.Path) -> None:
    (project / ".git").write_text("gitdir: nowhere\n")
    with pytest.raises(UsageError, match=r"^--changed-since: git cannot be asked; is it installed, and is this a checkout"):
        read_change(project, "HEAD")


def test_contents_that_git_lacks(checkout: pathlib.Path, git: Git) -> None:
    blob = git("rev-parse", "HEAD:a.py").decode().strip()
    (checkout / ".git/objects" / blob[:2] / blob[2:]).unlink()
    (checkout / "a.py").unlink()
    with pytest.raises(UsageError) as caught:
        read_change(checkout, "HEAD")
    assert str(caught.value) == "--changed-since: git lacks what files held at 'HEAD' (a partial clone); fetch it first"
    (checkout / "a.py").write_text("changed\n")
    git("read-tree", "--empty")
    tree = git("rev-parse", "HEAD^{tree}").decode().strip()
    (checkout / ".git/objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(UsageError, match=r"^--changed-since: git cannot say what has changed \(`git diff` failed\)$"):
        read_change(checkout, "HEAD")


def test_a_shadow_holds_what_was_there(checkout: pathlib.Path) -> None:
    (checkout / "logo.png").write_bytes(b"\x89PNG")
    (checkout / "link.py").symlink_to("b.py")
    replaced = {"a.py": None, "old/c.py": b"c\n", "../out.py": b"x", "/abs.py": b"x", ".git/config": b"x", "b.py": b"then\n"}
    with shadow(checkout, discover([checkout]).files, replaced) as folder:
        held = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert held == {"pyproject.toml": b"", "old/c.py": b"c\n", "b.py": b"then\n"}
    assert not folder.exists()
    assert not (folder.parent / "out.py").exists()
    assert (checkout / "b.py").read_text() != "then\n"
