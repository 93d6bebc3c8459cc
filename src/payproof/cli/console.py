"""Where the command line meets the terminal: colours, standard output and error, and files."""

from __future__ import annotations

import contextlib
import errno
import os
import pathlib
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from payproof.report.styled import Segment, Style


def complain(message: str) -> None:
    """Print one line on standard error, beginning with the program's name."""
    from payproof.masking import mask
    from payproof.report.visible import paragraph

    complain_raw(f"payproof: {mask(paragraph(message))}\n")


def complain_raw(text: str) -> None:
    """Print text on standard error, as it is but for characters that steer a terminal."""
    from payproof.masking import mask
    from payproof.report.visible import visible

    lines = "".join(f"{mask(visible(line))}\n" for line in text.splitlines())
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(lines)
        sys.stderr.flush()


def coloured(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether `stream` wants colour: a terminal that is not dumb, unless NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def put(text: str) -> None:
    """Print a document on standard output, in UTF-8 whatever the locale. Who stops reading early is no error."""
    _write(text.encode("utf-8", "backslashreplace"))


def put_pieces(pieces: Iterable[Segment]) -> None:
    """Print styled text on standard output, in the encoding of the terminal, with colour where it is wanted."""
    from payproof.report.styled import painted, plain

    text = painted(pieces, paint) if coloured(sys.stdout) else plain(pieces)
    _write(text.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "backslashreplace"))


def _write(data: bytes) -> None:
    try:
        sys.stdout.flush()
        rest = memoryview(data)
        while rest:  # with PYTHONUNBUFFERED the stream is raw, and one write may take a part only
            rest = rest[sys.stdout.buffer.write(rest) or 0 :]
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EINVAL):
            raise
        # Python flushes once more at the end and would complain: give it a place that takes everything.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_LOOKS = {
    "title": "1",
    "path": "36",
    "dim": "2",
    "mark": "33;1",
    "critical": "31;1",
    "high": "31;1",
    "medium": "33;1",
    "low": "34",
    "shown": "32;1",
    "partial": "33;1",
    "broken": "31;1",
    "open": "1",
    "attest": "35;1",
}
"""Graphic rendition parameters (ECMA-48) by style: the sixteen colours that every terminal's theme defines."""


def paint(text: str, style: Style) -> str:
    """Return `text` with the escape codes of its style."""
    look = _LOOKS.get(style.value)
    return f"\x1b[{look}m{text}\x1b[0m" if look else text


def write_file(path: pathlib.Path, text: str) -> None:
    """Write a document to `path` in one step. Raises `UsageError` when it cannot be written."""
    from payproof import atomic
    from payproof.model import UsageError

    try:
        atomic.write(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
