"""Does a call that moves money carry an idempotency key that survives the application's own repeats?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Confidence, Place, Rule, Severity, Step, Verdict
from payproof.scan.flow.state import CallEvent, applicable
from payproof.scan.models import CallModel, Models
from payproof.scan.program import Program
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.key_faults import Answer, classify
from payproof.scan.shapes.key_places import hidden, placed, posts_of
from payproof.scan.shapes.key_reuse import Keyed, loop_fault, reused
from payproof.scan.shapes.repeats import Repeat, repeat_of, retries
from payproof.scan.values import External

FAULTS = ("missing", "retried", "unreferenced", "unstable", "ephemeral", "shared", "reused", "misplaced", "outlived")

_EFFECTS = {
    "charge": "charges money",
    "capture": "captures money",
    "refund": "refunds money",
    "payout": "pays money out",
    "transfer": "transfers money",
    "invoice": "pays an invoice",
    "subscription": "starts a subscription",
    "intent": "creates an intent to pay",
    "update": "moves a payment on",
    "cancel": "cancels a payment",
    "post": "sends a payment request",
}

_PRIMARY = frozenset({"charge", "refund", "payout", "transfer", "invoice", "subscription", "intent", "post"})


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """One way of reaching a call: what it means, and what is to be said of its key."""

    event: CallEvent
    model: CallModel
    answer: Answer
    repeat: Repeat | None
    """How whatever the function was handed to repeats it, where that is what makes the call."""
    refers: bool
    """True for processors that take no key, but a reference of the caller's."""

    @property
    def moves(self) -> str:
        return self.model.money or ("post" if self.model.http else "")


