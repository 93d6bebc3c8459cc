"""Is the whole of a processor's message checked, and read as it is meant? Batches, flags sent as text, certificates fetched."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Confidence, Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.routes import name_of
from payproof.scan.flow.state import CallEvent, CompareEvent, Frame, State
from payproof.scan.models import Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handlers import looks_like_handler
from payproof.scan.values import Value

FAULTS = ("batch", "outcome-text", "certificate")

_PINS = frozenset({"startswith", "endswith", "match", "fullmatch", "search", "urlparse", "urlsplit", "removeprefix"})


@dataclasses.dataclass(slots=True)
class _Seen:
    """What was seen of one handler."""

    info: FunctionInfo
    functions: set[FunctionInfo] = dataclasses.field(default_factory=set)
    checks: dict[Place, tuple[CallEvent, bool]] = dataclasses.field(default_factory=dict)
    """Its checks of a message, and whether each happens within a loop."""
    fetched: dict[Place, CallEvent] = dataclasses.field(default_factory=dict)
    """Where a certificate is fetched from the address that the message names."""
    pinned: bool = False


class MessageShape(Shape):
    name = "message"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}
        self._now: _Seen | None = None

    def wants(self, info: FunctionInfo) -> bool:
        return looks_like_handler(info, self.models)

    def begin(self, info: FunctionInfo) -> None:
        self._now = _Seen(info, {info})

    def on_call(self, event: CallEvent) -> None:
        seen = self._now
        if seen is None:
            return
        seen.functions.update(frame.info for frame in event.frame.chain() if frame.info is not None)
        if any(model.verifies and model.none_on_failure for model in event.models):
            seen.checks[event.place] = (event, any(frame.loops for frame in event.frame.chain()))
        values = [event.receiver, *(passed.value for passed in event.arguments)]
        if any(_certificate(value) for value in values):
            if any(model.http for model in event.models):
                seen.fetched[event.place] = event
            elif event.path.rsplit(".", 1)[-1] in _PINS:
                seen.pinned = True

    def on_compare(self, event: CompareEvent) -> None:
        if self._now is None:
            return
        if _certificate(event.left) or _certificate(event.right):
            self._now.pinned = self._now.pinned or bool(event.operator)
        flag = "" if event.operator else self._flag(event.left, event.frame)
        if flag:
            message = f'{flag} is the text "true" or "false", and either text is true.'
            self._add("outcome-text", event.place, event.frame, message)

    def _flag(self, value: Value, frame: Frame) -> str:
        """Return the flag sent as a text that a value is just as it came, or ""."""
        known = {name for library in frame.module.context for name in self.models.text_flags.get(library, ())}
        if value.proof or value.constants is not None or any(path.endswith("()") for path in value.paths()):
            return ""
        return next((label.note for label in value.labels if label.kind == "request-field" and label.note in known), "")

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        seen, self._now = self._now, None
        if seen is None:
            return
        for place, event in seen.fetched.items():
            text = "" if seen.pinned else "The certificate that decides is fetched from an address that the message itself names."
            self._add("certificate", place, event.frame, text)
        batches = {name for library in seen.info.module.context for name in self.models.batches.get(library, ())}
        if not batches or not seen.checks:
            return
        nodes = [function.node for function in seen.functions]
        looped, first = any(_loops(node, batches) for node in nodes), [at for node in nodes for at in _firsts(node, batches)]
        for place, (event, inside) in seen.checks.items():
            if looped and not inside:
                text = f"{event.path.rsplit('.', 1)[-1]} checks the first item only, and all items of the batch are acted on."
                self._add("batch", place, event.frame, text)
            elif not looped and first:
                self._add("batch", place, event.frame, "Only the first item of a batch is looked at.", Confidence.LOW)
            else:
                self._add("batch", place, event.frame, "")

    def _add(self, fault: str, place: Place, frame: Frame, message: str, confidence: Confidence | None = None) -> None:
        for rule in self.rules:
            if fault not in asked(rule, "fault"):
                continue
            known = self._sites.get((rule.id, place))
            if known is None or known.verdict is Verdict.HOLDS:
                verdict = Verdict.VIOLATED if message else Verdict.HOLDS
                self._sites[rule.id, place] = Found(
                    rule,
                    verdict,
                    place,
                    message or "The message is checked and read as it should be.",
                    subject=frame.subject,
                    processor=processor_of(frame, self.models),
                    confidence=confidence,
                )

    def found(self) -> list[Found]:
        return list(self._sites.values())


def _certificate(value: Value) -> bool:
    """Return whether a value is the address of a certificate, as a header of the message names it."""
    return any(label.kind == "request-header" and {"cert"} & set(tokens(label.note)) for label in value.labels)


def _loops(node: facts.Function, batches: set[str]) -> bool:
    """Return whether a function goes through all items of a batch."""
    named = {
        name_of(target)
        for item in walk(node.body)
        if isinstance(item, facts.Assign) and item.value is not None and _speaks(item.value, batches)
        for target in item.targets
    } - {""}
    iterables = [item.iterable for item in walk(node.body) if isinstance(item, (facts.For, facts.Clause))]
    return any(_speaks(iterable, batches) or name_of(iterable) in named for iterable in iterables)


def _firsts(node: facts.Function, batches: set[str]) -> Iterator[facts.Span]:
    """Yield where the first item of a list is taken, in a function that speaks of a batch."""
    if not _speaks(node.body, batches):
        return
    for item in walk(node.body):
        if isinstance(item, facts.Subscript) and isinstance(item.index, facts.Literal) and item.index.value == 0:
            yield item.span


def _speaks(node: object, words: set[str]) -> bool:
    return any(isinstance(item, facts.Literal) and item.value in words for item in walk(node))
