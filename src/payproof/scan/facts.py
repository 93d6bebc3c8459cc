"""What the scan keeps of a file: plain facts, with no syntax tree behind them.

`lower` turns a libcst tree into these once; everything after it works on them alone. They hold what a question can ask
about (names, calls, literals, the order and nesting of statements, positions) and nothing else, and they go to JSON and back
unchanged (`encode`, `decode`), so that one file is one unit of work that can be cached or sent elsewhere.

Literals are cut at `LONGEST_LITERAL` characters and masked where they look like a card number or a key: facts never hold a
secret.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Protocol

VERSION = 4
"""Raised whenever the shape or the meaning of facts changes; part of every cache key."""

LONGEST_LITERAL = 400

Span = tuple[int, int, int, int]
"""Line, column, end line, end column; 1-based, the end column exclusive."""

NOWHERE: Span = (0, 0, 0, 0)


@dataclasses.dataclass(slots=True, eq=False)
class Name:
    id: str


@dataclasses.dataclass(slots=True, eq=False)
class Literal:
    """A constant; `value` is a str, int, float, bool, bytes-as-str or None. `cut` is true when text was shortened."""

    value: str | int | float | bool | None
    cut: bool = False


@dataclasses.dataclass(slots=True, eq=False)
class Attribute:
    value: Expr
    name: str
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Subscript:
    value: Expr
    index: Expr
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Slice:
    lower: Expr | None
    upper: Expr | None


@dataclasses.dataclass(slots=True, eq=False)
class Argument:
    """`star` is "", "*" or "**"; `keyword` is None for positional arguments."""

    value: Expr
    keyword: str | None = None
    star: str = ""


@dataclasses.dataclass(slots=True, eq=False)
class Call:
    func: Expr
    arguments: list[Argument]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Joined:
    """An f-string, or strings side by side."""

    parts: list[Expr]


@dataclasses.dataclass(slots=True, eq=False)
class Operation:
    """A binary or unary arithmetic operation."""

    operator: str
    operands: list[Expr]


@dataclasses.dataclass(slots=True, eq=False)
class Logic:
    """`and`, `or` or `not` over its operands."""

    operator: str
    operands: list[Expr]


@dataclasses.dataclass(slots=True, eq=False)
class Comparison:
    left: Expr
    operators: list[str]
    rights: list[Expr]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Conditional:
    test: Expr
    body: Expr
    orelse: Expr


@dataclasses.dataclass(slots=True, eq=False)
class Sequence:
    """A list, tuple or set display."""

    kind: str
    items: list[Expr]


@dataclasses.dataclass(slots=True, eq=False)
class Entry:
    """One item of a dict display; `key` is None for `**value`."""

    key: Expr | None
    value: Expr


@dataclasses.dataclass(slots=True, eq=False)
class Mapping:
    entries: list[Entry]


@dataclasses.dataclass(slots=True, eq=False)
class Clause:
    target: Expr
    iterable: Expr
    conditions: list[Expr]


@dataclasses.dataclass(slots=True, eq=False)
class Comprehension:
    """`kind` is "list", "set", "generator" or "dict"; `key` is set for "dict" only."""

    kind: str
    key: Expr | None
    element: Expr
    clauses: list[Clause]


@dataclasses.dataclass(slots=True, eq=False)
class Parameter:
    """`star` is "", "*" or "**"."""

    name: str
    annotation: Expr | None = None
    default: Expr | None = None
    star: str = ""
    keyword_only: bool = False


@dataclasses.dataclass(slots=True, eq=False)
class Lambda:
    parameters: list[Parameter]
    body: Expr


@dataclasses.dataclass(slots=True, eq=False)
class Starred:
    value: Expr


@dataclasses.dataclass(slots=True, eq=False)
class Awaited:
    value: Expr


@dataclasses.dataclass(slots=True, eq=False)
class Yielded:
    value: Expr | None


@dataclasses.dataclass(slots=True, eq=False)
class Bound:
    """`target := value`."""

    target: Expr
    value: Expr


Expr = (
    Name
    | Literal
    | Attribute
    | Subscript
    | Slice
    | Call
    | Joined
    | Operation
    | Logic
    | Comparison
    | Conditional
    | Sequence
    | Mapping
    | Comprehension
    | Lambda
    | Starred
    | Awaited
    | Yielded
    | Bound
)


@dataclasses.dataclass(slots=True, eq=False)
class Evaluate:
    value: Expr
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Assign:
    """`targets = value`; `annotation` for annotated ones, `operator` ("+", ...) for augmented ones."""

    targets: list[Expr]
    value: Expr | None
    annotation: Expr | None = None
    operator: str = ""
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Return:
    value: Expr | None
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Raise:
    error: Expr | None
    cause: Expr | None
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Assert:
    test: Expr
    message: Expr | None
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Delete:
    targets: list[Expr]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Jump:
    """`pass`, `break`, `continue`, `global` or `nonlocal`."""

    kind: str
    names: list[str]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Alias:
    name: str
    bound: str


@dataclasses.dataclass(slots=True, eq=False)
class Import:
    """`import a.b as c` has module "" and names [("a.b", "c")]; `from ..m import n` has module "m", level 2."""

    module: str
    level: int
    names: list[Alias]
    is_from: bool
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class If:
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class For:
    target: Expr
    iterable: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class While:
    test: Expr
    body: list[Stmt]
    orelse: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Handler:
    error: Expr | None
    name: str
    body: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Try:
    body: list[Stmt]
    handlers: list[Handler]
    orelse: list[Stmt]
    final: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class WithItem:
    value: Expr
    target: Expr | None


@dataclasses.dataclass(slots=True, eq=False)
class With:
    items: list[WithItem]
    body: list[Stmt]
    span: Span = NOWHERE


@dataclasses.dataclass(slots=True, eq=False)
class Case:
    """One case of a match; `literals` holds the constants its pattern compares with, `names` what it binds."""

    literals: list[Literal]
    names: list[str]
    guard: Expr | None
    body: list[Stmt]


@dataclasses.dataclass(slots=True, eq=False)
class Match:
    subject: Expr
    cases: list[Case]
    span: Span = NOWHERE


class Text(Protocol):
    """The text of a file, kept for the bodies that nobody has asked for yet."""

    def read(self, later: Later) -> list[Stmt]:
        """Return the facts of a function's body."""
        ...

    def of(self, later: Later) -> str:
        """Return the text of a function with its decorators, in lower case."""
        ...


