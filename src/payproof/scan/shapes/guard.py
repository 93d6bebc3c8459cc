"""Does a webhook handler act before its payload is verified?

Every function that looks like a processor's webhook handler is interpreted by itself, with its decorators, dependencies and
permission classes, and with the state of the check followed along every path.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from payproof.model import Place, Rule, Step, Verdict
from payproof.scan.flow.base import REQUEST_NAMES
from payproof.scan.flow.routes import is_route, takes_request
from payproof.scan.flow.state import AssignEvent, CallEvent, CompareEvent, Frame, ReadEvent, State
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, Program
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.shapes.handlers import acts, from_payload, keeps, looks_like_handler, records, start_of
from payproof.scan.values import PAYLOAD, Value

FAULTS = ("unchecked", "conditional", "ineffective", "swallowed", "replayable", "secret-default", "timing")

_OF_CHECKS = frozenset({"replayable", "secret-default", "timing"})
"""Faults of one check, wherever it stands; the others are a handler's."""


_OF_MESSAGES = frozenset(
    "signature webhook ipn paypal stripe adyen square hmac callback notification payload request checksum sender origin".split()
)
_CHECKING = frozenset({"verify", "validate", "verified", "authenticate", "signature", "authorize", "is_valid"})


@dataclasses.dataclass(slots=True)
class _Handler:
    """What one handler was seen to do."""

    info: FunctionInfo
    queued: bool = False
    """True for one that is handed a stored payload: whoever stored it may have checked it."""
    read: bool = False
    checked: list[CallEvent] = dataclasses.field(default_factory=list)
    ineffective: list[tuple[CallEvent, str]] = dataclasses.field(default_factory=list)
    misread: list[tuple[CallEvent, str]] = dataclasses.field(default_factory=list)
    unseen: CallEvent | None = None
    """A call whose name tells of a check, and that could not be followed."""
    verified: list[CallEvent] = dataclasses.field(default_factory=list)
    """What it did after a check that succeeded."""
    unverified: list[CallEvent] = dataclasses.field(default_factory=list)
    early: set[Place] = dataclasses.field(default_factory=set)
    """Where it acted before it had checked anything."""
    compared: bool = False
    """Whether it compared a digest with what was sent."""
    kept: AssignEvent | None = None
    """Where the answer of a check was put away on an object."""
    below: set[FunctionInfo] = dataclasses.field(default_factory=set)
    verified_at_end: bool = False
    ends: list[tuple[State, Place]] = dataclasses.field(default_factory=list)

    def may_check(self) -> str:
        """Return the name of something that may be a check and was not understood, or ""."""
        if self.unseen is not None:
            return self.unseen.path.removeprefix("?.")
        return next((info.qualname for info in sorted(self.below, key=lambda item: item.qualname) if _checks(info)), "")


