"""Compares signatures in a time that tells nothing of them."""

from __future__ import annotations

import libcst as cst

from payproof.scan.fixes import Fixed, NotCertain, Target

RULES = ("webhook-compare-timing",)
SUMMARY = "`==` becomes `hmac.compare_digest`, with its import"


def fix(target: Target) -> Fixed:
    """Rewrite the one comparison of two values that stands in the place, by `==` or `!=`."""
    comparison = target.node(cst.Comparison)
    if len(comparison.comparisons) != 1:
        raise NotCertain("more than two values are compared")
    (right,) = comparison.comparisons
    if not isinstance(right.operator, (cst.Equal, cst.NotEqual)):
        raise NotCertain("the values are not compared by == or !=")
    compare = cst.Attribute(cst.Name("hmac"), cst.Name("compare_digest"))
    left = comparison.left.with_changes(lpar=[], rpar=[]) if isinstance(comparison.left, cst.Name) else comparison.left
    call: cst.BaseExpression = cst.Call(compare, [cst.Arg(left), cst.Arg(right.comparator)])
    if isinstance(right.operator, cst.NotEqual):
        call = cst.UnaryOperation(cst.Not(), call, lpar=comparison.lpar, rpar=comparison.rpar)
    else:
        call = call.with_changes(lpar=comparison.lpar, rpar=comparison.rpar)
    return Fixed({comparison: call}, ("hmac",))
