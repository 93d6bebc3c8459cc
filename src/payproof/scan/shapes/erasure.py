"""Can a customer who was created at a processor be erased there?"""

from __future__ import annotations

from collections.abc import Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import Models, personal_word
from payproof.scan.program import Program
from payproof.scan.shapes import Found, Shape

_CUSTOMER = frozenset({"Customer", "customer", "customers", "customers_api", "CustomersApi()"})

_DELETES = frozenset({"delete", "delete_async", "delete_customer", "redact", "erase", "del_"})


class ErasureShape(Shape):
    name = "erasure"
    asks = {}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._created: dict[Place, CallEvent] = {}
        self._deletes: set[str] = set()

    def on_call(self, event: CallEvent) -> None:
        *owner, name = event.path.split(".")
        processor = next((model.processor for model in event.models if model.processor), "")
        if name in _DELETES:
            self._deletes |= self._spoken(event, processor) if self._of_customer(owner, name) else set()
        elif (
            processor
            and any(model.creates for model in event.models)
            and self._of_customer(owner, name)
            and self._personal(event)
        ):
            self._created[event.place] = event

    def _of_customer(self, owner: Sequence[str], name: str) -> bool:
        last = owner[-1].removesuffix("#") if owner else ""
        return last in _CUSTOMER or "customer" in name.lower()

    def _spoken(self, event: CallEvent, processor: str) -> set[str]:
        spoken = {self.models.processors[name] for name in event.frame.module.context if name in self.models.processors}
        return {processor} if processor else spoken

    def _personal(self, event: CallEvent) -> bool:
        names = {passed.name or "" for passed in event.arguments}
        for passed in event.arguments:
            names.update(passed.value.fields or ())
        return any(personal_word(name, self.models.vocabulary) or name in ("name", "address") for name in names)

    def found(self) -> list[Found]:
        return [self._judged(rule, event) for rule in self.rules for event in self._created.values()]

    def _judged(self, rule: Rule, event: CallEvent) -> Found:
        processor = next(model.processor for model in event.models if model.processor)
        if processor in self._deletes:
            text = "A customer is created here, and customers are deleted elsewhere in this code."
            return Found(rule, Verdict.HOLDS, event.place, text, event.frame.subject, "", processor)
        text = f"A customer is created at {processor} with personal data, and no code deletes one."
        return Found(rule, Verdict.VIOLATED, event.place, text, event.frame.subject, "", processor)
