"""Switches an SDK's debug log off again."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, dotted, text_of

RULES = ("sdk-debug-log",)
SUMMARY = "the line that switches a processor's debug log on is taken out"


def fix(target: Target) -> Fixed:
    """Take out `stripe.log = "debug"`, the same in the environment, and a processor's logger set to DEBUG."""
    place = target.site.place
    starting = list(target.parsed.starting_at(place.line, place.column))
    assigned = next((node for node in starting if isinstance(node, cst.Assign)), None)
    if assigned is not None and len(assigned.targets) == 1 and _switches_on(assigned):
        return Fixed({target.statement(assigned): None})
    for node in starting:
        if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call) and _sets_level(node.value):
            return Fixed({target.statement(node): None})
    raise NotCertain("only a line of its own that switches one log on is taken out")


def _switches_on(assigned: cst.Assign) -> bool:
    name = assigned.targets[0].target
    if isinstance(name, cst.Subscript):
        return dotted(name.value).endswith("environ") and text_of(assigned.value) in ("debug", "DEBUG")
    path = dotted(name)
    if path.endswith(".debuglevel"):
        return isinstance(assigned.value, cst.Integer)
    return path == "stripe.log" and text_of(assigned.value) == "debug"


def _sets_level(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "setLevel" and len(call.args) == 1
