"""How the application tries a failed payment again: with pauses, with an end, and only where it may succeed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.callgraph import named
from payproof.scan.catching import Catching
from payproof.scan.entrances import decorator_name
from payproof.scan.flow.clauses import Attempt, Clause
from payproof.scan.flow.state import CallEvent, Frame, State
from payproof.scan.flow.statements import Flow
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.reactions import call_name, leaves
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handled import kind_of, remote

FAULTS = ("no-pause", "no-end", "hard-decline")

_WAITING = frozenset({"sleep", "wait", "backoff", "delay", "pause", "countdown", "enqueue", "retry", "schedule"})
_TELLING = frozenset({"decline_code", "advice_code", "code", "should_retry", "http_status", "status_code", "reason"})
_EVERY = frozenset({"Exception", "BaseException", "StripeError", "CardError"})

_RAISING = frozenset({"stripe"})
"""Processors whose SDK raises an error for a decline; the others answer with a result."""


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """A call that changes something at a processor, in a loop that catches its errors."""

    place: Place
    path: str
    model: CallModel
    frame: Frame
    loop: facts.For | facts.While
    attempt: Attempt


class RepeatShape(Shape):
    name = "repeat"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._turns: dict[Place, _Turn] = {}
        self._decorated: dict[FunctionInfo, tuple[Place, str, CallModel, Frame]] = {}
        self._flow = Flow(program, models, ())

    def on_call(self, event: CallEvent) -> None:
        model = remote(event)
        if model is None or kind_of(model) != "changes":
            return
        for frame in event.frame.chain():
            if frame.info is not None and any("retry" in decorator_name(item) for item in frame.info.node.decorators):
                self._decorated.setdefault(frame.info, (event.place, event.path, model, event.frame))
            turn = self._turn(event, model, named(frame))
            if turn is not None:
                self._turns.setdefault(event.place, turn)
                return

    def _turn(self, event: CallEvent, model: CallModel, frame: Frame) -> _Turn | None:
        """Return the loop of one function that tries a call again: one whose `try` stands in it and lets it go on."""
        if frame.info is None or not frame.loops:
            return None
        loop = next((node for node in walk(frame.info.node.body) if _is_loop(node, frame.loops[-1])), None)
        if not isinstance(loop, (facts.For, facts.While)) or not _counts(loop):
            return None
        catching = Catching(model, self.models)
        for attempt in reversed(frame.attempts):
            inside = isinstance(attempt.node, facts.Try) and any(node is attempt.node for node in walk(loop.body))
            if inside and any(catching.clause(clause) and _goes_round(clause) for clause in attempt.clauses):
                return _Turn(event.place, event.path, model, frame, loop, attempt)
        return None

    # What it comes to

    def found(self) -> list[Found]:
        made: list[Found] = []
        for rule in self.rules:
            fault = next(iter(asked(rule, "fault")))
            for _, turn in sorted(self._turns.items(), key=lambda item: item[0]):
                made.extend(self._judge(rule, fault, turn))
            if fault == "hard-decline":
                made.extend(self._by_decorator(rule))
        return made

    def _site(self, rule: Rule, frame: Frame, model: CallModel, place: Place, text: str, steps: tuple[Step, ...] = ()) -> Found:
        verdict = Verdict.VIOLATED if text else Verdict.HOLDS
        processor = model.processor or processor_of(frame, self.models)
        return Found(rule, verdict, place, text or "The payment is tried again with care.", frame.subject, "", processor, steps)

    def _judge(self, rule: Rule, fault: str, turn: _Turn) -> Iterator[Found]:
        name = turn.path.removeprefix("?.")
        steps = (Step(_head(turn), "the loop that tries again"),)
        if fault == "no-pause":
            waits = any(isinstance(node, facts.Call) and _waits(node) for node in walk(turn.loop.body))
            text = f"{name} is tried again at once after it has failed: an outage or a rate limit is met with more calls."
        elif fault == "no-end":
            waits = _ends(turn)
            text = f"{name} is tried again for ever: nothing in this loop counts the attempts or gives up."
        else:
            clause = next((item for item in turn.attempt.clauses if _declines(item)), None)
            if clause is None or turn.model.processor not in _RAISING:
                return
            waits = not _goes_round(clause) or _reads_reason(clause)
            text = (
                f"{name} is tried again after every decline: a card that was lost, stolen or refused for good is charged again."
            )
        yield self._site(rule, turn.frame, turn.model, turn.place, "" if waits else text, steps if not waits else ())

    def _by_decorator(self, rule: Rule) -> Iterator[Found]:
        for info, (place, path, model, frame) in self._decorated.items():
            for decorator in info.node.decorators:
                if "retry" not in decorator_name(decorator) or not isinstance(decorator, facts.Call):
                    continue
                names = self._retried(decorator, info)
                if names is None or model.processor not in _RAISING:
                    continue
                text = f"{path.removeprefix('?.')} is tried again after every decline: the decorator asks for {', '.join(names)}."
                yield self._site(rule, frame, model, place, text if names else "")

    def _retried(self, decorator: facts.Call, info: FunctionInfo) -> list[str] | None:
        """Return the errors of declines that tenacity's `retry_if_exception_type` names, or None where it does not."""
        frame = Frame(info.module, None, ())
        for node in walk(decorator.arguments):
            if isinstance(node, facts.Call) and call_name(node).rsplit(".", 1)[-1] == "retry_if_exception_type":
                scope = State(dict(self._flow.module_globals(info.module)))
                names = [
                    name
                    for argument in node.arguments
                    for name in self._flow.error_names(self._flow.evaluate(argument.value, frame, scope), frame, scope)
                ]
                return [name for name in names if name.rsplit(".", 1)[-1] in _EVERY]
        return None


