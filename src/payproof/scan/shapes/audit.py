"""Does a refund, a capture, a cancellation, a payout or a change of keys leave a record of the application's own?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from payproof.model import Confidence, Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import CallEvent
from payproof.scan.models import Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.repeats import name_of

OPERATIONS = ("refund", "capture", "cancel", "payout", "transfer", "keys")

_WORDS = {
    "refund": "refunds money",
    "capture": "captures money",
    "cancel": "cancels",
    "payout": "pays money out",
    "transfer": "transfers money",
    "keys": "changes keys or endpoints of the account",
}

_RECORDS = frozenset(
    """
    log logged logger logging info warning error exception debug audit record recorded history event track emit
    save create insert execute commit update add append bulk write put set db dbset publish notify send delay
    store print capture_message
    """.split()
)
"""Words in the name of a call that may leave a record: a log line, a row, a message."""

_AUDITS = frozenset({"audit", "auditlog", "history", "activity", "trail", "record", "journal", "ledger"})
_DEPTH = 3


class AuditShape(Shape):
    name = "audit"
    asks = {"of": OPERATIONS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._met: dict[Place, list[tuple[CallEvent, str]]] = {}

    def on_call(self, event: CallEvent) -> None:
        for model in event.models:
            operation = "keys" if model.rotates else model.money
            if model.processor and operation in OPERATIONS:
                self._met.setdefault(event.place, []).append((event, operation))
                return

    def found(self) -> list[Found]:
        made = []
        for place, ways in sorted(self._met.items(), key=lambda item: item[0]):
            event, operation = ways[0]
            traces = [self._trace(one) for one, _ in ways]
            for rule in self.rules:
                if operation in asked(rule, "of"):
                    made.append(self._found(rule, place, event, operation, max(traces)))
        return made

    def _found(self, rule: Rule, place: Place, event: CallEvent, operation: str, trace: int) -> Found:
        name = event.path.removeprefix("?.")
        processor = processor_of(event.frame, self.models)
        if trace:
            return Found(rule, Verdict.HOLDS, place, f"{name} is written down near by.", event.frame.subject, "", processor)
        message = f"{name} {_WORDS[operation]} and nothing near by writes down who did it, to what, and whether it succeeded."
        return Found(
            rule,
            Verdict.VIOLATED,
            place,
            message,
            event.frame.subject,
            "",
            processor,
            (),
            None,
            min(rule.confidence, Confidence.LOW),
        )

    def _trace(self, event: CallEvent) -> int:
        """Return 1 where the functions that lead to a call write something down, themselves or in what they call, else 0."""
        infos = [frame.info for frame in event.frame.chain() if frame.info is not None]
        for info in list(infos):
            infos += [caller for caller in self.program.callers.get(info, {}) if caller not in infos]
        return int(any(_writes(info, event, self.program, _DEPTH) for info in infos))


def _writes(info: FunctionInfo, event: CallEvent, program: Program, depth: int) -> bool:
    if any(not _AUDITS.isdisjoint(tokens(name_of(_called(decorator)))) for decorator in info.node.decorators):
        return True
    called: list[str] = []
    for node in walk(info.node.body):
        if not isinstance(node, facts.Call):
            continue
        if info.path == event.place.path and node.span[:2] == (event.place.line, event.place.column):
            continue
        name = name_of(node.func)
        owner = name_of(node.func.value) if isinstance(node.func, facts.Attribute) else ""
        if not _RECORDS.isdisjoint(tokens(name)) and not _of_processor(owner):
            return True
        called.append(name)
    return bool(depth) and any(_writes(other, event, program, depth - 1) for other in _named(called, info))


def _of_processor(owner: str) -> bool:
    """Return whether a call is one on a processor's own resource (`stripe.Refund.create`), which is no record here."""
    return bool(owner) and not _PROCESSOR_NOUNS.isdisjoint(tokens(owner))


_PROCESSOR_NOUNS = frozenset(
    """
    stripe refund refunds charge charges intent intents payout payouts transfer transfers subscription subscriptions
    transaction gateway payments checkout invoice invoices paypal braintree adyen square modifications
    """.split()
)


def _named(names: Iterable[str], asking: FunctionInfo) -> list[FunctionInfo]:
    wanted = set(names)
    return [info for info in asking.module.functions.values() if info.name in wanted and info is not asking]


def _called(decorator: object) -> object:
    return decorator.func if isinstance(decorator, facts.Call) else decorator
