"""Small projects on disk."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable

import pytest

Git = Callable[..., bytes]


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    """An empty folder with a pyproject.toml, free of symbolic links."""
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    return root


@pytest.fixture
def git(project: pathlib.Path) -> Git:
    """Runs git in `project`, made a repository, with none of this machine's settings."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }

    def run(*arguments: str) -> bytes:
        return subprocess.run(["git", *arguments], cwd=project, env=environment, check=True, capture_output=True).stdout

    run("init", "-q", "-b", "main")
    return run
