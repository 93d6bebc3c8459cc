"""Reading a file's functions only when something asks for them: what is parsed at once is the file without their bodies.

libcst parses at 1.5 seconds a megabyte, ten times slower than everything else that is done to a file, and most functions of
a file that speaks of payments do not. So the file is cut by its logical lines, which the token pass of `guard` tells anyway:
the body of every function that stands in no other becomes `...`, and is a text of its own to parse when it is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from payproof.scan.facts import Later
from payproof.scan.guard import LogicalLine
from payproof.scan.positions import Lines

_DEF = re.compile(r"[ \t\f]*(?:async[ \t]+)?def\b")
_CLAUSE = re.compile(r"[ \t\f]*(?:@|(?:elif|else|except|finally|case)\b)")


def functions(lines: Sequence[str], logical: Sequence[LogicalLine]) -> Iterator[Later]:
    """Yield the functions of a file that stand in no other function and have a body on lines of its own."""
    index = 0
    while index < len(logical):
        head = logical[index]
        body = index + 1
        if not _DEF.match(lines[head.first - 1]):
            index += 1
            continue
        end = body
        while end < len(logical) and logical[end].column > head.column:
            end += 1
        if end > body:
            first = _first_decorator(lines, logical, index)
            inner = logical[body:end]
            count = sum(line.column == inner[0].column and not _CLAUSE.match(lines[line.first - 1]) for line in inner)
            yield Later(first, head.first, inner[-1].last, head.column, count)
        index = end


def _first_decorator(lines: Sequence[str], logical: Sequence[LogicalLine], index: int) -> int:
    column = logical[index].column
    while index and logical[index - 1].column == column and lines[logical[index - 1].first - 1].lstrip(" \t\f").startswith("@"):
        index -= 1
    return logical[index].first


def skeleton(lines: Sequence[str], logical: Sequence[LogicalLine], found: Sequence[Later]) -> tuple[str, Lines]:
    """Return the text without the bodies of the functions `found`, and where its lines stand in the file."""
    heads = {line.first: line.last for line in logical}
    kept: list[str] = []
    origin: list[tuple[int, int]] = []
    done = 0
    for later in found:
        head = heads[later.line]
        kept += lines[done:head]
        origin += [(number, number) for number in range(done + 1, head + 1)]
        indent = re.match(r"[ \t\f]*", lines[later.line - 1])
        kept.append(f"{indent.group() if indent else ''} ...")
        origin.append((head + 1, later.last))
        done = later.last
    kept += lines[done:]
    origin += [(number, number) for number in range(done + 1, len(lines) + 1)]
    return "\n".join(kept) + "\n", Lines(kept, lines, origin)


def cutting(lines: Sequence[str], later: Later) -> tuple[str, Lines]:
    """Return a function's own text, from its `def` on, as a text that can be parsed, and where its lines stand in the file."""
    kept = list(lines[later.line - 1 : later.last])
    origin = [(number, number) for number in range(later.line, later.last + 1)]
    if later.column:
        kept.insert(0, "if 1:")
        origin.insert(0, (later.line, later.line))
    return "\n".join(kept) + "\n", Lines(kept, lines, origin)
