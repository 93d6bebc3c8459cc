"""Does somebody catch the errors of a call to a processor: its function, a caller, a decorator, the framework's handlers?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.callgraph import CallGraph, Way, attempts_at, named
from payproof.scan.catching import Catching
from payproof.scan.entrances import Entrance, Entrances, decorator_name
from payproof.scan.flow.clauses import Attempt, Clause, Holds, calling
from payproof.scan.flow.state import CallEvent, FollowEvent, Frame, State
from payproof.scan.flow.statements import Flow
from payproof.scan.models import CallModel, Models
from payproof.scan.program import ClassInfo, FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.values import ClassRef, FunctionRef, ImportRef

_QUIET = ("oauth", "token", "verify", "cgi-bin/webscr", "/login", "/auth")
_REGISTRATIONS = frozenset(
    {"errorhandler", "app_errorhandler", "exception_handler", "register_error_handler", "add_exception_handler"}
)
_PASSED_ON = frozenset({"handler", "call_next", "app", "next_handler", "next_middleware"})


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """One call of a processor as it was met in one function."""

    place: Place
    path: str
    model: CallModel
    info: FunctionInfo | None
    frame: Frame
    attempts: tuple[Attempt, ...]


class HandledShape(Shape):
    name = "handled"
    asks = {"of": ("changes", "reads")}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._calls: dict[tuple[Place, FunctionInfo | None], _Call] = {}
        self._graph = CallGraph()
        self._modules: list[ModuleInfo] = []
        self._flow = Flow(program, models, ())
        self._entrances = Entrances(self._flow, models)
        self._registered: tuple[Clause, ...] | None = None
        self._around: dict[FunctionInfo, tuple[Clause, ...]] = {}

    def on_module(self, module: ModuleInfo) -> None:
        self._modules.append(module)

    def on_follow(self, event: FollowEvent) -> None:
        self._graph.on_follow(event)

    def on_call(self, event: CallEvent) -> None:
        model = remote(event)
        if model is None or model.answers:
            return
        frame = named(event.frame)
        self._calls.setdefault(
            (event.place, frame.info), _Call(event.place, event.path, model, frame.info, event.frame, attempts_at(event.frame))
        )

    # What it comes to

    def found(self) -> list[Found]:
        by_place: dict[Place, list[_Call]] = {}
        for call in self._calls.values():
            by_place.setdefault(call.place, []).append(call)
        made = []
        for place, calls in sorted(by_place.items()):
            for rule in self.rules:
                if kind_of(calls[0].model) in asked(rule, "of"):
                    made.append(self._judge(rule, place, calls))
        return made

    def _judge(self, rule: Rule, place: Place, calls: Sequence[_Call]) -> Found:
        call = calls[0]
        processor = call.model.processor or processor_of(call.frame, self.models)
        ways = [(item, way, self._entrance(way)) for item in calls for way in self._ways(item)]
        open_ways = [item for item in ways if item[2] is not Entrance.WEBHOOK]
        name = call.path.removeprefix("?.")
        if not open_ways:
            text = f"The errors of {name} are caught, or answered with a delivery to come."
            return Found(rule, Verdict.HOLDS, place, text, call.frame.subject, "", processor)
        call, way, entrance = min(open_ways, key=lambda item: _RANK[item[2]])
        steps = tuple(Step(at, "called here, with nothing around it that catches the error") for at in way.calls)
        where = way.info.qualname if way.info is not None else f"the body of {way.module.path}"
        if entrance is Entrance.NONE:
            text, reason = f"{name} is called with nothing around it that catches its errors.", f"no caller of {where} was seen"
            return Found(rule, Verdict.UNKNOWN, place, text, call.frame.subject, reason, processor, steps)
        whom = processor or "the processor"
        text = f"Nobody catches what {name} raises: a refusal, a timeout or an outage of {whom} leaves {where}"
        text += _LEAVES[entrance]
        sure = _RANK[entrance] == 0 and (call.model.certain or not call.model.http)
        confidence = rule.confidence if sure else Confidence.LOW
        return Found(rule, Verdict.VIOLATED, place, text, call.frame.subject, "", processor, steps, confidence=confidence)

    def _ways(self, call: _Call) -> Iterator[Way]:
        catching = Catching(call.model, self.models)
        if any(catching.attempt(attempt) for attempt in call.attempts) or any(map(catching.clause, self._framework())):
            return

        def covered(info: FunctionInfo) -> bool:
            return any(map(catching.clause, self._function_clauses(info)))

        yield from self._graph.ways_out(call.info, named(call.frame).module, catching.attempt, covered, self._entered)

    def _entered(self, info: FunctionInfo) -> bool:
        return self._entrances.of(info) in (Entrance.VIEW, Entrance.WEBHOOK, Entrance.TASK)

    def _entrance(self, way: Way) -> Entrance:
        if way.info is None:
            return Entrance.VIEW
        return self._entrances.of(way.info)

    # What stands around a whole function

    def _function_clauses(self, info: FunctionInfo) -> tuple[Clause, ...]:
        found = self._around.get(info)
        if found is None:
            self._around[info] = ()
            found = self._around[info] = (*self._of_decorators(info), *self._of_class(info))
        return found

    def _of_decorators(self, info: FunctionInfo) -> Iterator[Clause]:
        frame = Frame(info.module, None, ())
        for decorator in info.node.decorators:
            scope = State(dict(self._flow.module_globals(info.module)))
            func = decorator.func if isinstance(decorator, facts.Call) else decorator
            for ref in self._flow.evaluate(func, frame, scope).refs:
                for inner in self._flow.opened(ref, frame, scope).refs if isinstance(ref, ImportRef) else (ref,):
                    if isinstance(inner, FunctionRef):
                        yield from self._flow.around(inner.info, calling(_parameters(inner.info.node)))
                    elif isinstance(inner, ClassRef):
                        method = self._flow.method(inner.info, "__call__")
                        if method is not None:
                            yield from self._flow.around(method, _calls_something)
            if isinstance(decorator, facts.Call):
                yield from self._retried(decorator, frame, scope)

    def _retried(self, decorator: facts.Call, frame: Frame, scope: State) -> Iterator[Clause]:
        """A queue that is told which errors to try again on catches them."""
        for argument in decorator.arguments:
            if argument.keyword in ("autoretry_for", "retry_on", "retry_for"):
                value = self._flow.evaluate(argument.value, frame, scope)
                yield Clause(tuple(self._flow.error_names(value, frame, scope)))

    def _of_class(self, info: FunctionInfo) -> Iterator[Clause]:
        """A mixin's `dispatch` that tries its super's, or a class's own way with exceptions, stands around its methods."""
        if info.owner is None:
            return
        for owner in self._lineage(info.owner):
            for method in owner.methods.values():
                if method.name == "handle_exception":
                    yield Clause(("Exception",))
                elif method is not info and method.name in ("dispatch", "__call__", "run", "execute", "handle", "perform"):
                    yield from self._flow.around(method, _calls_super(method.name))

    def _lineage(self, owner: ClassInfo, depth: int = 0) -> Iterator[ClassInfo]:
        yield owner
        if depth < 6:
            for base in self._flow.bases(owner):
                if isinstance(base, ClassRef) and base.info is not owner:
                    yield from self._lineage(base.info, depth + 1)

    # What stands around every view

    def _framework(self) -> tuple[Clause, ...]:
        if self._registered is None:
            self._registered = tuple(clause for module in self._modules for clause in self._registrations(module))
        return self._registered

    def _registrations(self, module: ModuleInfo) -> Iterator[Clause]:
        """Yield what the handlers catch that a module gives to its framework."""
        frame = Frame(module, None, ())
        for node in walk(module.facts.body):
            if isinstance(node, facts.Call) and decorator_name(node) in _REGISTRATIONS and node.arguments:
                value = self._flow.evaluate(node.arguments[0].value, frame, State(dict(self._flow.module_globals(module))))
                if value.constants is None:
                    yield Clause(tuple(self._flow.error_names(value, frame, State({}))))
            elif isinstance(node, facts.Function):
                if node.name == "process_exception" and any(item.name == "exception" for item in node.parameters):
                    yield Clause(("Exception",))
                passed = {item.name for item in node.parameters} & _PASSED_ON
                if passed and len(node.parameters) > 1:
                    info = next((item for item in module.functions.values() if item.node is node), None)
                    if info is not None:
                        yield from self._flow.around(info, calling(frozenset(passed)))


