"""What is wrong with a key that is there: it changes with each attempt, or different payments share it."""

from __future__ import annotations

import dataclasses

from payproof.model import Confidence, Step
from payproof.scan import facts
from payproof.scan.flow.base import is_amount
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import tokens
from payproof.scan.program import Program, walk
from payproof.scan.shapes.repeats import Region, loops_around, name_of, regions
from payproof.scan.values import FLOATS, Label, Value

_ONE_TIME = frozenset({"nonce", "csrf"})
_NOT_TELLING = FLOATS | {"decimal", "hundredfold", "minor-units", "safe"}


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What one way of reaching a call says of its key; `open` where it cannot be told."""

    fault: str
    message: str = ""
    steps: tuple[Step, ...] = ()
    open: bool = False
    confidence: Confidence | None = None


def classify(value: Value, event: CallEvent, program: Program) -> Answer:
    """Return what is wrong with the key `value` of a call, as an answer without fault where nothing is."""
    deep = {label.kind: label for label in sorted(value.deep_labels(), key=lambda label: label.place)}
    if value.constants is not None and not any(value.constants):
        return Answer("missing")
    if "fresh" in deep and "stored" not in deep:
        answer = _fresh(deep["fresh"], event, program)
        if answer is not None:
            return answer
    if "clock" in deep and not _durable(value):
        return Answer(
            "unstable",
            "The idempotency key is built from the clock, so a repeat a moment later gets another key.",
            _steps(deep["clock"], "the time is taken", event),
        )
    if "attempt" in deep:
        label = deep["attempt"]
        what = label.note.removeprefix("?.").split("(", 1)[0]
        return Answer(
            "ephemeral",
            f"The idempotency key is built from {what}, which is another one for the next attempt or in the next process.",
            _steps(label, f"{what} is read", event),
        )
    if _one_time(value):
        return Answer(
            "ephemeral",
            "The idempotency key is built from a token that the customer's browser makes anew for each attempt.",
            confidence=Confidence.LOW,
        )
    if value.constants is not None and value.text():
        return Answer(
            "shared", "The idempotency key is a constant: the second payment ever made with it is refused or replays the first."
        )
    if _of_amounts(value):
        return Answer(
            "shared",
            "The idempotency key is built from amount and currency alone: of two equal orders, the second is not charged.",
        )
    return Answer("")


def _fresh(label: Label, event: CallEvent, program: Program) -> Answer | None:
    """A random key: as good as none where a repeat makes it again, and fine where the repeat starts behind it."""
    around = [region for region in regions(event, program) if region.repeat.again]
    if around and not any(_inside(label, region, program) for region in around):
        return None
    message = f"The idempotency key is made fresh by {label.note} on every attempt, so a repeat gets another key and acts twice."
    steps = _steps(label, f"a fresh value from {label.note}", event)
    if around:
        return Answer("unstable", message, steps)
    # One of many in a batch is told apart by its key; whether the batch runs again is not seen.
    batch = bool(loops_around(event.frame.info, event.place))
    return Answer("unstable", message, steps, confidence=Confidence.LOW if batch else Confidence.MEDIUM)


def _inside(label: Label, region: Region, program: Program) -> bool:
    """Return whether a value is made anew whenever a region is run again."""
    at = label.place
    if region.info.path == at.path and region.node.span[0] <= at.line <= region.node.span[2]:
        return True
    if any(info.path == at.path and info.node.span[0] <= at.line <= info.node.span[2] for info in region.within):
        return True
    # Made by a function that the region calls.
    module = program.modules.get(at.path)
    makers = {
        info.name
        for info in (module.functions.values() if module is not None else ())
        if info.node.span[0] <= at.line <= info.node.span[2]
    }
    return any(isinstance(node, facts.Call) and name_of(node.func) in makers for node in walk(region.node.body))


def _steps(label: Label, note: str, event: CallEvent) -> tuple[Step, ...]:
    return (Step(label.place, note), Step(event.place, "used as idempotency key"))


def _durable(value: Value) -> bool:
    return "stored" in value.kinds() or "parameter" in value.kinds()


def _one_time(value: Value) -> bool:
    """Return whether a key is made of a one-time token of the browser's and of nothing else that is known."""
    named = [label.note for label in value.labels if label.kind in ("parameter", "request-field")]
    return (
        len(named) == 1
        and not _ONE_TIME.isdisjoint(tokens(named[0]))
        and value.kinds() <= {"parameter", "request-field", "other"}
    )


def _of_amounts(value: Value) -> bool:
    """Return whether a key is made of amounts and currencies and of nothing else that is known to differ."""
    kinds = value.kinds() - _NOT_TELLING
    if "amount" not in kinds or not kinds <= {"amount", "request-field", "parameter"}:
        return False
    named = [label.note for label in value.labels if label.kind in ("parameter", "request-field")]
    return all(is_amount(name) for name in named) and all(_only_amounts(path) for path in value.paths())


def _only_amounts(path: str) -> bool:
    return path.startswith("text:") or is_amount(path.rsplit(".", 1)[-1])