class GuardShape(Shape):
    name = "guard"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._handlers: list[_Handler] = []
        self._checks: dict[Place, CallEvent] = {}
        self._digests: dict[Place, tuple[CompareEvent | CallEvent, bool]] = {}
        """Where digests are compared, and whether that takes the same time whatever differs."""
        self._now: _Handler | None = None

    def wants(self, info: FunctionInfo) -> bool:
        return looks_like_handler(info, self.models)

    def begin(self, info: FunctionInfo) -> None:
        self._now = _Handler(info, queued=not takes_request(info) and not is_route(info))
        # Where no request is taken, the payload is a parameter, and read from the start.
        self._now.read = not takes_request(info)

    def finish(self, end: State | None, ends: Sequence[tuple[Value, State, Place]]) -> None:
        if self._now is not None:
            self._now.verified_at_end = end is not None and end.verified
            self._now.ends = list(_past_the_check(ends))
            self._handlers.append(self._now)
        self._now = None

    # What the interpreter tells

    def on_read(self, event: ReadEvent) -> None:
        if self._now is not None and (event.kind in PAYLOAD or event.key.lower() in self.models.signature_headers):
            self._now.read = True
            self._below(event.frame)

    def on_call(self, event: CallEvent) -> None:
        handler = self._now
        if handler is None:
            return
        self._below(event.frame)
        for model in event.models:
            if model.gives == "digest" and model.secret and _of_payload(event, model):
                self._checks.setdefault(event.place, event)
            if model.verifies:
                handler.checked.append(event)
                if any("digest" in passed.value.kinds() for passed in event.arguments):
                    self._digests.setdefault(event.place, (event, True))
                self._checks.setdefault(event.place, event)
                if _reserialised(event, model):
                    handler.misread.append(
                        (event, "is given a body that was parsed and written again: the bytes that were signed are lost")
                    )
            if model.ineffective and (not model.payload or _of_message(event, model)):
                handler.ineffective.append((event, model.ineffective))
        if event.path.startswith("?") and not event.models and not _CHECKING.isdisjoint(tokens(event.path.rsplit(".", 1)[-1])):
            handler.unseen = handler.unseen or event
        if handler.read and acts(event):
            if event.verified:
                handler.verified.append(event)
            elif event.why != "refused":
                handler.unverified.append(event)
                if not handler.checked:
                    handler.early.add(event.place)

    def on_assign(self, event: AssignEvent) -> None:
        told = event.value.kinds() & {"verification", "none-on-failure", "false-on-failure"}
        answer = told or (event.value.proof and not from_payload(event.value))
        if self._now is not None and answer and event.owner.refs:
            self._now.kept = event

    def on_compare(self, event: CompareEvent) -> None:
        if self._now is None or event.operator not in ("Equal", "NotEqual"):
            return
        for one, other in ((event.left, event.right), (event.right, event.left)):
            if "digest" in one.kinds() and not other.constants:
                self._now.compared = True
                self._digests[event.place] = (event, False)

    def _below(self, frame: Frame) -> None:
        if self._now is not None:
            self._now.below.update(item.info for item in frame.chain()[:-1] if item.info is not None)

    # What it comes to

    def found(self) -> list[Found]:
        inner = {info for handler in self._handlers for info in handler.below if info is not handler.info}
        made: list[Found] = []
        for handler in self._handlers:
            if handler.info not in inner:
                made.extend(self._judge(handler))
        for rule in self.rules:
            faults = asked(rule, "fault")
            if faults & {"replayable", "secret-default"}:
                made.extend(self._check_sites(rule, next(iter(faults))))
            if "timing" in faults:
                made.extend(self._comparisons(rule))
        return made

    def _judge(self, handler: _Handler) -> Iterator[Found]:
        if not handler.read and not handler.checked and not handler.ineffective:
            return
        if handler.queued and not handler.checked and not handler.ineffective:
            return
        fault, message, place, steps = self._fault(handler)
        any_check = bool(handler.checked or handler.ineffective or handler.compared)
        for rule in self.rules:
            asked_for = next(iter(asked(rule, "fault")))
            if asked_for in _OF_CHECKS or (asked_for != "unchecked" and not any_check):
                continue
            yield self._site(rule, handler, asked_for, fault, message, place, steps)

    def _site(
        self, rule: Rule, handler: _Handler, asked_for: str, fault: str, message: str, place: Place, steps: tuple[Step, ...]
    ) -> Found:
        info = handler.info
        start = start_of(info)
        frame = Frame(info.module, info, ())
        processor = processor_of(frame, self.models)
        if fault == asked_for == "unchecked" and (name := handler.may_check()):
            reason = f"{name} may check it, and could not be followed"
            return Found(
                rule, Verdict.UNKNOWN, start, f"{info.name} reads a webhook's payload.", info.qualname, reason, processor
            )
        if fault == "kept" and asked_for == "ineffective":
            reason = "the answer of the check is kept on an object, and what becomes of it could not be followed"
            return Found(rule, Verdict.UNKNOWN, start, f"{info.name} checks a payload.", info.qualname, reason, processor)
        if fault == "recorded" and asked_for == "unchecked":
            reason = "the payload is recorded, and what acts on the record could not be followed"
            text = f"{info.name} reads a webhook's payload."
            return Found(rule, Verdict.UNKNOWN, start, text, info.qualname, reason, processor)
        if fault == asked_for:
            return Found(rule, Verdict.VIOLATED, place, message, info.qualname, "", processor, steps)
        verified = handler.checked or handler.verified_at_end or handler.verified
        if not fault and asked_for == "unchecked" and not verified:
            reason = "no check was seen, and nothing was seen to act on the payload"
            return Found(
                rule, Verdict.UNKNOWN, start, f"{info.name} reads a webhook's payload.", info.qualname, reason, processor
            )
        return Found(rule, Verdict.HOLDS, start, f"{info.name} acts on verified payloads only.", info.qualname, "", processor)

    def _fault(self, handler: _Handler) -> tuple[str, str, Place, tuple[Step, ...]]:
        info = handler.info
        start = start_of(info)
        if handler.misread:
            event, reason = handler.misread[0]
            return "ineffective", f"{event.path.removeprefix('?.')} {reason}.", event.place, ()
        if handler.checked:
            # To keep a record of what came, checked or not, is sound where a check follows that the rest waits for.
            handler.unverified = [
                event
                for event in handler.unverified
                if not (keeps(event) and (handler.verified or event.place in handler.early)) and event.why != "loop"
            ]
        if not handler.unverified:
            if handler.read and handler.checked and handler.ends and handler.kept is None:
                after, end = handler.ends[0]
                at = after.at or end
                return (
                    "conditional",
                    f"{info.name} checks the signature on some paths only and answers as usual on the others.",
                    at,
                    (Step(at, "paths part here"), Step(end, "reached without a check")),
                )
            if handler.ineffective and not handler.checked:
                event, reason = handler.ineffective[0]
                steps = (Step(start, "the handler"), Step(event.place, "no check happens here"))
                return "ineffective", f"{event.path.removeprefix('?.')} {reason}.", event.place, steps
            return "", "", start, ()
        act = handler.unverified[0]
        what = act.path.removeprefix("?.")
        done = Step(act.place, f"{what} acts on the payload")
        if handler.kept is not None:
            return "kept", "", start, ()
        if act.why == "conditional":
            at = act.at or start
            return (
                "conditional",
                f"{info.name} checks the signature on some paths only: {what} is reached without it.",
                at,
                (Step(at, "paths part here"), done),
            )
        if act.why == "regardless":
            at = act.at or start
            message = f"{info.name} goes on when the check says no: {what} is reached all the same."
            return "ineffective", message, at, (Step(at, "the answer ends nothing here"), done)
        if act.why == "swallowed":
            at = act.at or start
            return (
                "swallowed",
                f"{info.name} goes on after a failed check: {what} is reached from the except branch.",
                at,
                (Step(at, "the failure is caught here"), done),
            )
        if handler.ineffective:
            event, reason = handler.ineffective[0]
            return (
                "ineffective",
                f"{event.path.removeprefix('?.')} {reason}.",
                event.place,
                (Step(start, "the handler"), Step(event.place, "no check happens here"), done),
            )
        if handler.checked:
            event = handler.checked[0]
            message = f"The answer of {event.path.removeprefix('?.')} does not decide whether {what} runs."
            if any(model.verifies == "status" for model in event.models):
                message = f"{what} runs without the processor's yes, which stands in the body: to a forgery it answers 200, too."
            return "ineffective", message, event.place, (Step(event.place, "the answer is not acted on"), done)
        if all(records(event) for event in handler.unverified):
            return "recorded", "", start, ()
        return "unchecked", f"{info.name} acts on a webhook's payload ({what}) and never checks who sent it.", start, (done,)

    def _comparisons(self, rule: Rule) -> Iterator[Found]:
        for place, (event, steady) in sorted(self._digests.items(), key=lambda item: item[0]):
            verdict = Verdict.HOLDS if steady else Verdict.VIOLATED
            text = (
                "The digests are compared in constant time."
                if steady
                else "Digests are compared by an operator that stops at the first difference: its time tells how much was right."
            )
            yield Found(rule, verdict, place, text, event.frame.subject, "", processor_of(event.frame, self.models))

    def _check_sites(self, rule: Rule, fault: str) -> Iterator[Found]:
        defaults: set[Place] = set()
        for place, event in sorted(self._checks.items(), key=lambda item: item[0]):
            model = next(model for model in event.models if model.verifies or model.secret)
            if fault == "replayable" and not model.tolerance:
                continue
            if fault == "secret-default" and not model.secret:
                continue
            message = _replayable(event, model) if fault == "replayable" else _secret_default(event, model)
            verdict = Verdict.VIOLATED if message else Verdict.HOLDS
            text = message or "The check is made as it should be."
            written = _default_of(event, model) if message and fault == "secret-default" else None
            if written is None:
                yield Found(rule, verdict, place, text, event.frame.subject, "", processor_of(event.frame, self.models))
            elif written not in defaults:
                # The fault is the default, however many checks it reaches.
                defaults.add(written)
                steps = (Step(written, "the default is empty"), Step(place, "it is used as the signing secret"))
                yield Found(rule, verdict, written, text, "", "", processor_of(event.frame, self.models), steps)


