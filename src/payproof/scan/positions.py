"""Where things stand: positions for the facts of one statement, without libcst's metadata providers.

The standard library's tree has positions and is cheap; libcst's has none and is the one that facts are read from. Both are
walked in one canonical order, statement by statement, and the nodes of the kinds that need a position are laid side by side.
Where the two disagree (`Misaligned`), or the running Python is older than the code, libcst's PositionProvider answers
instead: slower, and right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from payproof.scan.facts import NOWHERE, Attribute, Call, Comparison, Span, Subscript

if TYPE_CHECKING:
    import libcst

Placed = Call | Attribute | Subscript | Comparison


class Misaligned(Exception):
    """The two trees of one file do not have the same shape."""


class Positions(Protocol):
    """Says where statements stand, and places the facts of their expressions."""

    def statement(self, node: Any, twin: Any) -> Span:
        """Return the span of a statement."""

    def note(self, fact: Placed, node: Any) -> None:
        """Remember that `fact` was made of `node`; facts come in canonical order."""

    def settle(self, *twins: Any) -> None:
        """Give every fact noted since the last call its span."""


class Lines:
    """The lines of the text that was parsed, and where they stand in their file.

    `origin` holds for each line the first and last line of the file that it stands for; they differ where a line stands for many.
    """

    def __init__(
        self, parsed: Sequence[str], whole: Sequence[str] | None = None, origin: Sequence[tuple[int, int]] | None = None
    ) -> None:
        self._parsed = parsed
        self._whole = parsed if whole is None else whole
        self._origin = origin

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Return the span in the file of what stands there, by 1-based lines and columns, in the text that was parsed."""
        if self._origin is None:
            return (line, column, end_line, end_column)
        first, last = self._origin[min(end_line, len(self._origin)) - 1]
        if first != last:
            end_column = len(self._whole[last - 1].rstrip()) + 1
        return (self._origin[min(line, len(self._origin)) - 1][0], column, last, end_column)

    def column(self, line: int, offset: int) -> int:
        """Return the 1-based column, in characters, of an offset in bytes."""
        text = self._parsed[line - 1] if 0 < line <= len(self._parsed) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="ignore")) + 1


class Paired:
    """Positions from the standard library's tree, walked beside libcst's."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._noted: list[Placed] = []

    def statement(self, node: Any, twin: Any) -> Span:
        return self._span(twin)

    def note(self, fact: Placed, node: Any) -> None:
        self._noted.append(fact)

    def settle(self, *twins: Any) -> None:
        noted, self._noted = self._noted, []
        if not noted:
            return
        found: list[ast.AST] = []
        for twin in twins:
            if twin is not None:
                _collect(twin, found)
        if len(found) != len(noted):
            raise Misaligned
        for fact, node in zip(noted, found, strict=True):
            if not isinstance(node, _TWIN[type(fact)]):
                raise Misaligned
            fact.span = self._span(node)

    def _span(self, node: Any) -> Span:
        end_line = node.end_lineno or node.lineno
        column = self._lines.column
        return self._lines.span(
            node.lineno, column(node.lineno, node.col_offset), end_line, column(end_line, node.end_col_offset or 0)
        )


class Provided:
    """Positions from libcst's own PositionProvider."""

    def __init__(self, module: libcst.Module, lines: Lines) -> None:
        from libcst.metadata import MetadataWrapper, PositionProvider

        self._lines = lines

        self._ranges: Any = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)

    def statement(self, node: Any, twin: Any) -> Span:
        span = self._of(node)
        decorators = getattr(node, "decorators", ())
        return span if not decorators else (self._of(node.name)[0], span[1], span[2], span[3])

    def note(self, fact: Placed, node: Any) -> None:
        fact.span = self._of(node)

    def settle(self, *twins: Any) -> None:
        return None

    def _of(self, node: Any) -> Span:
        found = self._ranges.get(node)
        if found is None:
            return NOWHERE
        return self._lines.span(found.start.line, found.start.column + 1, found.end.line, found.end.column + 1)


_TWIN: dict[type, type] = {Call: ast.Call, Attribute: ast.Attribute, Subscript: ast.Subscript, Comparison: ast.Compare}


def _collect(node: ast.AST, found: list[ast.AST]) -> None:
    if isinstance(node, (ast.Call, ast.Attribute, ast.Subscript, ast.Compare)):
        found.append(node)
    for child in _children(node):
        _collect(child, found)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions below `node` in the order in which `lower` visits them."""
    if isinstance(node, ast.Call):
        yield node.func
        for item in sorted([*node.args, *node.keywords], key=_start):
            yield item.value if isinstance(item, ast.keyword) else item
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                yield key
            yield value
    elif isinstance(node, ast.Lambda):
        yield from _parameters(node.args)
        yield node.body
    elif isinstance(node, ast.FormattedValue):
        yield node.value
        if node.format_spec is not None:
            yield node.format_spec
    elif isinstance(node, ast.arguments):
        yield from _parameters(node)
    elif isinstance(node, ast.keyword):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.expr, ast.comprehension, ast.keyword)):
                yield child


def _start(part: Any) -> tuple[int, int]:
    return (part.lineno, part.col_offset)


def _parameters(arguments: ast.arguments) -> Iterator[ast.AST]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    pairs = [*zip(positional, [*defaults, *arguments.defaults], strict=True)]
    if arguments.vararg:
        pairs.append((arguments.vararg, None))
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    if arguments.kwarg:
        pairs.append((arguments.kwarg, None))
    for parameter, default in pairs:
        if parameter.annotation is not None:
            yield parameter.annotation
        if default is not None:
            yield default
