"""Text in pieces with a style each: joined plainly it is a text report, painted it is the same with escape codes."""

from __future__ import annotations

import enum
import textwrap
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple


class Style(enum.Enum):
    """What a piece of text means; how that looks is up to whoever paints."""

    PLAIN = "plain"
    TITLE = "title"
    PATH = "path"
    DIM = "dim"
    MARK = "mark"
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    SHOWN = "shown"
    PARTIAL = "partial"
    BROKEN = "broken"
    OPEN = "open"
    ATTEST = "attest"


class Segment(NamedTuple):
    """A piece of text and its style; the text holds no escape code."""

    text: str
    style: Style = Style.PLAIN


Line = Iterable[Segment | str]
"""One line in pieces, without its newline; a bare string is plain."""


def segments(lines: Iterable[Line]) -> Iterator[Segment]:
    """Yield the pieces of `lines`, each line ended by a newline."""
    for line in lines:
        for piece in line:
            yield Segment(piece) if isinstance(piece, str) else piece
        yield Segment("\n")


def plain(pieces: Iterable[Segment]) -> str:
    """Return the text alone."""
    return "".join(piece.text for piece in pieces)


def painted(pieces: Iterable[Segment], paint: Callable[[str, Style], str]) -> str:
    """Return the text with each styled piece handed through `paint`."""
    return "".join(piece.text if piece.style is Style.PLAIN else paint(piece.text, piece.style) for piece in pieces)


def folded(text: str, columns: int) -> list[str]:
    """Return `text` in lines of at most `columns`, at least one; a word is never broken, so that paths stay whole."""
    return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False) or [""]
