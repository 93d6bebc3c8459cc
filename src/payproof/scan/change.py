"""What has changed in a project since a commit: which lines, and what the changed files held before.

git is asked as `payproof.git` asks: nothing that the repository configures is run, nothing is fetched, and the reference that
a user gave cannot be taken for an option. What counts is the difference between the files as they are now, committed or not,
and the commit where the present branch left the given one; so changes that others made there meanwhile are not counted.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterator, Mapping

from payproof import git
from payproof.model import Place, UsageError

_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--text", "--relative", "--find-renames", "--submodule=short",
    "--ignore-submodules=dirty", f"-O{os.devnull}",
)  # fmt: skip
_FILES = ("100644", "100755")
_HUNK = re.compile(rb"@@ -\d+(?:,(?P<gone>\d+))? \+(?P<first>\d+)(?:,(?P<come>\d+))? @@")
_ESCAPE = re.compile(rb"\\([abtnvfr\"\\]|[0-7]{3})")
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r", b'"': b'"', b"\\": b"\\"}


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What differs from `commit`. Paths are relative to the project root.

    `lines` holds the 1-based lines that are new, were edited, or stand beside a deletion; None stands for a file of which all
    is new. `before` holds what changed files held, by the path they had; None for a path where there was nothing. `files` counts
    the files that differ, a renamed one once.
    """

    since: str
    commit: str
    lines: Mapping[str, frozenset[int] | None]
    before: Mapping[str, bytes | None]
    files: int

    def touches(self, place: Place) -> bool:
        """Return whether the change touches any line of a place."""
        if place.path not in self.lines:
            return False
        lines = self.lines[place.path]
        return lines is None or any(line in lines for line in range(place.line, max(place.line, place.end_line) + 1))


def read_change(root: pathlib.Path, since: str) -> Change:
    """Return what has changed in the project at `root` since the commit that `since` names.

    Raises `UsageError` where there is no git checkout, for a name that git does not know, for one that has no ancestor in
    common with the present branch, and where git lacks the content that a changed file had (a partial clone).
    """
    commit = _base(root, since)
    before: dict[str, bytes | None] = {}
    blobs: dict[str, str] = {}
    changed = list(_changed(root, commit))
    for old_mode, blob, status, old, new in changed:
        before.setdefault(new, None)
        if status not in ("A", "C"):
            before[old] = None
            if old_mode in _FILES:
                blobs[old] = blob
    contents = _contents(root, set(blobs.values()), since)
    before.update({path: contents[blob] for path, blob in blobs.items()})
    lines: dict[str, frozenset[int] | None] = dict(_lines(root, commit))
    untracked = _told(root, "ls-files", "--others", "--exclude-standard", "-z")
    lines.update(dict.fromkeys(untracked))
    before.update(dict.fromkeys(path for path in untracked if path not in before))
    return Change(since, commit, lines, before, len(changed) + len(untracked))


def _base(root: pathlib.Path, since: str) -> str:
    if not git.in_checkout(root):
        raise UsageError("--changed-since: the project is no git checkout, so that nobody can tell what has changed")
    shallow = git.ask(root, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        raise UsageError("--changed-since: git cannot be asked; is it installed, and is this a checkout that it can read?")
    hint = "; this clone is shallow: fetch more of its history" if shallow.strip() == b"true" else ""
    commit = git.ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{since}^{{commit}}")
    if commit is None:
        raise UsageError(f"--changed-since: git knows no commit {since!r}{hint}")
    base = git.ask(root, "merge-base", commit.decode("ascii").strip(), "HEAD")
    if base is None:
        raise UsageError(f"--changed-since: {since!r} has no ancestor in common with the present branch{hint}")
    return base.decode("ascii").split()[0]


def _ask(root: pathlib.Path, *arguments: str, given: bytes | None = None) -> bytes:
    told = git.ask(root, *arguments, given=given)
    if told is None:
        raise UsageError(f"--changed-since: git cannot say what has changed (`git {arguments[0]}` failed)")
    return told


def _told(root: pathlib.Path, *arguments: str) -> list[str]:
    return [os.fsdecode(part) for part in _ask(root, *arguments).split(b"\0") if part]


def _changed(root: pathlib.Path, commit: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield for each file that differs its old mode, its old blob, the kind of difference, and its old and new path."""
    parts = iter(_told(root, *_DIFF, "--raw", "--no-abbrev", "-z", commit, "--"))
    for head in parts:
        old_mode, _, blob, _, status = head.removeprefix(":").split()
        old = next(parts)
        yield old_mode, blob, status[0], old, next(parts) if status[0] in "RC" else old


def _contents(root: pathlib.Path, blobs: set[str], since: str) -> Mapping[str, bytes]:
    """Return what each blob holds."""
    wanted = sorted(blobs)
    told = _ask(root, "cat-file", "--batch", given="".join(f"{blob}\n" for blob in wanted).encode()) if wanted else b""
    contents = {}
    at = 0
    for blob in wanted:
        end = told.index(b"\n", at)
        head = told[at:end].split()
        if head[-1] == b"missing":
            raise UsageError(f"--changed-since: git lacks what files held at {since!r} (a partial clone); fetch it first")
        size = int(head[-1])
        contents[blob] = told[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents


def _lines(root: pathlib.Path, commit: str) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield for each file that still is there the lines that the change touches."""
    patch = _ask(root, *_DIFF, "--unified=0", "--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/", commit, "--")
    path = ""
    touched: set[int] = set()
    inside = 0
    for line in patch.split(b"\n"):
        if inside and line[:1] in (b"+", b"-"):
            inside -= 1
        elif hunk := _HUNK.match(line):
            gone, first, come = (int(hunk[name] or b"1") for name in ("gone", "first", "come"))
            inside = gone + come
            # A deletion touches the lines on both sides of it.
            touched |= set(range(first, first + come)) if come else {first, first + 1}
        elif line.startswith(b"diff --git "):
            if path:
                yield path, frozenset(touched)
            path, touched = "", set()
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            path = os.fsdecode(_unquoted(line[4:])[2:])
    if path:
        yield path, frozenset(touched)


def _unquoted(name: bytes) -> bytes:
    """Return a file name as it is: git puts one in quotes that has strange characters, and a tab after one with blanks."""
    if not name.startswith(b'"'):
        return name.removesuffix(b"\t")
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1]) or bytes([int(found[1], 8)]), name.removesuffix(b"\t")[1:-1])
