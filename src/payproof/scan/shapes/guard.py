"""Does a webhook handler act before its payload is verified?

Every function that looks like a processor's webhook handler is interpreted by itself, with its decorators, dependencies and
permission classes, and with the state of the check followed along every path.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

from payproof.model import Place, Rule, Step, Unread, Verdict
from payproof.scan import facts
from payproof.scan.flow.attempt import attempt
from payproof.scan.flow.base import PAYLOAD_NAMES
from payproof.scan.flow.entry import EntryFlow
from payproof.scan.flow.state import CallEvent, Frame, ReadEvent, State
from payproof.scan.models import CallModel, Models, tokens
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, named_for_webhooks, processor_of, speaks_of_webhooks
from payproof.scan.values import PAYLOAD, Value

FAULTS = ("unchecked", "conditional", "ineffective", "swallowed", "replayable", "secret-default")

_ACTING = frozenset(
    """
    handle process update fulfil fulfill create save mark complete activate sync store record grant confirm
    capture dispatch execute apply deliver credit provision upgrade cancel refund settle register
    """.split()
)
_CHECKING = frozenset({"verify", "validate", "verified", "authenticate", "signature", "authorize", "is_valid"})
_CHECK_NAMES = frozenset(
    """
    construct_event verify_header parse_event_notification parse_thin_event webhook_notification
    is_valid_hmac_notification verify_signature verify_webhook_signature
    is_valid_webhook_event_signature
    """.split()
)


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
    acts: list[CallEvent] = dataclasses.field(default_factory=list)
    unverified: list[CallEvent] = dataclasses.field(default_factory=list)
    below: set[FunctionInfo] = dataclasses.field(default_factory=set)
    verified_at_end: bool = False
    ends: list[tuple[State, Place]] = dataclasses.field(default_factory=list)


class GuardShape(Shape):
    name = "guard"
    asks = {"fault": FAULTS}
    tracking = True

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._handlers: list[_Handler] = []
        self._checks: dict[Place, CallEvent] = {}
        self._now: _Handler | None = None

    def explore(self, modules: Sequence[ModuleInfo], inner: Mapping[FunctionInfo, Sequence[Mapping[str, Value]]]) -> list[Unread]:
        """Interpret every handler of the modules given, and of the functions found inside others."""
        starts = [(info, ()) for module in modules for info in module.functions.values()]
        starts += [(info, closure) for info, closure in inner.items() if info.module.surface]  # type: ignore[misc]
        unread: list[Unread] = []
        for info, closure in starts:
            if self._looks_like_handler(info):
                flow = EntryFlow(self.program, self.models, [self], tracking=True)
                unread += attempt(info.path, flow, functools.partial(self._explore, flow, info, closure))
        return unread

    def _explore(self, flow: EntryFlow, info: FunctionInfo, closure: Sequence[Mapping[str, Value]]) -> None:
        self._now = _Handler(info, queued=not takes_request(info))
        self._now.read = self._now.queued
        end = flow.enter(info, closure)
        self._now.verified_at_end = end is not None and end.verified
        self._now.ends = list(_past_the_check(flow.ends))
        self._handlers.append(self._now)
        self._now = None

    def _looks_like_handler(self, info: FunctionInfo) -> bool:
        module = info.module
        if module.test_code or not module.context & set(self.models.processors):
            return False
        if not takes_request(info):
            payload = any(parameter.name in PAYLOAD_NAMES for parameter in info.node.parameters)
            return payload and speaks_of_webhooks(info.name, info.path, self.models)
        if named_for_webhooks(info, self.models):
            return True
        return any(self._telling(node) for node in walk([info.node.body, info.node.decorators]))

    def _telling(self, node: object) -> bool:
        if isinstance(node, facts.Attribute):
            return node.name in _CHECK_NAMES
        if isinstance(node, facts.Name):
            return node.id in _CHECK_NAMES
        if isinstance(node, facts.Literal) and isinstance(node.value, str) and len(node.value) < 80:
            text = node.value
            if text.lower() in self.models.signature_headers or (text.startswith("/") and "webhook" in text.lower()):
                return True
            return any(text.startswith(word) for word in self.models.event_words)
        return False

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
            if model.verifies:
                handler.checked.append(event)
                self._checks.setdefault(event.place, event)
                if _reserialised(event, model):
                    handler.misread.append(
                        (event, "is given a body that was parsed and written again: the bytes that were signed are lost")
                    )
            if model.ineffective:
                handler.ineffective.append((event, model.ineffective))
        if event.path.startswith("?") and not event.models and not _CHECKING.isdisjoint(tokens(event.path.rsplit(".", 1)[-1])):
            handler.unseen = handler.unseen or event
        if handler.read and _acts(event):
            handler.acts.append(event)
            if not event.verified:
                handler.unverified.append(event)

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
        return made

    def _judge(self, handler: _Handler) -> Iterator[Found]:
        if not handler.read and not handler.checked and not handler.ineffective:
            return
        if handler.queued and not handler.checked and not handler.ineffective:
            return
        fault, message, place, steps = self._fault(handler)
        any_check = bool(handler.checked or handler.ineffective)
        for rule in self.rules:
            asked_for = next(iter(asked(rule, "fault")))
            if asked_for in ("replayable", "secret-default") or (asked_for != "unchecked" and not any_check):
                continue
            yield self._site(rule, handler, asked_for, fault, message, place, steps)

    def _site(
        self, rule: Rule, handler: _Handler, asked_for: str, fault: str, message: str, place: Place, steps: tuple[Step, ...]
    ) -> Found:
        info = handler.info
        start = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[1] + len(info.name) + 4)
        frame = Frame(info.module, info, ())
        processor = processor_of(frame, self.models)
        if fault == asked_for == "unchecked" and handler.unseen is not None:
            name = handler.unseen.path.removeprefix("?.")
            reason = f"{name} may check it, and could not be followed"
            return Found(
                rule, Verdict.UNKNOWN, start, f"{info.name} reads a webhook's payload.", info.qualname, reason, processor
            )
        if fault == asked_for:
            return Found(rule, Verdict.VIOLATED, place, message, info.qualname, "", processor, steps)
        if not fault and asked_for == "unchecked" and not handler.checked and not handler.verified_at_end:
            reason = "no check was seen, and nothing was seen to act on the payload"
            return Found(
                rule, Verdict.UNKNOWN, start, f"{info.name} reads a webhook's payload.", info.qualname, reason, processor
            )
        return Found(rule, Verdict.HOLDS, start, f"{info.name} acts on verified payloads only.", info.qualname, "", processor)

    def _fault(self, handler: _Handler) -> tuple[str, str, Place, tuple[Step, ...]]:
        info = handler.info
        start = Place(info.path, info.node.span[0], info.node.span[1], info.node.span[0], info.node.span[1] + len(info.name) + 4)
        if handler.misread:
            event, reason = handler.misread[0]
            return "ineffective", f"{event.path.removeprefix('?.')} {reason}.", event.place, ()
        if handler.checked:
            # To keep a payload before it is checked is sound where a check follows.
            handler.unverified = [
                event for event in handler.unverified if not any(model.sink == "storage" for model in event.models)
            ]
        if not handler.unverified:
            if handler.read and handler.checked and handler.ends:
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
        if act.why == "conditional":
            at = act.at or start
            return (
                "conditional",
                f"{info.name} checks the signature on some paths only: {what} is reached without it.",
                at,
                (Step(at, "paths part here"), done),
            )
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
                (Step(event.place, "no check happens here"), done),
            )
        if handler.checked:
            event = handler.checked[0]
            return (
                "ineffective",
                f"The answer of {event.path.removeprefix('?.')} does not decide whether {what} runs.",
                event.place,
                (Step(event.place, "the answer is not acted on"), done),
            )
        return "unchecked", f"{info.name} acts on a webhook's payload ({what}) and never checks who sent it.", start, (done,)

    def _check_sites(self, rule: Rule, fault: str) -> Iterator[Found]:
        for place, event in sorted(self._checks.items(), key=lambda item: item[0]):
            model = next(model for model in event.models if model.verifies)
            if fault == "replayable" and not model.tolerance:
                continue
            if fault == "secret-default" and not model.secret:
                continue
            message = _replayable(event, model) if fault == "replayable" else _secret_default(event, model)
            verdict = Verdict.VIOLATED if message else Verdict.HOLDS
            text = message or "The check is made as it should be."
            yield Found(rule, verdict, place, text, event.frame.subject, "", processor_of(event.frame, self.models))


def _past_the_check(ends: Sequence[tuple[Value, State, Place]]) -> Iterator[tuple[State, Place]]:
    """Yield the returns that come past a check that others have passed: by a branch before them, or with the payload in hand."""
    checked = any(after.verified for _, after, _ in ends)
    for value, after, at in ends:
        if after.why == "conditional" or (checked and not after.verified and not after.why and _from_payload(value)):
            yield after, at


def takes_request(info: FunctionInfo) -> bool:
    """Return whether a function is handed a request, or reads the framework's current one."""
    for parameter in info.node.parameters:
        if parameter.name in ("request", "req"):
            return True
        if parameter.annotation is not None and any(
            isinstance(node, (facts.Name, facts.Attribute))
            and getattr(node, "id", getattr(node, "name", "")) in ("Request", "HttpRequest")
            for node in walk(parameter.annotation)
        ):
            return True
        if parameter.default is not None and "Depends" in {getattr(node, "id", "") for node in walk(parameter.default)}:
            return True
        if parameter.annotation is not None and "Depends" in {getattr(node, "id", "") for node in walk(parameter.annotation)}:
            return True
    return any(_current_request(node) for node in walk(info.node.body))


