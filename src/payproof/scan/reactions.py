"""What the body of an `except` does about the error: nothing but talk, a plain answer, a claim of success."""

from __future__ import annotations

from collections.abc import Iterator

from payproof.scan import facts
from payproof.scan.facts import Expr, Stmt
from payproof.scan.models import tokens
from payproof.scan.program import blocks, walk

_TALKING = frozenset(
    """
    debug info warning warn error exception critical fatal log print logger logging capture report trace traceback
    sentry rollbar echo stdout stderr format rollback
    """.split()
)
_FAILURE_WORDS = frozenset(
    """
    badrequest bad forbidden unauthorized unavailable servererror internal httpexception abort notallowed
    unprocessable conflict gone gateway notfound teapot error errors fail failed failure invalid denied
    """.split()
)
_SUCCESS_KEYS = frozenset({"success", "ok", "succeeded", "paid", "processed"})
_SUCCESS_WORDS = frozenset({"success", "succeeded", "ok", "paid", "completed", "approved"})


def call_name(node: Expr) -> str:
    """Return the dotted name of what a call calls, as far as it is written out."""
    func = node.func if isinstance(node, facts.Call) else node
    parts: list[str] = []
    while isinstance(func, facts.Attribute):
        parts.append(func.name)
        func = func.value.func if isinstance(func.value, facts.Call) else func.value
    if isinstance(func, facts.Name):
        parts.append(func.id)
    return ".".join(reversed(parts))


def talks(node: Expr) -> bool:
    """Return whether a call only tells somebody: a log, a console, an error tracker."""
    words = set(tokens(call_name(node)))
    return bool(words & _TALKING)


def quiet(body: list[Stmt], read_elsewhere: frozenset[str] = frozenset()) -> bool:
    """Return whether statements do no more than talk.

    Names that they bind count as nothing done where they are not in `read_elsewhere`.
    """
    return all(_quiet(statement, read_elsewhere) for statement in body)


def _quiet(statement: Stmt, read_elsewhere: frozenset[str]) -> bool:
    if isinstance(statement, facts.Evaluate):
        value = statement.value.value if isinstance(statement.value, facts.Awaited) else statement.value
        return not isinstance(value, facts.Call) or talks(value)
    if isinstance(statement, facts.Assign):
        return all(isinstance(target, facts.Name) and target.id not in read_elsewhere for target in statement.targets)
    if isinstance(statement, facts.Jump):
        return statement.kind in ("pass", "global", "nonlocal")
    if isinstance(statement, (facts.If, facts.With)):
        return all(quiet(inner, read_elsewhere) for inner in blocks(statement))
    return isinstance(statement, (facts.Import, facts.Function))


def names_read(node: object) -> frozenset[str]:
    """Return the names that stand somewhere in `node`, bound or read."""
    return frozenset(item.id for item in walk(node) if isinstance(item, facts.Name))


def names_outside(body: list[Stmt], inner: object) -> frozenset[str]:
    """Return the names that stand in a function's body outside of one statement of it."""
    inside = {id(item) for item in walk(inner)}
    return frozenset(item.id for item in walk(body) if isinstance(item, facts.Name) and id(item) not in inside)


def leaves(body: list[Stmt]) -> bool:
    """Return whether a body raises, aborts or answers with a failure somewhere."""
    for node in walk(body):
        if isinstance(node, facts.Raise):
            return True
        if isinstance(node, facts.Call) and set(tokens(call_name(node).rsplit(".", 1)[-1])) & {"abort", "throw", "fail", "retry"}:
            return True
        if isinstance(node, facts.Return) and node.value is not None and tells_failure(node.value):
            return True
        if isinstance(node, facts.Assign) and node.value is not None and _failing_number(node.value):
            return True
    return False


def tells_failure(value: Expr) -> bool:
    """Return whether an answer says that something went wrong: by its status, by its class, by its words."""
    for node in walk(value):
        if _failing_number(node):
            return True
        if isinstance(node, (facts.Name, facts.Attribute)):
            name = node.id if isinstance(node, facts.Name) else node.name
            words = tokens(name)
            if any(word.isdigit() and word[:1] in "45" and len(word) == 3 for word in words):
                return True
            if not _FAILURE_WORDS.isdisjoint(words) or "".join(words).lower().endswith(("badrequest", "servererror")):
                return True
    return isinstance(value, facts.Literal) and value.value is False


def _failing_number(node: object) -> bool:
    return isinstance(node, facts.Literal) and type(node.value) is int and 400 <= node.value < 600


def claims_success(value: Expr) -> bool:
    """Return whether an answer says that all went well."""
    if isinstance(value, facts.Literal):
        return value.value is True
    for node in walk(value):
        if isinstance(node, facts.Entry) and isinstance(node.key, facts.Literal) and _claimed(str(node.key.value), node.value):
            return True
        if isinstance(node, facts.Argument) and node.keyword and _claimed(node.keyword, node.value):
            return True
    return False


def _claimed(key: str, value: Expr) -> bool:
    if not isinstance(value, facts.Literal):
        return False
    if key.lower() in _SUCCESS_KEYS:
        return value.value is True
    return key.lower() in ("status", "result") and str(value.value).lower() in _SUCCESS_WORDS


def following(body: list[Stmt], wanted: object) -> Iterator[Stmt]:
    """Yield the statements that come after `wanted` in the blocks around it, innermost first; loops are not gone round."""
    path = _path(body, wanted)
    for block, index in reversed(path):
        yield from block[index + 1 :]


def _path(body: list[Stmt], wanted: object) -> list[tuple[list[Stmt], int]]:
    for index, statement in enumerate(body):
        if statement is wanted:
            return [(body, index)]
        for inner in blocks(statement):
            found = _path(inner, wanted)
            if found:
                return [(body, index), *found]
    return []


def enclosing(body: list[Stmt], span: facts.Span) -> list[Stmt]:
    """Return the statements around the call at `span`, outermost first: the last is the simple statement that holds it."""
    for statement in body:
        if not _covers(statement.span, span):
            continue
        for inner in blocks(statement):
            found = enclosing(inner, span)
            if found:
                return [statement, *found]
        return [statement]
    return []


def _covers(outer: facts.Span, inner: facts.Span) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]
