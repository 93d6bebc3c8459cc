"""A copy of a project's files in a scratch folder, with some of them as they were, or as they might be."""

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence

from payproof.scan.files import File
from payproof.scan.kinds import Kind
from payproof.scan.reading import read_whole


@contextlib.contextmanager
def shadow(root: pathlib.Path, files: Sequence[File], replaced: Mapping[str, bytes | None]) -> Iterator[pathlib.Path]:
    """Give a folder that holds `files` of the project at `root`, with `replaced` in their place, and remove it afterwards.

    `replaced` maps paths to contents, None to what is not there. Paths that lead out of the folder are left out; so are files
    that cannot be read and those that are read for nothing: binary ones and links.
    """
    with tempfile.TemporaryDirectory(prefix="payproof-") as name:
        folder = pathlib.Path(name).resolve()
        (folder / "pyproject.toml").touch()  # marks the project's root, whatever lies above the scratch folder
        for file in files:
            if file.path not in replaced and file.kind is not Kind.BINARY:
                _lay(folder / file.path, root / file.path)
        for path, data in replaced.items():
            if data is not None and _stays_inside(path):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).unlink(missing_ok=True)
                (folder / path).write_bytes(data)
        yield folder


def _lay(target: pathlib.Path, source: pathlib.Path) -> None:
    with contextlib.suppress(OSError):
        data = read_whole(source)
        if data is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _stays_inside(path: str) -> bool:
    parts = path.split("/")
    return {"", ".", "..", ".git"}.isdisjoint(parts) and not (os.altsep and "\\" in path)
