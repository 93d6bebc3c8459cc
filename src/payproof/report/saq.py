"""Which PCI DSS self-assessment questionnaire the way of card data through the code hints at. A hint: the acquirer decides.

SAQ A is for merchants whose customers type card data into a page or frame of the processor's only, A-EP for those whose own
page handles it on the way to the processor, D for those whose server receives it.
"""

from __future__ import annotations

import dataclasses

from payproof.model import CardRoute, Integration, ScanResult
from payproof.report.visible import visible

_QUESTIONNAIRES = {
    CardRoute.SERVER: "D",
    CardRoute.OWN_FIELDS: "A-EP",
    CardRoute.EMBEDDED: "A",
    CardRoute.HOSTED: "A",
}

_REMARKS = {
    CardRoute.SERVER: "for as long as card data reaches this server",
    CardRoute.OWN_FIELDS: "since this site's own page handles card data",
    CardRoute.EMBEDDED: "if the pages with the processor's fields are shown to be safe from script attacks",
    CardRoute.HOSTED: "if customers type card data on the processor's pages only",
}

_SHOWN = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Hint:
    """The questionnaire (`A`, `A-EP` or `D`), under which condition, and the places that it follows from, first the telling."""

    questionnaire: str
    condition: str
    reasons: tuple[Integration, ...]


def hint(scan: ScanResult) -> Hint | None:
    """Return the hint for a scan of a whole project, or None where nothing was seen that says how card data travels."""
    if scan.partial or not scan.integrations:
        return None
    widest = next(route for route in CardRoute if any(item.route is route for item in scan.integrations))
    order = list(CardRoute)
    reasons = sorted(scan.integrations, key=lambda item: (order.index(item.route), item.place, item.note))
    return Hint(_QUESTIONNAIRES[widest], _REMARKS[widest], tuple(reasons))


def sentence(found: Hint) -> str:
    """Return the hint in one line, with its most telling places."""
    widest = [item for item in found.reasons if item.route is found.reasons[0].route]
    shown = "; ".join(f"{item.note} at {visible(str(item.place))}" for item in widest[:_SHOWN])
    rest = len(widest) - _SHOWN
    more = f"; and {rest:,} more place{'s' if rest > 1 else ''}" if rest > 0 else ""
    return f"SAQ {found.questionnaire} is hinted at, {found.condition}: {shown}{more}. Your acquirer decides, not this scan"
