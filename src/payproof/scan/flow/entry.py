"""Interpreting a handler as its framework calls it: through decorators, dependencies and permission classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.flow.base import REQUEST_NAMES
from payproof.scan.flow.routes import FIRST, VERBS, dependencies, dependency, hooks, inherited, is_route, name_of
from payproof.scan.flow.state import Frame, Passed, State, join_states
from payproof.scan.flow.statements import Flow
from payproof.scan.program import FunctionInfo, walk
from payproof.scan.values import ClassRef, External, FunctionRef, ImportRef, InstanceRef, Label, Value, external

_PERMISSIONS = ("authentication_classes", "permission_classes")
_MODELS = frozenset({"BaseModel", "SQLModel", "Struct", "Schema", "TypedDict"})
_BODIES = frozenset({"dict", "Dict", "Any", "Mapping"})
_FIELDS = frozenset({"str", "int", "float", "Decimal", "bool", "UUID", "Form", "Body", "Query", "Path"})


class EntryFlow(Flow):
    """A `Flow` that starts where a framework does."""

    _handing = ""
    """The end of the name of the call that hands a request on to the method that answers it, while one is looked for."""
    _handed: list[State] = []

    def enter(self, info: FunctionInfo, closure: Sequence[Mapping[str, Value]] = ()) -> State | None:
        """Interpret a handler; return the state on its normal return, or None when it never returns."""
        state = State({})
        outer = Frame(info.module, None, ())
        self._inherited(info, outer, state)
        self._route_dependencies(info, outer, state)
        self._permissions(info, outer, state)
        self._first(info, outer, state)
        passed = [Passed(name, value) for name, value in self._arguments(info, outer, state)]
        self.spent = 0
        wrapped = self._decorated(info, outer, state)
        if wrapped is None:
            _, end = self.run(info, passed, None, None, state, closure=closure)
            return end
        plain = [Passed(None, item.value) for item in passed]
        result_state = state
        self.call(wrapped, plain, info.node.span, outer, result_state, Value())
        return result_state

    def _arguments(self, info: FunctionInfo, outer: Frame, state: State) -> Iterator[tuple[str, Value]]:
        for index, parameter in enumerate(info.node.parameters):
            if parameter.star:
                continue
            if index == 0 and info.owner is not None and parameter.name in ("self", "cls"):
                yield parameter.name, self.receiver(info.owner, parameter.name)
                continue
            depends = self._depends(parameter)
            yield (
                parameter.name,
                self._resolve(depends, outer, state) if depends is not None else self.unknown_parameter(info, parameter),
            )

    def _depends(self, parameter: facts.Parameter) -> facts.Expr | None:
        """Return what a parameter depends on: `x = Depends(f)` or `x: Annotated[T, Depends(f)]`."""
        candidates: list[object] = [parameter.default]
        annotation = parameter.annotation
        if isinstance(annotation, facts.Subscript):
            candidates += annotation.index.items if isinstance(annotation.index, facts.Sequence) else [annotation.index]
        for candidate in candidates:
            found = dependency(candidate)
            if found is not None:
                return found
        return None

    def _resolve(self, depends: facts.Expr, outer: Frame, state: State) -> Value:
        scope = State(self.module_globals(outer.module), state.verified, state.why, state.at)
        target = self.evaluate(depends, outer, scope)
        return self._call_dependency(target, outer, state)

    def _call_dependency(self, target: Value, outer: Frame, state: State) -> Value:
        for ref in target.refs:
            info, receiver = None, None
            if isinstance(ref, FunctionRef):
                info, receiver = ref.info, ref.receiver
            elif isinstance(ref, InstanceRef):
                info, receiver = self.method(ref.info, "__call__"), target
            elif isinstance(ref, ClassRef):
                info, receiver = self.method(ref.info, "__init__"), self.instance(ref.info)
            if info is None:
                continue
            passed = []
            for name, value in self._arguments(info, Frame(info.module, None, ()), state):
                passed.append(Passed(name, receiver if receiver is not None and name in ("self", "cls") else value))
            result, end = self.run(info, passed, outer, None, state, closure=ref.closure if isinstance(ref, FunctionRef) else ())
            if end is not None:
                state.verified, state.why, state.at = end.verified, end.why, end.at
            return receiver if isinstance(ref, ClassRef) and receiver is not None else result
        return Value()

    def _route_dependencies(self, info: FunctionInfo, outer: Frame, state: State) -> None:
        for decorator in info.node.decorators:
            if isinstance(decorator, facts.Call):
                for found in dependencies(decorator):
                    self._resolve(found, outer, state)

    def _inherited(self, info: FunctionInfo, outer: Frame, state: State) -> None:
        """Run what stands before all routes of the router, blueprint or application that a function is registered at."""
        for found, module in inherited(info, self.program):
            self._resolve(found, Frame(module, None, ()), state)
        for hook in hooks(info):
            _, end = self.run(hook, [], outer, None, state.copy())
            _follow(state, end)

    def _first(self, info: FunctionInfo, outer: Frame, state: State) -> None:
        """Run the methods of a view that come before the one that answers; `dispatch` counts as far as it hands on."""
        if info.owner is None or info.name not in VERBS:
            return
        for name in FIRST:
            method = self.method(info.owner, name)
            if method is None:
                continue
            self._handing, self._handed = f".super.{name}", []
            passed = [Passed(given, value) for given, value in self._arguments(method, outer, state)]
            _, end = self.run(method, passed, outer, None, state.copy())
            _follow(state, join_states(self._handed, "conditional") if self._handed else end)
            self._handing = ""

    def _outside(
        self, ref: External, callee: Value, arguments: Sequence[Passed], place: Place, frame: Frame, state: State, receiver: Value
    ) -> Value:
        if self._handing and ref.path.endswith(self._handing):
            self._handed.append(state.copy())
        return super()._outside(ref, callee, arguments, place, frame, state, receiver)

    def unknown_parameter(self, info: FunctionInfo, parameter: facts.Parameter) -> Value:
        """Return what can be told of a parameter; what a framework fills a route's parameter with is a client's."""
        value = super().unknown_parameter(info, parameter)
        if not is_route(info) or parameter.name in ("self", "cls", *REQUEST_NAMES):
            return value
        place = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[3])
        kind = self._sent(parameter, value)
        return value.with_labels([Label(kind, place, parameter.name)]) if kind else value

    def _sent(self, parameter: facts.Parameter, value: Value) -> str:
        """Return the label that a route's parameter earns by its declaration."""
        if name_of(getattr(parameter.default, "func", None)) in ("Header", "Cookie"):
            return "request-header"
        declared = {name_of(node) for node in walk(parameter.annotation)} if parameter.annotation is not None else set()
        if declared & _BODIES or any(isinstance(ref, InstanceRef) and self._is_body(ref) for ref in value.refs):
            return "request-data"
        return "request-field" if not declared or declared & _FIELDS else ""

    def _is_body(self, ref: InstanceRef) -> bool:
        """Return whether a class is a model of a request's body, directly or through classes of the program."""
        bases = self.bases(ref.info)
        if any(isinstance(base, ClassRef) and base.info is not ref.info for base in bases):
            return True
        return any(isinstance(base, External) and base.path.rsplit(".", 1)[-1] in _MODELS for base in bases)

    def _permissions(self, info: FunctionInfo, outer: Frame, state: State) -> None:
        """Let permission and authentication classes of the program that check a request count as its check."""
        self._decorator_permissions(info, outer, state)
        if info.owner is None:
            return
        fields = self.instance(info.owner).fields or {}
        for name in _PERMISSIONS:
            self._listed(fields.get(name, Value()), outer, state)

    def _decorator_permissions(self, info: FunctionInfo, outer: Frame, state: State) -> None:
        for decorator in info.node.decorators:
            if not isinstance(decorator, facts.Call) or not decorator.arguments:
                continue
            func = decorator.func
            name = func.id if isinstance(func, facts.Name) else func.name if isinstance(func, facts.Attribute) else ""
            if name in _PERMISSIONS:
                listed = self.evaluate(decorator.arguments[0].value, outer, State(self.module_globals(info.module)))
                self._listed(listed, outer, state)

    def _listed(self, listed: Value, outer: Frame, state: State) -> None:
        for item in (listed.fields or {}).values():
            for ref in item.refs:
                opened = self.opened(ref, outer, state).refs if isinstance(ref, ImportRef) else (ref,)
                for inner in opened:
                    if isinstance(inner, ClassRef):
                        self._permission(inner, outer, state)

    def _permission(self, ref: ClassRef, outer: Frame, state: State) -> None:
        for name in ("has_permission", "authenticate"):
            method = self.method(ref.info, name)
            if method is None:
                continue
            passed = [Passed(None, self.instance(ref.info)), Passed(None, external("request()")), Passed(None, Value())]
            result, end = self.run(method, passed[: len(method.node.parameters)], outer, None, state.copy())
            # A class of the program that can refuse a request authenticates it in its own way.
            if result.proof == "truthy" or end is None or end.verified or _can_refuse(method):
                state.verified, state.why, state.at = True, "", None

    def _decorated(self, info: FunctionInfo, outer: Frame, state: State) -> Value | None:
        """Return what the program's own decorators make of a handler, or None when they are all the framework's."""
        wrapped = Value(refs=(FunctionRef(info),))
        if info.owner is not None:
            wrapped = Value(refs=(FunctionRef(info),))
        changed = False
        for decorator in reversed(info.node.decorators):
            scope = State(self.module_globals(info.module))
            value = self.evaluate(decorator, outer, scope)
            if not any(isinstance(ref, FunctionRef) for ref in value.refs):
                continue
            made = self.call(value, [Passed(None, wrapped)], info.node.span, outer, State({}), Value())
            if any(isinstance(ref, FunctionRef) and ref.info is not info for ref in made.refs):
                wrapped, changed = made, True
        return wrapped if changed else None


def _follow(state: State, end: State | None) -> None:
    """Let a state go on from where something that ran before it ended."""
    if end is not None:
        state.verified, state.why, state.at = end.verified, end.why, end.at


def _can_refuse(method: FunctionInfo) -> bool:
    """Return whether a permission compares something, or raises: it does not let everybody pass."""
    return any(isinstance(node, (facts.Raise, facts.Comparison)) for node in walk(method.node.body))
