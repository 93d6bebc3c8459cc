"""Does a message that comes twice act twice? And is the age of one that carries its time looked at?

Processors deliver at least once. What a handler does is held against every sign that it knows what it has done already: an
event's id that is looked up, a unique column, a state that is asked, a row that is locked. One sign anywhere below the handler
is enough; only a handler without any is reported.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from payproof.model import Confidence, Place, Rule, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.base import SHORT
from payproof.scan.flow.routes import name_of
from payproof.scan.flow.state import CallEvent, CompareEvent, Frame, ReadEvent, State
from payproof.scan.models import Models, tokens
from payproof.scan.program import FunctionInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handlers import RECORDS, from_payload, looks_like_handler, start_of, table_of
from payproof.scan.values import MOST_STEPS, PAYLOAD, Value

FAULTS = ("repeated", "age")

_ONCE = frozenset(
    """
    get_or_create update_or_create aget_or_create aupdate_or_create select_for_update with_for_update exists aexists
    on_conflict_do_nothing on_conflict_do_update setnx integrityerror uniqueviolation duplicatekeyerror uniqueviolationerror
    find_one_and_update upsert merge
    """.split()
)
_SAYS_ONCE = frozenset(
    "processed already duplicate duplicates duplicated idempotent idempotency seen dedup dedupe deduplicate once replay".split()
)
_STATES = frozenset(
    """
    status state paid is_paid completed complete fulfilled credited confirmed settled shipped delivered used captured refunded
    processed handled active activated
    """.split()
)
_LOOKED_UP = (
    "first()",
    "one_or_none()",
    "scalar_one_or_none()",
    "find_one()",
    "scalar()",
    "afirst()",
    "get_or_none()",
    "fetchone()",
)
_QUERIES = frozenset(
    {"filter", "exclude", "get", "filter_by", "where", "find_one", "update", "update_one", "aget", "get_object_or_404"}
)
_IGNORES = re.compile(r"on conflict|or ignore|on duplicate key|where not exists", re.IGNORECASE)
_ORDERINGS = frozenset({"LessThan", "GreaterThan", "LessThanEqual", "GreaterThanEqual"})


@dataclasses.dataclass(slots=True)
class _Seen:
    """What was seen of one handler."""

    info: FunctionInfo
    functions: set[FunctionInfo] = dataclasses.field(default_factory=set)
    read: bool = False
    once: bool = False
    """Whether anything told that it looks at what it has done already."""
    repeated: list[tuple[CallEvent, str]] = dataclasses.field(default_factory=list)
    timed: dict[Place, CallEvent] = dataclasses.field(default_factory=dict)
    """Digests over a body and something of a header, as schemes with a time have it."""
    aged: bool = False


class ReplayShape(Shape):
    name = "replay"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._seen: list[_Seen] = []
        self._now: _Seen | None = None

    def wants(self, info: FunctionInfo) -> bool:
        return looks_like_handler(info, self.models)

    def begin(self, info: FunctionInfo) -> None:
        self._now = _Seen(info, {info})
        self._now.once = any(self._library_handler(decorator) for decorator in info.node.decorators)

    def _library_handler(self, decorator: facts.Expr) -> bool:
        """Return whether a decorator registers a handler at a library that drops what it has handled, as dj-stripe does."""
        names = {name_of(node) for node in walk(decorator)}
        return bool(names & {"djstripe_receiver", "djstripe"}) or {"webhooks", "handler"} <= names

    def on_read(self, event: ReadEvent) -> None:
        if self._now is not None and (event.kind in PAYLOAD or event.key.lower() in self.models.signature_headers):
            self._now.read = True
            self._meet(event.frame)

    def _meet(self, frame: Frame) -> None:
        if self._now is not None:
            self._now.functions.update(item.info for item in frame.chain() if item.info is not None)

    def on_call(self, event: CallEvent) -> None:
        seen = self._now
        if seen is None:
            return
        self._meet(event.frame)
        name = event.path.rsplit(".", 1)[-1]
        asked_for = {word for passed in event.arguments if passed.name for word in (passed.name, passed.name.rsplit("__", 1)[0])}
        if name in _QUERIES and asked_for & _STATES:
            seen.once = True
        for model in event.models:
            if model.repeats and not self._harmless(event, model.repeats):
                seen.repeated.append((event, model.repeats))
            if model.gives == "digest" and model.payload:
                self._digest(event, event.argument(model.payload))

    def _digest(self, event: CallEvent, signed: Value | None) -> None:
        kinds = signed.kinds() if signed is not None else frozenset()
        if self._now is not None and kinds & PAYLOAD and "request-header" in kinds:
            self._now.timed[event.place] = event

    def on_compare(self, event: CompareEvent) -> None:
        seen = self._now
        if seen is None:
            return
        sides = (event.left, event.right)
        if event.operator in _ORDERINGS and any(side.kinds() & {"clock", "request-header"} for side in sides):
            seen.aged = True
        for side in sides:
            if from_payload(side):
                continue
            for path in side.paths():
                segments = path.split(".")
                if segments[0] in self.models.roots or "event" in segments or "object" in segments:
                    # The processor's own state tells nothing of what was done with it here.
                    continue
                last = path.rsplit(".", 1)[-1].lower()
                if last in _STATES or _STATES & set(tokens(last)) or (not event.operator and path.endswith(_LOOKED_UP)):
                    seen.once = True

    def _harmless(self, event: CallEvent, what: str) -> bool:
        """Return whether a repeat of a call does no harm: a log of deliveries, a row whose columns allow it only once."""
        if what != "row":
            return False
        text = next((passed.value.text() for passed in event.arguments if passed.value.text()), None)
        if event.path.endswith("execute"):
            return text is None or "insert" not in text.lower() or _IGNORES.search(text) is not None
        table = table_of(event)
        if not table or not RECORDS.isdisjoint(tokens(table)):
            return True
        return any(_unique(info.node) for info in self.program.classes_named(table))

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        seen, self._now = self._now, None
        if seen is None:
            return
        for function in seen.functions:
            seen.once = seen.once or _says_once(function.node)
        self._seen.append(seen)

    # What it comes to

    def found(self) -> list[Found]:
        below = {function for seen in self._seen for function in seen.functions if function is not seen.info}
        made: dict[tuple[str, Place], Found] = {}
        for rule in self.rules:
            faults = asked(rule, "fault")
            for seen in self._seen:
                if seen.info in below:
                    continue
                for found in self._repeats(rule, seen) if "repeated" in faults else self._ages(rule, seen):
                    made.setdefault((rule.id, found.place), found)
        return list(made.values())

    def _repeats(self, rule: Rule, seen: _Seen) -> Iterable[Found]:
        functions = sorted(seen.functions, key=lambda item: (item.path, item.qualname))
        added = [(function, at) for function in functions for at in _adds(function.node)]
        start = start_of(seen.info)
        frame = Frame(seen.info.module, seen.info, ())
        processor = processor_of(frame, self.models)
        if not seen.repeated and not added:
            return
        if seen.once:
            text = "A message that comes twice is recognised, or does nothing the second time."
            yield Found(rule, Verdict.HOLDS, start, text, seen.info.qualname, "", processor)
            return
        done = [(Place(function.path, *span), "count", function.qualname) for function, span in added]
        done += [(at, kind, event.frame.subject) for event, kind in seen.repeated for at in _places(event, functions)]
        done.sort(key=lambda item: (_GRAVE.index(item[1]), item[0]))
        place, kind, subject = done[0]
        text = f"{_SAID[kind]} once more whenever the message comes again: nothing was seen to tell a repeat."
        places = dict.fromkeys(at for at, what, _ in done if what == kind)
        steps = (Step(start, "the handler"), *(Step(at, "happens on every delivery") for at in list(places)[:MOST_STEPS]))
        confidence = Confidence.LOW if kind == "mail" else rule.confidence
        yield Found(rule, Verdict.VIOLATED, place, text, subject, "", processor, steps, confidence=confidence)

    def _ages(self, rule: Rule, seen: _Seen) -> Iterable[Found]:
        for place, event in seen.timed.items():
            verdict = Verdict.HOLDS if seen.aged else Verdict.VIOLATED
            text = (
                "The age of a message is looked at."
                if seen.aged
                else "The time of the message is signed with it and never compared: what somebody recorded is accepted for ever."
            )
            yield Found(rule, verdict, place, text, event.frame.subject, "", processor_of(event.frame, self.models))


def _places(event: CallEvent, functions: Iterable[FunctionInfo]) -> list[Place]:
    """Return where something is done: where a helper is called, everywhere, whose whole business it is."""
    helper = event.frame.info
    if helper is None or len(helper.node.body) > SHORT or event.frame.call_place is None:
        return [event.place]
    calls = [
        Place(function.path, *node.span)
        for function in functions
        if function is not helper
        for node in walk(function.node.body)
        if isinstance(node, facts.Call) and name_of(node.func) == helper.name
    ]
    return calls or [event.frame.call_place]


_GRAVE = ("count", "message", "row", "mail")
_SAID = {
    "count": "Something is added up",
    "message": "A message is sent on",
    "row": "A row is written",
    "mail": "A mail is sent",
}


def _says_once(node: facts.Function) -> bool:
    """Return whether a function names anything that tells a repeat."""
    for item in walk([node.body, node.decorators]):
        name = name_of(item)
        if name and (name.lower() in _ONCE or not _SAYS_ONCE.isdisjoint(tokens(name))):
            return True
        if isinstance(item, facts.Literal) and isinstance(item.value, str) and _IGNORES.search(item.value):
            return True
        if isinstance(item, facts.Argument) and item.keyword in ("nx", "ignore_conflicts", "update_conflicts", "idempotency_key"):
            return True
    return False


def _adds(node: facts.Function) -> Iterable[facts.Span]:
    """Yield where a function adds to what it has kept: `wallet.balance += x`, `F("balance") + x`."""
    for item in walk(node.body):
        if isinstance(item, facts.Assign) and item.operator == "AddAssign":
            target = item.targets[0]
            if isinstance(target, facts.Attribute) and _counted(target.name):
                yield item.span
        elif isinstance(item, facts.Call) and name_of(item.func) == "F" and item.arguments:
            first = item.arguments[0].value
            if isinstance(first, facts.Literal) and _counted(str(first.value)):
                yield item.span


def _counted(name: str) -> bool:
    return not _COUNTED.isdisjoint(tokens(name))


_COUNTED = frozenset("balance credits credit points coins tokens amount total quantity seats minutes quota".split())


def _unique(node: facts.Class) -> bool:
    """Return whether a table's declaration lets something stand in it only once."""
    if not {"UniqueConstraint", "unique_together", "OneToOneField"}.isdisjoint(map(name_of, walk(node.body))):
        return True
    for statement in node.body:
        if not isinstance(statement, facts.Assign) or not isinstance(statement.value, facts.Call):
            continue
        # The number that the database gives a row says nothing about what stands in it.
        if {"id", "pk", "uuid"}.isdisjoint(map(name_of, statement.targets)):
            for argument in statement.value.arguments:
                said = argument.value.value if isinstance(argument.value, facts.Literal) else None
                if argument.keyword in ("unique", "primary_key") and said is True:
                    return True
    return False
