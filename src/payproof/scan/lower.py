"""From a libcst tree to plain facts, in one hand-written walk over the fields that mean something."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import libcst as cst

from payproof.masking import mask
from payproof.scan import facts
from payproof.scan.facts import LONGEST_LITERAL, Expr, Parameter, Span, Stmt
from payproof.scan.positions import Misaligned, Paired, Positions, Provided


class Parsed(Protocol):
    """What `lower` needs of a parsed file: its path, its lines, libcst's tree and, where there is one, the standard library's."""

    @property
    def path(self) -> str: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def module(self) -> cst.Module: ...
    @property
    def tree(self) -> ast.Module | None: ...


def lower(source: Parsed) -> facts.Module:
    """Return the facts of one parsed file."""
    if source.tree is not None:
        try:
            return _Lowering(Paired(list(source.lines))).module(source.path, source.module, source.tree)
        except Misaligned:
            pass
    return _Lowering(Provided(source.module)).module(source.path, source.module, None)


class _Lowering:
    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.names: set[str] = set()

    def module(self, path: str, module: cst.Module, tree: ast.Module | None) -> facts.Module:
        body = self.block(module.body, tree.body if tree else None)
        return facts.Module(path, body, sorted(self.names))

    # Statements

    def block(
        self, statements: Iterable[cst.BaseStatement | cst.BaseSmallStatement], twins: Sequence[ast.stmt] | None
    ) -> list[Stmt]:
        flat: list[Any] = []
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                flat.extend(statement.body)
            else:
                flat.append(statement)
        if twins is not None and len(twins) != len(flat):
            raise Misaligned
        lowered = []
        for index, node in enumerate(flat):
            fact = self.statement(node, twins[index] if twins is not None else None)
            if fact is not None:
                lowered.append(fact)
        return lowered

    def suite(self, suite: cst.BaseSuite, twins: Sequence[ast.stmt] | None) -> list[Stmt]:
        return self.block(suite.body, twins)

    def statement(self, node: Any, twin: Any) -> Stmt | None:
        span = self.positions.statement(node, twin)
        method = _STATEMENTS.get(type(node))
        if method is None:
            return facts.Jump("other", [], span)
        made: Stmt = method(self, node, twin, span)
        return made

    def _expr_statement(self, node: cst.Expr, twin: Any, span: Span) -> Stmt:
        value = self.expression(node.value)
        self.positions.settle(twin)
        return facts.Evaluate(value, span)

    def _assign(self, node: cst.Assign, twin: Any, span: Span) -> Stmt:
        targets = [self.expression(target.target) for target in node.targets]
        value = self.expression(node.value)
        self.positions.settle(twin)
        return facts.Assign(targets, value, None, "", span)

    def _ann_assign(self, node: cst.AnnAssign, twin: Any, span: Span) -> Stmt:
        target = self.expression(node.target)
        annotation = self.expression(node.annotation.annotation)
        value = self.expression(node.value) if node.value is not None else None
        self.positions.settle(twin)
        return facts.Assign([target], value, annotation, "", span)

    def _aug_assign(self, node: cst.AugAssign, twin: Any, span: Span) -> Stmt:
        target = self.expression(node.target)
        value = self.expression(node.value)
        self.positions.settle(twin)
        return facts.Assign([target], value, None, type(node.operator).__name__, span)

    def _return(self, node: cst.Return, twin: Any, span: Span) -> Stmt:
        value = self.expression(node.value) if node.value is not None else None
        self.positions.settle(twin)
        return facts.Return(value, span)

    def _raise(self, node: cst.Raise, twin: Any, span: Span) -> Stmt:
        error = self.expression(node.exc) if node.exc is not None else None
        cause = self.expression(node.cause.item) if node.cause is not None else None
        self.positions.settle(twin)
        return facts.Raise(error, cause, span)

    def _assert(self, node: cst.Assert, twin: Any, span: Span) -> Stmt:
        test = self.expression(node.test)
        message = self.expression(node.msg) if node.msg is not None else None
        self.positions.settle(twin)
        return facts.Assert(test, message, span)

    def _delete(self, node: cst.Del, twin: Any, span: Span) -> Stmt:
        targets = [self.expression(node.target)]
        # The standard library flattens `del a, b`; a tuple has no fact of its own that needs a place.
        self.positions.settle(twin)
        return facts.Delete(targets, span)

    def _jump(self, node: Any, twin: Any, span: Span) -> Stmt:
        names = [item.name.value for item in node.names] if isinstance(node, (cst.Global, cst.Nonlocal)) else []
        return facts.Jump(type(node).__name__.lower(), names, span)

    def _import(self, node: cst.Import, twin: Any, span: Span) -> Stmt:
        names = []
        for alias in node.names:
            dotted = _dotted(alias.name)
            names.append(facts.Alias(dotted, _asname(alias)))
            self.names.update(dotted.split("."))
        return facts.Import("", 0, names, False, span)

    def _import_from(self, node: cst.ImportFrom, twin: Any, span: Span) -> Stmt:
        module = _dotted(node.module) if node.module is not None else ""
        self.names.update(module.split("."))
        if isinstance(node.names, cst.ImportStar):
            names = [facts.Alias("*", "")]
        else:
            names = [facts.Alias(_dotted(alias.name), _asname(alias)) for alias in node.names]
            self.names.update(alias.name for alias in names)
        return facts.Import(module, len(node.relative), names, True, span)

    def _if(self, node: cst.If, twin: Any, span: Span) -> Stmt:
        test = self.expression(node.test)
        self.positions.settle(twin.test if twin else None)
        body = self.suite(node.body, twin.body if twin else None)
        orelse = self._orelse(node.orelse, twin)
        return facts.If(test, body, orelse, span)

    def _orelse(self, orelse: Any, twin: Any) -> list[Stmt]:
        twins = twin.orelse if twin else None
        if orelse is None:
            return []
        if isinstance(orelse, cst.If):
            return self.block([orelse], twins)
        return self.suite(orelse.body, twins)

    def _for(self, node: cst.For, twin: Any, span: Span) -> Stmt:
        target = self.expression(node.target)
        iterable = self.expression(node.iter)
        self.positions.settle(*((twin.target, twin.iter) if twin else ()))
        body = self.suite(node.body, twin.body if twin else None)
        return facts.For(target, iterable, body, self._orelse(node.orelse, twin), span)

    def _while(self, node: cst.While, twin: Any, span: Span) -> Stmt:
        test = self.expression(node.test)
        self.positions.settle(twin.test if twin else None)
        body = self.suite(node.body, twin.body if twin else None)
        return facts.While(test, body, self._orelse(node.orelse, twin), span)

    def _try(self, node: cst.Try | cst.TryStar, twin: Any, span: Span) -> Stmt:
        body = self.suite(node.body, twin.body if twin else None)
        handlers = []
        caught: Sequence[Any] = node.handlers
        for index, handler in enumerate(caught):
            other = twin.handlers[index] if twin else None
            error = self.expression(handler.type) if handler.type is not None else None
            self.positions.settle(other.type if other else None)
            name = handler.name.name.value if handler.name is not None and isinstance(handler.name.name, cst.Name) else ""
            where = self.positions.statement(handler, other)
            handlers.append(facts.Handler(error, name, self.suite(handler.body, other.body if other else None), where))
        orelse = self._orelse(node.orelse, twin)
        final = self.suite(node.finalbody.body, twin.finalbody if twin else None) if node.finalbody is not None else []
        return facts.Try(body, handlers, orelse, final, span)

    def _with(self, node: cst.With, twin: Any, span: Span) -> Stmt:
        items = []
        for item in node.items:
            value = self.expression(item.item)
            target = self.expression(item.asname.name) if item.asname is not None else None
            items.append(facts.WithItem(value, target))
        if twin:
            self.positions.settle(*(part for item in twin.items for part in (item.context_expr, item.optional_vars)))
        else:
            self.positions.settle()
        return facts.With(items, self.suite(node.body, twin.body if twin else None), span)

    def _match(self, node: cst.Match, twin: Any, span: Span) -> Stmt:
        subject = self.expression(node.subject)
        self.positions.settle(twin.subject if twin else None)
        cases = []
        for index, case in enumerate(node.cases):
            other = twin.cases[index] if twin else None
            guard = self.expression(case.guard) if case.guard is not None else None
            self.positions.settle(other.guard if other else None)
            literals, names = _pattern(case.pattern)
            cases.append(facts.Case(literals, names, guard, self.suite(case.body, other.body if other else None)))
        return facts.Match(subject, cases, span)

    def _function(self, node: cst.FunctionDef, twin: Any, span: Span) -> Stmt:
        self.names.add(node.name.value)
        decorators = [self.expression(decorator.decorator) for decorator in node.decorators]
        self.positions.settle(*(twin.decorator_list if twin else ()))
        parameters = self.parameters(node.params)
        self.positions.settle(twin.args if twin else None)
        returns = self.expression(node.returns.annotation) if node.returns is not None else None
        self.positions.settle(twin.returns if twin else None)
        body = self.suite(node.body, twin.body if twin else None)
        return facts.Function(node.name.value, parameters, decorators, body, node.asynchronous is not None, returns, span)

    def _class(self, node: cst.ClassDef, twin: Any, span: Span) -> Stmt:
        self.names.add(node.name.value)
        decorators = [self.expression(decorator.decorator) for decorator in node.decorators]
        self.positions.settle(*(twin.decorator_list if twin else ()))
        bases = [self.argument(argument) for argument in (*node.bases, *node.keywords)]
        self.positions.settle(*((*twin.bases, *twin.keywords) if twin else ()))
        return facts.Class(node.name.value, bases, decorators, self.suite(node.body, twin.body if twin else None), span)

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
        self.names.add(node.value)
        return facts.Name(node.value)

    def _string(self, node: cst.SimpleString) -> Expr:
        return _literal(_text(node))

    def _concatenated(self, node: cst.ConcatenatedString) -> Expr:
        parts: list[Expr] = []
        rest: Any = node
        while isinstance(rest, cst.ConcatenatedString):
            parts.append(self.expression(rest.left))
            rest = rest.right
        parts.append(self.expression(rest))
        if all(isinstance(part, facts.Literal) for part in parts):
            return _literal("".join(str(part.value) for part in parts if isinstance(part, facts.Literal)))
        return facts.Joined(parts)

    def _formatted(self, node: cst.FormattedString | cst.TemplatedString) -> Expr:
        return facts.Joined(self._parts(node.parts))

    def _parts(self, parts: Iterable[Any]) -> list[Expr]:
        lowered: list[Expr] = []
        for part in parts:
            if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
                lowered.append(_literal(part.value))
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
        self.names.add(node.attr.value)
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
        if keyword is not None:
            self.names.add(keyword)
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
        self.names.add(node.name.value)
        annotation = self.expression(node.annotation.annotation) if node.annotation is not None else None
        default = self.expression(node.default) if node.default is not None else None
        return Parameter(node.name.value, annotation, default, star, keyword_only)


def _dotted(node: Any) -> str:
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(node.value)
    return ".".join(reversed(parts))


def _asname(alias: cst.ImportAlias) -> str:
    return alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else ""


def _text(node: cst.SimpleString) -> str:
    # Most strings say plainly what they are worth; the others are left to libcst.
    text, quotes = node.value, len(node.quote)
    if "\\" not in text and "\r" not in text and not (text[0] in "bBrRuU" and "b" in node.prefix.lower()):
        return text[len(node.prefix) + quotes : -quotes]
    value = node.evaluated_value
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _literal(text: str) -> facts.Literal:
    if len(text) > LONGEST_LITERAL:
        return facts.Literal(mask(text[:LONGEST_LITERAL]), cut=True)
    return facts.Literal(mask(text) if len(text) > 10 else text)


def _pattern(node: Any) -> tuple[list[facts.Literal], list[str]]:
    literals: list[facts.Literal] = []
    names: list[str] = []
    if isinstance(node, cst.MatchValue) and isinstance(node.value, cst.SimpleString):
        literals.append(_literal(_text(node.value)))
    elif isinstance(node, cst.MatchAs) and node.name is not None:
        names.append(node.name.value)
    for child in node.children if hasattr(node, "children") else ():
        more_literals, more_names = _pattern(child) if isinstance(child, (cst.MatchPattern, cst.MatchOrElement)) else ([], [])
        literals += more_literals
        names += more_names
    return literals, names


_STATEMENTS: dict[type, Any] = {
    cst.Expr: _Lowering._expr_statement,
    cst.Assign: _Lowering._assign,
    cst.AnnAssign: _Lowering._ann_assign,
    cst.AugAssign: _Lowering._aug_assign,
    cst.Return: _Lowering._return,
    cst.Raise: _Lowering._raise,
    cst.Assert: _Lowering._assert,
    cst.Del: _Lowering._delete,
    cst.Pass: _Lowering._jump,
    cst.Break: _Lowering._jump,
    cst.Continue: _Lowering._jump,
    cst.Global: _Lowering._jump,
    cst.Nonlocal: _Lowering._jump,
    cst.Import: _Lowering._import,
    cst.ImportFrom: _Lowering._import_from,
    cst.If: _Lowering._if,
    cst.For: _Lowering._for,
    cst.While: _Lowering._while,
    cst.Try: _Lowering._try,
    cst.TryStar: _Lowering._try,
    cst.With: _Lowering._with,
    cst.Match: _Lowering._match,
    cst.FunctionDef: _Lowering._function,
    cst.ClassDef: _Lowering._class,
}

_EXPRESSIONS: dict[type, Any] = {
    cst.Name: _Lowering._name,
    cst.SimpleString: _Lowering._string,
    cst.ConcatenatedString: _Lowering._concatenated,
    cst.FormattedString: _Lowering._formatted,
    cst.TemplatedString: _Lowering._formatted,
    cst.Integer: _Lowering._number,
    cst.Float: _Lowering._number,
    cst.Ellipsis: _Lowering._ellipsis,
    cst.Attribute: _Lowering._attribute,
    cst.Subscript: _Lowering._subscript,
    cst.Call: _Lowering._call,
    cst.BinaryOperation: _Lowering._binary,
    cst.BooleanOperation: _Lowering._boolean,
    cst.UnaryOperation: _Lowering._unary,
    cst.Comparison: _Lowering._comparison,
    cst.IfExp: _Lowering._conditional,
    cst.List: _Lowering._sequence,
    cst.Tuple: _Lowering._sequence,
    cst.Set: _Lowering._sequence,
    cst.Dict: _Lowering._dict,
    cst.ListComp: _Lowering._comprehension,
    cst.SetComp: _Lowering._comprehension,
    cst.GeneratorExp: _Lowering._comprehension,
    cst.DictComp: _Lowering._dict_comprehension,
    cst.Lambda: _Lowering._lambda,
    cst.Await: _Lowering._awaited,
    cst.Yield: _Lowering._yielded,
    cst.NamedExpr: _Lowering._bound,
    cst.StarredElement: _Lowering._starred,
}

_CONSTANTS = {"True": True, "False": False, "None": None}