_RANK = {Entrance.VIEW: 0, Entrance.HOOK: 0, Entrance.TASK: 1, Entrance.COMMAND: 1, Entrance.NONE: 2, Entrance.WEBHOOK: 3}
_LEAVES = {
    Entrance.VIEW: " unhandled.",
    Entrance.HOOK: " unhandled.",
    Entrance.TASK: ", a job that fails with it.",
    Entrance.COMMAND: ", a command that ends with it.",
}


def remote(event: CallEvent) -> CallModel | None:
    """Return the model by which a call goes to a processor over the network, or None."""
    for model in event.models:
        if model.remote or (model.http and model.processor):
            return model
    return None


def kind_of(model: CallModel) -> str:
    """Return "changes" for a call that asks the processor to change something, else "reads"."""
    if model.remote:
        return "changes" if model.remote == "change" else "reads"
    return "changes" if model.http != "get" and not any(word in model.note for word in _QUIET) else "reads"


def _parameters(node: facts.Function) -> frozenset[str]:
    """Return the names of the parameters of a function and of those inside it."""
    inner = [item for item in walk(node.body) if isinstance(item, facts.Function)]
    return frozenset(parameter.name for item in (node, *inner) for parameter in item.parameters if not parameter.star)


def _calls_something(body: list[facts.Stmt]) -> bool:
    return any(isinstance(node, facts.Call) and isinstance(node.func, facts.Attribute) for node in walk(body))


def _calls_super(name: str) -> Holds:
    def holds(body: list[facts.Stmt]) -> bool:
        return any(
            isinstance(node, facts.Attribute) and node.name == name and isinstance(node.value, facts.Call) for node in walk(body)
        )

    return holds