def _checks(info: FunctionInfo) -> bool:
    """Return whether a function's name says that it checks who sent a message."""
    words = set(tokens(info.name))
    return bool(words & _CHECKING) and bool(words & _OF_MESSAGES)


def _past_the_check(ends: Sequence[tuple[Value, State, Place]]) -> Iterator[tuple[State, Place]]:
    """Yield the returns that come past a check that others have passed: by a branch before them, or with the payload in hand."""
    checked = any(after.verified for _, after, _ in ends)
    for value, after, at in ends:
        if after.why == "conditional" or (checked and not after.verified and not after.why and from_payload(value)):
            yield after, at


def _reserialised(event: CallEvent, model: CallModel) -> bool:
    if not model.payload:
        return False
    value = event.argument(model.payload)
    if value is None:
        return False
    # What a helper was passed may be the body as it came, whatever the helper calls it.
    passed = any(label.kind == "parameter" and label.note not in REQUEST_NAMES for label in value.labels)
    return "request-data" in value.kinds() and "request-body" not in value.kinds() and not passed


def _of_payload(event: CallEvent, model: CallModel) -> bool:
    """Return whether a digest is made of what was sent."""
    value = event.argument(model.payload) if model.payload else None
    return value is not None and from_payload(value)


def _of_message(event: CallEvent, model: CallModel) -> bool:
    """Return whether an object is made of the whole of what was sent: what a field of it holds is no event."""
    value = event.argument(model.payload)
    return value is not None and bool(value.kinds() & PAYLOAD)


def _replayable(event: CallEvent, model: CallModel) -> str:
    given = event.argument(model.tolerance)
    name = event.path.removeprefix("?.")
    if given is None:
        if model.tolerance_off and not event.open_ended():
            return f"{name} checks no age unless it is given a tolerance: a delivery that someone recorded is accepted for ever."
        return ""
    if given.constants is not None and any(not item for item in given.constants):
        return f"{name} is given a tolerance of 0 or None, which switches the age check off: recorded deliveries can be replayed."
    return ""


def _default_of(event: CallEvent, model: CallModel) -> Place | None:
    """Return where the default of a check's secret is written, None where it is no setting's default."""
    given = event.argument(model.secret)
    return next((label.place for label in given.labels if label.kind == "default"), None) if given is not None else None


def _secret_default(event: CallEvent, model: CallModel) -> str:
    given = event.argument(model.secret)
    if given is None or given.constants is None:
        return ""
    if any(item == "" for item in given.constants):
        if model.processor != "stripe":
            return "The signing secret is empty when it is not configured, and with an empty key anybody can sign."
        return (
            "The signing secret is empty when it is not configured. stripe-python up to 15.5.1 then accepts what anybody signs "
            "with an empty key, and the fault is silent in every version."
        )
    return ""
