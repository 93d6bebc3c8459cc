"""Switches the check of certificates on again."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, keyword, without

RULES = ("tls-check-off",)
SUMMARY = "`verify=False` and its like are taken out, so that certificates are checked again"

_OFF = ("verify", "verify_ssl_certs", "ssl", "check_hostname")


def fix(target: Target) -> Fixed:
    """Take the keyword out of a call, or the assignment out of the file."""
    place = target.site.place
    starting = list(target.parsed.starting_at(place.line, place.column))
    calls = [node for node in starting if isinstance(node, cst.Call)]
    if calls:
        call = target.call()
        off = [one for one in (keyword(call, name) for name in _OFF) if one is not None and _is_false(one.value)]
        if len(off) != 1:
            raise NotCertain("the switch is not written out in this call")
        return Fixed({call: without(call, off[0])})
    assigned = next((node for node in starting if isinstance(node, cst.Assign)), None)
    if assigned is None or len(assigned.targets) != 1 or not _is_false(assigned.value):
        raise NotCertain("the switch is not written out as `False` in this place")
    name = assigned.targets[0].target
    if not isinstance(name, cst.Attribute) or name.attr.value not in _OFF:
        raise NotCertain("the switch is not one that can be left out")
    return Fixed({target.statement(assigned): None})


def _is_false(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) and value.value == "False"
