"""Does code choose a processor's environment by configuration, and do switches for testing stay out of it?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.flow.state import CallEvent, Frame
from payproof.scan.models import Models, tokens
from payproof.scan.program import ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape, asked, processor_of
from payproof.scan.statements import simple_statements, texts_of
from payproof.scan.values import Value

FAULTS = ("default", "fixed", "test-switch", "livemode-unread")

_SQUARE = re.compile(r"square(?:\.client)?\.(?:Square|AsyncSquare|Client)$")
_CHOSEN = ("environment", "env", "mode", "platform")
_TEST_NAMES = re.compile(r"(?i)(?:^|[._])(?:sandbox|test)$")
_SWITCHES = ("unsigned", "skip", "disable", "bypass", "ignore", "without", "no", "insecure")
_CHECKS = frozenset({"signature", "signatures", "verification", "verify", "webhook", "webhooks", "unsigned"})
_TEST_TEXTS = {
    "PayPal-Mock-Response": "a header that makes PayPal's sandbox answer with an error",
    "winning_evidence": "evidence that wins a dispute in Stripe's test mode",
    "losing_evidence": "evidence that loses a dispute in Stripe's test mode",
}


class EnvironmentShape(Shape):
    name = "environment"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._rules = {fault: rule for rule in rules for fault in asked(rule, "fault")}
        self._sites: dict[tuple[str, Place], Found] = {}
        self._webhook: CallEvent | None = None
        self._livemode = False

    def on_call(self, event: CallEvent) -> None:
        if _SQUARE.search(event.path) and not event.path.startswith("?"):
            self._square(event)
        root = event.path.split(".", 1)[0].removesuffix("()")
        if root in self.models.roots:
            for passed in event.arguments:
                if passed.name in _CHOSEN:
                    self._chosen(event, self.models.roots[root], passed.value)
        if event.path.endswith("construct_event") and event.frame.module.surface:
            self._webhook = min((item for item in (self._webhook, event) if item is not None), key=lambda item: item.place)

    def _square(self, event: CallEvent) -> None:
        if any(passed.star for passed in event.arguments):
            return  # whoever fills them may choose it
        if event.argument("environment") is not None or event.argument("base_url") is not None:
            self._add("default", Verdict.HOLDS, event.place, event.frame, "The environment of Square is chosen here.", "square")
            return
        text = "Square's client is made without an environment: its default is production, in tests and on every desk as well."
        self._add("default", Verdict.VIOLATED, event.place, event.frame, text, "square")

    def _chosen(self, event: CallEvent, processor: str, value: Value) -> None:
        names = [item for item in value.constants or () if isinstance(item, str)] + value.paths()
        if not names:
            return
        if len(names) == 1 and _TEST_NAMES.search(names[0]):
            text = f"The test environment of {processor} is written down in the code, so that production cannot choose another."
            self._add("fixed", Verdict.VIOLATED, event.place, event.frame, text, processor)
        else:
            text = f"The environment of {processor} is not fixed to its test environment."
            self._add("fixed", Verdict.HOLDS, event.place, event.frame, text, processor)

    def on_module(self, module: ModuleInfo) -> None:
        frame = Frame(module, None, ())
        if module.context.isdisjoint(self.models.processors):
            return
        words = ("mock-response", "_evidence", *_SWITCHES[:6], "livemode")
        for subject, statement in simple_statements(module.facts.body, words):
            place = Place(module.path, *statement.span)
            texts = set(texts_of(statement))
            for text, meaning in _TEST_TEXTS.items():
                if text in texts:
                    message = f"{text} stands in code that is no test: {meaning}."
                    self._add("test-switch", Verdict.VIOLATED, place, frame, message, processor_of(frame, self.models), subject)
        self._switches(module, frame)

    def _switches(self, module: ModuleInfo, frame: Frame) -> None:
        for subject, statement in simple_statements(module.facts.body, (*_SWITCHES[:6], "livemode")):
            names = {name for node in walk(statement) for name in _name_of(node)}
            self._livemode = self._livemode or "livemode" in names
            for name in sorted(name for name in names if name.isupper() and self._is_switch(name)):
                place = Place(module.path, *statement.span)
                message = f"{name} switches the check of webhooks off: in production, one line of configuration is enough."
                self._add("test-switch", Verdict.VIOLATED, place, frame, message, processor_of(frame, self.models), subject)
                return

    def _is_switch(self, name: str) -> bool:
        words = tokens(name)
        if not {"ssl", "tls", "cert", "certificate"}.isdisjoint(words):
            return False  # of messages that are sent
        off = "unsigned" in words or not set(_SWITCHES[1:]).isdisjoint(words)
        about = {"webhook", "webhooks", *self.models.processors.values()} & set(words)
        return off and bool(about) and bool(_CHECKS & set(words) - {"webhook", "webhooks"})

    def found(self) -> list[Found]:
        rule = self._rules.get("livemode-unread")
        sites = list(self._sites.values())
        if rule is not None and self._webhook is not None:
            event = self._webhook
            text = (
                "The mode of events (livemode) is read here or elsewhere."
                if self._livemode
                else ("No code reads whether an event is of live mode: one of test mode that reaches this endpoint is believed.")
            )
            verdict = Verdict.HOLDS if self._livemode else Verdict.VIOLATED
            sites.append(Found(rule, verdict, event.place, text, event.frame.subject, processor="stripe"))
        return sites

    def _add(
        self, fault: str, verdict: Verdict, place: Place, frame: Frame, text: str, processor: str, subject: str = ""
    ) -> None:
        rule = self._rules.get(fault)
        if rule is not None:
            found = Found(rule, verdict, place, text, subject or frame.subject, processor=processor)
            self._sites.setdefault((rule.id, place), found)


def _name_of(node: object) -> list[str]:
    if isinstance(node, facts.Name):
        return [node.id]
    if isinstance(node, facts.Attribute):
        return [node.name]
    return [node.value] if isinstance(node, facts.Literal) and isinstance(node.value, str) and len(node.value) < 60 else []
