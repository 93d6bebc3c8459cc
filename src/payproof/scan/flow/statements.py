"""What a statement does to the state of a path, and where paths part and meet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.facts import Expr, Stmt
from payproof.scan.flow.imports import Imports
from payproof.scan.flow.numbers import computed
from payproof.scan.flow.outcomes import refused
from payproof.scan.flow.state import AssignEvent, Frame, Passed, State, join_states
from payproof.scan.program import ClassInfo, FunctionInfo
from payproof.scan.values import (
    CARD,
    MAPPING,
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    Label,
    Value,
    constant,
    join,
    kept,
)

ROUNDS = 2
"""How often a loop's body is walked, so that what one turn leaves behind reaches the next."""


class Flow(Imports):
    """The whole interpreter."""

    def execute(self, body: list[Stmt], frame: Frame, state: State) -> State | None:
        """Walk statements in order; return the state at their end, or None when no path gets there."""
        current: State | None = state
        for statement in body:
            if current is None:
                return None
            method = _STATEMENTS.get(type(statement))
            if method is not None:
                current = method(self, statement, frame, current)
        return current

    # Simple statements

    def _evaluate_statement(self, node: facts.Evaluate, frame: Frame, state: State) -> State | None:
        self.at = node.span
        value = self.evaluate(node.value, frame, state)
        return None if isinstance(node.value, (facts.Call, facts.Awaited)) and self._never_returns(value, frame) else state

    def _never_returns(self, value: Value, frame: Frame) -> bool:
        """Return whether a call's result comes of a call such as `abort(400)`, after which nothing runs."""
        for path in value.paths():
            if path.endswith("()") and any(model.exits for model in self.models.call(path[:-2], frame.module.context)):
                return True
        return False

    def _assign(self, node: facts.Assign, frame: Frame, state: State) -> State:
        if node.value is None:
            return state
        self.at = node.span
        value = self.evaluate(node.value, frame, state)
        self.at = node.span
        if (
            node.annotation is not None
            and all(path.startswith(("?", "request()")) for path in value.paths())
            and len(value.refs) == len(value.paths())
        ):
            declared = self.declared(node.annotation, frame, state)
            value = declared.with_labels(value.labels) if declared is not None else value
        if node.operator:
            held = self.evaluate(node.targets[0], frame, state)
            labels = computed(node.operator.removesuffix("Assign"), [held, value], self.place(frame, node.span))
            value = Value(labels=labels, fields=held.fields, constants=None)
        for target in node.targets:
            self.bind(target, value, frame, state)
        return state

    def bind(self, target: Expr, value: Value, frame: Frame, state: State) -> None:
        """Let a target be worth `value` from here on."""
        if isinstance(target, facts.Name):
            state.env[target.id] = self._telling(target.id, value, frame)
        elif isinstance(target, facts.Starred):
            self.bind(target.value, Value(fields={"*": value}), frame, state)
        elif isinstance(target, facts.Sequence):
            for index, item in enumerate(target.items):
                fields = value.fields or {}
                part = fields.get(str(index), fields.get("*"))
                self.bind(item, part if part is not None else self.element(value), frame, state)
        elif isinstance(target, facts.Attribute):
            owner = self.evaluate(target.value, frame, state)
            self._tell_assign(owner, target.name, value, frame, target.span)
            self._into(target.value, target.name, value, owner, state)
        elif isinstance(target, facts.Subscript):
            owner = self.evaluate(target.value, frame, state)
            key = self.evaluate(target.index, frame, state) if not isinstance(target.index, facts.Slice) else UNKNOWN
            self._tell_assign(owner, key.text() or "*", value, frame, target.span)
            self.tell_shared(target.value, "[...]", [Passed(None, value), Passed(None, key)], target.span, frame, state)
            self._into(target.value, key.text() or "*", value, owner, state)

    def _into(self, owner_node: Expr, key: str, value: Value, owner: Value, state: State) -> None:
        if isinstance(owner_node, facts.Name) and owner_node.id in state.env:
            # A random value that is put on an object other than self outlives the call: it is stored.
            if owner_node.id != "self" and owner.fields is None:
                value = kept(value)
            made = state.env[owner_node.id].with_field(key, value)
            if self.card_kind(key) and not value.kinds() & CARD:
                made = made.without(MAPPING)
            state.env[owner_node.id] = dataclasses.replace(made, sealed=False) if key == "*" else made
        elif (
            isinstance(owner_node, facts.Attribute)
            and isinstance(owner_node.value, facts.Name)
            and owner_node.value.id in state.env
        ):
            outer = state.env[owner_node.value.id]
            held = (outer.fields or {}).get(owner_node.name, owner)
            state.env[owner_node.value.id] = outer.with_field(owner_node.name, held.with_field(key, value))

    def _telling(self, name: str, value: Value, frame: Frame) -> Value:
        """Let a telling name speak for a value of which nothing is known."""
        if "config" in value.kinds() and self.is_secret_name(name):
            value = value.with_labels([Label("processor-secret", self.place(frame, self.at), f"the variable {name}")])
        kind = self.card_kind(name)
        if (
            not kind
            or value.kinds() & (CARD | {"safe"})
            or value.constants is not None
            or value.fields is not None
            or value.proof
        ):
            return value
        if any(not isinstance(ref, External) or ref.path.endswith("#") for ref in value.refs):
            return value
        return value.with_labels([Label(kind, self.place(frame, self.at), f"the variable {name}")])

    def _tell_assign(self, owner: Value, key: str, value: Value, frame: Frame, span: facts.Span) -> None:
        event = AssignEvent(self.place(frame, span), owner, key, value, frame)
        for listener in self.listeners:
            listener.on_assign(event)

    def _return(self, node: facts.Return, frame: Frame, state: State) -> None:
        self.at = node.span
        value = self.evaluate(node.value, frame, state) if node.value is not None else constant(None)
        frame.returns.append((value, state.copy(), self.place(frame, node.span)))

    def _raise(self, node: facts.Raise, frame: Frame, state: State) -> None:
        if node.error is not None:
            self.evaluate(node.error, frame, state)

    def _assert(self, node: facts.Assert, frame: Frame, state: State) -> State | None:
        held, _ = self.test(node.test, frame, state)
        return held

    def _delete(self, node: facts.Delete, frame: Frame, state: State) -> State:
        for target in node.targets:
            for item in target.items if isinstance(target, facts.Sequence) else [target]:
                if isinstance(item, facts.Name):
                    state.env.pop(item.id, None)
                elif isinstance(item, facts.Subscript) and isinstance(item.value, facts.Name) and item.value.id in state.env:
                    state.env[item.value.id] = state.env[item.value.id].without(MAPPING)
        return state

    def _jump(self, node: facts.Jump, frame: Frame, state: State) -> State | None:
        if node.kind == "break" and frame.breaks:
            frame.breaks[-1].append(state.copy())
            return None
        if node.kind == "continue" and frame.continues:
            frame.continues[-1].append(state.copy())
            return None
        return state

    # Definitions and imports

    def _function(self, node: facts.Function, frame: Frame, state: State) -> State:
        known = frame.module.functions.get(node.name) if frame.info is None else None
        if known is None or known.node is not node:
            known = self._inner_infos.get(id(node))
            if known is None:
                prefix = f"{frame.info.qualname}." if frame.info is not None else ""
                known = self._inner_infos[id(node)] = FunctionInfo(frame.module, prefix + node.name, node)
        closure = (*frame.closure, state.env) if frame.info is not None else ()
        if closure:
            self.inner.setdefault(known, closure)
        state.env[node.name] = Value(refs=(FunctionRef(known, closure),))
        return state

    def _class(self, node: facts.Class, frame: Frame, state: State) -> State:
        known = next((info for info in frame.module.classes.values() if info.node is node), None)
        if known is None:
            known = ClassInfo(frame.module, node.name, node)
            for item in node.body:
                if isinstance(item, facts.Function):
                    known.methods[item.name] = FunctionInfo(frame.module, f"{node.name}.{item.name}", item, known)
        state.env[node.name] = Value(refs=(ClassRef(known),))
        return state

    # Where paths part and meet

    def test(self, node: Expr, frame: Frame, state: State) -> tuple[State | None, State | None]:
        """Evaluate a condition; return the states of the path where it is true and of the one where it is false."""
        if isinstance(node, facts.Literal):
            return (state, None) if node.value else (None, state)
        if isinstance(node, facts.Logic):
            if node.operator == "not":
                held, failed = self.test(node.operands[0], frame, state)
                return failed, held
            return self._test_both(node, frame, state)
        value = self.evaluate(node, frame, state)
        if not isinstance(node, facts.Comparison):
            self.tell_compare(self.place(frame, getattr(node, "span", self.at)), "", value, UNKNOWN, frame)
        held, failed = state, state.copy()
        if value.proof == "truthy":
            held, failed = held.proven(), failed.refused()
        elif value.proof == "falsy":
            held, failed = held.refused(), failed.proven()
        self._narrow(node, held, failed)
        return held, failed

    def _test_both(self, node: facts.Logic, frame: Frame, state: State) -> tuple[State | None, State | None]:
        held_one, failed_one = self.test(node.operands[0], frame, state)
        going = held_one if node.operator == "and" else failed_one
        held_two, failed_two = self.test(node.operands[1], frame, going.copy()) if going is not None else (None, None)
        if node.operator == "and":
            return held_two, join_states([failed_one, failed_two], "conditional", None)
        return join_states([held_one, held_two], "conditional", None), failed_two

    def _narrow(self, node: Expr, held: State, failed: State) -> None:
        """Take from a name the constants that its path rules out."""
        refused(node, failed)
        name, none_test = None, ""
        if isinstance(node, facts.Name):
            name = node.id
        elif (
            isinstance(node, facts.Comparison)
            and isinstance(node.left, facts.Name)
            and node.operators in (["Is"], ["IsNot"])
            and isinstance(node.rights[0], facts.Literal)
            and node.rights[0].value is None
        ):
            name, none_test = node.left.id, node.operators[0]
        if name is None:
            return
        for state, true in ((held, True), (failed, False)):
            value = state.env.get(name)
            if value is None or value.constants is None:
                continue
            wants_none = none_test and (none_test == "Is") == true
            if none_test:
                kept = tuple(item for item in value.constants if (item is None) == bool(wants_none))
            else:
                kept = tuple(item for item in value.constants if bool(item) == true)
            state.env[name] = dataclasses.replace(value, constants=kept or None)

    def _if(self, node: facts.If, frame: Frame, state: State) -> State | None:
        place = self.place(frame, node.span)
        self.at = node.span
        held, failed = self.test(node.test, frame, state)
        for part in (held, failed):
            if part is not None and part.why and part.at is None:
                part.at = Place(place.path, place.line, place.column, place.line, place.column + 2)
        ends = [
            self.execute(node.body, frame, held.copy()) if held is not None else None,
            self.execute(node.orelse, frame, failed.copy()) if failed is not None else None,
        ]
        return join_states(ends, "conditional", Place(place.path, place.line, place.column, place.line, place.column + 2))

    def _for(self, node: facts.For, frame: Frame, state: State) -> State | None:
        source = self.evaluate(node.iterable, frame, state)
        element = self.element(source)

        def turn(current: State) -> State | None:
            self.bind(node.target, element, frame, current)
            return self.execute(node.body, frame, current)

        return self._loop(node, frame, state, turn, endless=False)

    def _while(self, node: facts.While, frame: Frame, state: State) -> State | None:
        endless = isinstance(node.test, facts.Literal) and bool(node.test.value)

        def turn(current: State) -> State | None:
            held, _ = self.test(node.test, frame, current)
            return self.execute(node.body, frame, held) if held is not None else None

        return self._loop(node, frame, state, turn, endless=endless)

    def _loop(
        self, node: facts.For | facts.While, frame: Frame, state: State, turn: Callable[[State], State | None], endless: bool
    ) -> State | None:
        frame.loops.append(node.span)
        frame.breaks.append([])
        frame.continues.append([])
        current: State | None = state.copy()
        for _ in range(ROUNDS):
            ended = turn(current.copy()) if current is not None else None
            current = join_states([state, current, ended, *frame.continues[-1]], "loop", self.place(frame, node.span))
        frame.loops.pop()
        frame.continues.pop()
        broken = frame.breaks.pop()
        through = None if endless else self.execute(node.orelse, frame, current) if current is not None else None
        return join_states([*broken, through], "conditional", self.place(frame, node.span))

    def _try(self, node: facts.Try, frame: Frame, state: State) -> State | None:
        start = state.copy()
        partial: list[State] = [start]
        frame.attempts.append(self.attempt(node, frame, state))
        current: State | None = state
        for statement in node.body:
            if current is None:
                break
            current = self.execute([statement], frame, current)
            if current is not None:
                partial.append(current.copy())
        frame.attempts.pop()
        ends = [self.execute(node.orelse, frame, current) if current is not None else None]
        for handler in node.handlers:
            where = self.place(frame, handler.span)
            at = Place(where.path, where.line, where.column, where.line, where.column + 6)
            entering = join_states([item.copy() for item in partial], "swallowed", at) or start.copy()
            self._catch(handler, frame, entering)
            ends.append(self.execute(handler.body, frame, entering))
        if not node.final:
            return join_states(ends, "swallowed", self.place(frame, node.span))
        if current is None or len(partial) > 1:
            self.execute(node.final, frame, start.copy())
        merged = join_states(ends, "swallowed", self.place(frame, node.span))
        return self.execute(node.final, frame, merged) if merged is not None else None

    def _catch(self, handler: facts.Handler, frame: Frame, state: State) -> None:
        if not handler.name:
            if handler.error is not None:
                self.evaluate(handler.error, frame, state)
            return
        errors = self.evaluate(handler.error, frame, state) if handler.error is not None else UNKNOWN
        paths = errors.paths() or [path for item in (errors.fields or {}).values() for path in item.paths()]
        refs = tuple(External(f"{path}#") for path in paths[:3])
        state.env[handler.name] = Value(refs=refs or (External(f"?.{handler.name}"),))

    def _with(self, node: facts.With, frame: Frame, state: State) -> State | None:
        suppressing = False
        for item in node.items:
            value = self.evaluate(item.value, frame, state)
            suppressing = suppressing or any(path.endswith("suppress()") for path in value.paths())
            if item.target is not None:
                entered = [
                    External(f"{ref.path}.__enter__()") if ref.path.endswith("()") else ref
                    for ref in value.refs
                    if isinstance(ref, External)
                ]
                others = [ref for ref in value.refs if not isinstance(ref, External)]
                opened = dataclasses.replace(value, refs=(*others, *entered)) if value.refs else value
                self.bind(item.target, opened, frame, state)
        managed = self.managed(node, frame, state)
        if managed is not None:
            frame.attempts.append(managed)
        before = state.copy() if suppressing else None
        end = self.execute(node.body, frame, state)
        if managed is not None:
            frame.attempts.pop()
        return join_states([before, end], "swallowed", self.place(frame, node.span)) if suppressing else end

    def _match(self, node: facts.Match, frame: Frame, state: State) -> State | None:
        subject = self.evaluate(node.subject, frame, state)
        ends: list[State | None] = []
        open_end = True
        for case in node.cases:
            inner = state.copy()
            for name in case.names:
                inner.env[name] = join([subject, *(subject.fields or {}).values()])
            if case.guard is not None:
                held, _ = self.test(case.guard, frame, inner)
                ends.append(self.execute(case.body, frame, held) if held is not None else None)
                continue
            open_end = open_end and bool(case.literals)
            ends.append(self.execute(case.body, frame, inner))
        return join_states([*ends, state if open_end else None], "conditional", self.place(frame, node.span))


_STATEMENTS: dict[type, Callable[..., State | None]] = {
    facts.Evaluate: Flow._evaluate_statement,
    facts.Assign: Flow._assign,
    facts.Return: Flow._return,
    facts.Raise: Flow._raise,
    facts.Assert: Flow._assert,
    facts.Delete: Flow._delete,
    facts.Jump: Flow._jump,
    facts.Import: Flow._import,
    facts.If: Flow._if,
    facts.For: Flow._for,
    facts.While: Flow._while,
    facts.Try: Flow._try,
    facts.With: Flow._with,
    facts.Match: Flow._match,
    facts.Function: Flow._function,
    facts.Class: Flow._class,
}
