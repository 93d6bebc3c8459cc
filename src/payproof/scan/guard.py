"""Refuses source text that would crash, hang or exhaust the parser, before the parser sees it.

libcst's parser is native and recursive: it ends the process with SIGSEGV on 1,600 nested brackets, 10,000 `elif`s or a chain of
10,000 `and`s, takes time and memory that grow with the square of a chain's length, and time that grows exponentially with the
nesting of a `case` pattern or a `del` (measured with 1.9.0: eight tuples within one another take half a second). The walks of
the scan are recursive Python besides. So one pass over the tokens bounds from above how deep the syntax tree can be:

- the nesting of a statement: within each bracket, every operator, attribute, call and keyword between two commas can be one
  level of the tree, and so can what stands in the brackets among them;
- the blocks: every indentation is a level, and every `elif` is one for what follows it;
- the brackets in a `case` pattern or `del`;
- the effort of the parser over the whole file: a unit for each token, the square of each chain, the depth of each bracket.

The pass may think a tree deeper than it is, never shallower. It knows the tokens of every Python since 2, and f-strings nested
as Python 3.12 allows. The standard library's `tokenize` is ten times slower and raises on what the running Python does not know.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

NESTING = 120
"""Levels of a statement's tree; a bracket counts as two. The deepest of 18,000 files of 31 payment projects has 90."""

BLOCKS = 60
"""Indentations and `elif`s; the deepest of those files has 21."""

STACK = 130
"""Brackets that the parser's stack must hold, at 7 KB each; a block takes as much as 3.5 of them. Fits a thread of 1 MB."""

PATTERN = 6
"""Brackets in a `case` pattern or `del`."""

EFFORT = 500_000
"""Units of about 30 microseconds; ordinary code takes 65,000 for each megabyte."""


@dataclasses.dataclass(frozen=True, slots=True)
class Excess:
    """What is too much for the parser, and the 1-based line at which it became so."""

    line: int
    reason: str


_HOPELESS = 10_000
"""Open brackets beyond which nobody looks for the one that is never closed."""

UNCLOSED = "a bracket is never closed"
UNENDED = "a string does not end"


@dataclasses.dataclass(frozen=True, slots=True)
class LogicalLine:
    """One line of code as Python counts them: the 1-based lines it begins and ends on, and its indentation in columns."""

    first: int
    last: int
    column: int


def excess(text: str) -> Excess | None:
    """Return why the parser must not be given `text`, or None when it is harmless."""
    return measure(text)[0]


