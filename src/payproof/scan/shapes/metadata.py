"""Is something put into the free fields of a processor's object that does not belong there?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Step, Verdict
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import Models, personal_word
from payproof.scan.program import Program
from payproof.scan.shapes import Found, Shape, asked
from payproof.scan.values import CARD, PERSONAL, Label, Value

WHAT = ("card", "personal")

_FREE = frozenset(
    """
    metadata description statement_descriptor statement_descriptor_suffix custom_id soft_descriptor note notes reference
    reference_id custom_fields invoice_id shopper_statement order_description
    """.split()
)
"""Fields of processors' objects that hold whatever text the merchant likes."""

_DEEPEST = 4


class MetadataShape(Shape):
    name = "metadata"
    asks = {"what": WHAT}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}

    def on_call(self, event: CallEvent) -> None:
        processor = next((model.processor for model in event.models if model.processor and (model.money or model.creates)), "")
        if not processor:
            return
        free = list(_free_fields(event))
        for rule in self.rules:
            (what,) = asked(rule, "what")
            label = next(
                (label for name, value in free if (label := self._misplaced(what, name, value, event)) is not None), None
            )
            self._sites[(rule.id, event.place)] = self._judged(rule, event, processor, label)

    def _misplaced(self, what: str, name: str, value: Value, event: CallEvent) -> Label | None:
        kinds = CARD if what == "card" else PERSONAL
        found = sorted(
            (label for label in value.deep_labels() if label.kind in kinds), key=lambda label: (label.kind, label.place)
        )
        if found:
            return found[0]
        if what == "card":
            return None
        for key, item in (value.fields or {}).items():
            if personal_word(key, self.models.vocabulary) and item.constants is None:
                return Label("personal-data", event.place, f"{key} in {name}")
        return None

    def _judged(self, rule: Rule, event: CallEvent, processor: str, label: Label | None) -> Found:
        if label is None:
            text = "Nothing that does not belong there was seen in the free fields of this call."
            return Found(rule, Verdict.HOLDS, event.place, text, event.frame.subject, "", processor)
        what = "Card data" if label.kind in CARD else "Personal data"
        text = f"{what} ({label.note}) is put into a free field of an object at {processor}."
        start = label.place if label.place.path else event.place
        steps = (Step(start, label.note), *label.steps, Step(event.place, f"sent to {processor}"))
        return Found(rule, Verdict.VIOLATED, event.place, text, event.frame.subject, "", processor, steps)

    def found(self) -> list[Found]:
        return list(self._sites.values())


def _free_fields(event: CallEvent) -> Iterator[tuple[str, Value]]:
    for passed in event.arguments:
        if passed.name in _FREE and not passed.star:
            yield passed.name or "", passed.value
        else:
            yield from _within(passed.value, _DEEPEST)


def _within(value: Value, depth: int) -> Iterator[tuple[str, Value]]:
    if depth == 0:
        return
    for key, item in (value.fields or {}).items():
        if key in _FREE:
            yield key, item
        else:
            yield from _within(item, depth - 1)
