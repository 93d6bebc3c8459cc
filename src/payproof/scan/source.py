"""One Python file: bytes in, syntax tree out, or the reason why not. Nothing that a file holds can end the scan.

libcst reads every Python 3, newer ones than the running Python included; the standard library's tree of the same text is
handed out beside it where the running Python can make one. libcst is imported when the first file is parsed, not before.
"""

from __future__ import annotations

import ast
import dataclasses
import io
import re
import tokenize
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from payproof.model import Unread
from payproof.scan.guard import UNCLOSED, UNENDED, LogicalLine, comments, measure

if TYPE_CHECKING:
    import libcst

LARGEST = 2_000_000
"""Bytes beyond which a Python file is not parsed: the parser takes some 600 times as much memory."""

MARK = "payproof:"
"""Stands in every comment that speaks to payproof."""

_EXPECTED = re.compile(r"(?s).*error at (\d+):(\d+): expected")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """A parsed file.

    `lines` are without their ends and count as the trees' positions do. `tree` is None for a file that only a newer Python
    than the running one can parse. `comments` holds, by 1-based line, every comment if any speaks to payproof, else none.
    """

    path: str
    text: str
    lines: Sequence[str]
    module: libcst.Module
    tree: ast.Module | None
    comments: Mapping[int, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Bounded:
    """A file's text that the parser may be given, with its lines and logical lines."""

    path: str
    text: str
    lines: Sequence[str]
    logical: Sequence[LogicalLine]


def parse(path: str, data: bytes) -> Source | Unread:
    """Return the parsed file, or why it cannot be parsed, in words that fit after `path: `. Raises nothing."""
    found = bounded(path, data)
    return found if isinstance(found, Unread) else parse_whole(found)


def bounded(path: str, data: bytes) -> Bounded | Unread:
    """Return the text of a file, or why it cannot be given to the parser. Raises nothing."""
    if len(data) > LARGEST:
        return Unread(path, f"larger than {LARGEST:,} bytes")
    text = decode(data)
    if isinstance(text, Undecodable):
        return Unread(path, text.reason)
    if "\0" in text:
        return Unread(path, f"not Python (line {_line_of(text, text.index(chr(0)))}: a null character)")
    found, logical = measure(text)
    if found is not None and found.reason in (UNCLOSED, UNENDED):
        return Unread(path, f"not Python 3 (line {found.line}: {found.reason})")
    if found is not None:
        return Unread(path, f"would overwhelm the parser (line {found.line}: {found.reason})")
    return Bounded(path, text, lines_of(text), logical)


def parse_whole(found: Bounded) -> Source | Unread:
    """Return the parsed file, or why it cannot be parsed. Raises nothing."""
    path, text = found.path, found.text
    tree, error_line = standard_tree(text)
    module = parse_text(text, error_line)
    if isinstance(module, str):
        return Unread(path, f"the parser cannot read it ({module})" if tree is not None else f"not Python 3 ({module})")
    return Source(path, text, found.lines, module, tree, comments(text) if MARK in text else {})


def lines_of(text: str) -> Sequence[str]:
    """Return the lines of a text without their ends, as the trees' positions count them."""
    return _LINE_END.split(text)


@dataclasses.dataclass(frozen=True, slots=True)
class Undecodable:
    """Why bytes are not the text of a Python file."""

    reason: str


def decode(data: bytes) -> str | Undecodable:
    """Return the text of a Python file by its byte order mark or coding comment (PEP 263), else as UTF-8."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        if "unknown encoding" in str(error) or "encoding problem" in str(error):
            return Undecodable("it declares an encoding that Python does not know, or two")
        encoding = "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return Undecodable(f"not {encoding} text (line {data[: error.start].count(10) + 1})")
    except (LookupError, ValueError):
        return Undecodable(f"it declares the encoding {encoding}, which is none of text")


def parse_text(text: str, error_line: int = 0) -> libcst.Module | str:
    """Return libcst's tree, or why there is none. `error_line` is where the standard library stumbled, 0 for nowhere."""
    import libcst

    try:
        return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        # The native parser lists all that it expected, which says little, and puts every bad token on line 1.
        place = _EXPECTED.match(error.message)
        if place:
            return f"line {place[1]}: unexpected text at column {int(place[2]) + 1}"
        return f"line {error_line or error.editor_line}: {_first_words(error.message)}"
    except Exception as error:  # CSTValidationError, RecursionError, MemoryError: whatever it is, it costs only this file
        return f"{type(error).__name__}: {_first_words(str(error))}"


def standard_tree(text: str) -> tuple[ast.Module | None, int]:
    """Return the standard library's tree, or None and the line of the error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text), 0
    except SyntaxError as error:
        return None, error.lineno or 0
    except (ValueError, RecursionError, MemoryError):
        return None, 0


def _first_words(message: str) -> str:
    return message.strip().split("\n")[0].removeprefix("parser error: ").removeprefix("tokenizer error: ")[:120]


def _line_of(text: str, position: int) -> int:
    return len(_LINE_END.findall(text, 0, position)) + 1
