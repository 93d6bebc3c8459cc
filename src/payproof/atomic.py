"""Writes a file in one step: whoever reads it meanwhile sees the old content or the new, never half."""

from __future__ import annotations

import os
import pathlib
import secrets


def write(path: pathlib.Path, data: bytes) -> None:
    """Write `data` to `path`, through a file beside it that takes its place; links keep theirs.

    A pipe or a device is written to directly. Raises `OSError`.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
