"""Names the state of the code that evidence speaks about."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Iterable

from payproof.scan import git
from payproof.scan.files import discover
from payproof.scan.kinds import Kind, kind_of
from payproof.scan.reading import open_regular

_CODE = frozenset({Kind.PYTHON, Kind.STUB, Kind.CONFIG})
_REPORTS = (".json", ".xml")
_OWN = (".payproof/", ".payproof_cache/")
_LINE_ENDS_WITHIN = 2_000_000


def revision(root: pathlib.Path) -> str:
    """Return the name of the state of the project at `root` (absolute).

    In a clean git checkout that is the commit's hash. When tracked files beneath `root` differ from the commit, or code that
    git neither tracks nor ignores lies there, `-dirty-` and a hash over what differs follow, so that each dirty state is its
    own revision. Without git it is `tree-` and a hash over the code files. New files count as code when they are Python
    or configuration, but not JSON or XML, which is what reports are written as.
    """
    told = (
        git.ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}") if git.in_checkout(root) else None
    )
    if told is None:
        return f"tree-{_digest(_states(root, _code_without_git(root)))}"
    commit = told.decode("ascii", "replace").strip()
    blobs = _committed(root)
    changed = [path for path, blob in blobs.items() if not _unchanged(root / path, blob)]
    new = [path for path in git.listed(root) or () if path not in blobs and _is_code(path)]
    if not changed and not new:
        return commit
    return f"{commit}-dirty-{_digest(_states(root, sorted(changed + new)))}"


def _is_code(path: str) -> bool:
    return kind_of(path) in _CODE and not path.lower().endswith(_REPORTS) and not path.startswith(_OWN)


def _code_without_git(root: pathlib.Path) -> list[str]:
    return [file.path for file in discover([root], use_git=False).files if _is_code(file.path)]


def _committed(root: pathlib.Path) -> dict[str, str]:
    """Return the blob of each file and link that HEAD holds beneath `root`; submodules are left out."""
    blobs = {}
    for record in (git.ask(root, "ls-tree", "-r", "-z", "--end-of-options", "HEAD") or b"").split(b"\0"):
        facts, tab, path = record.partition(b"\t")
        mode, _, rest = facts.partition(b" ")
        if tab and mode.startswith((b"100", b"120")):
            blobs[os.fsdecode(path)] = rest.rpartition(b" ")[2].decode("ascii")
    return blobs


def _unchanged(path: pathlib.Path, blob: str) -> bool:
    """Return whether the file has the content of a blob, be it with other line ends; git's own filters are not run."""
    data = _content(path)
    if data is None:
        return False
    if _blob(data, blob) == blob:
        return True
    return len(data) <= _LINE_ENDS_WITHIN and b"\r\n" in data and _blob(data.replace(b"\r\n", b"\n"), blob) == blob


def _content(path: pathlib.Path) -> bytes | None:
    """Return what git would keep of a path: a file's content, a link's target; None when there is neither."""
    try:
        if path.is_symlink():
            return os.fsencode(path.readlink())
        with open_regular(path) as stream:
            return stream.readall()
    except OSError:
        return None


def _blob(data: bytes, like: str) -> str:
    kind = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return kind(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _states(root: pathlib.Path, paths: Iterable[str]) -> Iterable[bytes]:
    for path in paths:
        data = _content(root / path)
        content = b"absent" if data is None else hashlib.blake2b(data, digest_size=16).digest()
        yield os.fsencode(path) + b"\0" + content + b"\0"


def _digest(states: Iterable[bytes]) -> str:
    whole = hashlib.blake2b(digest_size=8)
    for state in states:
        whole.update(state)
    return whole.hexdigest()
