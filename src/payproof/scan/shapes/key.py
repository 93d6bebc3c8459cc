"""Does a call that moves money carry an idempotency key that survives the application's own repeats?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Confidence, Place, Rule, Severity, Step, Verdict
from payproof.scan import facts
from payproof.scan.flow.base import is_amount
from payproof.scan.flow.state import CallEvent, Frame
from payproof.scan.models import CallModel, Models
from payproof.scan.program import Program, walk
from payproof.scan.shapes import Found, Shape, asked, in_webhook, processor_of
from payproof.scan.values import Label, Value

FAULTS = ("missing", "unstable", "shared", "misplaced")

_EFFECTS = {
    "charge": "charges money",
    "capture": "captures money",
    "refund": "refunds money",
    "payout": "pays money out",
    "transfer": "transfers money",
    "invoice": "pays an invoice",
    "subscription": "starts a subscription",
    "intent": "creates an intent to pay",
    "update": "moves a payment on",
    "cancel": "cancels a payment",
    "post": "sends a payment request",
}

_PRIMARY = frozenset({"charge", "refund", "payout", "transfer", "invoice", "subscription", "intent", "post"})


@dataclasses.dataclass(frozen=True, slots=True)
class _Answer:
    """What one way of reaching a call says of its key."""

    fault: str
    message: str
    steps: tuple[Step, ...] = ()
    open: bool = False


class KeyShape(Shape):
    name = "key"
    asks = {"fault": FAULTS, "of": ("money", "creates")}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._answers: dict[tuple[Place, str], list[tuple[CallEvent, CallModel, _Answer]]] = {}

    def on_call(self, event: CallEvent) -> None:
        for model in event.models:
            if model.keys and (model.money or model.creates or self._paying_post(event, model)):
                answer = self._answer(event, model)
                self._answers.setdefault((event.place, "creates" if model.creates else "money"), []).append(
                    (event, model, answer)
                )
                return

    def _paying_post(self, event: CallEvent, model: CallModel) -> bool:
        """Return whether a raw HTTP call creates or moves something at a processor that takes keys."""
        if not model.http or not model.processor:
            return False
        url = model.note
        quiet = ("oauth", "token", "verify", "cgi-bin/webscr", "/login")
        return not any(word in url for word in quiet) and any(word in url for word in _PAYING_PATHS)

    def _answer(self, event: CallEvent, model: CallModel) -> _Answer:
        for spec in model.misplaced:
            if _placed(event, spec) is not None:
                return _Answer(
                    "misplaced",
                    "The idempotency key is passed among the parameters: it goes into the body; the header gets a random one.",
                )
        given = [value for value in (_placed(event, spec) for spec in model.keys) if value is not None]
        if not given:
            hidden = any(item.star == "**" and not item.value.sealed for item in event.arguments) or any(
                _hidden(event, spec) for spec in model.keys
            )
            return _Answer("", "", open=True) if hidden else _Answer("missing", "")
        return _classify(given[0], event)

    def found(self) -> list[Found]:
        made = []
        for (place, kind), answers in sorted(self._answers.items(), key=lambda item: (item[0][0], item[0][1])):
            # A way of reaching the call through a caller knows more than the bare function with unknown parameters.
            closed = [item for item in answers if not item[2].open]
            chosen = closed or answers
            worst = next((item for item in chosen if item[2].fault), chosen[0])
            for rule in self.rules:
                if kind in asked(rule, "of"):
                    made.append(self._found(rule, place, worst, chosen))
        return made

    def _found(
        self,
        rule: Rule,
        place: Place,
        worst: tuple[CallEvent, CallModel, _Answer],
        chosen: list[tuple[CallEvent, CallModel, _Answer]],
    ) -> Found:
        event, model, answer = worst
        fault = next(iter(asked(rule, "fault")))
        processor = model.processor or processor_of(event.frame, self.models)
        name = event.path.removeprefix("?.")
        if answer.fault != fault:
            verdict = Verdict.UNKNOWN if answer.open and fault == "missing" else Verdict.HOLDS
            reason = "whether a key is passed depends on callers that were not seen" if verdict is Verdict.UNKNOWN else ""
            message = f"{name} takes its key from elsewhere." if verdict is Verdict.UNKNOWN else f"{name} is not affected."
            return Found(rule, verdict, place, message, subject=event.frame.subject, reason=reason, processor=processor)
        repeated = self._repeated(event)
        severity = rule.severity if repeated or model.money in _PRIMARY or model.http else min(rule.severity, Severity.MEDIUM)
        effect = _EFFECTS.get(model.money or ("post" if model.http else ""), "creates an object")
        if fault == "missing":
            text = f"{name} {effect} without an idempotency key of the application's"
            text += (
                f"; it can run again ({repeated}) and then acts twice."
                if repeated
                else ": a second run of this code acts a second time."
            )
        else:
            text = answer.message
        confidence = rule.confidence if model.certain or model.http else min(rule.confidence, Confidence.MEDIUM)
        return Found(rule, Verdict.VIOLATED, place, text, event.frame.subject, "", processor, answer.steps, severity, confidence)

    def _repeated(self, event: CallEvent) -> str:
        """Return how the application repeats this call, in words, or ""."""
        for frame in event.frame.chain():
            if frame.loops and _retrying(frame):
                return "it stands in a retry loop"
            kind = decorated(frame, self.models)
            if kind:
                return kind
        return "the processor delivers webhooks more than once" if in_webhook(event.frame, self.models) else ""


_PAYING_PATHS = (
    "/v1/charges",
    "/v1/payment_intents",
    "/v1/refunds",
    "/v1/transfers",
    "/v1/payouts",
    "/v1/subscriptions",
    "/v1/invoices",
    "/v2/checkout/orders",
    "/v1/checkout/orders",
    "/v2/payments",
    "/v1/payments",
    "/v1/billing/subscriptions",
    "/capture",
    "/refund",
)


def _placed(event: CallEvent, spec: str) -> Value | None:
    """Return the value that stands where `spec` says, or None."""
    where, _, name = spec.partition(":")
    if where == "keyword":
        return event.argument(name)
    if where == "options":
        return _entry(event.argument("options"), name) or _entry(_options(event), name)
    if where == "params":
        params = event.argument("params") or _first_dict(event)
        return _entry(params, name)
    if where == "header":
        headers = event.argument("headers")
        return (
            next((value for key, value in (headers.fields or {}).items() if key.lower() == name.lower()), None)
            if headers
            else None
        )
    return _anywhere(event, name)


def _options(event: CallEvent) -> Value | None:
    plain = [passed.value for passed in event.arguments if passed.name is None and not passed.star]
    return plain[-1] if len(plain) > 1 else None


def _first_dict(event: CallEvent) -> Value | None:
    return next(
        (item.value for item in event.arguments if item.name is None and not item.star and item.value.fields is not None), None
    )


def _entry(value: Value | None, name: str) -> Value | None:
    return (value.fields or {}).get(name) if value is not None else None


def _anywhere(event: CallEvent, name: str) -> Value | None:
    for passed in event.arguments:
        if passed.name == name:
            return passed.value
        found = _search(passed.value, name, 3)
        if found is not None:
            return found
    return None


def _search(value: Value, name: str, depth: int) -> Value | None:
    fields = value.fields or {}
    if name in fields:
        return fields[name]
    if depth == 0:
        return None
    return next((found for item in fields.values() if (found := _search(item, name, depth - 1)) is not None), None)


def _hidden(event: CallEvent, spec: str) -> bool:
    """Return whether the argument that would hold the key is passed but cannot be seen into."""
    where, _, _ = spec.partition(":")
    holders = {"options": ("options",), "header": ("headers",), "params": ("params",)}.get(where, ())
    for name in holders:
        value = event.argument(name)
        if value is not None and value.fields is None and value.constants is None:
            return True
    if where == "field":
        return any(passed.value.fields is None and passed.value.constants is None for passed in event.arguments)
    return False


def _classify(value: Value, event: CallEvent) -> _Answer:
    deep = {label.kind: label for label in sorted(value.deep_labels(), key=lambda label: label.place)}
    if value.constants is not None and None in value.constants and len(value.constants) == 1:
        return _Answer("missing", "")
    if "fresh" in deep and "stored" not in deep and _regenerated(deep["fresh"], event):
        label = deep["fresh"]
        return _Answer(
            "unstable",
            f"The idempotency key is made fresh by {label.note} on every attempt, so a repeat gets another key and acts twice.",
            (Step(label.place, f"a fresh value from {label.note}"), Step(event.place, "used as idempotency key")),
        )
    if "clock" in deep and not _durable(value):
        label = deep["clock"]
        return _Answer(
            "unstable",
            "The idempotency key is built from the clock, so a repeat a moment later gets another key.",
            (Step(label.place, "the time is taken"), Step(event.place, "used as idempotency key")),
        )
    if (
        value.constants is not None
        and all(isinstance(item, str) and item for item in value.constants)
        and value.text() is not None
    ):
        return _Answer(
            "shared", "The idempotency key is a constant: the second payment ever made with it is refused or replays the first."
        )
    if _of_amounts(value):
        return _Answer(
            "shared",
            "The idempotency key is built from amount and currency alone: of two equal orders, the second is not charged.",
        )
    return _Answer("", "")


def _durable(value: Value) -> bool:
    return "stored" in value.kinds() or "parameter" in value.kinds()


def _of_amounts(value: Value) -> bool:
    """Return whether a key is made of amounts and currencies and of nothing else that is known to differ."""
    kinds = value.kinds()
    if "amount" not in kinds or not kinds <= {"amount", "request-field", "parameter"}:
        return False
    named = [label.note for label in value.labels if label.kind in ("parameter", "request-field")]
    return all(is_amount(name) for name in named) and all(path.startswith("text:") for path in value.paths())


def _regenerated(label: Label, event: CallEvent) -> bool:
    """Return whether a repeat of the application makes the value again.

    It does not where every repeating scope that can be seen (a loop, a retry decorator) starts inside the place where the
    value is made.
    """
    frames = event.frame.chain()
    scopes: list[bool] = []
    for depth, frame in enumerate(frames):
        for span in frame.loops:
            scopes.append(label.place.path == frame.module.path and span[0] <= label.place.line <= span[2])
        if frame.info is not None and _retry_decorated(frame):
            inner = frames[: depth + 1]
            scopes.append(any(_within(label.place, item) for item in inner))
    return any(scopes) if scopes else True


def _within(place: Place, frame: Frame) -> bool:
    if frame.info is None or place.path != frame.module.path:
        return False
    span = frame.info.node.span
    return span[0] <= place.line <= span[2]


def _retry_decorated(frame: Frame) -> bool:
    return any("retry" in name or name in ("on_exception", "on_predicate") for name in _decorators(frame))


def _decorators(frame: Frame) -> list[str]:
    names = []
    for decorator in frame.info.node.decorators if frame.info is not None else ():
        node = decorator.func if isinstance(decorator, facts.Call) else decorator
        names.append(node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else "")
    return names


def _retrying(frame: Frame) -> bool:
    """Return whether a loop around the point reached catches errors and goes round again."""
    if frame.info is None:
        return False
    span = frame.loops[-1]
    for node in walk(frame.info.node.body):
        if isinstance(node, (facts.For, facts.While)) and node.span == span:
            return any(isinstance(inner, facts.Try) for inner in walk(node.body))
    return False


def decorated(frame: Frame, models: Models) -> str:
    """Return how the decorators of a frame's function make it run again, in words, or ""."""
    if frame.info is None:
        return ""
    for decorator, name in zip(frame.info.node.decorators, _decorators(frame), strict=True):
        if "retry" in name or name in ("on_exception", "on_predicate"):
            return "a decorator retries it"
        if name in ("task", "shared_task", "actor", "job", "periodic_task"):
            keywords = {item.keyword for item in decorator.arguments} if isinstance(decorator, facts.Call) else set()
            if keywords & {"autoretry_for", "max_retries", "acks_late", "retry_backoff", "retries", "bind"}:
                return "its task is retried"
            return "a queue can deliver its task twice"
    return ""
