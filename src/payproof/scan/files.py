"""Which files a scan looks at, and what stays outside and why.

Paths are POSIX style and relative to the project root: the nearest folder with a `pyproject.toml` or a `.git` at or above
what was asked for. In a git checkout the walk follows git's list (tracked, and untracked but not ignored); elsewhere it sees
everything but well-known folders of tools. No symbolic link is followed: what it points at inside the project is met under
its own name, what lies outside is not the project's.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from payproof import git
from payproof.model import Unread, UsageError
from payproof.scan.globs import Globs
from payproof.scan.kinds import Kind, is_python_script, is_test_code, kind_of
from payproof.scan.reading import open_regular

OUTSIDE = "a symbolic link that leads out of the project; not followed"
SPECIAL = "not a regular file"

_REPOSITORIES = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
_CACHES = frozenset(
    {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".import_linter_cache", ".cache", "__pycache__"}
)
_BUILT = frozenset({".tox", ".nox", ".eggs", ".yarn", ".next", ".nuxt", ".terraform", ".direnv", ".ipynb_checkpoints", "htmlcov"})
_INSTALLED = frozenset({"node_modules", "bower_components", "__pypackages__", "site-packages"})
_OURS = frozenset({".payproof", ".payproof_cache"})
_TOOL_FOLDERS = _CACHES | _BUILT | _INSTALLED | _OURS


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """One file of the scanned project; `test` is true for test code."""

    path: str
    kind: Kind
    test: bool


@dataclasses.dataclass(frozen=True, slots=True)
class FileSet:
    """What a scan looks at, sorted by path.

    `root` is absolute and free of symbolic links. `partial` is true when less than the project was asked for. `excluded`
    counts the files that the exclude patterns left out, `skipped` names the tool folders (`node_modules/`, virtual
    environments) that were left out by default. `unread` holds what was met and cannot be a file of the project.
    """

    root: pathlib.Path
    files: tuple[File, ...]
    unread: tuple[Unread, ...] = ()
    excluded: int = 0
    skipped: tuple[str, ...] = ()
    partial: bool = False
    by_git: bool = False


def project_root(paths: Sequence[pathlib.Path]) -> pathlib.Path:
    """Return the nearest folder with a `pyproject.toml` or `.git` at or above all of `paths`, else their common folder.

    The answer is absolute and free of symbolic links. Raises `UsageError` for a path that does not exist.
    """
    top = pathlib.Path(os.path.commonpath([_existing(path) for path in paths]))
    top = top if top.is_dir() else top.parent
    for folder in (top, *top.parents):
        if (folder / "pyproject.toml").is_file() or (folder / ".git").exists():
            return folder
    return top


def discover(paths: Sequence[pathlib.Path], excludes: Sequence[str] = (), *, use_git: bool = True) -> FileSet:
    """Return the files that a scan of `paths` (files or folders) looks at.

    `excludes` are patterns as `Globs` takes them, counted from the project root. A path that is named outright is looked at
    although git ignores it or it is a tool's folder, but not when a pattern excludes it. The result may hold no file: that
    is the caller's to report. Raises `UsageError` for a missing path or a bad pattern.
    """
    if not paths:
        raise UsageError("no path was given")
    root = project_root(paths)
    asked = sorted({_relative(_existing(path), root) for path in paths})
    walk = _Walk(root, Globs(excludes))
    listing = _listing(root, asked) if use_git else None
    for path in asked:
        walk.start(path, listing)
    return FileSet(
        root=root,
        files=tuple(sorted(walk.files.values(), key=lambda file: file.path)),
        unread=tuple(sorted(walk.unread.values(), key=lambda unread: unread.path)),
        excluded=len(walk.excluded),
        skipped=tuple(sorted(walk.skipped)),
        partial="" not in asked,
        by_git=listing is not None,
    )


def _existing(path: pathlib.Path) -> pathlib.Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a symlink loop, before Python 3.13
        raise UsageError(f"{path}: no such file or folder") from None


def _relative(path: pathlib.Path, root: pathlib.Path) -> str:
    relative = path.relative_to(root).as_posix()
    return "" if relative == "." else relative


# Listed names by folder, as git tells them; a folder that is no key holds nothing that git lists.
Listing = Mapping[str, frozenset[str]]

_MANY = 200
"""Paths beyond which git is asked for everything, to keep its command line short."""


def _listing(root: pathlib.Path, asked: Sequence[str]) -> Listing | None:
    if not git.in_checkout(root):
        return None
    below = tuple(path for path in asked) if all(asked) and len(asked) <= _MANY else ()
    told = git.listed(root, below)
    # Nothing listed: git ignores the whole folder, and yet it is what the user wants looked at.
    return by_folder(told) if told else None


def by_folder(paths: Iterable[str]) -> Listing:
    """Return the names that stand in each folder, folders that hold listed files included."""
    names: dict[str, set[str]] = {"": set()}
    for path in paths:
        folder, _, name = path.rstrip("/").rpartition("/")
        while name not in (known := names.setdefault(folder, set())):
            known.add(name)
            folder, _, name = folder.rpartition("/")
            if not name:
                break
    return {folder: frozenset(held) for folder, held in names.items()}


class _Walk:
    """Goes through folders and keeps what it meets by path, so that overlapping paths count once."""

    def __init__(self, root: pathlib.Path, excludes: Globs) -> None:
        self.root = root
        self.excludes = excludes
        self.files: dict[str, File] = {}
        self.unread: dict[str, Unread] = {}
        self.excluded: set[str] = set()
        self.skipped: set[str] = set()

    def start(self, path: str, listing: Listing | None) -> None:
        if path and not (self.root / path).is_dir():
            self._file(path, path.rsplit("/", 1)[-1], self.excludes.covers(path))
            return
        if listing is not None and path and path not in listing:
            listing = None  # git lists nothing here (an ignored folder), yet it was named outright
        above = path.split("/") if path else []
        excluded = any(self.excludes.entry("/".join(above[:end]), True) for end in range(1, len(above) + 1))
        self._folders(path, excluded, listing)

    def _folders(self, path: str, excluded: bool, listing: Listing | None) -> None:
        waiting = [(path, excluded, listing)]
        while waiting:
            folder, excluded, listing = waiting.pop()
            waiting.extend(self._folder(folder, excluded, listing))

    def _folder(self, folder: str, excluded: bool, listing: Listing | None) -> Iterator[tuple[str, bool, Listing | None]]:
        names = listing.get(folder, frozenset()) if listing is not None else None
        prefix = folder + "/" if folder else ""
        for entry in self._entries(folder):
            if names is not None and entry.name not in names:
                continue
            path = prefix + entry.name
            if entry.is_symlink():
                self._link(path)
            elif entry.is_dir(follow_symlinks=False):
                if entry.name in _REPOSITORIES:
                    continue
                if self._is_tools(path, entry.name):
                    self.skipped.add(path + "/")
                    continue
                # A listed folder that holds nothing listed is a submodule or a nested repository: all of it is looked at.
                inner = listing if listing is not None and path in listing else None
                yield path, excluded or self.excludes.entry(path, True), inner
            elif entry.is_file(follow_symlinks=False):
                self._file(path, entry.name, excluded or self.excludes.entry(path, False))
            else:
                self._note(path, SPECIAL)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.unread[folder or "."] = Unread(folder or ".", f"the folder cannot be read: {error.strerror}")
            return []

    def _is_tools(self, path: str, name: str) -> bool:
        if name in _TOOL_FOLDERS or name.endswith((".egg-info", ".dist-info")):
            return True
        folder = self.root / path
        if (folder / "pyvenv.cfg").exists():
            return True
        return name == "build" and (folder / "lib").is_dir() and not (folder / "__init__.py").exists()

    def _file(self, path: str, name: str, excluded: bool) -> None:
        if excluded:
            self.excluded.add(path)
            return
        kind = kind_of(path)
        if kind is Kind.TEXT and "." not in name and self._starts_as_python(path):
            kind = Kind.PYTHON
        self.files[path] = File(path, kind, is_test_code(path))

    def _starts_as_python(self, path: str) -> bool:
        try:
            with open_regular(self.root / path) as stream:
                return is_python_script(stream.read(200))
        except OSError:
            return False

    def _link(self, path: str) -> None:
        try:
            target = (self.root / path).resolve()
        except (OSError, RuntimeError):
            return  # a loop leads nowhere
        if not target.is_relative_to(self.root) and not self.excludes.covers(path):
            self._note(path, OUTSIDE)

    def _note(self, path: str, reason: str) -> None:
        self.unread[path] = Unread(path, reason, matters=False)
