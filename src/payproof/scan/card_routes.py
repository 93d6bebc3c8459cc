"""How card data travels, as the Python code shows it: to a hosted page of the processor's, or through this server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from payproof.model import CardRoute, Integration, Place, Rule
from payproof.scan.flow.state import CallEvent, ReadEvent
from payproof.scan.models import Models
from payproof.scan.program import Program
from payproof.scan.shapes import Found, Shape
from payproof.scan.values import CARD


class CardRoutes(Shape):
    """Answers no rule: it listens for what the hint about the self-assessment questionnaire rests on."""

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._met: dict[tuple[str, CardRoute, str], Integration] = {}
        """One for each file: what matters is that it happens, not how often."""

    def found(self) -> list[Found]:
        return []

    def on_call(self, event: CallEvent) -> None:
        path = event.path.removesuffix("()")
        processor = next(
            (name for end, name in self.models.browser.hosted.items() if path == end or path.endswith(f".{end}")), ""
        )
        spoken = {self.models.processors[name] for name in event.frame.module.context if name in self.models.processors}
        if processor and processor in spoken:
            self._note(event.place, CardRoute.HOSTED, f"customers are sent to a page of {processor}'s")
            return
        to_processor = any(model.processor and not model.sink for model in event.models)
        if to_processor and any(label.kind in CARD for passed in event.arguments for label in passed.value.deep_labels()):
            self._note(event.place, CardRoute.SERVER, "raw card data goes from this server to the processor")

    def on_read(self, event: ReadEvent) -> None:
        if event.kind in CARD:
            self._note(event.place, CardRoute.SERVER, "card data is read from a request")

    def _note(self, place: Place, route: CardRoute, note: str) -> None:
        self._met.setdefault((place.path, route, note), Integration(place, route, note))

    def integrations(self) -> Iterable[Integration]:
        return self._met.values()
