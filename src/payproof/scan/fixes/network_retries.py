"""Has Stripe's SDK repeat calls that were lost on the way."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, dotted, keyword, plain, with_argument

RULES = ("network-retries-unset",)
SUMMARY = "`max_network_retries=2` is passed to `StripeClient`, or set beside `stripe.api_key`"

_NAME = "max_network_retries"
_TWO = cst.Integer("2")


def fix(target: Target) -> Fixed:
    """Pass the number of retries to a client, or set it after the key."""
    place = target.site.place
    starting = list(target.parsed.starting_at(place.line, place.column))
    if any(isinstance(node, cst.Call) for node in starting):
        call = target.call()
        plain(call)
        given = keyword(call, _NAME)
        if given is None:
            return Fixed({call: with_argument(call, _NAME, _TWO)})
        if isinstance(given.value, cst.Integer):
            return Fixed({given.value: _TWO})
        raise NotCertain("the number of retries comes from elsewhere")
    assigned = next((node for node in starting if isinstance(node, cst.Assign)), None)
    if assigned is None or len(assigned.targets) != 1 or dotted(assigned.targets[0].target) != "stripe.api_key":
        raise NotCertain("where the SDK is set up cannot be made out")
    line = target.statement(assigned)
    setting = cst.Assign([cst.AssignTarget(cst.Attribute(cst.Name("stripe"), cst.Name(_NAME)))], _TWO)
    return Fixed({line: cst.FlattenSentinel([line, cst.SimpleStatementLine([setting])])})
