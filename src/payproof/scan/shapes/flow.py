"""Does something sensitive reach a place that shows or keeps it?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.holders import called_classes, reads_card_form
from payproof.scan.flow.state import AssignEvent, CallEvent, Frame
from payproof.scan.models import SINKS, CallModel, Models, card_word, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, in_webhook, processor_of
from payproof.scan.sinks import makes_row, of_processor, reaches
from payproof.scan.values import CARD, PAYLOAD, PERSONAL, SENSITIVE, Label

_LABELS = tuple(sorted(SENSITIVE | PERSONAL))

WORDS = {
    "card-number": "a card number",
    "card-code": "a card verification code",
    "card-object": "card data",
    "card-mapping": "a mapping with card data in it",
    "track": "track or PIN data",
    "client-secret": "a client secret",
    "processor-secret": "a processor secret",
    "processor-object": "a whole processor object",
    "request-body": "a raw webhook body",
    "request-data": "a webhook payload",
    "personal-data": "personal data",
}

VERBS = {
    "log": "reaches a log",
    "print": "is printed",
    "tracker": "reaches an exception tracker",
    "file": "is written to a file",
    "storage": "is stored",
    "email": "is sent by e-mail",
    "message": "is sent as a message",
    "exception": "ends up in an exception message",
    "cache": "is put into a cache",
    "session": "is put into a session",
    "cookie": "is put into a cookie",
    "queue": "is put into a queue",
    "url": "is put into an address",
    "hash": "is hashed without a key",
}

_COUNTED = frozenset({"log", "print", "tracker", "file", "storage", "email", "message", "cache", "session", "cookie"})
"""Places of which every one is a site; of the others, calls that make exceptions or addresses, only what is wrong."""

_ROW = CallModel(library="", sink="storage")

_SESSION = CallModel(library="", sink="session")


class FlowShape(Shape):
    name = "flow"
    asks = {"labels": _LABELS, "sinks": SINKS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place, Place | None], Found] = {}
        self._forms: dict[FunctionInfo, bool] = {}

    def on_call(self, event: CallEvent) -> None:
        if not any(model.sink == "storage" for model in event.models) and makes_row(event, self.models):
            self._judge(event, _ROW)
        for model in event.models:
            if model.sink and not (model.sink_receiver and of_processor(event, self.models)):
                self._judge(event, model)

    def on_assign(self, event: AssignEvent) -> None:
        """`session["card"] = number`."""
        if any(_of_session(path) for path in event.owner.paths()):
            self._found(event.place, event.frame, _SESSION, event.value.deep_labels())

    def _judge(self, event: CallEvent, model: CallModel) -> None:
        if model.sink == "storage" and self._masked_on_save(event):
            return
        if model.sink == "exception" and "Validation" in event.path.rsplit(".", 1)[-1]:
            # Shown to who typed it, beside the field.
            return
        if model.sink == "hash" and (_keyed(event) or "processor-secret" in {label.kind for label in reaches(event, model)}):
            return
        self._found(event.place, event.frame, model, reaches(event, model))

    def _found(self, place: Place, frame: Frame, model: CallModel, labels: frozenset[Label]) -> None:
        for rule in self.rules:
            if model.sink not in asked(rule, "sinks"):
                continue
            kinds = asked(rule, "labels")
            met = sorted(
                (label for label in labels if self._counts(label, kinds, frame)), key=lambda label: (label.kind, label.place)
            )
            if met:
                self._add(rule, place, frame, model, met[0])
            elif frame.module.surface and model.sink in _COUNTED and not model.sink_receiver:
                self._sites.setdefault((rule.id, place, None), _holds(rule, place, frame))

    def _masked_on_save(self, event: CallEvent) -> bool:
        """Return whether the table that is written to masks in its own `save`."""
        segments = event.path.split(".")
        table = segments[segments.index("objects") - 1] if "objects" in segments[1:] else ""
        return any(_masks(info.methods["save"]) for info in self.program.classes_named(table) if "save" in info.methods)

    def _counts(self, label: Label, kinds: frozenset[str], frame: Frame) -> bool:
        if label.kind in PERSONAL and not frame.module.context & set(self.models.processors):
            # A person's name in a log is a matter of payments only beside payments.
            return False
        if label.kind not in PAYLOAD:
            return label.kind in kinds
        # What a client sent is sensitive as a whole where a processor sends it, and where it holds a form for a card.
        if label.kind in kinds and in_webhook(frame, self.models):
            return True
        return "card-object" in kinds and any(self._takes_card(item.info) for item in frame.chain() if item.info is not None)

    def _takes_card(self, info: FunctionInfo) -> bool:
        """Return whether a function reads card fields of what it is sent, or gives it to a form that does."""
        if info not in self._forms:
            self._forms[info] = reads_card_form(info, self.models) or any(
                self._declares_card(name) for name in called_classes(info)
            )
        return self._forms[info]

    def _declares_card(self, name: str) -> bool:
        for info in self.program.classes_named(name):
            targets = [item.targets[0] for item in info.node.body if isinstance(item, facts.Assign)]
            if any(isinstance(item, facts.Name) and card_word(item.id, self.models.vocabulary) in CARD for item in targets):
                return True
        return False

    def _add(self, rule: Rule, place: Place, frame: Frame, model: CallModel, label: Label) -> None:
        via = _handed_over(label, frame)
        known = self._sites.get((rule.id, place, via))
        if known is not None and known.verdict is Verdict.VIOLATED:
            return
        what = WORDS[label.kind] if not self._is_form(rule, label) else "a form with card data in it"
        message = f"{what[0].upper()}{what[1:]} {VERBS[model.sink]}: {label.note}."
        start = Place(place.path, label.place.line) if not label.place.path else label.place
        steps = (Step(start, label.note), *label.steps, Step(place, VERBS[model.sink]))
        unsure = label.kind in PAYLOAD or label.kind == "card-mapping" or model.sink == "exception"
        confidence = Confidence.MEDIUM if unsure else rule.confidence
        self._sites[(rule.id, place, via)] = Found(
            rule,
            Verdict.VIOLATED,
            place,
            message,
            subject=frame.subject,
            processor=processor_of(frame, self.models),
            steps=steps,
            confidence=min(confidence, rule.confidence),
        )

    def _is_form(self, rule: Rule, label: Label) -> bool:
        return label.kind in PAYLOAD and label.kind not in asked(rule, "labels")

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


def _handed_over(label: Label, frame: Frame) -> Place | None:
    """Return the outermost call that handed over what is shown, or None where it came from nowhere else.

    A helper that shows what it is given is judged once for each place that gives it something sensitive.
    """
    passed = {step.place for step in label.steps}
    return next((item.call_place for item in reversed(frame.chain()) if item.call_place in passed), None)


def _of_session(path: str) -> bool:
    """Return whether a dotted path is a web session, or something in one."""
    segments = path.split(".")
    if segments[:2] in (["flask", "session"], ["quart", "session"], ["request()", "session"]):
        return True
    return any(pair in (("request", "session"), ("request()", "session")) for pair in itertools.pairwise(segments))


def _keyed(event: CallEvent) -> bool:
    """Return whether a digest takes a key, as BLAKE2 can."""
    return event.argument("key") is not None or "key" in event.path.rsplit("(", 1)[0].rsplit(".", 1)[-1]


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


def _holds(rule: Rule, place: Place, frame: Frame) -> Found:
    return Found(rule, Verdict.HOLDS, place, "Nothing sensitive was seen to reach this call.", subject=frame.subject)
