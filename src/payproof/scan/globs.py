"""Patterns that name files, written as in a .gitignore."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from payproof.model import UsageError


class Globs:
    """Patterns joined by "or".

    `*` and `?` stay within one name, `**` spans folders, `[a-z]` is a set of characters. A pattern with a slash before its
    end counts from the project root, any other matches a name at any depth; one that ends in a slash matches folders only.
    Whatever lies beneath a matching folder matches too. Raises `UsageError` for an empty or negated (`!`) pattern.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = tuple(_Pattern(text) for text in patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def entry(self, path: str, folder: bool) -> bool:
        """Return whether the file or folder at `path` (POSIX, relative) matches by itself, whatever lies above it."""
        parts = path.split("/")
        return any(pattern.matches(parts, folder) for pattern in self._patterns)

    def covers(self, path: str) -> bool:
        """Return whether the file at `path` or a folder above it matches."""
        if not self._patterns:
            return False
        parts = path.split("/")
        return any(self.entry("/".join(parts[:end]), end < len(parts)) for end in range(1, len(parts) + 1))


class _Pattern:
    def __init__(self, text: str) -> None:
        bare = text.removeprefix("./").strip("/")
        if not bare:
            raise UsageError(f"the pattern {text!r} matches nothing")
        if text.startswith("!"):
            raise UsageError(f"the pattern {text!r} cannot be negated; list what to leave out only")
        self.folders_only = text.endswith("/")
        self.anchored = "/" in text.removeprefix("./").rstrip("/")
        # fnmatch's expressions do not backtrack over several stars, so a hostile pattern stays cheap.
        self.parts = tuple(None if part == "**" else re.compile(fnmatch.translate(part)) for part in bare.split("/"))

    def matches(self, path: Sequence[str], folder: bool) -> bool:
        if self.folders_only and not folder:
            return False
        if not self.anchored:
            only = self.parts[0]
            return only is None or only.match(path[-1]) is not None
        return self._from_root(path)

    def _from_root(self, path: Sequence[str]) -> bool:
        # reached[i]: the pattern parts seen so far can stand for the first i names of the path.
        reached = [True] + [False] * len(path)
        for part in self.parts:
            if part is None:
                first = reached.index(True) if True in reached else len(reached)
                reached = [index >= first for index in range(len(reached))]
            else:
                reached = [False] + [reached[index] and part.match(name) is not None for index, name in enumerate(path)]
        return reached[-1]
