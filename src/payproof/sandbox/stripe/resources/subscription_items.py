"""Items of subscriptions, changed one by one."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.behaviour import subscribing, subscription_changes, subscription_terms
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.behaviour.subscription_changes import Change
from payproof.sandbox.stripe.behaviour.subscription_items import SUBSCRIPTION_ITEM
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/subscription_items")
def create(call: Call) -> Object:
    subscription = call.books.named(SUBSCRIPTION, str(call.required("subscription")), "subscription")
    change = subscription_terms.change_of(call.books, None, call.params)
    _apply(call, subscription, change)
    added: Object = subscription["items"]["data"][-1]
    return added


@route("GET", "/v1/subscription_items/{item}")
def retrieve(call: Call) -> Object:
    return call.subject(SUBSCRIPTION_ITEM)


@route("POST", "/v1/subscription_items/{item}")
def update(call: Call) -> Object:
    item = call.subject(SUBSCRIPTION_ITEM)
    _apply(call, call.books.of(SUBSCRIPTION, item["subscription"]), subscription_terms.change_of(call.books, item, call.params))
    return item


@route("DELETE", "/v1/subscription_items/{item}")
def delete(call: Call) -> Object:
    item = call.subject(SUBSCRIPTION_ITEM)
    _apply(call, call.books.of(SUBSCRIPTION, item["subscription"]), Change(item, None, 0))
    return call.subject(SUBSCRIPTION_ITEM, deleted=True)


@route("GET", "/v1/subscription_items")
def list_(call: Call) -> Object:
    call.required("subscription")
    return lists.page(call, SUBSCRIPTION_ITEM, "subscription")


def _apply(call: Call, subscription: Object, change: Change) -> None:
    if subscription["_ended"]:
        raise errors.invalid("A canceled subscription cannot be changed.", param="subscription")
    subscription_changes.check(subscription, [change])
    terms = subscription_terms.of_change(call)
    with call.books.changing(subscription, "customer.subscription.updated"):
        subscription_changes.apply(call.books, subscription, [change], terms)
        subscribing.refresh(call.books, subscription)
