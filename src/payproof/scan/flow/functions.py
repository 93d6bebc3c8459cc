"""What a function of the program gives for what it is passed, and what starting points are passed when nobody calls them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.model import Place, Step
from payproof.scan import facts
from payproof.scan.flow.base import BUDGET, CONTEXTS, DEEPEST, NESTED, PAYLOAD_NAMES, REQUEST_NAMES, SHORT, is_amount
from payproof.scan.flow.calls import Calls
from payproof.scan.flow.numbers import declared_number
from payproof.scan.flow.state import FollowEvent, Frame, Passed, State, join_states
from payproof.scan.models import personal_word
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo
from payproof.scan.values import (
    CARD,
    PAYLOAD,
    SENSITIVE,
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    InstanceRef,
    Label,
    Value,
    coarse_digest,
    constant,
    digest,
    external,
    join,
)


class Functions(Calls):
    def run(
        self,
        info: FunctionInfo,
        passed: Sequence[Passed],
        frame: Frame | None,
        place: Place | None,
        state: State,
        closure: Sequence[Mapping[str, Value]] = (),
        collect: dict[str, Value] | None = None,
    ) -> tuple[Value, State | None]:
        """Interpret a call of `info`; return what it gives and the state on its normal return (None when it never returns)."""
        depth = frame.depth + 1 if frame is not None else 0
        if frame is not None and (place is not None or frame.info is not None):
            self._tell_follow(frame, info, place)
        self.spent += 1
        if self.spent > BUDGET:
            self.exhausted = True
        if depth > DEEPEST or self.nested > NESTED or self.spent > BUDGET or not self._worth(info, passed, frame):
            return self._typed(UNKNOWN, info), state
        env = self.bound(info, passed, frame, place)
        if frame is not None and frame.info is not None and place is not None:
            self.program.callers.setdefault(info, {}).setdefault(frame.info, place)
        key = self._context_key(info, env, state)
        if key in self.active:
            return UNKNOWN, state
        if collect is None and not closure and key in self.memory:
            return self.memory[key]
        self.contexts[info] = self.contexts.get(info, 0) + 1
        self.active.add(key)
        self.nested += 1
        before = self.at
        try:
            result = self._interpret(info, env, frame, place, state, tuple(closure), depth, collect)
        finally:
            self.nested -= 1
            self.at = before
            self.active.discard(key)
        if not closure:
            self.memory[key] = result
        return result

    def _tell_follow(self, frame: Frame, info: FunctionInfo, place: Place | None) -> None:
        event = FollowEvent(frame, info, place)
        for listener in self.listeners:
            listener.on_follow(event)

    def _context_key(self, info: FunctionInfo, env: Mapping[str, Value], state: State) -> object:
        """Return what tells this call of a function from others of it, more coarsely the more of them there were."""
        if self.contexts.get(info, 0) < CONTEXTS or info.node.length <= SHORT:
            told = tuple(sorted((name, repr(digest(value))) for name, value in env.items()))
        else:
            told = tuple(sorted((name, coarse_digest(value)) for name, value in env.items()))
        return (info, told, state.verified, state.why)

    def _worth(self, info: FunctionInfo, passed: Sequence[Passed], frame: Frame | None) -> bool:
        """Follow a call out of the payment code only when it carries something, or when webhook checks are looked for."""
        if info.module.surface or frame is None or self.tracking:
            return True
        return any(label.kind in SENSITIVE for item in passed for label in item.value.deep_labels(2)) or info.node.length <= 6

    def _interpret(
        self,
        info: FunctionInfo,
        env: dict[str, Value],
        frame: Frame | None,
        place: Place | None,
        state: State,
        closure: tuple[Mapping[str, Value], ...],
        depth: int,
        collect: dict[str, Value] | None,
    ) -> tuple[Value, State | None]:
        below = Frame(info.module, info, closure, frame, place, depth)
        first = info.node.parameters[0].name if info.node.parameters else ""
        end = self.execute(info.node.body, below, State(env, state.verified, state.why, state.at))
        returned = [(value, after) for value, after, _ in below.returns]
        if end is not None:
            returned.append((constant(None), end))
        self.ends = list(below.returns)
        if collect is not None:
            for _, after in returned:
                for name, value in (after.env.get(first, UNKNOWN).fields or {}).items():
                    collect[name] = join([collect[name], value]) if name in collect else value
        bare = next((at for _, after, at in below.returns if not after.verified and not after.why), place)
        after_all = join_states([after for _, after in returned], "conditional", bare)
        value = self._typed(_returned(returned), info)
        if value.proof == "" and after_all is not None and not after_all.verified and not state.verified:
            value = _proving(returned, value)
        if value.proof and after_all is not None and not after_all.verified:
            # What is returned says whether the check succeeded: nothing was come past.
            after_all = State(after_all.env, False, state.why, state.at)
        kept = State(state.env, after_all.verified, after_all.why, after_all.at) if after_all is not None else None
        return value, kept

    def _typed(self, value: Value, info: FunctionInfo) -> Value:
        """Let a return annotation speak where nothing else is known of what a function gives."""
        known = any(not isinstance(ref, External) or not ref.path.startswith("?") for ref in value.refs)
        if info.node.returns is None or known or value.fields or value.constants is not None:
            return value
        declared = self._annotated(info, facts.Parameter("returned", info.node.returns))
        return declared.with_labels(value.labels) if declared is not None else value

    def bound(self, info: FunctionInfo, passed: Sequence[Passed], frame: Frame | None, place: Place | None) -> dict[str, Value]:
        """Return the parameters of `info` by name, as a call with `passed` binds them."""
        env: dict[str, Value] = {}
        plain = [part for item in passed if item.name is None and item.star != "**" for part in _spread(item)]
        named = {item.name: item.value for item in passed if item.name is not None}
        splats = [item.value for item in passed if item.star == "**"]
        queue = list(plain)
        extra: dict[str, Value] = dict(named)
        for parameter in info.node.parameters:
            if parameter.star == "*":
                rest = {str(index): item.value for index, item in enumerate(queue)}
                env[parameter.name] = Value(fields=rest, sealed=all(not item.star for item in queue))
                queue = []
            elif parameter.star == "**":
                env[parameter.name] = _rest(extra, splats, env)
            else:
                env[parameter.name] = self._parameter(info, parameter, queue, extra, splats)
        if place is None:
            return self._holding(info, env)
        return {name: value.moved(Step(place, f"passed to {info.name} as {name}")) for name, value in env.items()}

    def _holding(self, info: FunctionInfo, env: dict[str, Value]) -> dict[str, Value]:
        """Label the parameters that the function itself reads card data from, where nobody says what is in them."""
        for name, key in self.card_mappings(info).items():
            if name in env and not env[name].kinds() & (CARD | PAYLOAD):
                at = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[3])
                env[name] = env[name].with_labels([Label("card-mapping", at, f"{name}, which holds {key}")])
        return env

    def _parameter(
        self, info: FunctionInfo, parameter: facts.Parameter, queue: list[Passed], named: dict[str, Value], splats: list[Value]
    ) -> Value:
        if parameter.name in named:
            return named.pop(parameter.name)
        if queue and not parameter.keyword_only:
            if queue[0].star != "*":
                return queue.pop(0).value
            spread = queue[0].value
            if spread.sealed and spread.fields is not None:
                queue[:1] = [Passed(None, value) for _, value in sorted(spread.fields.items())]
                return queue.pop(0).value if queue else self.default(info, parameter)
            return join((spread.fields or {}).values())
        for splat in splats:
            if splat.fields is not None and parameter.name in splat.fields:
                return splat.fields[parameter.name]
        if any(not splat.sealed for splat in splats):
            return self.unknown_parameter(info, parameter)
        return self.default(info, parameter)

    def default(self, info: FunctionInfo, parameter: facts.Parameter) -> Value:
        """Return what a parameter is when it is not passed."""
        if parameter.default is None:
            return self.unknown_parameter(info, parameter)
        scope = self.module_globals(info.module)
        frame = Frame(info.module, None, ())
        value = self.evaluate(parameter.default, frame, State(scope))
        depends = self.dependency(parameter, info)
        return depends if depends is not None else value

    def dependency(self, parameter: facts.Parameter, info: FunctionInfo) -> Value | None:
        """Return what `Depends(...)` in a parameter refers to, or None; entry points call it."""
        return None

    # Starting points

    def start(
        self, info: FunctionInfo, state: State | None = None, closure: Sequence[Mapping[str, Value]] = ()
    ) -> tuple[Value, State | None]:
        """Interpret `info` as a starting point: nothing is known of its arguments but what their names and types tell."""
        self.spent = 0
        passed = []
        for index, parameter in enumerate(info.node.parameters):
            if parameter.star == "**":
                # Whoever calls may pass more by name than is seen here.
                passed.append(Passed(None, self.unknown_parameter(info, parameter), "**"))
            if parameter.star:
                continue
            receiver = index == 0 and info.owner is not None and parameter.name in ("self", "cls")
            value = (
                self.receiver(info.owner, parameter.name) if receiver and info.owner else self.unknown_parameter(info, parameter)
            )
            passed.append(Passed(parameter.name, value))
        return self.run(info, passed, None, None, state or State({}), closure=closure)

    def receiver(self, owner: ClassInfo, name: str) -> Value:
        return Value(refs=(ClassRef(owner),)) if name == "cls" else self.instance(owner)

    def unknown_parameter(self, info: FunctionInfo, parameter: facts.Parameter) -> Value:
        """Return what can be told of a parameter by its name and annotation."""
        place = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[3])
        name = parameter.name
        label = Label("parameter", place, name)
        annotated = self._annotated(info, parameter)
        if annotated is not None:
            return annotated.with_labels([label])
        if name in REQUEST_NAMES:
            return external("request()").with_labels([label])
        labels: list[Label] = [label]
        number = declared_number(parameter.annotation)
        if number:
            labels.append(Label(number, place, f"the parameter {name}"))
        kind = self.card_kind(name)
        if kind:
            labels.append(Label(kind, place, f"the parameter {name}"))
        if name in self.models.secret_fields:
            labels.append(Label("client-secret", place, f"the parameter {name}"))
        if name in PAYLOAD_NAMES:
            labels.append(Label("request-data", place, f"the parameter {name}"))
        if name in ("validated_data", "cleaned_data") and info.owner is not None and self.declares_card(info.owner):
            labels.append(Label("card-object", place, f"the fields of {info.owner.name}"))
        if is_amount(name):
            labels.append(Label("amount", place, name))
        if personal_word(name, self.models.vocabulary):
            labels.append(Label("personal-data", place, name))
        if self._foreign(info, parameter):
            labels.append(Label("foreign", place, name))
        return Value(labels=frozenset(labels), refs=(External(f"?.{name}"),))

    def declares_card(self, info: ClassInfo) -> bool:
        """Return whether a form or serializer has a field for a card number or code."""
        targets = [statement.targets[0] for statement in info.node.body if isinstance(statement, facts.Assign)]
        return any(isinstance(target, facts.Name) and self.card_kind(target.id) for target in targets)

    def _annotated(self, info: FunctionInfo, parameter: facts.Parameter) -> Value | None:
        if parameter.annotation is None:
            return None
        scope = self.module_globals(info.module)
        value = self.evaluate(_inner(parameter.annotation), Frame(info.module, None, ()), State(scope))
        for ref in value.refs:
            if isinstance(ref, ClassRef):
                return self.instance(ref.info)
            if isinstance(ref, External) and not ref.path.startswith("?") and "." in ref.path:
                for model in self.models.read(f"{ref.path}#", info.module.context):
                    typed = external(model.type) if model.type else UNKNOWN
                    if model.gives:
                        place = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[3])
                        typed = typed.with_labels([Label(model.gives, place, f"the parameter {parameter.name}")])
                    return typed
        return None

    def _foreign(self, info: FunctionInfo, parameter: facts.Parameter) -> bool:
        """Return whether a parameter is declared as a class of a library, which has none of the program's methods."""
        if parameter.annotation is None:
            return False
        value = self.evaluate(_inner(parameter.annotation), Frame(info.module, None, ()), State(self.module_globals(info.module)))
        paths = [ref.path for ref in value.refs if isinstance(ref, External)]
        return len(paths) == len(value.refs) == 1 and self._of_library(paths[0])

    def _of_library(self, path: str) -> bool:
        """Return whether a dotted path is a class outside the program: no type of `typing`, no class known here by its name."""
        root, _, name = path.rpartition(".")
        known = root.split(".", 1)[0] in ("", "?", "typing", "typing_extensions", "collections", "abc")
        return not known and name[:1].isupper() and not self.program.classes_named(name)

    def declared(self, annotation: facts.Expr, frame: Frame, state: State) -> Value | None:
        """Return an object of the program's class that an annotation names, or None."""
        value = self.evaluate(_inner(annotation), frame, state)
        return next((self.instance(ref.info) for ref in value.refs if isinstance(ref, ClassRef)), None)

    # Modules and classes

    def module_globals(self, module: ModuleInfo) -> dict[str, Value]:
        found = self.globals.get(module.path)
        if found is not None:
            return found
        scope: dict[str, Value] = {}
        self.globals[module.path] = scope
        for name, info in module.functions.items():
            if "." not in name:
                scope[name] = Value(refs=(FunctionRef(info),))
        for name, made in module.classes.items():
            if "." not in name:
                scope[name] = Value(refs=(ClassRef(made),))
        before, self.spent = self.spent, 0
        frame = Frame(module, None, ())
        self.execute(module.facts.body, frame, State(scope))
        self.spent = before
        return scope

    def instance(self, info: ClassInfo) -> Value:
        """Return an object of a class of the program, with what its class body and its methods give its attributes."""
        found = self.instances.get(info)
        if found is not None:
            return found
        made = Value(refs=(InstanceRef(info),))
        self.instances[info] = made
        fields = self._class_body(info)
        start = info.methods.get("__init__") or self.method(info, "__init__")
        if start is not None:
            held: dict[str, Value] = {}
            passed = [Passed(None, made)]
            for parameter in start.node.parameters[1:]:
                if not parameter.star:
                    passed.append(Passed(parameter.name, self.unknown_parameter(start, parameter)))
            before, self.spent = self.spent, 0
            self.run(start, passed, Frame(info.module, None, ()), None, State({}), collect=held)
            self.spent = before
            fields.update(held)
        made = Value(refs=(InstanceRef(info),), fields=fields or None)
        self.instances[info] = made
        return made

    def _class_body(self, info: ClassInfo) -> dict[str, Value]:
        """Return the plain attributes that a class body assigns."""
        state = State({})
        frame = Frame(info.module, None, ())
        for statement in info.node.body:
            if isinstance(statement, facts.Assign) and statement.value is not None:
                self.execute([statement], frame, state)
        return dict(state.env)


