"""Fixes: what `payproof fix` does about a finding where that is certain. One module for each rule or few, found by being there.

A module names its `RULES`, says in `SUMMARY` what it does (a phrase that follows "it can be fixed:"), and has `fix(target)`,
which returns what becomes of which node, or raises `NotCertain` with the reason. A fix looks at the place of its finding and
never guesses: what is not written out there is left to people.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TypeVar

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

from payproof.model import Site

Becomes = cst.CSTNode | cst.FlattenSentinel[cst.SimpleStatementLine] | None
"""What takes a node's place: another, several statements, or nothing."""


class NotCertain(Exception):
    """Why a finding is left to people, in words that fit after "not fixed: "."""


@dataclasses.dataclass(frozen=True)
class Fixed:
    """What becomes of nodes, by identity; None takes a whole statement out. `imports` names modules that are needed for it."""

    nodes: Mapping[cst.CSTNode, Becomes]
    imports: tuple[str, ...] = ()


Fix = Callable[["Target"], Fixed]
Node = TypeVar("Node", bound=cst.CSTNode)


class Parsed:
    """A module's tree with the positions and parents of its nodes."""

    def __init__(self, module: cst.Module) -> None:
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.module = wrapper.module
        self.positions = wrapper.resolve(PositionProvider)
        self.parents: Mapping[cst.CSTNode, cst.CSTNode] = wrapper.resolve(ParentNodeProvider)

    def starting_at(self, line: int, column: int) -> Iterator[cst.CSTNode]:
        """Yield the nodes that start at a 1-based line and column, outer ones first."""
        for node, found in self.positions.items():
            if (found.start.line, found.start.column + 1) == (line, column):
                yield node

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield what `node` stands in, from near to far."""
        while node in self.parents:
            node = self.parents[node]
            yield node


@dataclasses.dataclass(frozen=True)
class Target:
    """One finding in a parsed file."""

    site: Site
    parsed: Parsed

    def node(self, kind: type[Node]) -> Node:
        """Return the node of a kind that starts where the finding does, and ends there if the finding says where.

        Raises `NotCertain` when there is none, or more than one.
        """
        place = self.site.place
        found = [node for node in self.parsed.starting_at(place.line, place.column) if isinstance(node, kind)]
        if place.end_line and len(found) > 1:
            end = (place.end_line, place.end_column - 1)
            found = [node for node in found if self._end(node) == end]
        if len(found) != 1:
            raise NotCertain("what is meant cannot be made out in this place")
        return found[0]

    def _end(self, node: cst.CSTNode) -> tuple[int, int]:
        end = self.parsed.positions[node].end
        return end.line, end.column

    def call(self) -> cst.Call:
        """Return the call that the finding is about. Raises `NotCertain`."""
        return self.node(cst.Call)

    def statement(self, node: cst.CSTNode) -> cst.SimpleStatementLine:
        """Return the line of simple statements that holds nothing but `node`'s. Raises `NotCertain`."""
        for outer in self.parsed.around(node):
            if isinstance(outer, cst.SimpleStatementLine):
                if len(outer.body) == 1:
                    return outer
                break
        raise NotCertain("the statement shares its line with others")

    def imports(self, module: str) -> bool:
        """Return whether the file imports `module` under its own name at its top."""
        for line in self.parsed.module.body:
            for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
                for alias in statement.names if isinstance(statement, cst.Import) else ():
                    if alias.evaluated_name == module and alias.asname is None:
                        return True
        return False


def dotted(node: cst.CSTNode) -> str:
    """Return the dotted name that an expression is, or `""`."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


def text_of(node: cst.CSTNode | None) -> str | None:
    """Return the text that a plain string literal holds, or None for anything else."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    """Return the argument that a call passes by this name, or None."""
    return next((one for one in call.args if one.keyword is not None and one.keyword.value == name), None)


def plain(call: cst.Call) -> list[cst.Arg]:
    """Return the positional arguments of a call. Raises `NotCertain` where a star hides any."""
    if any(one.star for one in call.args):
        raise NotCertain("arguments are passed on with a star")
    return [one for one in call.args if one.keyword is None]


def without(call: cst.Call, gone: cst.Arg) -> cst.Call:
    """Return the call without one of its arguments, laid out as before."""
    left = [one for one in call.args if one is not gone]
    if left and call.args[-1] is gone:
        comma, tail = gone.comma, with_comment(gone.whitespace_after_arg, left[-1].comma)
        if isinstance(comma, cst.Comma):
            comma = comma.with_changes(whitespace_after=with_comment(comma.whitespace_after, left[-1].comma))
        left[-1] = left[-1].with_changes(comma=comma, whitespace_after_arg=tail)
    return call.with_changes(args=left)


def with_comment(
    tail: cst.BaseParenthesizableWhitespace, comma: cst.Comma | cst.MaybeSentinel
) -> cst.BaseParenthesizableWhitespace:
    """Return the white space before a closing bracket, with the comment that stood behind a comma that is gone."""
    behind = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    if not isinstance(behind, cst.ParenthesizedWhitespace) or not isinstance(tail, cst.ParenthesizedWhitespace):
        return tail
    commented = behind.first_line.comment is not None and tail.first_line.comment is None
    return tail.with_changes(first_line=behind.first_line) if commented else tail


def with_argument(call: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """Return the call with one more keyword argument behind the others, laid out as they are."""
    args = list(call.args)
    assigned = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    added = cst.Arg(value=value, keyword=cst.Name(name), equal=assigned)
    if args:
        last = args[-1]
        between = args[-2].comma if len(args) > 1 else cst.MaybeSentinel.DEFAULT
        if isinstance(last.comma, cst.Comma) or not isinstance(between, cst.Comma):
            between = cst.Comma(whitespace_after=_between(call))
        added = added.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
        args[-1] = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=[*args, added])


def _between(call: cst.Call) -> cst.BaseParenthesizableWhitespace:
    """Return the white space that stands between two arguments: a new line where each has its own."""
    before = call.whitespace_before_args
    return before if isinstance(before, cst.ParenthesizedWhitespace) and len(call.args) else cst.SimpleWhitespace(" ")


@functools.cache
def modules() -> Mapping[str, ModuleType]:
    """Return the module that fixes each rule, by the rule's id."""
    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found.update(dict.fromkeys(module.RULES, module))
    return found


def fixable() -> Mapping[str, str]:
    """Return what is done about each rule that can be fixed, by the rule's id."""
    return {rule: module.SUMMARY for rule, module in sorted(modules().items())}
