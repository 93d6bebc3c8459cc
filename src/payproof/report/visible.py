"""Makes text from scanned files safe to show: what would steer a terminal, a log or a reader's eye is spelled out.

File names, messages and code come from whoever wrote the scanned repository. Control characters, bidirectional
overrides, zero-width characters and bytes that are no UTF-8 are replaced by an escape such as `\\x1b` or `\\u202e`.
"""

from __future__ import annotations

import functools
import unicodedata

TAB_WIDTH = 4


def visible(text: str) -> str:
    """Return `text` as one line in which every character is printable."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    code = ord(character)
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if named:
        return named
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, as os.fsdecode hands it on
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def paragraph(text: str) -> str:
    """Return prose of ours or of a user's YAML as one visible line: runs of white space become one space."""
    return visible(" ".join(text.split()))


def code_line(text: str) -> str:
    """Return a line of code with tabs widened to blanks and everything else unprintable spelled out."""
    return "".join(code_cells(text))


def code_cells(text: str) -> list[str]:
    """Return what each character of a line of code is shown as, in order; joined they are `code_line(text)`."""
    cells: list[str] = []
    column = 0
    for character in text.rstrip("\r\n"):
        cell = " " * (TAB_WIDTH - column % TAB_WIDTH) if character == "\t" else visible(character)
        cells.append(cell)
        column += width(cell)
    return cells


def width(text: str) -> int:
    """Return how many terminal cells printable `text` takes."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


@functools.lru_cache(maxsize=4096)
def _width_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