def _rest(named: dict[str, Value], splats: list[Value], bound: Mapping[str, Value]) -> Value:
    fields = {name: value for name, value in named.items() if name not in bound}
    sealed = True
    labels: frozenset[Label] = frozenset()
    for splat in splats:
        for name, value in (splat.fields or {}).items():
            if name not in bound:
                fields.setdefault(name, value)
        sealed = sealed and splat.sealed
        labels |= splat.labels
    return Value(labels=labels, fields=fields, sealed=sealed)


def _spread(item: Passed) -> list[Passed]:
    """Return the arguments that `*value` stands for, where all of them are known."""
    if item.star != "*" or not item.value.sealed or item.value.fields is None:
        return [item]
    return [Passed(None, value) for _, value in sorted(item.value.fields.items(), key=lambda pair: int(pair[0]))]


def _returned(returned: Sequence[tuple[Value, State]]) -> Value:
    return join([value for value, _ in returned]) if returned else UNKNOWN


def _proving(returned: Sequence[tuple[Value, State]], value: Value) -> Value:
    """A function that gives a true value only on verified paths proves by its truth (and by not being None)."""
    hopeful = [(result, after) for result, after in returned if result.truth() is not False]
    proves = all(after.verified or result.proof == "truthy" for result, after in hopeful)
    return dataclasses.replace(value, proof="truthy") if hopeful and proves else value


def _inner(annotation: Any) -> Any:
    """Return the type inside Optional[...], Annotated[...], `X | None` and the like."""
    if isinstance(annotation, facts.Subscript):
        index = annotation.index
        return _inner(index.items[0] if isinstance(index, facts.Sequence) and index.items else index)
    if isinstance(annotation, facts.Operation) and annotation.operands:
        return _inner(annotation.operands[0])
    return annotation