def _current_request(node: object) -> bool:
    if isinstance(node, facts.Attribute) and isinstance(node.value, facts.Name):
        return (
            (node.value.id == "request")
            or (node.value.id == "self" and node.name == "request")
            or (node.value.id == "frappe" and node.name in ("request", "form_dict"))
        )
    return False


def _acts(event: CallEvent) -> bool:
    """Return whether a call does something with, or because of, a payload."""
    if any(
        model.sink or model.responds or model.transparent or model.sanitizes or model.verifies or model.ineffective
        for model in event.models
    ):
        return any(model.sink == "storage" for model in event.models)
    if event.shared:
        return any(_from_payload(passed.value) for passed in event.arguments)
    if any(model.effect or model.money or model.creates for model in event.models):
        return not _local(event)
    if not event.path.startswith("?"):
        return False
    words = tokens(event.path.rsplit(".", 1)[-1])
    carried = any(_from_payload(passed.value) for passed in event.arguments)
    return carried and not _ACTING.isdisjoint(words)


def _local(event: CallEvent) -> bool:
    """Return whether an effect's name is that of a local container or of a digest."""
    if event.receiver.fields is not None and not event.receiver.refs:
        return True
    return event.path.startswith(("hmac.", "hashlib.", "logging.", "json.", "set().", "list().", "dict()."))


def _from_payload(value: Value) -> bool:
    kinds = {label.kind for label in value.deep_labels()}
    return bool(kinds & (PAYLOAD | {"request-field", "processor-object"}))


def _reserialised(event: CallEvent, model: CallModel) -> bool:
    if not model.payload:
        return False
    value = event.argument(model.payload)
    if value is None:
        return False
    kinds = value.kinds()
    return "request-data" in kinds and not kinds & {"request-body", "parameter"}


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


def _secret_default(event: CallEvent, model: CallModel) -> str:
    given = event.argument(model.secret)
    if given is None or given.constants is None:
        return ""
    if any(item == "" for item in given.constants):
        return (
            "The signing secret is empty when it is not configured. stripe-python up to 15.5.1 then accepts what anybody signs "
            "with an empty key, and the fault is silent in every version."
        )
    return ""
