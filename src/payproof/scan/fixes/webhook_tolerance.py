"""Gives a webhook's check its age limit back."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, dotted, keyword, plain, with_argument, without

RULES = ("webhook-tolerance-off",)
SUMMARY = "`construct_event` gets its default tolerance back, `verify_header` one of 300 seconds"

_POSITION = {"construct_event": 3, "parse_event_notification": 3, "parse_thin_event": 3, "verify_header": 3}
_OFF = ("0", "None")


def fix(target: Target) -> Fixed:
    """Take a tolerance of 0 or None out, and give `verify_header`, which has none by default, one of 300 seconds."""
    call = target.call()
    name = dotted(call.func).rpartition(".")[2]
    if name not in _POSITION:
        raise NotCertain("only checks of stripe's are rewritten")
    given = plain(call)
    place = _POSITION[name]
    tolerance = keyword(call, "tolerance") or (given[place] if len(given) > place else None)
    if name == "verify_header":
        limit = cst.Integer("300")
        if tolerance is None:
            return Fixed({call: with_argument(call, "tolerance", limit)})
        _is_off(tolerance)
        return Fixed({tolerance.value: limit})
    if tolerance is None:
        raise NotCertain("the tolerance is not written out in this call")
    _is_off(tolerance)
    if tolerance.keyword is None and len(given) > place + 1:
        return Fixed({tolerance.value: cst.Integer("300")})
    return Fixed({call: without(call, tolerance)})


def _is_off(tolerance: cst.Arg) -> None:
    value = tolerance.value
    if not (isinstance(value, (cst.Integer, cst.Name)) and value.value in _OFF):
        raise NotCertain("the tolerance comes from elsewhere")
