"""Does something sensitive reach a place that shows or keeps it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import CallEvent, Passed
from payproof.scan.models import SINKS, CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, in_webhook, processor_of
from payproof.scan.values import PAYLOAD, SENSITIVE, Label

_LABELS = tuple(sorted(SENSITIVE))
_NOT_SHOWN = frozenset({"exc_info", "stack_info", "stacklevel", "level", "file", "end", "sep", "flush"})

WORDS = {
    "card-number": "a card number",
    "card-code": "a card verification code",
    "card-object": "card data",
    "track": "track or PIN data",
    "client-secret": "a client secret",
    "processor-secret": "a processor secret",
    "processor-object": "a whole processor object",
    "request-body": "a raw webhook body",
    "request-data": "a webhook payload",
}

VERBS = {
    "log": "reaches a log",
    "print": "is printed",
    "tracker": "reaches an exception tracker",
    "file": "is written to a file",
    "storage": "is stored",
    "email": "is sent by e-mail",
    "exception": "ends up in an exception message",
}


class FlowShape(Shape):
    name = "flow"
    asks = {"labels": _LABELS, "sinks": SINKS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place, Place | None], Found] = {}

    def on_call(self, event: CallEvent) -> None:
        for model in event.models:
            if model.sink:
                self._judge(event, model)

    def _judge(self, event: CallEvent, model: CallModel) -> None:
        labels = {label for passed in _shown(event.arguments, model) for label in passed.value.deep_labels()}
        for rule in self.rules:
            if model.sink not in asked(rule, "sinks"):
                continue
            if model.sink == "storage" and self._masked_on_save(event):
                continue
            met = sorted(
                (label for label in labels if label.kind in asked(rule, "labels") and self._counts(label, event)),
                key=lambda label: (label.kind, label.place),
            )
            if met:
                self._add(rule, event, model, met[0])
            elif event.frame.module.surface:
                self._sites.setdefault((rule.id, event.place, None), _holds(rule, event))

    def _masked_on_save(self, event: CallEvent) -> bool:
        """Return whether the table that is written to masks in its own `save`."""
        segments = event.path.split(".")
        table = segments[segments.index("objects") - 1] if "objects" in segments[1:] else ""
        return any(_masks(info.methods["save"]) for info in self.program.classes_named(table) if "save" in info.methods)

    def _counts(self, label: Label, event: CallEvent) -> bool:
        # What a client sent is sensitive as a whole only where a processor sends it; its card fields have labels of their own.
        return label.kind not in PAYLOAD or in_webhook(event.frame, self.models)

    def _add(self, rule: Rule, event: CallEvent, model: CallModel, label: Label) -> None:
        # A helper that shows what it is given is judged once for each place that hands it something sensitive.
        via = event.frame.call_place if any(step.place == event.frame.call_place for step in label.steps) else None
        known = self._sites.get((rule.id, event.place, via))
        if known is not None and known.verdict is Verdict.VIOLATED:
            return
        what = WORDS.get(label.kind, label.kind)
        message = f"{what[0].upper()}{what[1:]} {VERBS[model.sink]}: {label.note}."
        place = Place(event.place.path, label.place.line) if not label.place.path else label.place
        steps = (Step(place, label.note), *label.steps, Step(event.place, VERBS[model.sink]))
        confidence = Confidence.MEDIUM if label.kind in PAYLOAD else rule.confidence
        self._sites[(rule.id, event.place, via)] = Found(
            rule,
            Verdict.VIOLATED,
            event.place,
            message,
            subject=event.frame.subject,
            processor=processor_of(event.frame, self.models),
            steps=steps,
            confidence=min(confidence, rule.confidence),
        )

    def found(self) -> list[Found]:
        broken = {(rule, place) for (rule, place, _), found in self._sites.items() if found.verdict is Verdict.VIOLATED}
        whole = {
            place for (_, place, _), found in self._sites.items() if found.verdict is Verdict.VIOLATED and _of_objects(found.rule)
        }
        kept = []
        for (rule, place, _), found in self._sites.items():
            if found.verdict is Verdict.HOLDS and (rule, place) in broken:
                continue
            # One sink that shows a body and the object made of it is one fault.
            if found.verdict is Verdict.VIOLATED and place in whole and _of_bodies(found.rule):
                continue
            kept.append(found)
        return kept


def _masks(info: FunctionInfo) -> bool:
    names = {
        getattr(node, "name", getattr(node, "id", ""))
        for node in walk(info.node.body)
        if isinstance(node, (facts.Attribute, facts.Name))
    }
    return any({"mask", "masked", "redact", "redacted", "scrub", "sanitize", "sub"} & set(tokens(name)) for name in names)


def _of_objects(rule: Rule) -> bool:
    return "processor-object" in asked(rule, "labels")


def _of_bodies(rule: Rule) -> bool:
    return "request-body" in asked(rule, "labels") and not _of_objects(rule)


def _shown(arguments: Iterable[Passed], model: CallModel) -> list[Passed]:
    plain = 0
    kept = []
    for passed in arguments:
        if passed.name is None:
            index, plain = plain, plain + 1
            if index < model.sink_from or (model.sink_only and str(index) not in model.sink_only):
                continue
        elif passed.name in _NOT_SHOWN or (model.sink_only and passed.name not in model.sink_only):
            continue
        kept.append(passed)
    return kept


def _holds(rule: Rule, event: CallEvent) -> Found:
    return Found(rule, Verdict.HOLDS, event.place, "Nothing sensitive was seen to reach this call.", subject=event.frame.subject)
