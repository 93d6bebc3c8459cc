"""What a function does with what a call gives it: nothing, or reads of it, tests of it, or handing it on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from payproof.scan import facts
from payproof.scan.facts import Expr, Span, Stmt
from payproof.scan.program import walk
from payproof.scan.reactions import enclosing


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """`name` is what the result is bound to ("" for none), `discarded` true where nothing is done with it.

    `reads` are the attributes and constant keys read of it, `tested` tells whether a condition asks it, `handed` whether it
    goes elsewhere as a whole: returned, passed, stored, or used in a way that is not followed.
    """

    name: str = ""
    discarded: bool = False
    reads: frozenset[str] = frozenset()
    tested: bool = False
    handed: bool = False
    first: Span = facts.NOWHERE
    """Where the first attribute or key is read."""


ELSEWHERE = Use(handed=True)


def use_of(body: list[Stmt], span: Span) -> Use:
    """Return what a function's `body` does with the result of the call at `span`."""
    around = enclosing(body, span)
    if not around:
        return ELSEWHERE
    statement = around[-1]
    value = getattr(statement, "value", None)
    while isinstance(value, facts.Awaited):
        value = value.value
    if not isinstance(value, facts.Call) or value.span != span:
        return ELSEWHERE
    if isinstance(statement, facts.Evaluate):
        return Use(discarded=True)
    if isinstance(statement, facts.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], facts.Name):
        return of_name(body, statement.targets[0].id, statement)
    return ELSEWHERE


def of_name(body: list[Stmt], name: str, binding: Stmt | None = None) -> Use:
    """Return what a function's `body` does with `name`, outside of the statement that binds it."""
    skipped = {id(node) for node in walk(binding)} if binding is not None else set()
    reads: dict[str, Span] = {}
    part_of: set[int] = set()
    for node in walk(body):
        if isinstance(node, (facts.Attribute, facts.Subscript)) and _is(node.value, name) and id(node) not in skipped:
            part_of.add(id(node.value))
            key = node.name if isinstance(node, facts.Attribute) else _key(node.index)
            reads.setdefault(key, node.span)
        elif isinstance(node, facts.Call) and isinstance(node.func, facts.Attribute) and _is(node.func.value, name):
            if node.func.name == "get" and node.arguments and id(node) not in skipped:
                reads.setdefault(_key(node.arguments[0].value), node.span)
        elif isinstance(node, facts.Call) and _is(node.func, "getattr") and len(node.arguments) > 1:
            owner = node.arguments[0].value
            if _is(owner, name):
                part_of.add(id(owner))
                reads.setdefault(_key(node.arguments[1].value), node.span)
    in_tests = {id(node) for test in _tests(body) for node in walk(test)}
    tested = handed = False
    for node in walk(body):
        if isinstance(node, facts.Name) and node.id == name and id(node) not in skipped:
            tested = tested or id(node) in in_tests
            handed = handed or (id(node) not in part_of and id(node) not in in_tests)
    first = min(reads.values(), default=facts.NOWHERE)
    return Use(name, not reads and not tested and not handed, frozenset(reads), tested, handed, first)


def _is(node: object, name: str) -> bool:
    return isinstance(node, facts.Name) and node.id == name


def _key(node: object) -> str:
    return str(node.value) if isinstance(node, facts.Literal) else "*"


def _tests(body: list[Stmt]) -> Iterator[Expr]:
    """Yield every condition of a body: of branches, loops, assertions, conditional expressions and cases."""
    for node in walk(body):
        if isinstance(node, (facts.If, facts.While, facts.Conditional, facts.Assert)):
            yield node.test
        elif isinstance(node, (facts.Comparison, facts.Logic)):
            yield node
        elif isinstance(node, facts.Match):
            yield node.subject
        elif isinstance(node, facts.Comprehension):
            for clause in node.clauses:
                yield from clause.conditions
