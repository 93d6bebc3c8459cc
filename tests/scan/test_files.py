"""Which files a scan looks at."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable

import pytest

from payproof.model import Unread, UsageError
from payproof.scan import files
from payproof.scan.files import FileSet, discover, project_root
from payproof.scan.kinds import Kind

Git = Callable[..., bytes]


def write(root: pathlib.Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def names(found: FileSet) -> list[str]:
    return [file.path for file in found.files if file.path != "pyproject.toml"]


def test_everything_beneath_the_root_is_found(project: pathlib.Path) -> None:
    write(project, "a.py", "shop/b.pyi", "shop/tests/c.py", "deploy/.env", "logo.png")
    found = discover([project])
    assert [(file.path, file.kind, file.test) for file in found.files] == [
        ("a.py", Kind.PYTHON, False),
        ("deploy/.env", Kind.CONFIG, False),
        ("logo.png", Kind.BINARY, False),
        ("pyproject.toml", Kind.CONFIG, False),
        ("shop/b.pyi", Kind.STUB, False),
        ("shop/tests/c.py", Kind.PYTHON, True),
    ]
    assert not found.partial
    assert not found.by_git


@pytest.mark.parametrize("asked", ["shop", "shop/inner", "shop/inner/b.py"])
def test_paths_count_from_the_project_root_whichever_path_was_given(project: pathlib.Path, asked: str) -> None:
    write(project, "a.py", "shop/inner/b.py")
    found = discover([project / asked])
    assert found.root == project
    assert names(found) == ["shop/inner/b.py"]
    assert found.partial


def test_overlapping_paths_count_once(project: pathlib.Path) -> None:
    write(project, "shop/b.py")
    assert names(discover([project / "shop", project / "shop/b.py", project])) == ["shop/b.py"]


def test_the_root_of_several_paths_is_above_them_all(project: pathlib.Path) -> None:
    write(project, "one/pyproject.toml", "two/pyproject.toml")
    assert project_root([project / "one"]) == project / "one"
    assert project_root([project / "one", project / "two"]) == project


def test_a_folder_without_any_marker_is_its_own_root(tmp_path: pathlib.Path) -> None:
    write(tmp_path, "loose/a.py")
    if any((above / marker).exists() for above in tmp_path.resolve().parents for marker in ("pyproject.toml", ".git")):
        pytest.skip("the temporary folder lies inside a project")
    assert project_root([tmp_path / "loose"]) == tmp_path.resolve() / "loose"
    assert project_root([tmp_path / "loose/a.py"]) == tmp_path.resolve() / "loose"


def test_a_missing_path_is_a_usage_error(project: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere: no such file or folder"):
        discover([project / "nowhere"])


def test_no_path_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no path was given"):
        discover([])


def test_an_empty_folder_is_an_empty_selection(project: pathlib.Path) -> None:
    (project / "empty").mkdir()
    assert discover([project / "empty"]).files == ()


def test_folders_of_tools_are_left_out_and_named(project: pathlib.Path) -> None:
    write(project, "a.py", "node_modules/x/i.js", "__pycache__/a.py", "web.egg-info/x.txt", "env/pyvenv.cfg", "env/lib/p.py")
    write(project, "build/lib/a.py", "src/build/__init__.py", "src/build/lib/b.py", ".hg/c.py")
    found = discover([project])
    assert names(found) == ["a.py", "src/build/__init__.py", "src/build/lib/b.py"]
    assert found.skipped == ("__pycache__/", "build/", "env/", "node_modules/", "web.egg-info/")


def test_a_tool_folder_that_is_named_outright_is_looked_at(project: pathlib.Path) -> None:
    write(project, "env/pyvenv.cfg", "env/lib/p.py")
    assert names(discover([project / "env"])) == ["env/lib/p.py", "env/pyvenv.cfg"]


@pytest.mark.parametrize("asked", [".", "shop", "shop/migrations", "shop/migrations/0001.py"])
def test_excluded_files_are_counted_however_they_are_asked_for(project: pathlib.Path, asked: str) -> None:
    write(project, "shop/migrations/0001.py")
    found = discover([project / asked], ["migrations/"])
    assert "shop/migrations/0001.py" not in names(found)
    assert found.excluded == 1


def test_links_are_not_followed(project: pathlib.Path, tmp_path: pathlib.Path) -> None:
    write(tmp_path, "outside/secret.py")
    write(project, "shop/a.py")
    (project / "out").symlink_to(tmp_path / "outside")
    (project / "out.py").symlink_to(tmp_path / "outside/secret.py")
    (project / "twin.py").symlink_to("shop/a.py")
    (project / "shop/up").symlink_to("..")
    (project / "loop").symlink_to("loop")
    found = discover([project])
    assert names(found) == ["shop/a.py"]
    assert found.unread == tuple(Unread(path, files.OUTSIDE, matters=False) for path in ("out", "out.py"))


def test_a_path_that_is_a_link_is_looked_at_where_it_leads(project: pathlib.Path) -> None:
    write(project, "shop/a.py")
    (project / "link").symlink_to("shop")
    assert names(discover([project / "link"])) == ["shop/a.py"]


def test_a_loop_is_a_missing_path(project: pathlib.Path) -> None:
    (project / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="no such file"):
        discover([project / "loop"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_special_files_are_named(project: pathlib.Path) -> None:
    os.mkfifo(project / "pipe")
    assert discover([project]).unread == (Unread("pipe", files.SPECIAL, matters=False),)


def test_an_unreadable_folder_is_named(project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: pathlib.Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert discover([project]).unread == (Unread("closed", "the folder cannot be read: Permission denied"),)


def test_scripts_without_a_suffix_are_python(project: pathlib.Path) -> None:
    write(project, "bin/charge", text="#!/usr/bin/env python3\nimport stripe\n")
    write(project, "bin/deploy", text="#!/bin/sh\n")
    kinds = {file.path: file.kind for file in discover([project]).files}
    assert kinds["bin/charge"] is Kind.PYTHON
    assert kinds["bin/deploy"] is Kind.TEXT


def test_git_names_the_files(project: pathlib.Path, git: Git) -> None:
    write(project, "tracked.py", "untracked.py", "ignored.py", "logs/x.py", "deleted.py", "caf\u00e9.py")
    (project / ".gitignore").write_text("ignored.py\nlogs/\n")
    git("add", "tracked.py", "deleted.py", "caf\u00e9.py")
    (project / "deleted.py").unlink()
    found = discover([project])
    assert found.by_git
    assert names(found) == [".gitignore", "caf\u00e9.py", "tracked.py", "untracked.py"]
    assert names(discover([project], use_git=False)) == [
        ".gitignore",
        "caf\u00e9.py",
        "ignored.py",
        "logs/x.py",
        "tracked.py",
        "untracked.py",
    ]


def test_what_git_ignores_is_looked_at_when_named(project: pathlib.Path, git: Git) -> None:
    write(project, "logs/x.py", "a.py")
    (project / ".gitignore").write_text("logs/\n")
    assert names(discover([project / "logs"])) == ["logs/x.py"]
    assert names(discover([project / "logs/x.py"])) == ["logs/x.py"]
    assert names(discover([project / "logs", project / "a.py"])) == ["a.py", "logs/x.py"]


def test_a_project_that_an_outer_repository_ignores(project: pathlib.Path, git: Git) -> None:
    (project / ".gitignore").write_text("inner/\n")
    write(project, "inner/pyproject.toml", "inner/a.py")
    assert names(discover([project / "inner"])) == ["a.py"]


def test_nested_repositories_are_walked(project: pathlib.Path, git: Git) -> None:
    write(project, "nested/a.py", "nested/deep/b.py")
    git("init", "-q", "nested")
    git("-C", "nested", "add", ".")
    git("-C", "nested", "commit", "-qm", "x")
    assert names(discover([project])) == ["nested/a.py", "nested/deep/b.py"]


def test_a_folder_that_became_a_link_is_not_followed(project: pathlib.Path, git: Git, tmp_path: pathlib.Path) -> None:
    write(project, "shop/a.py")
    git("add", ".")
    (project / "shop/a.py").unlink()
    (project / "shop").rmdir()
    write(tmp_path, "outside/a.py")
    (project / "shop").symlink_to(tmp_path / "outside")
    found = discover([project])
    assert names(found) == []
    assert [unread.path for unread in found.unread] == ["shop"]


def test_a_broken_repository_is_walked(project: pathlib.Path) -> None:
    (project / ".git").mkdir()
    write(project, "a.py")
    found = discover([project])
    assert not found.by_git
    assert names(found) == ["a.py"]


def test_many_paths_need_no_long_command(project: pathlib.Path, git: Git) -> None:
    paths = [f"shop/m{number}.py" for number in range(250)]
    write(project, *paths)
    assert names(discover([project / path for path in paths])) == sorted(paths)
