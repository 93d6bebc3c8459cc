"""Who may refund, how much, and what: refunds open to anybody or of anybody's order, of any amount, of a disputed charge."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.routes import is_route, name_of, takes_request
from payproof.scan.flow.state import CallEvent, CompareEvent, Frame, State
from payproof.scan.models import Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, named_for_webhooks, processor_of
from payproof.scan.shapes.access import Access, access_to, names_owner
from payproof.scan.shapes.clients import client_amount, money_words, server_side
from payproof.scan.shapes.handlers import looks_like_handler, start_of
from payproof.scan.values import Value

FAULTS = ("open", "uncapped", "disputed")

_DISPUTES = (
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "CUSTOMER.DISPUTE.CREATED",
    "dispute_opened",
    "CHARGEBACK",
)


@dataclasses.dataclass(slots=True)
class _Seen:
    """What was seen of one view."""

    info: FunctionInfo
    handler: bool
    refunds: dict[Place, CallEvent] = dataclasses.field(default_factory=dict)
    functions: set[FunctionInfo] = dataclasses.field(default_factory=set)
    capped: bool = False


class RefundShape(Shape):
    name = "refund"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}
        self._now: _Seen | None = None

    def wants(self, info: FunctionInfo) -> bool:
        module = info.module
        if module.test_code or not module.context & set(self.models.processors):
            return False
        if looks_like_handler(info, self.models):
            return any(
                "refund" in tokens(name_of(node)) for function in module.functions.values() for node in walk(function.node.body)
            )
        return (takes_request(info) or is_route(info)) and "refund" in money_words(info)

    def begin(self, info: FunctionInfo) -> None:
        self._now = _Seen(info, named_for_webhooks(info, self.models) or looks_like_handler(info, self.models), functions={info})

    def on_call(self, event: CallEvent) -> None:
        if self._now is None:
            return
        self._now.functions.update(frame.info for frame in event.frame.chain() if frame.info is not None)
        if is_refund(event):
            self._now.refunds[event.place] = event

    def on_compare(self, event: CompareEvent) -> None:
        if self._now is None or not event.operator:
            return
        for one, other in ((event.left, event.right), (event.right, event.left)):
            if client_amount(one) and server_side(other):
                self._now.capped = True

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        seen, self._now = self._now, None
        if seen is None:
            return
        for place, event in seen.refunds.items():
            if seen.handler:
                self._add("disputed", place, event, _disputed(event.frame, place), (), None)
            else:
                self._judge_view(seen, place, event)

    def _judge_view(self, seen: _Seen, place: Place, event: CallEvent) -> None:
        who = access_to(seen.info, self.program)
        steps = (Step(start_of(seen.info), "the view"), Step(place, "the refund"))
        message = ""
        if who is Access.ANYBODY:
            message = f"{seen.info.name} refunds for anybody who asks: nothing was seen to look who calls."
        elif who is Access.CUSTOMERS and not names_owner(seen.functions):
            message = f"{seen.info.name} refunds any order for any customer: nothing holds the order against who asks."
        self._add("open", place, event, message, steps, None)
        amount = next((label for passed in event.arguments if (label := client_amount(passed.value)) is not None), None)
        if amount is None:
            return
        text = (
            "" if seen.capped else f"The amount of the refund is what the request says ({amount.note}), with nothing to cap it."
        )
        # A processor refuses more than was captured, and staff may be meant to decide.
        confidence = Confidence.LOW if who is Access.STAFF else None
        self._add("uncapped", place, event, text, steps, confidence)

    def _add(
        self, fault: str, place: Place, event: CallEvent, message: str, steps: tuple[Step, ...], confidence: Confidence | None
    ) -> None:
        for rule in self.rules:
            if fault not in asked(rule, "fault"):
                continue
            known = self._sites.get((rule.id, place))
            if known is None or known.verdict is Verdict.HOLDS:
                verdict = Verdict.VIOLATED if message else Verdict.HOLDS
                text = message or "The refund is controlled, as far as can be seen."
                processor = processor_of(event.frame, self.models)
                subject = event.frame.subject
                self._sites[rule.id, place] = Found(
                    rule, verdict, place, text, subject, "", processor, steps, confidence=confidence
                )

    def found(self) -> list[Found]:
        return list(self._sites.values())


def is_refund(event: CallEvent) -> bool:
    """Return whether a call gives money back."""
    name = event.path.rsplit(".", 1)[-1]
    if any(model.http and model.processor and "refund" in model.note for model in event.models):
        return True
    named = "refund" in tokens(name) or "refunds" in tokens(event.path) or ".Refund." in event.path
    return named and any(model.money or model.gives == "refund-object" for model in event.models)


def _disputed(frame: Frame, place: Place) -> str:
    """Return what is wrong with a refund that is made because a dispute was opened, or ""."""
    at = place
    for item in frame.chain():
        if item.info is None:
            break
        if any(_within(node, at) and _speaks(node.test) for node in walk(item.info.node.body) if isinstance(node, facts.If)):
            return "A charge that is disputed is refunded as well: the money is lost twice."
        for node in walk(item.info.node.body):
            if isinstance(node, facts.Match):
                for case in node.cases:
                    spans = [span for part in walk(case.body) if (span := getattr(part, "span", None)) is not None]
                    spoken = any(literal.value in _DISPUTES for literal in case.literals)
                    if spoken and any(span[0] <= at.line <= span[2] for span in spans):
                        return "A charge that is disputed is refunded as well: the money is lost twice."
        if item.call_place is None:
            break
        at = item.call_place
    return ""


def _within(node: facts.If, at: Place) -> bool:
    """Return whether a place stands in the branch that a condition leads to."""
    spans = [span for part in walk(node.body) if (span := getattr(part, "span", None)) is not None]
    return any(span[0] <= at.line <= span[2] for span in spans)


def _speaks(test: facts.Expr) -> bool:
    """Return whether a condition asks for a dispute that was opened, and not for its outcome."""
    operators = {operator for node in walk(test) if isinstance(node, facts.Comparison) for operator in node.operators}
    told = any(isinstance(node, facts.Literal) and node.value in _DISPUTES for node in walk(test))
    return told and not operators & {"NotEqual", "NotIn"} and not {"not"} & set(map(name_of, walk(test)))
