"""One file of Python: decoded, bounded, parsed by libcst, with its comments and, if it has one, the standard tree."""

from __future__ import annotations

import ast
import codecs
import dataclasses
import functools
import io
import re
import tokenize
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

from payproof.model import Unread
from payproof.scan.guard import excess

if TYPE_CHECKING:
    import libcst

LARGEST = 2_000_000
"""Bytes beyond which a file of Python is not analysed."""

_COMMENT = re.compile(r"#[^\n]*")


@dataclasses.dataclass(frozen=True, eq=False)
class Source:
    """A parsed file. `tree` is None where the running Python is older than the code."""

    path: str
    text: str
    module: libcst.Module
    tree: ast.Module | None

    @functools.cached_property
    def lines(self) -> list[str]:
        return re.split(r"\r\n|\r|\n", self.text)

    @functools.cached_property
    def comments(self) -> Mapping[int, str]:
        """The comments by line, the hash included; text that looks like a comment inside a string is none."""
        if "#" not in self.text:
            return {}
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self.text).readline))
        except (tokenize.TokenError, SyntaxError, IndentationError):
            return {number: found[0] for number, line in enumerate(self.lines, 1) if (found := _COMMENT.search(line))}
        return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def parse(path: str, data: bytes) -> Source | Unread:
    """Return the parsed file, or why it could not be parsed, in a few words that name the line where there is one."""
    if len(data) > LARGEST:
        return Unread(path, f"is larger than {LARGEST:,} bytes of Python")
    try:
        text = decode(data)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return Unread(path, "is not text in the encoding it declares")
    if "\0" in text:
        return Unread(path, "is not text: it holds null bytes")
    found = excess(text)
    if found is not None:
        return Unread(path, f"line {found.line}: {found.reason}")
    return _parsed(path, text)


def decode(data: bytes) -> str:
    """Return the text of a file of Python. Raises `SyntaxError`, `UnicodeDecodeError` or `LookupError`."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
        encoding = "utf-8"
    return data.decode(encoding)


def _parsed(path: str, text: str) -> Source | Unread:
    import libcst

    try:
        module = libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        return Unread(path, f"is not Python 3 (line {error.raw_line})")
    except (RecursionError, MemoryError):
        return Unread(path, "is too deep or too large for the parser")
    except Exception as error:  # libcst reports some texts that it does not take by errors of its own making
        return Unread(path, f"cannot be parsed ({type(error).__name__})")
    return Source(path, text, module, _tree(text))


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
