"""Revisions of a subscription: another plan, quantity or shipping price, which count once the payer has agreed again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.paypal import errors
from payproof.sandbox.paypal.behaviour import plans, standing
from payproof.sandbox.paypal.books import PLAN, SITE, SUBSCRIPTION, Books, Object, link
from payproof.sandbox.paypal.roles import AGREED, AWAITED

FIELDS = ("plan_id", "quantity", "shipping_amount")


def propose(books: Books, subscription: Object, content: Mapping[str, Any]) -> Object:
    """Keep what is to change until the payer agrees; return the answer, which leads the payer to PayPal's page."""
    standing.check_status(subscription, "ACTIVE", "SUSPENDED")
    before = books.of(PLAN, subscription["plan_id"])
    plan = books.find(PLAN, str(content.get("plan_id") or before["id"]))
    if plan is None:
        raise errors.missing("/plan_id", content["plan_id"])
    if plan["product_id"] != before["product_id"]:
        raise errors.unprocessable("PLAN_PRODUCT_NOT_COMPATIBLE", "/plan_id", plan["id"])
    if plans.currency(plan) != plans.currency(before):
        raise errors.unprocessable("CURRENCY_MISMATCH", "/plan_id", plan["id"])
    if content.get("quantity") and not plan["quantity_supported"]:
        raise errors.unprocessable("SUBSCRIPTION_CANNOT_HAVE_QUANTITY", "/quantity")
    wanted = {name: content[name] for name in FIELDS if content.get(name) is not None}
    books.changed(SUBSCRIPTION, subscription, _revision=wanted, _payer=AWAITED)
    page = f"{SITE}/webapps/billing/subscriptions/update?ba_token=BA-{subscription['id'][2:]}"
    path = f"/v1/billing/subscriptions/{subscription['id']}"
    links = [link(page, "approve"), link(f"{path}/revise", "self", "POST")]
    return {"plan_id": plan["id"], **wanted, "plan_overridden": False, "links": links}


def agree(books: Books, subscription: Object) -> Object:
    """The payer agrees to what was proposed; the day of the next billing stays. Emits BILLING.SUBSCRIPTION.UPDATED."""
    wanted = subscription.pop("_revision")
    if wanted.get("plan_id", subscription["plan_id"]) != subscription["plan_id"]:
        plan = books.of(PLAN, wanted["plan_id"])
        subscription["_done"] = {str(cycle["sequence"]): 0 for cycle in plan["billing_cycles"]}
        subscription["_anchor"] = {}
    books.changed(SUBSCRIPTION, subscription, _payer=AGREED, **wanted)
    standing.emit(books, "BILLING.SUBSCRIPTION.UPDATED", subscription)
    return subscription
