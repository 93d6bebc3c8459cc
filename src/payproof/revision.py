"""Names the state of a project's files, so that evidence about one state is never counted for another.

A clean git checkout is named by its commit. Anything else is named by a digest of what its files hold, never by time.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterator

from payproof import git

OWN_FOLDERS = frozenset({".payproof", ".payproof_cache"})
"""payproof's own folders, which never count."""

LEFTOVER_FOLDERS = OWN_FOLDERS | {
    ".git", ".hg", ".svn", ".hypothesis", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".tox", "__pycache__",
    "htmlcov", "node_modules",
}  # fmt: skip
"""Folders that do not count unless git tracks them: installed packages, and what running tools and tests leaves behind."""

LEFTOVER_SUFFIXES = (".db", ".log", ".pyc", ".pyo", ".sarif", ".sqlite3", ".sqlite3-journal", ".sqlite3-shm", ".sqlite3-wal")
"""Files that do not count unless git tracks them, because tests and scans write them."""

REPORT_SUFFIXES = (".html", ".json", ".md", ".xml")
"""Files that do not count when they lie untracked at the top of the project, where reports are written to."""

_DIGEST_CHARACTERS = 16
_PIECE = 1 << 20


def revision(root: pathlib.Path) -> str:
    """Return the name of the state of the project at `root`.

    `<commit>` for a clean git checkout; `<commit>-dirty-<digest>` when files were changed, added (unless git ignores them)
    or removed anywhere in the repository; `tree-<digest>` over all files where git has no answer, or ignores `root` itself.
    payproof's own folders never count, untracked leftovers of tests and tools and untracked reports neither.
    """
    root = root.resolve()
    top, commit = _head(root)
    changed = _changed(top, root) if commit else None
    if changed is None:
        return f"tree-{_digest(root, sorted(_files(root)))}"
    return f"{commit}-dirty-{_digest(top, changed)}" if changed else commit


def root_of(folder: pathlib.Path) -> pathlib.Path:
    """Return the root of the project around `folder`: the nearest folder with a `pyproject.toml` or `.git`, else `folder`.

    The answer is absolute and free of symbolic links.
    """
    start = folder.resolve()
    for candidate in (start, *start.parents):
        if (candidate / "pyproject.toml").is_file() or (candidate / ".git").exists():
            return candidate
    return start


def _head(root: pathlib.Path) -> tuple[pathlib.Path, str]:
    """Return the top of the git checkout that `root` belongs to, and its commit, which is `""` when git has no answer."""
    if not git.in_checkout(root):
        return root, ""
    told = git.ask(root, "rev-parse", "--show-toplevel", "--verify", "HEAD^{commit}")
    # Inside an ignored folder git calls everything clean, whatever it holds.
    if told is None or git.ask(root, "check-ignore", "--quiet", ".") is not None:
        return root, ""
    top, commit = told.splitlines()
    return pathlib.Path(os.fsdecode(top)), commit.decode("ascii")


def _changed(top: pathlib.Path, root: pathlib.Path) -> list[str] | None:
    """Return the paths below `top` that differ from the commit, sorted, or None when git cannot say."""
    told = git.ask(top, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty")
    submodules = _changed_submodules(top)
    if told is None or submodules is None:
        return None
    changed = set(submodules)
    reports_at = "" if root == top else f"{root.relative_to(top).as_posix()}/"
    for code, path in ((entry[:2], os.fsdecode(entry[3:])) for entry in told.split(b"\0") if entry):
        untracked = code == b"??"
        if not (_is_leftover(path, reports_at) if untracked else OWN_FOLDERS.intersection(path.split("/"))):
            changed.add(path)
    return sorted(changed)


def _changed_submodules(top: pathlib.Path) -> list[str] | None:
    if not (top / ".gitmodules").exists():
        return []
    told = git.ask(top, "ls-files", "--stage", "-z")
    if told is None:
        return None
    folders = [os.fsdecode(entry.partition(b"\t")[2]) for entry in told.split(b"\0") if entry.startswith(b"160000 ")]
    return [folder for folder in folders if (top / folder / ".git").exists() and "-" in revision(top / folder)]


def _is_leftover(path: str, reports_at: str) -> bool:
    folder, _, name = path.rpartition("/")
    if name.endswith(LEFTOVER_SUFFIXES) or name == ".coverage" or name.startswith(".coverage."):
        return True
    at_the_top = path == f"{reports_at}{name}"
    return not LEFTOVER_FOLDERS.isdisjoint(folder.split("/")) or (at_the_top and name.endswith(REPORT_SUFFIXES))


def _files(root: pathlib.Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder)
        folders[:] = [name for name in folders if name not in LEFTOVER_FOLDERS and not _is_kept_apart(here / name)]
        linked = [name for name in folders if (here / name).is_symlink()]
        paths = ((here / name).relative_to(root).as_posix() for name in (*names, *linked))
        yield from (path for path in paths if not _is_leftover(path, ""))


def _is_kept_apart(folder: pathlib.Path) -> bool:
    """Return whether a folder is a virtual environment, or keeps itself out of git as tools' folders do."""
    if (folder / "pyvenv.cfg").exists():
        return True
    try:
        lines = (folder / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")] == ["*"]


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
