"""Which events of a processor are acted upon, and which that belong with them are not."""

from __future__ import annotations

from collections.abc import Sequence

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.entrances import Entrance, Entrances
from payproof.scan.flow.statements import Flow
from payproof.scan.models import Models
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape

FAULTS = ("payment-failure",)

_RENEWING = frozenset(
    {"invoice.paid", "invoice.payment_succeeded", "customer.subscription.created", "customer.subscription.deleted"}
)
"""Events by which access to a subscription is given or taken."""

_FAILING = frozenset(
    {"invoice.payment_failed", "invoice.payment_action_required", "invoice.marked_uncollectible", "customer.subscription.updated"}
)
"""Events by which a renewal that failed is told; the last one carries the status `past_due`."""


class EventsShape(Shape):
    name = "events"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._modules: list[ModuleInfo] = []
        self._entrances = Entrances(Flow(program, models, ()), models)

    def on_module(self, module: ModuleInfo) -> None:
        if not module.test_code and "stripe" in module.context:
            self._modules.append(module)

    def found(self) -> list[Found]:
        failing = any(_fails(node) for module in self._modules for node in walk(module.facts.body))
        made = []
        for module in self._modules:
            for info in module.functions.values():
                events = sorted(
                    {str(node.value) for node in walk(info.node.body) if isinstance(node, facts.Literal) and _renews(node)}
                )
                if events and self._entrances.of(info) is Entrance.WEBHOOK:
                    made += [self._site(rule, info, events[0], failing) for rule in self.rules]
        return made

    def _site(self, rule: Rule, info: FunctionInfo, event: str, failing: bool) -> Found:
        span = info.node.span
        place = Place(info.path, span[0], span[1], span[0], span[1] + len(info.name) + 4)
        if failing:
            return Found(
                rule, Verdict.HOLDS, place, f"{info.name} stands beside code for failed renewals.", info.qualname, "", "stripe"
            )
        text = (
            f"{info.name} acts on {event}, and nothing here acts on invoice.payment_failed: a renewal that fails changes "
            "nothing, and its customer is not told."
        )
        return Found(rule, Verdict.VIOLATED, place, text, info.qualname, "", "stripe")


def _renews(node: facts.Literal) -> bool:
    return node.value in _RENEWING


def _fails(node: object) -> bool:
    """Return whether code speaks of a renewal that failed: by the event's name, or by a name made of it."""
    if isinstance(node, facts.Literal):
        return node.value in _FAILING or (isinstance(node.value, str) and "payment_failed" in node.value)
    name = getattr(node, "name", None) or getattr(node, "id", None)
    return isinstance(name, str) and ("payment_failed" in name.lower() or "subscription_updated" in name.lower())
