"""What a `try` or a `with` around a point catches, with the names of the exceptions told as far as they can be."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from payproof.scan import facts
from payproof.scan.facts import Stmt
from payproof.scan.flow.references import References
from payproof.scan.flow.state import Frame, State
from payproof.scan.program import FunctionInfo, ModuleInfo, walk
from payproof.scan.values import ClassRef, External, FunctionRef, ImportRef, Value

Holds = Callable[[list[Stmt]], bool]
"""Tells whether the body of a `try` holds the point that is asked about."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """What one `except` catches.

    `paths` are the dotted names of its exceptions ("Exception" for a bare one); a class of the program goes by
    "program.NAME", and "?" heads a name whose origin is not known. `body` is None where nothing is done about the error
    that can be read: a context manager's way of catching.
    """

    paths: tuple[str, ...]
    name: str = ""
    body: list[Stmt] | None = None
    span: facts.Span = facts.NOWHERE


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A `try` or `with` around a point, with the module it stands in."""

    node: facts.Try | facts.With
    clauses: tuple[Clause, ...]
    module: ModuleInfo


class Clauses(References):
    """Resolves what is caught. A part of the interpreter."""

    def attempt(self, node: facts.Try, frame: Frame, state: State) -> Attempt:
        """Return what the handlers of a `try` catch, as their names stand at its start."""
        clauses = tuple(
            Clause(self._caught(handler.error, frame, state), handler.name, handler.body, handler.span)
            for handler in node.handlers
        )
        return Attempt(node, clauses, frame.module)

    def _caught(self, error: facts.Expr | None, frame: Frame, state: State) -> tuple[str, ...]:
        return ("Exception",) if error is None else tuple(self.error_names(self.evaluate(error, frame, state), frame, state))

    def error_names(self, value: Value, frame: Frame, state: State) -> Iterator[str]:
        """Yield the dotted names of the exception classes that a value stands for; a tuple gives those of its items."""
        for ref in value.refs:
            opened = self.opened(ref, frame, state).refs if isinstance(ref, ImportRef) else (ref,)
            for inner in opened:
                if isinstance(inner, ClassRef):
                    yield f"program.{inner.info.name}"
                elif isinstance(inner, External):
                    yield inner.path
                elif isinstance(inner, ImportRef):
                    yield inner.dotted
        for item in (value.fields or {}).values():
            yield from self.error_names(item, frame, state)
        if not value.refs and not value.fields:
            yield "?"

    def managed(self, node: facts.With, frame: Frame, state: State) -> Attempt | None:
        """Return what the context managers of a `with` catch, or None when they let every error through."""
        clauses: list[Clause] = []
        for item in node.items:
            if isinstance(item.value, facts.Call):
                clauses += self._by_context(item.value, frame, state)
        return Attempt(node, tuple(clauses), frame.module) if clauses else None

    def _by_context(self, call: facts.Call, frame: Frame, state: State) -> Iterator[Clause]:
        for ref in self.evaluate(call.func, frame, state).refs:
            if isinstance(ref, External) and ref.path.endswith("suppress"):
                names = tuple(
                    name
                    for argument in call.arguments
                    for name in self.error_names(self.evaluate(argument.value, frame, state), frame, state)
                )
                yield Clause(names, body=[], span=call.span)
            elif isinstance(ref, FunctionRef):
                yield from self.around(ref.info, _yields)

    def around(self, info: FunctionInfo, holds: Holds) -> Iterator[Clause]:
        """Yield what the `try` statements of a function catch whose body `holds` the point that is asked about."""
        frame = Frame(info.module, None, ())
        for node in walk(info.node.body):
            if isinstance(node, facts.Try) and holds(node.body):
                scope = State(dict(self.module_globals(info.module)))
                for clause in self.attempt(node, frame, scope).clauses:
                    yield dataclasses.replace(clause, body=None)


def _yields(body: list[Stmt]) -> bool:
    return any(isinstance(node, facts.Yielded) for node in walk(body))


def calling(names: frozenset[str]) -> Holds:
    """Return a test whether statements call one of `names`."""

    def holds(body: list[Stmt]) -> bool:
        return any(
            isinstance(node, facts.Call) and isinstance(node.func, facts.Name) and node.func.id in names for node in walk(body)
        )

    return holds
