"""What is made of a processor's error where it is caught: what a customer is told of it, and which error is expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.callgraph import named
from payproof.scan.catching import Catching
from payproof.scan.entrances import Entrance, Entrances
from payproof.scan.flow.clauses import Attempt, Clause
from payproof.scan.flow.state import CallEvent, Frame
from payproof.scan.flow.statements import Flow
from payproof.scan.models import CallModel, Models
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.reactions import call_name
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handled import remote

FAULTS = ("decline-reason", "processor-text", "conflict-missed")

_ANSWERS = frozenset(
    """
    jsonify make_response JsonResponse HttpResponse HttpResponseBadRequest Response JSONResponse HTMLResponse render
    render_template flash HTTPException ValidationError PlainTextResponse abort
    """.split()
)
_WORDS = frozenset({"message", "_message", "detail"})


class ToldShape(Shape):
    name = "told"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._tried: dict[int, tuple[Attempt, Frame, CallModel]] = {}
        self._entrances = Entrances(Flow(program, models, ()), models)

    def on_call(self, event: CallEvent) -> None:
        model = remote(event)
        if model is None:
            return
        for frame in event.frame.chain():
            for attempt in frame.attempts:
                if isinstance(attempt.node, facts.Try):
                    self._tried.setdefault(id(attempt.node), (attempt, named(frame), model))

    # What it comes to

    def found(self) -> list[Found]:
        made: list[Found] = []
        for attempt, frame, model in self._tried.values():
            for rule in self.rules:
                fault = next(iter(asked(rule, "fault")))
                if fault == "conflict-missed":
                    made.extend(self._conflict(rule, attempt, frame, model))
                elif frame.info is not None and self._answers_customers(frame.info):
                    made.extend(self._told(rule, fault, attempt, frame, model))
        return made

    def _answers_customers(self, info: FunctionInfo) -> bool:
        return self._entrances.of(info) in (Entrance.VIEW, Entrance.HOOK)

    def _site(self, rule: Rule, frame: Frame, model: CallModel, span: facts.Span, text: str) -> Found:
        place = Place(frame.module.path, *span)
        processor = model.processor or processor_of(frame, self.models)
        verdict = Verdict.VIOLATED if text else Verdict.HOLDS
        return Found(rule, verdict, place, text or "The customer is told no more than is right.", frame.subject, "", processor)

    def _told(self, rule: Rule, fault: str, attempt: Attempt, frame: Frame, model: CallModel) -> Iterator[Found]:
        catching = Catching(model, self.models)
        for clause in attempt.clauses:
            if clause.body is None or not clause.name or not catching.clause(clause):
                continue
            at = (clause.span[0], clause.span[1], clause.span[0], clause.span[1] + len("except"))
            shown = _decline_shown(clause) if fault == "decline-reason" else _text_shown(clause)
            text = (
                "The customer is told the issuer's reason, also where a card is lost, stolen or suspected of fraud."
                if fault == "decline-reason"
                else "The customer is shown the text of an error as it came: it may name keys, parameters and accounts."
            )
            yield self._site(rule, frame, model, shown or at, text if shown is not None else "")

    def _conflict(self, rule: Rule, attempt: Attempt, frame: Frame, model: CallModel) -> Iterator[Found]:
        names = [(clause, {path.rsplit(".", 1)[-1] for path in clause.paths}) for clause in attempt.clauses]
        expecting = next((clause for clause, last in names if "IdempotencyError" in last), None)
        if expecting is None or model.processor != "stripe":
            return
        wider = any(last & {"APIError", "StripeError", "Exception", "BaseException"} for _, last in names)
        text = (
            "IdempotencyError is expected here and APIError is not: the SDK raises APIError while another request with the same "
            "key is under way (HTTP 409)."
        )
        span = (expecting.span[0], expecting.span[1], expecting.span[0], expecting.span[1] + len("except"))
        yield self._site(rule, frame, model, span, "" if wider else text)


def _answers(clause: Clause) -> Iterator[object]:
    """Yield what a handler answers with: what it returns, and what it hands to a framework's answers."""
    for node in walk(clause.body):
        if isinstance(node, facts.Return) and node.value is not None:
            yield node.value
        elif isinstance(node, facts.Call):
            name = call_name(node)
            if name.rsplit(".", 1)[-1] in _ANSWERS or name.startswith("messages."):
                yield node


def _decline_shown(clause: Clause) -> facts.Span | None:
    """Return where the issuer's reason goes into an answer as it is; None where it is chosen from or compared first."""
    chosen: set[int] = set()
    for node in walk(clause.body):
        if isinstance(node, (facts.If, facts.Conditional, facts.Match)):
            test = node.subject if isinstance(node, facts.Match) else node.test
            if any(_is_reason(item) for item in walk(test)):
                return None
        elif isinstance(node, facts.Subscript):
            chosen.update(id(item) for item in walk(node.index))
        elif isinstance(node, facts.Call) and not _puts_together(node):
            chosen.update(id(item) for item in walk(node.arguments))
    for answer in _answers(clause):
        for node in walk(answer):
            if isinstance(node, facts.Attribute) and _is_reason(node) and id(node) not in chosen:
                return node.span
    return None


def _is_reason(node: object) -> bool:
    return isinstance(node, facts.Attribute) and node.name == "decline_code"


def _puts_together(node: facts.Call) -> bool:
    """Return whether a call shows what it is given: a framework's answer, or a text made of it."""
    last = call_name(node).rsplit(".", 1)[-1]
    return last in _ANSWERS or last in ("str", "format", "error", "warning", "dict")


def _text_shown(clause: Clause) -> facts.Span | None:
    """Return where the text of a caught error goes into an answer."""
    for answer in _answers(clause):
        for node in walk(answer):
            if isinstance(node, facts.Call) and call_name(node) in ("str", "repr") and node.arguments:
                if _is_name(node.arguments[0].value, clause.name):
                    return node.span
            elif isinstance(node, facts.Attribute) and node.name in _WORDS and _is_name(node.value, clause.name):
                return node.span
            elif isinstance(node, facts.Joined) and any(_is_name(part, clause.name) for part in node.parts):
                return clause.span[0], clause.span[1], clause.span[0], clause.span[1] + len("except")
    return None


def _is_name(node: object, name: str) -> bool:
    return isinstance(node, facts.Name) and node.id == name
