"""The half of lowering that deals with expressions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import libcst as cst

from payproof.masking import mask
from payproof.scan import facts
from payproof.scan.facts import LONGEST_LITERAL, Expr, Parameter
from payproof.scan.positions import Positions


class LowerExpressions:
    def __init__(self, positions: Positions) -> None:
        self.positions = positions

    # Expressions, in the order that `positions` walks the other tree in

    def expression(self, node: Any) -> Expr:
        method = _EXPRESSIONS.get(type(node))
        if method is None:
            return facts.Literal(None)
        made: Expr = method(self, node)
        return made

    def _name(self, node: cst.Name) -> Expr:
        # To libcst, True, False and None are names.
        if node.value in _CONSTANTS:
            return facts.Literal(_CONSTANTS[node.value])
        return facts.Name(node.value)

    def _string(self, node: cst.SimpleString) -> Expr:
        return literal(text_of(node))

    def _concatenated(self, node: cst.ConcatenatedString) -> Expr:
        parts: list[Expr] = []
        rest: Any = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.expression(rest.left))
            rest = rest.right
        parts.append(self.expression(rest))
        if all(isinstance(part, facts.Literal) for part in parts):
            return literal("".join(str(part.value) for part in parts if isinstance(part, facts.Literal)))
        return facts.Joined(parts)

    def _formatted(self, node: cst.FormattedString | cst.TemplatedString) -> Expr:
        return facts.Joined(self._parts(node.parts))

    def _parts(self, parts: Iterable[Any]) -> list[Expr]:
        lowered: list[Expr] = []
        for part in parts:
            if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
                lowered.append(literal(part.value))
            else:
                lowered.append(self.expression(part.expression))
                if part.format_spec is not None:
                    lowered.extend(self._parts(part.format_spec))
        return lowered

    def _number(self, node: cst.Integer | cst.Float) -> Expr:
        try:
            return facts.Literal(node.evaluated_value)
        except (ValueError, OverflowError):
            return facts.Literal(None, cut=True)

    def _ellipsis(self, node: Any) -> Expr:
        return facts.Literal("...")

    def _attribute(self, node: cst.Attribute) -> Expr:
        fact = facts.Attribute(facts.Literal(None), node.attr.value)
        self.positions.note(fact, node)
        fact.value = self.expression(node.value)
        return fact

    def _subscript(self, node: cst.Subscript) -> Expr:
        fact = facts.Subscript(facts.Literal(None), facts.Literal(None))
        self.positions.note(fact, node)
        fact.value = self.expression(node.value)
        items = [self._index(element.slice) for element in node.slice]
        fact.index = items[0] if len(items) == 1 else facts.Sequence("tuple", items)
        return fact

    def _index(self, node: cst.BaseSlice) -> Expr:
        if isinstance(node, cst.Index):
            return self.expression(node.value)
        if not isinstance(node, cst.Slice):
            return facts.Literal(None)
        lower = self.expression(node.lower) if node.lower is not None else None
        upper = self.expression(node.upper) if node.upper is not None else None
        if node.step is not None:
            self.expression(node.step)
        return facts.Slice(lower, upper)

    def _call(self, node: cst.Call) -> Expr:
        fact = facts.Call(facts.Literal(None), [])
        self.positions.note(fact, node)
        fact.func = self.expression(node.func)
        fact.arguments = [self.argument(argument) for argument in node.args]
        return fact

    def argument(self, node: cst.Arg) -> facts.Argument:
        keyword = node.keyword.value if node.keyword is not None else None
        return facts.Argument(self.expression(node.value), keyword, node.star)

    def _binary(self, node: cst.BinaryOperation) -> Expr:
        return facts.Operation(type(node.operator).__name__, [self.expression(node.left), self.expression(node.right)])

    def _boolean(self, node: cst.BooleanOperation) -> Expr:
        operator = "and" if isinstance(node.operator, cst.And) else "or"
        return facts.Logic(operator, [self.expression(node.left), self.expression(node.right)])

    def _unary(self, node: cst.UnaryOperation) -> Expr:
        if isinstance(node.operator, cst.Not):
            return facts.Logic("not", [self.expression(node.expression)])
        operand = self.expression(node.expression)
        if (
            isinstance(node.operator, cst.Minus)
            and isinstance(operand, facts.Literal)
            and isinstance(operand.value, (int, float))
        ):
            return facts.Literal(-operand.value)
        return facts.Operation(type(node.operator).__name__, [operand])

    def _comparison(self, node: cst.Comparison) -> Expr:
        fact = facts.Comparison(facts.Literal(None), [], [])
        self.positions.note(fact, node)
        fact.left = self.expression(node.left)
        for target in node.comparisons:
            fact.operators.append(type(target.operator).__name__)
            fact.rights.append(self.expression(target.comparator))
        return fact

    def _conditional(self, node: cst.IfExp) -> Expr:
        test = self.expression(node.test)
        return facts.Conditional(test, self.expression(node.body), self.expression(node.orelse))

    def _sequence(self, node: cst.List | cst.Tuple | cst.Set) -> Expr:
        items: list[Expr] = []
        for element in node.elements:
            value = self.expression(element.value)
            items.append(facts.Starred(value) if isinstance(element, cst.StarredElement) else value)
        return facts.Sequence(type(node).__name__.lower(), items)

    def _dict(self, node: cst.Dict) -> Expr:
        entries = []
        for element in node.elements:
            key = self.expression(element.key) if isinstance(element, cst.DictElement) else None
            entries.append(facts.Entry(key, self.expression(element.value)))
        return facts.Mapping(entries)

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Expr:
        kind = {cst.ListComp: "list", cst.SetComp: "set"}.get(type(node), "generator")
        element = self.expression(node.elt)
        return facts.Comprehension(kind, None, element, self._clauses(node.for_in))

    def _dict_comprehension(self, node: cst.DictComp) -> Expr:
        key = self.expression(node.key)
        value = self.expression(node.value)
        return facts.Comprehension("dict", key, value, self._clauses(node.for_in))

    def _clauses(self, node: cst.CompFor) -> list[facts.Clause]:
        clauses = []
        step: cst.CompFor | None = node
        while step is not None:
            target = self.expression(step.target)
            iterable = self.expression(step.iter)
            clauses.append(facts.Clause(target, iterable, [self.expression(test.test) for test in step.ifs]))
            step = step.inner_for_in
        return clauses

    def _lambda(self, node: cst.Lambda) -> Expr:
        parameters = self.parameters(node.params)
        return facts.Lambda(parameters, self.expression(node.body))

    def _awaited(self, node: cst.Await) -> Expr:
        return facts.Awaited(self.expression(node.expression))

    def _yielded(self, node: cst.Yield) -> Expr:
        value = node.value.item if isinstance(node.value, cst.From) else node.value
        return facts.Yielded(self.expression(value) if value is not None else None)

    def _bound(self, node: cst.NamedExpr) -> Expr:
        return facts.Bound(self.expression(node.target), self.expression(node.value))

    def _starred(self, node: cst.StarredElement) -> Expr:
        return facts.Starred(self.expression(node.value))

    def parameters(self, node: cst.Parameters) -> list[Parameter]:
        lowered = [self.parameter(param, "", False) for param in (*node.posonly_params, *node.params)]
        if isinstance(node.star_arg, cst.Param):
            lowered.append(self.parameter(node.star_arg, "*", False))
        lowered += [self.parameter(param, "", True) for param in node.kwonly_params]
        if node.star_kwarg is not None:
            lowered.append(self.parameter(node.star_kwarg, "**", True))
        return lowered

    def parameter(self, node: cst.Param, star: str, keyword_only: bool) -> Parameter:
        annotation = self.expression(node.annotation.annotation) if node.annotation is not None else None
        default = self.expression(node.default) if node.default is not None else None
        return Parameter(node.name.value, annotation, default, star, keyword_only)


def text_of(node: cst.SimpleString) -> str:
    """Return what a string literal is worth; bytes as the text of the same code points."""
    # Most strings say plainly what they are worth; the others are left to libcst.
    text, quotes = node.value, len(node.quote)
    if "\\" not in text and "\r" not in text and not (text[0] in "bBrRuU" and "b" in node.prefix.lower()):
        return text[len(node.prefix) + quotes : -quotes]
    value = node.evaluated_value
    return value.decode("latin-1") if isinstance(value, bytes) else value


def literal(text: str) -> facts.Literal:
    """Return the fact for a text: masked where it could be a secret, and cut where it is long."""
    if len(text) > LONGEST_LITERAL:
        return facts.Literal(mask(text[:LONGEST_LITERAL]), cut=True)
    return facts.Literal(mask(text) if len(text) > 10 else text)


_EXPRESSIONS: dict[type, Any] = {
    cst.Name: LowerExpressions._name,
    cst.SimpleString: LowerExpressions._string,
    cst.ConcatenatedString: LowerExpressions._concatenated,
    cst.FormattedString: LowerExpressions._formatted,
    cst.TemplatedString: LowerExpressions._formatted,
    cst.Integer: LowerExpressions._number,
    cst.Float: LowerExpressions._number,
    cst.Ellipsis: LowerExpressions._ellipsis,
    cst.Attribute: LowerExpressions._attribute,
    cst.Subscript: LowerExpressions._subscript,
    cst.Call: LowerExpressions._call,
    cst.BinaryOperation: LowerExpressions._binary,
    cst.BooleanOperation: LowerExpressions._boolean,
    cst.UnaryOperation: LowerExpressions._unary,
    cst.Comparison: LowerExpressions._comparison,
    cst.IfExp: LowerExpressions._conditional,
    cst.List: LowerExpressions._sequence,
    cst.Tuple: LowerExpressions._sequence,
    cst.Set: LowerExpressions._sequence,
    cst.Dict: LowerExpressions._dict,
    cst.ListComp: LowerExpressions._comprehension,
    cst.SetComp: LowerExpressions._comprehension,
    cst.GeneratorExp: LowerExpressions._comprehension,
    cst.DictComp: LowerExpressions._dict_comprehension,
    cst.Lambda: LowerExpressions._lambda,
    cst.Await: LowerExpressions._awaited,
    cst.Yield: LowerExpressions._yielded,
    cst.NamedExpr: LowerExpressions._bound,
    cst.StarredElement: LowerExpressions._starred,
}

_CONSTANTS = {"True": True, "False": False, "None": None}
