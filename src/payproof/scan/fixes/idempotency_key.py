"""Moves an idempotency key from the parameters of a call of StripeClient's to its options."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target, dotted, keyword, plain, text_of, with_argument, with_comment

RULES = ("idempotency-key-misplaced",)
SUMMARY = "the key moves from the parameters of StripeClient's call to its options"

KEY = "idempotency_key"


def fix(target: Target) -> Fixed:
    """Move the key where both parameters and options are written out in the call."""
    call = target.call()
    # Services of StripeClient's, unlike resources, have names in lower case: client.v1.payment_intents.create(...)
    service = dotted(call.func).split(".")[-2:-1]
    if target.site.processor != "stripe" or not service or not service[0].islower():
        raise NotCertain("only a call of StripeClient's is rewritten")
    given = plain(call)
    params = keyword(call, "params") or (given[0] if given else None)
    options = keyword(call, "options") or (given[-1] if len(given) > 1 else None)
    if params is None or not isinstance(params.value, cst.Dict):
        raise NotCertain("the parameters are not written out in this call")
    element = next((one for one in params.value.elements if isinstance(one, cst.DictElement) and text_of(one.key) == KEY), None)
    if element is None:
        raise NotCertain("the key is not written out among the parameters of this call")
    kept = params.with_changes(value=_without(params.value, element))
    if options is None:
        value = cst.Dict([cst.DictElement(element.key, element.value)])
        return Fixed({call: with_argument(_with(call, params, kept), "options", value)})
    if not isinstance(options.value, cst.Dict) or any(isinstance(one, cst.StarredDictElement) for one in options.value.elements):
        raise NotCertain("the options are not written out in this call")
    if any(isinstance(one, cst.DictElement) and text_of(one.key) == KEY for one in options.value.elements):
        raise NotCertain("the options hold a key already")
    more = options.with_changes(value=_adding(options.value, element))
    return Fixed({call: _with(_with(call, params, kept), options, more)})


def _with(call: cst.Call, old: cst.Arg, new: cst.Arg) -> cst.Call:
    return call.with_changes(args=[new if one is old else one for one in call.args])


def _without(held: cst.Dict, gone: cst.DictElement) -> cst.Dict:
    left = [one for one in held.elements if one is not gone]
    if left and held.elements[-1] is gone:
        tail = with_comment(held.rbrace.whitespace_before, left[-1].comma)
        left[-1] = left[-1].with_changes(comma=gone.comma)
        return held.with_changes(elements=left, rbrace=held.rbrace.with_changes(whitespace_before=tail))
    return held.with_changes(elements=left)


def _adding(held: cst.Dict, element: cst.DictElement) -> cst.Dict:
    elements = list(held.elements)
    added = cst.DictElement(element.key, element.value)
    if elements:
        last = elements[-1]
        added = added.with_changes(comma=last.comma)
        elements[-1] = last.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    return held.with_changes(elements=[*elements, added])