def measure(text: str) -> tuple[Excess | None, list[LogicalLine]]:
    """Return why the parser must not be given `text`, if it must not, and the logical lines of a text that it may be given."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = f"\n{text}\n"
    pass_ = _Measure(text)
    found = pass_.run()
    if found is None:
        return None, list(_logical_lines(text, pass_.spans))
    position, reason = found
    # The line feed put in front is not a line of the file.
    return Excess(max(1, text.count("\n", 0, position)), reason), []


def _logical_lines(text: str, spans: Sequence[tuple[int, int, int]]) -> Iterator[LogicalLine]:
    line = counted = 0
    for begin, end, column in spans:
        line += text.count("\n", counted, begin)
        first = line
        line += text.count("\n", begin, end)
        counted = end
        yield LogicalLine(first, line, column)


def comments(text: str) -> dict[int, str]:
    """Return every comment of `text` by its 1-based line, from its `#` on; what merely looks like one in a string is none."""
    reader = _Comments("\n" + text.replace("\r\n", "\n").replace("\r", "\n") + "\n")
    reader.run()
    return reader.found


_KEYWORDS = "and|or|not|if|else|in|is|await|yield|from|async|lambda|for|del"
_CODE = re.compile(
    rf"""
    [ \t\f]*
    (?: (?: (?! (?:{_KEYWORDS})\b | [rRbBuUfFtT]{{1,2}}["'] ) [^\W\d]\w*    # passed over: other words, assignment, numbers
          | = (?!=)
          | \d (?: (?<=0)[xX][\da-fA-F_]+ | (?<=0)[bB][01_]+ | (?<=0)[oO][0-7_]+ | [\d_]*\.?[\d_]*(?:[eE][-+]?\d[\d_]*)?[jJlL]? )
          | \.\d[\d_]*(?:[eE][-+]?\d[\d_]*)?[jJlL]?
          | -> | \\\n | [^\S\n\ \t\f]
        ) [ \t\f]*
    )*
    (?: (?P<nest> \.\.\. | \. | (?:and|or|not|if|else|in|is|await|yield|from|async)\b
                | \*\* | // | << | >> | := | [=!<>]= | [-+*/%@&|^~<>] )
      | (?P<comma> [,;] )
      | (?P<open> [(\[{{] )
      | (?P<close> [)\]}}] )
      | (?P<quote> [rRbBuUfFtT]{{0,2}} (?: ''' | \"\"\" | ' | " ) )
      | (?P<line> \n (?: [^\S\n]* (?:\#[^\n]*)? \n )* )
      | (?P<sticky> (?:lambda|for)\b )
      | (?P<delete> del\b )
      | (?P<colon> : )
      | (?P<other> \#[^\n]* | . | \Z )
    )""",
    re.VERBOSE,
)

_MARKS = ("'", '"', "'''", '"""')
_STRING_END = {
    mark: re.compile(
        rf"[^{mark[0]}\\]*(?:(?:\\.|{mark[0]}(?!{mark[0] * 2}))[^{mark[0]}\\]*)*{mark}"
        if len(mark) == 3
        else rf"[^{mark}\\\n]*(?:\\.[^{mark}\\\n]*)*{mark}",
        re.DOTALL,
    )
    for mark in _MARKS
}
# The literal parts of an f-string, and of the format specification of a field, up to the next character that means something.
_LITERAL = {mark: re.compile(rf"\{{\{{|\}}\}}|\\[^{{}}]|[{{}}]|{mark}" + ("" if len(mark) == 3 else r"|\n")) for mark in _MARKS}
_SPEC = {mark: re.compile(rf"\\[^{{}}]|[{{}}]|{mark}" + ("" if len(mark) == 3 else r"|\n")) for mark in _MARKS}

_HEAD = re.compile(r"([ \t\f]*)(?:\\\n[ \t\f]*)*(?:(elif)\b|(case)\b)?")


@dataclasses.dataclass(slots=True)
class _Level:
    """One bracket, or the statement outside them: where it opens, the levels that the tree can have since the last comma, those
    below that in brackets, the most between two commas so far, and those that commas do not end (lambda, comprehension)."""

    start: int
    since: int = 0
    inner: int = 0
    most: int = 0
    sticky: int = 0

    def total(self) -> int:
        return max(self.most, self.since + self.inner) + self.sticky


@dataclasses.dataclass(slots=True)
class _Block:
    """An open block: its indentation in columns, and how many `elif`s in a row lead to where it is."""

    column: int
    elifs: int = 0


@dataclasses.dataclass(slots=True)
class _Field:
    """An open replacement field: the quotes of its f-string, how many levels stood open before it, and whether it stands in the
    format specification of another field."""

    mark: str
    levels: int
    in_spec: bool


class _Problem(Exception):
    """Carries out of the pass why the text is refused."""


class _Measure:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.level = _Level(0)
        self.levels = [self.level]
        self.blocks = [_Block(0)]
        self.fields: list[_Field] = []
        self.effort = 0
        self.pattern = False
        self.string_level: _Level | None = None
        self.string_since = 0
        self.strict = True
        self.begun = -1
        self.column = 0
        self.spans: list[tuple[int, int, int]] = []
        """Where each logical line begins and ends in the text, and its column."""

    def run(self) -> tuple[int, str] | None:
        try:
            self._read()
        except _Problem as problem:
            found = (self.position, str(problem))
            return found if found[1] == UNENDED else self._never_closed() or found
        return None

    def _read(self) -> None:
        handlers = [self._other] * (_CODE.groups + 1)
        for name, index in _CODE.groupindex.items():
            handlers[index] = getattr(self, f"_{name}")
        match, text, end, nest = _CODE.match, self.text, len(self.text), _CODE.groupindex["nest"]
        while self.position < end:
            found = match(text, self.position)
            kind = found.lastindex if found else None
            if found is None or kind is None:  # cannot be: the last alternative takes anything
                return
            self.position = found.end()
            if kind == nest:
                self.level.since += 1
            else:
                handlers[kind](found.start(kind))

    def _never_closed(self) -> tuple[int, str] | None:
        """Return the outermost bracket that is never closed: without its end, everything after it seems one statement."""
        self.strict = False
        try:
            self._read()
        except _Problem:
            return None
        return (self.levels[1].start, UNCLOSED) if len(self.levels) > 1 else None

    def _check(self, nesting: int) -> None:
        if self.strict and nesting > NESTING:
            raise _Problem(f"nested more than {NESTING} deep in one statement")
        if self.strict and self.effort > EFFORT:
            raise _Problem("too much for the parser as a whole")

    def _nest(self, start: int) -> None:
        self.level.since += 1

    def _comma(self, start: int) -> None:
        level = self.level
        level.most = max(level.most, level.since + level.inner)
        self.effort += 1 + (level.since * level.since >> 4)
        level.since = level.inner = 0

    def _sticky(self, start: int) -> None:
        self.level.sticky += 1

    def _delete(self, start: int) -> None:
        self.pattern = True

    def _other(self, start: int) -> None:
        return None

    def _open(self, start: int) -> None:
        self.level.since += 1
        self.effort += len(self.levels)
        self.level = _Level(start)
        self.levels.append(self.level)
        if self.pattern:
            self.effort += 4 ** min(len(self.levels), PATTERN)
            if self.strict and len(self.levels) - 1 > PATTERN:
                raise _Problem(f"more than {PATTERN} brackets deep in a case pattern or del")
        if self.strict and len(self.levels) + 3.5 * len(self.blocks) > STACK:
            raise _Problem("too many brackets and blocks within one another")
        if len(self.levels) > _HOPELESS:
            raise _Problem("")
        self._check(2 * len(self.levels) - 2)

    def _close(self, start: int) -> None:
        field = self.fields[-1] if self.fields else None
        if field is not None and self.text[start] == "}" and len(self.levels) == field.levels + 1:
            self._close_field(field)
            self._literal(field.mark, field.in_spec)
        elif len(self.levels) > 1:  # a bracket that closes nothing is the parser's to refuse
            self._leave()

    def _leave(self) -> None:
        self.effort += self.level.since * self.level.since >> 4
        within = self.levels.pop().total() + 1
        self.level = self.levels[-1]
        self.level.inner = max(self.level.inner, within)
        self._check(self.level.total())

    def _colon(self, start: int) -> None:
        if self.fields and len(self.levels) == self.fields[-1].levels + 1:
            self._literal(self.fields[-1].mark, in_spec=True)

    def _quote(self, start: int) -> None:
        spelled = self.text[start : self.position]
        mark = spelled.lstrip("rRbBuUfFtT")
        prefix = spelled[: -len(mark)].lower()
        if self.string_level is self.level and self.string_since == self.level.since:
            self.level.since += 1  # strings side by side are one expression, a level for each
        if "f" in prefix or "t" in prefix:
            self._literal(mark, in_spec=False)
            return
        found = _STRING_END[mark].match(self.text, self.position)
        if found is None:
            raise _Problem(UNENDED)
        self.position = found.end()
        self._string_ended()

    def _literal(self, mark: str, in_spec: bool) -> None:
        """Read the literal part of an f-string, or of a field's format specification, up to where code begins."""
        while found := (_SPEC if in_spec else _LITERAL)[mark].search(self.text, self.position):
            text, self.position = found.group(), found.end()
            if text == "{":
                self.fields.append(_Field(mark, len(self.levels), in_spec))
                self._open(found.start())
                return
            if text == "}" and in_spec:
                field = self.fields[-1]
                self._close_field(field)
                in_spec = field.in_spec
            elif text == mark and not in_spec:
                self._string_ended()
                return
            elif text in (mark, "\n"):
                self.position = found.start()
                break
        raise _Problem(UNENDED)

    def _string_ended(self) -> None:
        self.string_level, self.string_since = self.level, self.level.since

    def _close_field(self, field: _Field) -> None:
        self.fields.pop()
        while len(self.levels) > field.levels:
            self._leave()

    def _line(self, start: int) -> None:
        """Judge the statement that ends here, if it does, and look at how the next one is indented."""
        if len(self.levels) > 1:
            return
        if self.begun >= 0:
            self.spans.append((self.begun, start, self.column))
        self.effort += 1 + self.level.since + (self.level.since * self.level.since >> 4)
        self._check(self.level.total())
        self.level = self.levels[0] = _Level(0)
        head = _HEAD.match(self.text, self.position)
        if head is None:
            return
        self.pattern = head.group(3) is not None
        self.begun = self.position
        self.column = len(head.group(1).expandtabs(8))
        self._indent(self.column, head.group(2) is not None)

    def _indent(self, column: int, is_elif: bool) -> None:
        blocks = self.blocks
        while len(blocks) > 1 and column < blocks[-1].column:
            blocks.pop()
        if column > blocks[-1].column:
            blocks.append(_Block(column))
        blocks[-1].elifs = blocks[-1].elifs + 1 if is_elif else 0
        elifs = sum(block.elifs for block in blocks)
        if self.strict and (len(blocks) + elifs > BLOCKS or 3.5 * len(blocks) > STACK):
            raise _Problem("too many blocks within one another")


_COMMENT_LINE = re.compile(r"^[^\S\n]*(#[^\n]*)", re.MULTILINE)


class _Comments(_Measure):
    """Reads on whatever the nesting is, and keeps the comments."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.strict = False
        self.found: dict[int, str] = {}

    def _other(self, start: int) -> None:
        if self.text.startswith("#", start):
            self.found[self.text.count("\n", 0, start)] = self.text[start : self.position]

    def _line(self, start: int) -> None:
        for comment in _COMMENT_LINE.finditer(self.text, start, self.position):
            self.found[self.text.count("\n", 0, comment.start(1))] = comment.group(1)
        super()._line(start)