@dataclasses.dataclass(slots=True, eq=False)
class Later:
    """Where a function stands whose body is made into facts when it is first wanted.

    `first` is the line of its first decorator or its own, `line` that of its `def`, `last` the last of its body; `column` is its
    indentation in columns and `statements` the number of logical lines right below it. `text` is not part of the facts.
    """

    first: int
    line: int
    last: int
    column: int
    statements: int
    text: Text | None = None


@dataclasses.dataclass(slots=True, eq=False)
class Function:
    """`suite` is None as long as nobody wants the body of a function that has a `later`; `body` is what to ask for."""

    name: str
    parameters: list[Parameter]
    decorators: list[Expr]
    suite: list[Stmt] | None
    is_async: bool
    returns: Expr | None
    span: Span = NOWHERE
    later: Later | None = None

    @property
    def body(self) -> list[Stmt]:
        """Its statements; the first time that they are wanted, they are read from the file's text."""
        if self.suite is None:
            if self.later is None or self.later.text is None:
                raise ValueError(f"the body of {self.name} was left for later, without the text to read it from")
            self.suite = self.later.text.read(self.later)
        return self.suite

    @property
    def length(self) -> int:
        """How many statements stand in its body, told without reading them."""
        return self.later.statements if self.later is not None else len(self.body)

    def mentions(self, words: Iterable[str]) -> bool:
        """Return whether its text, decorators included, holds one of the lower-case `words`; True when the text is not kept."""
        if self.later is None or self.later.text is None:
            return True
        text = self.later.text.of(self.later)
        return any(word in text for word in words)


@dataclasses.dataclass(slots=True, eq=False)
class Class:
    name: str
    bases: list[Argument]
    decorators: list[Expr]
    body: list[Stmt]
    span: Span = NOWHERE


Stmt = (
    Evaluate
    | Assign
    | Return
    | Raise
    | Assert
    | Delete
    | Jump
    | Import
    | If
    | For
    | While
    | Try
    | With
    | Match
    | Function
    | Class
)


@dataclasses.dataclass(slots=True, eq=False)
class Module:
    """The facts of one file."""

    path: str
    body: list[Stmt]


_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Name, Literal, Attribute, Subscript, Slice, Argument, Call, Joined, Operation, Logic, Comparison, Conditional,
        Sequence, Entry, Mapping, Clause, Comprehension, Parameter, Lambda, Starred, Awaited, Yielded, Bound, Evaluate, Assign,
        Return, Raise, Assert, Delete, Jump, Alias, Import, If, For, While, Handler, Try, WithItem, With, Case, Match, Function,
        Later, Class, Module,
    )
}  # fmt: skip
_FIELDS = {name: tuple(field.name for field in dataclasses.fields(kind) if field.name != "text") for name, kind in _KINDS.items()}
_BELOW = {**_FIELDS, "Function": ("decorators", "parameters", "returns", "body")}


def fields_of(fact: object) -> tuple[str, ...]:
    """Return the names of the fields of a fact that hold what stands below it."""
    return _BELOW[type(fact).__name__]


def encode(fact: Any) -> Any:
    """Return `fact` as JSON values: an object becomes {"": kind, field: value}."""
    if isinstance(fact, (str, int, float, bool)) or fact is None:
        return fact
    if isinstance(fact, (list, tuple)):
        return [encode(item) for item in fact]
    kind = type(fact).__name__
    return {"": kind, **{name: encode(getattr(fact, name)) for name in _FIELDS[kind]}}


def decode(data: Any) -> Any:
    """Return the facts that `encode` made `data` of; raises KeyError or TypeError for anything else."""
    if isinstance(data, dict):
        kind = _KINDS[data[""]]
        return kind(**{name: _span(data[name]) if name == "span" else decode(data[name]) for name in _FIELDS[data[""]]})
    if isinstance(data, list):
        return [decode(item) for item in data]
    return data


def _span(data: Any) -> Span:
    line, column, end_line, end_column = data
    return (int(line), int(column), int(end_line), int(end_column))
