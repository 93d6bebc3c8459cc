"""Is the answer of a processor read before it is taken for a yes?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.callgraph import CallGraph, Edge, attempts_at, named
from payproof.scan.catching import Catching, everything
from payproof.scan.flow.clauses import Attempt
from payproof.scan.flow.state import CallEvent, FollowEvent, Frame
from payproof.scan.models import CallModel, Models
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.reactions import following, names_outside, quiet
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handled import remote
from payproof.scan.uses import Use, of_name, use_of

FAULTS = ("unread", "unauthenticated", "none", "status")

_STATUS = frozenset({"status_code", "ok", "raise_for_status", "is_success", "is_error", "status", "reason", "is_client_error"})
_NEXT_STEP = frozenset({"status", "next_action", "client_secret", "last_payment_error"})


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Answered:
    """One call whose answer matters, as it was met."""

    event: CallEvent
    model: CallModel
    frame: Frame
    attempts: tuple[Attempt, ...]

    @property
    def name(self) -> str:
        return self.event.path.removeprefix("?.")

    @property
    def body(self) -> list[facts.Stmt]:
        return self.frame.info.node.body if self.frame.info is not None else self.frame.module.facts.body

    def use(self) -> Use:
        """Return what is done with the answer; where it is discarded, what is done with the object that was asked."""
        place = self.event.place
        if place.path != self.frame.module.path:
            return Use(handed=True)
        span = (place.line, place.column, place.end_line, place.end_column)
        use = use_of(self.body, span)
        owner = next((owner for node in walk(self.body) if (owner := _asked_object(node, span)) is not None), None)
        if use.discarded and isinstance(owner, facts.Name):
            of_owner = of_name(self.body, owner.id)
            return dataclasses.replace(use, reads=of_owner.reads)
        return use


class OutcomeShape(Shape):
    name = "outcome"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._answers: dict[Place, _Answered] = {}
        self._graph = CallGraph()
        self._wrappers: dict[FunctionInfo, _Answered] = {}

    def on_follow(self, event: FollowEvent) -> None:
        self._graph.on_follow(event)

    def on_call(self, event: CallEvent) -> None:
        model = remote(event)
        if model is None:
            return
        frame = named(event.frame)
        answered = _Answered(event, model, frame, attempts_at(event.frame))
        self._answers.setdefault(event.place, answered)
        if frame.info is not None:
            self._wrappers.setdefault(frame.info, answered)

    # What it comes to

    def found(self) -> list[Found]:
        judges = {"unread": self._unread, "unauthenticated": self._unauthenticated, "status": self._status}
        made: list[Found] = []
        for rule in self.rules:
            fault = next(iter(asked(rule, "fault")))
            if fault == "none":
                made.extend(self._none(rule))
                continue
            for _, answered in sorted(self._answers.items(), key=lambda item: item[0]):
                made.extend(judges[fault](rule, answered))
        return made

    def _site(
        self,
        rule: Rule,
        answered: _Answered,
        text: str,
        place: Place | None = None,
        steps: tuple[Step, ...] = (),
        low: bool = False,
    ) -> Found:
        verdict = Verdict.VIOLATED if text else Verdict.HOLDS
        processor = answered.model.processor or processor_of(answered.frame, self.models)
        text = text or f"What {answered.name} answers is read."
        at = place or answered.event.place
        confidence = Confidence.LOW if low else None
        return Found(rule, verdict, at, text, answered.frame.subject, "", processor, steps, confidence=confidence)

    def _unread(self, rule: Rule, answered: _Answered) -> Iterator[Found]:
        model = answered.model
        outcomes = [item for candidate in answered.event.models for item in candidate.outcome]
        if not outcomes:
            return
        use = answered.use()
        read = bool(use.reads & set(outcomes)) or (not use.discarded and (use.handed or use.tested))
        text = (
            f"{answered.name} answers with a result also where it was refused, and nobody reads {outcomes[0]}: a refusal is "
            "taken for a success."
        )
        yield self._site(rule, answered, "" if read else text, low=not model.answers)

    def _unauthenticated(self, rule: Rule, answered: _Answered) -> Iterator[Found]:
        event = answered.event
        if not _confirms(event):
            return
        use = answered.use()
        read = bool(use.reads & _NEXT_STEP) or (not use.discarded and (use.handed or use.tested))
        text = (
            f"{answered.name} confirms a payment, and nobody asks whether it succeeded: one that waits for the customer's "
            "authentication raises nothing and looks the same."
        )
        yield self._site(rule, answered, "" if read else text)

    # The status of a plain HTTP answer

    def _status(self, rule: Rule, answered: _Answered) -> Iterator[Found]:
        if not answered.model.http or everything(clause for attempt in answered.attempts for clause in attempt.clauses):
            return
        place = answered.event.place
        span = (place.line, place.column, place.end_line, place.end_column)
        chained = next(
            (
                node
                for node in walk(answered.body)
                if isinstance(node, facts.Attribute) and _parses(node) and _spans(node.value, span)
            ),
            None,
        )
        if chained is None:
            use = answered.use()
            if "json" not in use.reads or use.handed or use.reads & _STATUS:
                return
            parsed = [node for node in walk(answered.body) if isinstance(node, facts.Call) and _parses_name(node, use.name)]
        else:
            parsed = [node for node in walk(answered.body) if isinstance(node, facts.Call) and node.func is chained]
        for node in parsed[:1]:
            read = use_of(answered.body, node.span)
            blind = not read.tested and not read.handed and bool(read.reads)
            text = f"What {answered.name} answered is parsed and read, and neither its status nor a field is asked if it worked."
            yield self._site(rule, answered, text if blind else "")

    # A wrapper that answers None

    def _none(self, rule: Rule) -> Iterator[Found]:
        for info, answered in self._wrappers.items():
            if not any(self._gives_none(info, attempt, answered.model) for attempt in answered.attempts):
                continue
            for edge in self._graph.callers(info):
                yield from self._unasked(rule, info, answered, edge)

    def _gives_none(self, info: FunctionInfo, attempt: Attempt, model: CallModel) -> bool:
        """Return whether a function answers None when the call in its `try` fails, and something else when it works."""
        node = attempt.node
        if not isinstance(node, facts.Try) or not any(item is node for item in walk(info.node.body)):
            return False
        catching = Catching(model, self.models)
        outside = names_outside(info.node.body, node)
        rest = list(following(info.node.body, node))
        named_result = next((_returned_name(statement) for statement in rest if isinstance(statement, facts.Return)), "")
        works = any(isinstance(item, facts.Return) and _something(item) for item in walk([node.body, node.orelse])) or (
            bool(named_result) and _preset(info, named_result)
        )
        if not works:
            return False
        for clause in attempt.clauses:
            if clause.body is None or not catching.clause(clause):
                continue
            ends = [item for item in walk(clause.body) if isinstance(item, (facts.Return, facts.Raise))]
            if all(isinstance(item, facts.Return) and not _something(item) for item in ends):
                silent = bool(ends) or (quiet(clause.body, outside) and (not rest or bool(named_result)))
                if silent:
                    return True
        return False

    def _unasked(self, rule: Rule, info: FunctionInfo, answered: _Answered, edge: Edge) -> Iterator[Found]:
        if edge.place is None or edge.info is None or edge.place.path != edge.module.path or edge.module.test_code:
            return
        span = (edge.place.line, edge.place.column, edge.place.end_line, edge.place.end_column)
        use = use_of(edge.info.node.body, span)
        blind = bool(use.name) and bool(use.reads) and not use.tested
        caught = any(everything(attempt.clauses) for attempt in edge.attempts)
        place = Place(edge.module.path, *use.first) if blind else edge.place
        text = f"{info.name} gives None when its call fails, and {edge.info.name} reads {use.name} without asking."
        steps = (Step(edge.place, f"{info.name} is called here"),)
        verdict = Verdict.VIOLATED if blind and not caught else Verdict.HOLDS
        processor = answered.model.processor
        yield Found(
            rule, verdict, place, text if blind else f"What {info.name} gives is asked.", edge.info.qualname, "", processor, steps
        )


def _asked_object(node: object, span: facts.Span) -> facts.Expr | None:
    """Return the object whose method the call at `span` is."""
    if isinstance(node, facts.Call) and node.span == span and isinstance(node.func, facts.Attribute):
        return node.func.value
    return None


def _spans(node: object, span: facts.Span) -> bool:
    inner = node.value if isinstance(node, facts.Awaited) else node
    return isinstance(inner, facts.Call) and inner.span == span


def _parses(node: facts.Attribute) -> bool:
    return node.name == "json"


def _parses_name(node: facts.Call, name: str) -> bool:
    func = node.func
    return isinstance(func, facts.Attribute) and _parses(func) and isinstance(func.value, facts.Name) and func.value.id == name


def _confirms(event: CallEvent) -> bool:
    """Return whether a call confirms a PaymentIntent in a way that may end in a wait for the customer."""
    parts = event.path.replace("#", "").replace("_async", "").split(".")
    intent = any(part in ("PaymentIntent", "payment_intents") for part in parts)
    if not intent or not event.models:
        return False
    holders = [value for value in (event.argument("params"),) if value is not None and value.fields is not None]

    def given(name: str) -> bool:
        values = [event.argument(name), *((holder.fields or {}).get(name) for holder in holders)]
        return any(value is not None and value.constants is not None and True in value.constants for value in values)

    if given("off_session") or given("error_on_requires_action"):
        return False
    return parts[-1] == "confirm" or (parts[-1] == "create" and given("confirm"))


def _something(node: facts.Return) -> bool:
    return node.value is not None and not (isinstance(node.value, facts.Literal) and node.value.value is None)


def _returned_name(node: facts.Return) -> str:
    return node.value.id if isinstance(node.value, facts.Name) else ""


def _preset(info: FunctionInfo, name: str) -> bool:
    """Return whether a function sets a name to None somewhere."""
    return any(
        isinstance(node, facts.Assign)
        and isinstance(node.value, facts.Literal)
        and node.value.value is None
        and any(isinstance(target, facts.Name) and target.id == name for target in node.targets)
        for node in walk(info.node.body)
    )