class KeyShape(Shape):
    name = "key"
    asks = {"fault": FAULTS, "of": ("money", "creates", "changes")}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._asked: dict[tuple[Place, str], list[_Asked]] = {}
        self._keyed: dict[Place, list[Keyed]] = {}

    def on_call(self, event: CallEvent) -> None:
        for handed in _handed_over(event, self.models):
            again = retries(event.path.removesuffix("()"))
            self._ask(handed, Repeat(f"{event.path.removeprefix('?.')} retries it", True) if again else None)
        self._ask(event)

    def _ask(self, event: CallEvent, known: Repeat | None = None) -> None:
        for model in event.models:
            asked_of = self._completed(event, model)
            if asked_of is not None:
                answer = self._answer(event, asked_of)
                item = _Asked(event, asked_of, answer, known, not asked_of.keys)
                self._asked.setdefault((event.place, _group(asked_of)), []).append(item)
                return

    def _completed(self, event: CallEvent, model: CallModel) -> CallModel | None:
        """Return the model of a call that is asked for its key, a raw HTTP call's with what its processor wants."""
        if model.http:
            posts = posts_of(event, model, self.models)
            if posts is None:
                return None
            return dataclasses.replace(
                model,
                keys=model.keys or posts.keys,
                misplaced=model.misplaced or posts.misplaced,
                references=posts.references,
                keeps=posts.keeps,
            )
        asked_for = model.keys or model.references
        return model if asked_for and (model.money or model.creates) else None

    def _answer(self, event: CallEvent, model: CallModel) -> Answer:
        if any(spec.startswith("params:") and placed(event, spec) is not None for spec in model.misplaced):
            # A field of the body that the processor does not know; a key in its right place does not mend it.
            return Answer("misplaced", _misplaced("params:", model))
        for spec in model.keys or model.references:
            value = placed(event, spec)
            if value is not None:
                answer = classify(value, event, self.program)
                if answer.fault != "missing" and model.keys:
                    self._keyed.setdefault(event.place, []).append(Keyed(event, value))
                # A reference of the caller's is not sent again by any retry of the SDK's: it may be made where it is used.
                return answer if model.keys or answer.fault == "missing" else Answer("")
        for spec in model.misplaced:
            if placed(event, spec) is not None:
                return Answer("misplaced", _misplaced(spec, model))
        closed = any(item.star == "**" and not item.value.sealed for item in event.arguments)
        closed = closed or any(hidden(event, spec) for spec in model.keys or model.references)
        return Answer("", open=True) if closed else Answer("missing")

    def found(self) -> list[Found]:
        made: list[Found] = []
        twice = dict(self._reused())
        for (place, group), items in sorted(self._asked.items(), key=lambda item: (item[0][0], item[0][1])):
            # A way of reaching the call through a caller knows more than the bare function with unknown parameters.
            chosen = [item for item in items if not item.answer.open] or items
            judged = _judged(place, chosen)
            for at, worst in judged.items():
                repeat = self._surest(items if len(judged) == 1 else [worst])
                for rule in self.rules:
                    if group in asked(rule, "of"):
                        found = self._found(rule, at, worst, repeat, twice.get(at))
                        made += [found] if found is not None else []
        return made

    def _reused(self) -> list[tuple[Place, Answer]]:
        """Return the calls whose key another operation carries as well, with what is to be said of them."""
        every = [item for items in self._keyed.values() for item in items]
        said = []
        for later, earlier in reused(every):
            message = (
                f"{later.operation} carries the key that {earlier.operation} was made with: the processor refuses it or replays."
            )
            steps = (Step(earlier.event.place, "first used here"), Step(later.event.place, "used again for another operation"))
            said.append((later.event.place, Answer("reused", message, steps)))
        for item in every:
            fault = loop_fault(item)
            if fault == "turns":
                message = (
                    f"Every turn of the loop calls {item.operation} with the same key: all but the first are refused or replayed."
                )
                said.append((item.event.place, Answer("reused", message)))
            elif fault == "attempts":
                message = "The number of the attempt is in the idempotency key: each attempt gets another key and acts again."
                said.append((item.event.place, Answer("unstable", message)))
        return said

    def _found(self, rule: Rule, place: Place, item: _Asked, repeat: Repeat | None, also: Answer | None) -> Found | None:
        """Return what one rule says of a call, or None where it does not ask of such a call."""
        fault = next(iter(asked(rule, "fault")))
        answer = also if also is not None and also.fault == fault and not item.answer.fault else item.answer
        processor = item.model.processor or processor_of(item.event.frame, self.models)
        again = repeat is not None and repeat.again
        actual = "unreferenced" if item.refers and answer.fault == "missing" else answer.fault
        if actual == "missing" and again and _group(item.model) == "money":
            actual = "retried"
        if not actual and repeat is not None and item.model.keeps and repeat.hours > item.model.keeps:
            actual, answer = "outlived", Answer("outlived", _outlived(repeat.hours, item.model))
        if not _asks(fault, item, again):
            return None
        if actual != fault:
            return self._innocent(rule, place, item, fault, processor)
        text = answer.message or self._bare(item, repeat, processor)
        severity, confidence = self._weight(rule, item, answer, repeat)
        return Found(
            rule, Verdict.VIOLATED, place, text, item.event.frame.subject, "", processor, answer.steps, severity, confidence
        )

    def _surest(self, items: Sequence[_Asked]) -> Repeat | None:
        """Return how the application repeats a call, by the surest of the ways that lead to it."""
        repeats = [item.repeat or repeat_of(item.event, self.program, self.models) for item in items]
        told = [repeat for repeat in repeats if repeat is not None]
        return max(told, key=lambda repeat: (repeat.again, repeat.hours), default=None)

    def _innocent(self, rule: Rule, place: Place, item: _Asked, fault: str, processor: str) -> Found:
        name = item.event.path.removeprefix("?.")
        subject = item.event.frame.subject
        if item.answer.open and fault in ("missing", "unreferenced", "retried"):
            reason = "whether a key is passed depends on callers that were not seen"
            return Found(rule, Verdict.UNKNOWN, place, f"{name} takes its key from elsewhere.", subject, reason, processor)
        return Found(rule, Verdict.HOLDS, place, f"{name} is not affected.", subject, "", processor)

    def _bare(self, item: _Asked, repeat: Repeat | None, processor: str) -> str:
        name = item.event.path.removeprefix("?.")
        effect = _EFFECTS.get(item.moves, "creates an object")
        if item.refers:
            text = f"{name} {effect} with nothing by which {processor or 'the processor'}, which takes no key, knows a repeat"
        else:
            text = f"{name} {effect} without an idempotency key of the application's"
        if repeat is None:
            return f"{text}: a second run of this code acts a second time."
        return f"{text}; it can run again ({repeat.words}) and then acts twice."

    def _weight(self, rule: Rule, item: _Asked, answer: Answer, repeat: Repeat | None) -> tuple[Severity, Confidence]:
        """Weigh a finding by what the call does and by how surely it is made again."""
        severity, confidence = rule.severity, answer.confidence or rule.confidence
        if repeat is None and item.moves not in _PRIMARY:
            severity = min(severity, Severity.MEDIUM)
        if answer.fault == "missing" and item.model.creates and repeat is not None and repeat.again:
            severity, confidence = Severity.MEDIUM, Confidence.MEDIUM
        if not item.model.certain and not item.model.http:
            confidence = min(confidence, Confidence.MEDIUM)
        return severity, confidence


