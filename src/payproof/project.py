"""Finds the project that a path belongs to."""

from __future__ import annotations

import pathlib


def root_of(folder: pathlib.Path) -> pathlib.Path:
    """Return the nearest folder with a `pyproject.toml` or `.git` at or above `folder`, else `folder` itself.

    The answer is absolute and free of symbolic links.
    """
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "pyproject.toml").is_file() or (candidate / ".git").exists():
            return candidate
    return start
