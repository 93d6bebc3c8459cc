"""Names the state of a project's files, so that evidence about one state is never counted for another.

A clean git checkout is named by its commit. Anything else is named by a digest of what its files hold, never by time.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterator

from payproof import git

LEFTOVER_FOLDERS = frozenset(
    {
        ".payproof", ".payproof_cache", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox",
        ".nox", ".git", ".hg", ".svn", "node_modules", "htmlcov",
    }
)  # fmt: skip
"""Folders that never count: version control, installed packages, and what running tools and tests leaves behind."""

LEFTOVER_SUFFIXES = (".pyc", ".pyo", ".log", ".sarif", ".sqlite3", ".sqlite3-journal", ".sqlite3-wal", ".sqlite3-shm", ".db")
"""Files outside git that never count, because running the tests or a scan writes them."""

_DIGEST_CHARACTERS = 16
_PIECE = 1 << 20


def revision(root: pathlib.Path) -> str:
    """Return the name of the state of the project at `root`.

    `<commit>` for a clean git checkout; `<commit>-dirty-<digest>` when files were changed, added (unless git ignores
    them) or removed anywhere in the repository; `tree-<digest>` over all files where git has no answer, or ignores
    `root` itself. `.payproof/`, `.payproof_cache/` and other leftovers of running tools never count.
    """
    top = _top(root)
    commit = git.ask(root, "rev-parse", "--verify", "--quiet", "HEAD") if top else None
    if top is None or not commit or _ignored(root):
        return f"tree-{_digest_of_tree(root)}"
    changed = _changed(top)
    if changed is None:
        return f"tree-{_digest_of_tree(root)}"
    name = commit.decode("ascii").strip()
    return f"{name}-dirty-{_digest(top, changed)}" if changed else name


def _top(root: pathlib.Path) -> pathlib.Path | None:
    answer = git.ask(root, "rev-parse", "--show-toplevel")
    return pathlib.Path(os.fsdecode(answer.rstrip(b"\r\n"))) if answer else None


def _ignored(root: pathlib.Path) -> bool:
    # Inside an ignored folder git calls everything clean, whatever it holds.
    return git.ask(root, "check-ignore", "--quiet", ".") is not None


def _changed(top: pathlib.Path) -> list[str] | None:
    """Return the paths below `top` that differ from the commit, sorted, or None when git cannot say."""
    listed = git.ask(top, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty")
    if listed is None:
        return None
    entries = [(entry[:2], os.fsdecode(entry[3:])) for entry in listed.split(b"\0") if entry]
    changed = {path for code, path in entries if not _is_leftover(path, tracked=code != b"??")}
    submodules = _changed_submodules(top)
    return None if submodules is None else sorted(changed | submodules)


def _changed_submodules(top: pathlib.Path) -> set[str] | None:
    if not (top / ".gitmodules").exists():
        return set()
    listed = git.ask(top, "ls-files", "--stage", "-z")
    if listed is None:
        return None
    folders = [os.fsdecode(entry.partition(b"\t")[2]) for entry in listed.split(b"\0") if entry.startswith(b"160000 ")]
    return {folder for folder in folders if (top / folder / ".git").exists() and "-dirty-" in revision(top / folder)}


def _is_leftover(path: str, tracked: bool) -> bool:
    parts = path.split("/")
    if tracked:
        return ".payproof" in parts[:-1] or ".payproof_cache" in parts[:-1]
    return any(part in LEFTOVER_FOLDERS for part in parts[:-1]) or _is_leftover_file(parts[-1])


def _is_leftover_file(name: str) -> bool:
    return name.endswith(LEFTOVER_SUFFIXES) or name == ".coverage" or name.startswith(".coverage.")


def _digest_of_tree(root: pathlib.Path) -> str:
    return _digest(root, sorted(_files(root)))


def _files(root: pathlib.Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder)
        folders[:] = [name for name in folders if name not in LEFTOVER_FOLDERS and not (here / name / "pyvenv.cfg").exists()]
        linked = [name for name in folders if (here / name).is_symlink()]
        for name in (*names, *linked):
            if not _is_leftover_file(name):
                yield (here / name).relative_to(root).as_posix()


def _digest(base: pathlib.Path, paths: list[str]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(os.fsencode(path) + b"\0" + _content(base / path) + b"\0")
    return digest.hexdigest()[:_DIGEST_CHARACTERS]


def _content(path: pathlib.Path) -> bytes:
    """Return a digest of what `path` holds; links count by their target, folders (submodules) by their revision."""
    if path.is_symlink():
        return b"link " + os.fsencode(os.readlink(path))  # noqa: PTH115 - the raw target, whatever it is
    if path.is_dir():
        return b"folder " + revision(path).encode()
    if not path.exists():
        return b"absent"
    if not path.is_file():
        return b"special"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        return b"unreadable " + str(error.errno).encode()
    return (b"executable " if os.access(path, os.X_OK) else b"plain ") + digest.digest()