def _judged(place: Place, ways: Sequence[_Asked]) -> dict[Place, _Asked]:
    """Return where a call is judged, and by which way of reaching it.

    A call that no caller gives what it needs is judged itself; where some do, the callers that do not are.
    """
    faulty = [way for way in ways if way.answer.fault]
    if not faulty or len(faulty) == len(ways):
        return {place: (faulty or ways)[0]}
    sound = next(way for way in ways if not way.answer.fault)
    found = {place: sound}
    for way in faulty:
        found.setdefault(way.event.frame.call_place or place, way)
        if way.event.frame.call_place is None:
            found[place] = way
    return found


def _group(model: CallModel) -> str:
    if model.guarded:
        return "changes"
    return "creates" if model.creates else "money"


def _asks(fault: str, item: _Asked, again: bool) -> bool:
    """Return whether a fault can be one of such a call at all."""
    if fault == "retried":
        return again and not item.refers
    if fault == "missing":
        return not item.refers and not (again and _group(item.model) == "money")
    return item.refers if fault == "unreferenced" else not item.refers


def _misplaced(spec: str, model: CallModel) -> str:
    where, _, name = spec.partition(":")
    wanted = model.keys[0].partition(":")[2] if model.keys else ""
    if where == "params":
        return "The idempotency key is passed among the parameters: it goes into the body; the header gets a random one."
    if where == "metadata":
        return "The idempotency key stands in the metadata, where it protects nothing: it belongs into the request's options."
    if where == "header":
        return f"The header {name} means nothing to {model.processor}: a key is read from {wanted}."
    return (
        f"The idempotency key is passed as {name} in the {where}, where {model.processor} does not look for it; {wanted} is read."
    )


def _outlived(hours: float, model: CallModel) -> str:
    return (
        f"Retries go on for {hours:.0f} hours; {model.processor} keeps a key for {model.keeps} hours:"
        " a retry after that acts again, though it carries the same key."
    )


def _handed_over(event: CallEvent, models: Models) -> list[CallEvent]:
    """Return the calls of a processor's functions that are handed to something else to call, with their arguments."""
    made = []
    for index, passed in enumerate(event.arguments):
        if passed.star or passed.name not in (None, "func", "fn", "target", "f"):
            continue
        for ref in passed.value.refs:
            if isinstance(ref, External) and "." in ref.path and not ref.path.endswith(("()", "#", "[]")):
                rest = event.arguments[index + 1 :]
                meant = applicable(models.call(ref.path, event.frame.module.context), rest)
                if any(model.keys and model.certain for model in meant):
                    made.append(dataclasses.replace(event, path=ref.path, models=meant, arguments=rest))
    return made