def _is_loop(node: object, span: facts.Span) -> bool:
    return isinstance(node, (facts.For, facts.While)) and node.span == span


def _counts(loop: facts.For | facts.While) -> bool:
    """Return whether a loop makes attempts; one over orders or customers goes on to the next of them."""
    if isinstance(loop, facts.While):
        return True
    return isinstance(loop.iterable, facts.Call) and call_name(loop.iterable) in ("range", "itertools.count", "count")


def _goes_round(clause: Clause) -> bool:
    """Return whether the loop goes on after an error that a clause has caught."""
    if clause.body is None or not clause.body or leaves(clause.body[-1:]):
        return clause.body is None
    last = clause.body[-1]
    return not isinstance(last, (facts.Return, facts.Raise)) and not (isinstance(last, facts.Jump) and last.kind == "break")


def _waits(node: facts.Call) -> bool:
    return bool(set(tokens(call_name(node).rsplit(".", 1)[-1])) & _WAITING)


def _ends(turn: _Turn) -> bool:
    """Return whether a loop can end by itself while every attempt fails."""
    loop = turn.loop
    if isinstance(loop, facts.For):
        return "count" not in call_name(loop.iterable)
    if not (isinstance(loop.test, facts.Literal) and loop.test.value):
        return True
    tried = {id(node) for node in walk(getattr(turn.attempt.node, "body", []))}
    leaving = (facts.Return, facts.Raise, facts.Jump)
    return any(
        isinstance(node, leaving) and id(node) not in tried and not (isinstance(node, facts.Jump) and node.kind != "break")
        for node in walk(loop.body)
    )


def _declines(clause: Clause) -> bool:
    return any(path.rsplit(".", 1)[-1] in _EVERY for path in clause.paths)


def _reads_reason(clause: Clause) -> bool:
    return any(isinstance(node, facts.Attribute) and node.name in _TELLING for node in walk(clause.body))


def _head(turn: _Turn) -> Place:
    span = turn.loop.span
    return Place(turn.frame.module.path, span[0], span[1], span[0], span[1] + 5)
