"""What was worked out before, by content: JSON files under `.payproof_cache/`, never anything that can be executed.

A key is a digest of everything that the result depends on, never a time. An entry that is damaged is a miss. The folder is a
trusted input of the project's own: it carries its own `.gitignore` and must never be restored from a stranger's build.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import tempfile
from typing import Any

FOLDER = ".payproof_cache"

_IGNORE = "# Made by payproof; safe to delete.\n*\n"


class Cache:
    """The store below one project root. `version` names what all entries depend on beside their key; a disabled one is empty."""

    def __init__(self, root: pathlib.Path, version: str, enabled: bool = True) -> None:
        self.enabled = enabled
        self.hits = 0
        digest = hashlib.blake2b(version.encode(), digest_size=8).hexdigest()
        self._base = root / FOLDER
        self._folder = self._base / digest

    def get(self, kind: str, key: bytes) -> Any | None:
        """Return what was put under `kind` and `key`, or None."""
        if not self.enabled:
            return None
        try:
            data = self._path(kind, key).read_bytes()
        except OSError:
            return None
        digest, _, body = data.partition(b"\n")
        if hashlib.blake2b(body, digest_size=16).hexdigest().encode() != digest:
            return None
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return None
        self.hits += 1
        return value

    def put(self, kind: str, key: bytes, value: Any) -> None:
        """Keep `value`, which is made of JSON values. A folder that cannot be written to keeps nothing and is no error."""
        if not self.enabled:
            return
        body = json.dumps(value, separators=(",", ":")).encode()
        data = hashlib.blake2b(body, digest_size=16).hexdigest().encode() + b"\n" + body
        path = self._path(kind, key)
        with contextlib.suppress(OSError):
            self._prepare(path.parent)
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            pathlib.Path(temporary).replace(path)

    def _prepare(self, folder: pathlib.Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            ignore = self._base / ".gitignore"
            if not ignore.exists():
                ignore.write_text(_IGNORE, "utf-8")

    def _path(self, kind: str, key: bytes) -> pathlib.Path:
        name = key.hex()
        return self._folder / kind / name[:2] / f"{name[2:]}.json"
