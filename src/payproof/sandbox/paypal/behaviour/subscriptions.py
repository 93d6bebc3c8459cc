"""Subscriptions: agreed to by the payer, billed by the clock, suspended after failures, cancelled, or over.

PayPal's own attempts between two billings are not published and not imitated: what fails is owed, and is tried again with the
next cycle when the plan bills outstanding amounts by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.paypal import answering, errors, values
from payproof.sandbox.paypal.behaviour import billing, revising, sources, standing
from payproof.sandbox.paypal.books import PLAN, SITE, SUBSCRIPTION, Books, Object, link, read_time, written
from payproof.sandbox.paypal.roles import AGREED, AWAITED

KEPT_OF_REQUEST = ("quantity", "shipping_amount", "custom_id")


def create(books: Books, content: Mapping[str, Any]) -> Object:
    """Make a subscription that waits for the payer; one that names a card is active at once."""
    plan = books.find(PLAN, str(content["plan_id"]))
    if plan is None:
        raise errors.missing("/plan_id", content["plan_id"])
    if plan["status"] != "ACTIVE":
        raise errors.unprocessable("PLAN_STATUS_INVALID", "/plan_id")
    if content.get("quantity") and not plan["quantity_supported"]:
        raise errors.unprocessable("SUBSCRIPTION_CANNOT_HAVE_QUANTITY", "/quantity")
    if not str(content.get("quantity", "1")).isdigit():
        raise errors.invalid("INVALID_PARAMETER_VALUE", "/quantity", content["quantity"])
    start = read_time(content["start_time"], "/start_time") if content.get("start_time") else books.now()
    if start < books.now():
        raise errors.invalid("INVALID_PARAMETER_VALUE", "/start_time", content["start_time"])
    subscriber = dict(content.get("subscriber") or {})
    card = (subscriber.pop("payment_source", None) or {}).get("card")
    if card is not None:
        sources.check_card(card, books.time()[:7])
    made = books.new(
        SUBSCRIPTION,
        f"I-{books.identifier(12)}",
        plan_id=plan["id"],
        status="APPROVAL_PENDING",
        status_update_time=books.time(),
        start_time=written(start),
        plan_overridden=False,
        subscriber=subscriber,
        create_time=books.time(),
        update_time=books.time(),
        _payer=AWAITED,
        _value=values.DEFAULT,
        _start=start,
        _continue=(content.get("application_context") or {}).get("user_action") == "CONTINUE",
        _done={str(cycle["sequence"]): 0 for cycle in plan["billing_cycles"]},
        _owed=0,
        _failures=0,
        _turn=0,
        _next=None,
        **{name: content[name] for name in KEPT_OF_REQUEST if content.get(name) is not None},
    )
    standing.emit(books, "BILLING.SUBSCRIPTION.CREATED", made)
    if card is not None:
        made |= {"_payer": AGREED, "_value": sources.value_of(books, "card", card).name, "_continue": False}
        # Of a subscriber's card the SDK's model knows these; its number is never shown.
        made["subscriber"]["payment_source"] = {"card": {name: card[name] for name in ("name", "expiry") if name in card}}
        activate(books, made)
    return made


def approve(books: Books, subscription: Object, value: values.TestValue) -> Object:
    """The payer agrees on PayPal's page: the subscription is active, or waits for the application's word (CONTINUE)."""
    if subscription["_payer"] != AWAITED:
        raise SandboxError(f"subscription {subscription['id']} waits for no approval; it is {subscription['status']}")
    if "_revision" in subscription:
        subscription["_value"] = value.name
        return revising.agree(books, subscription)
    payer = {name: sources.PAYER[name] for name in ("email_address", "payer_id", "name")}
    subscription["subscriber"] = {**payer, **subscription["subscriber"]}
    subscription |= {"_payer": AGREED, "_value": value.name}
    if subscription["_continue"]:
        standing.change(books, subscription, "APPROVED")
    else:
        activate(books, subscription)
    return subscription


def activate(books: Books, subscription: Object, note: str = "") -> None:
    """Begin, or go on with, billing. Emits BILLING.SUBSCRIPTION.ACTIVATED."""
    first = subscription["_next"] is None
    subscription["_anchor"] = {}
    standing.change(books, subscription, "ACTIVE", note)
    standing.emit(books, "BILLING.SUBSCRIPTION.ACTIVATED", subscription)
    if first and not billing.charge_setup_fee(books, subscription):
        standing.cancel(books, subscription, "The setup fee could not be charged.")
        return
    billing.schedule(books, subscription, max(subscription["_start"] if first else subscription["_next"], books.now()))


@answering.view(SUBSCRIPTION)
def _view(books: Books, subscription: Object) -> Object:
    found = answering.without(subscription)
    if subscription["status"] != "APPROVAL_PENDING":
        found["billing_info"] = billing.information(books, subscription, books.of(PLAN, subscription["plan_id"]))
    return found


@answering.links(SUBSCRIPTION)
def _links(subscription: Object) -> list[dict[str, str]]:
    path = f"/v1/billing/subscriptions/{subscription['id']}"
    status = subscription["status"]
    found = []
    if status == "APPROVAL_PENDING":
        found.append(link(f"{SITE}/webapps/billing/subscriptions?ba_token=BA-{subscription['id'][2:]}", "approve"))
    verbs = {"ACTIVE": ("cancel", "suspend", "capture"), "SUSPENDED": ("cancel", "activate"), "APPROVED": ("activate",)}
    found += [link(path, "edit", "PATCH"), link(path, "self")]
    return found + [link(f"{path}/{verb}", verb, "POST") for verb in verbs.get(status, ())]
