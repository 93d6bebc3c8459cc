"""How calls to a processor are set up: do they end in time, and does the SDK try again by itself?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.version import Version

from payproof.model import Confidence, Place, Rule, Severity, Verdict
from payproof.scan.flow.state import AssignEvent, CallEvent
from payproof.scan.models import CallModel, Models
from payproof.scan.pins.releases import Order
from payproof.scan.program import Program
from payproof.scan.shapes import Found, Shape, asked
from payproof.scan.values import Value

FAULTS = ("no-timeout", "no-retries")

_WITHOUT_TIMEOUT = ("requests.", "urllib.request.", "urllib3.")
"""Clients that wait for ever unless they are told otherwise; httpx and aiohttp are not among them."""

_RETRYING = Version("11.0.0")
"""The release of stripe-python from which its module-level calls retry twice by default (run against 10.0.0 and 11.0.0)."""

_SETTING = "max_network_retries"


class SetupShape(Shape):
    name = "setup"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._http: dict[Place, tuple[CallEvent, CallModel]] = {}
        self._clients: dict[Place, CallEvent] = {}
        self._keys: dict[Place, AssignEvent] = {}
        self._retries: list[Value] = []

    def on_call(self, event: CallEvent) -> None:
        for model in event.models:
            if model.http and model.processor and event.path.startswith((*_WITHOUT_TIMEOUT, "httpx.", "aiohttp.")):
                self._http.setdefault(event.place, (event, model))
        if event.path == "stripe.StripeClient":
            self._clients.setdefault(event.place, event)

    def on_assign(self, event: AssignEvent) -> None:
        if "stripe" not in event.owner.paths():
            return
        if event.key == "api_key" and not _is_none(event.value):
            self._keys.setdefault(event.place, event)
        elif event.key == _SETTING and not _is_nothing(event.value):
            self._retries.append(event.value)

    # What it comes to

    def found(self) -> list[Found]:
        made: list[Found] = []
        for rule in self.rules:
            if "no-timeout" in asked(rule, "fault"):
                made.extend(self._timeout(rule, event, model) for _, (event, model) in sorted(self._http.items(), key=_by_place))
            else:
                made.extend(self._global(rule))
                made.extend(self._client(rule, event) for _, event in sorted(self._clients.items(), key=_by_place))
        return made

    def _timeout(self, rule: Rule, event: CallEvent, model: CallModel) -> Found:
        given = event.argument("timeout")
        name, processor = event.path.replace("()", ""), model.processor
        whom = processor if model.certain else "its answer"
        verdict, text, reason = Verdict.HOLDS, f"{name} ends in time.", ""
        if given is None and event.path.startswith(_WITHOUT_TIMEOUT):
            if _open(event):
                verdict, text, reason = (
                    Verdict.UNKNOWN,
                    f"{name} waits for {whom}.",
                    "a timeout may be among the arguments passed on",
                )
            else:
                verdict = Verdict.VIOLATED
                text = f"{name} waits for {whom} without a limit: one stalled connection holds this worker for ever."
        elif given is not None and _is_none(given):
            verdict, text = Verdict.VIOLATED, f"{name} is told to wait for {whom} without a limit."
        return Found(rule, verdict, event.place, text, event.frame.subject, reason, processor)

    def _global(self, rule: Rule) -> Iterator[Found]:
        """Yield one site for each pinned release of the SDK: the first place where its key is set.

        The setting is the process's: one line anywhere mends them all.
        """
        pins: set[Place | None] = set()
        for place, event in sorted(self._keys.items(), key=_by_place):
            release = self.program.pins.release("stripe", place.path)
            pin = release.pin.place if release is not None else None
            if pin in pins:
                continue
            pins.add(pin)
            order = release.releases.against(_RETRYING) if release is not None else Order.UNKNOWN
            if self._retries or order is Order.AT_LEAST:
                text = "The SDK tries again by itself when a connection fails."
                yield Found(rule, Verdict.HOLDS, place, text, event.frame.subject, "", "stripe")
                continue
            known = order is Order.BELOW
            why = "the release that is pinned makes" if known else f"releases below {_RETRYING} make"
            text = (
                f"The SDK is set up without max_network_retries: {why} one attempt only, and a lost connection fails the payment."
            )
            confidence = None if known else Confidence.MEDIUM
            yield Found(rule, Verdict.VIOLATED, place, text, event.frame.subject, "", "stripe", confidence=confidence)

    def _client(self, rule: Rule, event: CallEvent) -> Found:
        given = event.argument(_SETTING)
        if given is None and _open(event):
            reason = "the number of retries may be among the arguments passed on"
            return Found(rule, Verdict.UNKNOWN, event.place, "A StripeClient is made.", event.frame.subject, reason, "stripe")
        if given is not None and not _is_nothing(given):
            text = "The client tries again by itself when a connection fails."
            return Found(rule, Verdict.HOLDS, event.place, text, event.frame.subject, "", "stripe")
        text = "StripeClient makes one attempt only unless it is given max_network_retries: a lost connection fails the payment."
        return Found(rule, Verdict.VIOLATED, event.place, text, event.frame.subject, "", "stripe", severity=Severity.LOW)


def _by_place(item: tuple[Place, object]) -> Place:
    return item[0]


def _is_none(value: Value) -> bool:
    return value.constants is not None and all(item is None for item in value.constants)


def _is_nothing(value: Value) -> bool:
    """Return whether a number of retries is certainly none at all: what a configuration decides may be another elsewhere."""
    return value.constants is not None and len(value.constants) == 1 and not value.constants[0]


def _open(event: CallEvent) -> bool:
    """Return whether more may be passed than is seen: of `**options` that a function was handed nothing may be known."""
    return event.open_ended() or any(item.star == "**" and not item.value.fields for item in event.arguments)
