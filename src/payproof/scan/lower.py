"""From a libcst tree to plain facts, in one hand-written walk over the fields that mean something."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import libcst as cst

from payproof.scan import facts
from payproof.scan.facts import Span, Stmt
from payproof.scan.lower_expressions import LowerExpressions, literal, text_of
from payproof.scan.positions import Lines, Misaligned, Paired, Positions, Provided


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
    """Return the facts of one parsed file, the bodies of all its functions included."""
    return facts.Module(source.path, lower_block(source.module, source.tree, Lines(source.lines)))


def lower_block(module: cst.Module, tree: ast.Module | None, lines: Lines, functions: Sequence[facts.Later] = ()) -> list[Stmt]:
    """Return the facts of a parsed text, which may be a part of a file.

    `functions` are those whose bodies were left out of the text.
    """
    if tree is not None:
        try:
            return _Lowering(Paired(lines), functions).block(module.body, tree.body)
        except Misaligned:
            pass
    return _Lowering(Provided(module, lines), functions).block(module.body, None)


class _Lowering(LowerExpressions):
    def __init__(self, positions: Positions, functions: Sequence[facts.Later] = ()) -> None:
        super().__init__(positions)
        self._later = {later.line: later for later in functions}

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
        return facts.Import("", 0, names, False, span)

    def _import_from(self, node: cst.ImportFrom, twin: Any, span: Span) -> Stmt:
        module = _dotted(node.module) if node.module is not None else ""
        if isinstance(node.names, cst.ImportStar):
            names = [facts.Alias("*", "")]
        else:
            names = [facts.Alias(_dotted(alias.name), _asname(alias)) for alias in node.names]
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
        decorators = [self.expression(decorator.decorator) for decorator in node.decorators]
        self.positions.settle(*(twin.decorator_list if twin else ()))
        parameters = self.parameters(node.params)
        self.positions.settle(twin.args if twin else None)
        returns = self.expression(node.returns.annotation) if node.returns is not None else None
        self.positions.settle(twin.returns if twin else None)
        is_async = node.asynchronous is not None
        later = self._later.get(span[0])
        if later is not None:
            return facts.Function(node.name.value, parameters, decorators, None, is_async, returns, span, later)
        body = self.suite(node.body, twin.body if twin else None)
        return facts.Function(node.name.value, parameters, decorators, body, is_async, returns, span)

    def _class(self, node: cst.ClassDef, twin: Any, span: Span) -> Stmt:
        decorators = [self.expression(decorator.decorator) for decorator in node.decorators]
        self.positions.settle(*(twin.decorator_list if twin else ()))
        bases = [self.argument(argument) for argument in (*node.bases, *node.keywords)]
        self.positions.settle(*((*twin.bases, *twin.keywords) if twin else ()))
        return facts.Class(node.name.value, bases, decorators, self.suite(node.body, twin.body if twin else None), span)


def _dotted(node: Any) -> str:
    parts = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(node.value)
    return ".".join(reversed(parts))


def _asname(alias: cst.ImportAlias) -> str:
    return alias.asname.name.value if alias.asname is not None and isinstance(alias.asname.name, cst.Name) else ""


def _pattern(node: Any) -> tuple[list[facts.Literal], list[str]]:
    literals: list[facts.Literal] = []
    names: list[str] = []
    if isinstance(node, cst.MatchValue) and isinstance(node.value, cst.SimpleString):
        literals.append(literal(text_of(node.value)))
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
