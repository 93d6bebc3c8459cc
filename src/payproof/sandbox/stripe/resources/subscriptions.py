"""Subscriptions."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import (
    accounts,
    discounting,
    methods,
    pausing,
    pricing,
    subscribing,
    subscription_changes,
    subscription_terms,
    taxing,
)
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.discounting import DISCOUNT
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, integer, refuse_taxes, unplayed
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

NOT_PLAYED = (
    "backdate_start_date", "billing_cycle_anchor_config", "billing_schedules", "billing_thresholds", "coupon", "default_source",
    "pending_invoice_item_interval", "promotion_code", "trial_from_plan",
)  # fmt: skip


@route("POST", "/v1/subscriptions")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    refuse_taxes(call)
    call.required("customer")
    books, customer = call.books, call.books.named(CUSTOMER, call.get("customer"), "customer")
    shares = subscription_terms.lines(call)
    named = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    behavior = subscription_terms.payment_behavior(call)
    collection = call.get("collection_method", "charge_automatically")
    trial_end, anchor = subscription_terms.trial_end(call), _anchor(call)
    coupons = pricing.granted(books, call.get("discounts"), customer, subscription_terms.amount_of(shares))
    rates = taxing.rates_of(books, call.get("default_tax_rates"), "default_tax_rates")
    terms = _connect(call)
    method = named or subscription_terms.default(books, customer)
    automatic = collection == "charge_automatically" and trial_end is None and behavior != "default_incomplete"
    if automatic and method is None and subscription_terms.amount_of(shares):
        message = (
            "This customer has no attached payment source or default payment method. "
            "Please consider adding a default payment method."
        )
        raise errors.invalid(message, code="resource_missing")
    if automatic and behavior == "error_if_incomplete":
        subscribing.check_payable(method)
    extra = subscription_terms.extra_items(call)
    content: dict[str, Any] = {
        **call.given(("description", "days_until_due", "billing_mode")),
        **subscription_terms.settings(call),
        **terms,
        "anchor": anchor,
        "cancel_at_period_end": call.flag("cancel_at_period_end"),
        "collection_method": collection,
        "default_payment_method": named["id"] if named else None,
        "default_tax_rates": rates,
        "metadata": metadata.merged({}, call.params.get("metadata")),
        "trial_end": trial_end,
    }
    made = subscribing.write(books, customer, shares, **content)
    made["_discounts"] = discounting.grant(books, coupons, customer=customer["id"], subscription=made["id"])
    for price, quantity in extra:
        subscription_terms.add(books, made, price, quantity)
    _cancel_at(call, made)
    prorates = call.get("proration_behavior") != "none"
    return subscribing.start(books, made, behavior, off_session=call.flag("off_session"), prorates=prorates or anchor is None)


@route("GET", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve(call: Call) -> Object:
    return call.subject(SUBSCRIPTION)


@route("POST", "/v1/subscriptions/{subscription_exposed_id}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    refuse_taxes(call)
    books, subscription = call.books, call.subject(SUBSCRIPTION)
    if subscription["_ended"] and set(call.params) - {"metadata", "cancellation_details", "expand"}:
        raise errors.invalid("A canceled subscription can only update its cancellation_details and metadata.")
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    changes = subscription_terms.changes(call, subscription)
    terms = subscription_terms.of_change(call)
    coupons = pricing.granted(books, call.get("discounts"), books.of(CUSTOMER, subscription["customer"]))
    extra = subscription_terms.extra_items(call)
    content = {**call.given(("description", "days_until_due", "collection_method")), **subscription_terms.settings(call)}
    content |= {**_connect(call), "metadata": metadata.merged(subscription["metadata"], call.params.get("metadata"))}
    if "default_tax_rates" in call.params:
        content["default_tax_rates"] = taxing.rates_of(books, call.get("default_tax_rates"), "default_tax_rates")
    trial = subscription_terms.new_trial_end(call, subscription)
    if method is not None:
        content["default_payment_method"] = method["id"]
    details = call.get("cancellation_details")
    with books.changing(subscription, "customer.subscription.updated"):
        subscription.update(content)
        if details is not None:
            subscription["cancellation_details"].update({name: details.get(name) for name in ("comment", "feedback")})
        if "cancel_at_period_end" in call.params:
            _cancel_later(books, subscription, call.flag("cancel_at_period_end"))
        _cancel_at(call, subscription)
        if "pause_collection" in call.params:
            pausing.pause_collection(books, subscription, call.get("pause_collection"))
        if "discounts" in call.params:
            owner = {"customer": subscription["customer"], "subscription": subscription["id"]}
            subscription["_discounts"] = discounting.grant(books, coupons, **owner)
        for price, quantity in extra:
            subscription_terms.add(books, subscription, price, quantity)
        if trial is not None:
            subscription_terms.move_trial(books, subscription, trial)
        if changes or terms.anchor_now or (extra and terms.behavior == "always_invoice"):
            subscription_changes.apply(books, subscription, changes, terms)
        subscribing.refresh(books, subscription)
    return subscription


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}")
def cancel(call: Call) -> Object:
    return subscribing.cancel(
        call.books,
        call.subject(SUBSCRIPTION),
        details=call.get("cancellation_details"),
        prorate=call.flag("prorate"),
        invoice_now=call.flag("invoice_now"),
    )


@route("POST", "/v1/subscriptions/{subscription}/pause")
def pause(call: Call) -> Object:
    unplayed(call, "bill_for", "invoicing_behavior")
    call.get("type")
    return pausing.pause(call.books, call.subject(SUBSCRIPTION))


@route("POST", "/v1/subscriptions/{subscription}/resume")
def resume(call: Call) -> Object:
    unplayed(call, "proration_date")
    if call.get("proration_behavior") not in (None, "none"):
        unplayed(call, "proration_behavior")
    if call.get("payment_behavior") == "resume_on_payment_success":
        unplayed(call, "payment_behavior")
    anchor = call.get("billing_cycle_anchor") or "now"
    wanted = anchor.get("type") if isinstance(anchor, dict) else anchor
    return pausing.resume(call.books, call.subject(SUBSCRIPTION), anchor_now=wanted == "now")


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}/discount")
def delete_discount(call: Call) -> Object:
    subscription = call.subject(SUBSCRIPTION)
    if not subscription["_discounts"]:
        raise errors.missing("discount", subscription["id"], "subscription")
    discount = call.books.of(DISCOUNT, subscription["_discounts"].pop())
    subscribing.refresh(call.books, subscription)
    return discounting.end(call.books, discount)


@route("GET", "/v1/subscriptions")
def list_(call: Call) -> Object:
    status, price = call.get("status"), call.get("price")

    def test(subscription: Object) -> bool:
        items = subscription["items"]["data"]
        if price is not None and all(item["price"]["id"] != price for item in items):
            return False
        if status in (None, "all"):
            return status == "all" or subscription["status"] not in ("canceled", "incomplete_expired")
        if status == "ended":
            return subscription["status"] in ("canceled", "incomplete_expired")
        return bool(subscription["status"] == status)

    return lists.page(call, SUBSCRIPTION, "customer", "collection_method", "test_clock", where=test)


@route("GET", "/v1/subscriptions/search")
def search_(call: Call) -> Object:
    return search(call, SUBSCRIPTION)


def _anchor(call: Call) -> int | None:
    """Return when the periods of a new subscription begin, None for now."""
    given = call.get("billing_cycle_anchor")
    if given is None:
        return None
    moment = integer(given, "billing_cycle_anchor")
    if moment <= call.books.now():
        message = "billing_cycle_anchor must be a timestamp in the future."
        raise errors.invalid(message, param="billing_cycle_anchor")
    if call.get("trial_period_days") or call.get("trial_end"):
        raise NotImitated("a trial together with a billing_cycle_anchor is not played by the Stripe sandbox")
    return moment


def _connect(call: Call) -> dict[str, Any]:
    """Return what the subscription's payments pass on to connected accounts."""
    data = call.get("transfer_data")
    if data is not None:
        accounts.destination(call.books, str(data["destination"]), "transfer_data[destination]")
    return call.given(("application_fee_percent", "on_behalf_of", "transfer_data"))


def _cancel_later(books: Books, subscription: Object, later: bool) -> None:
    end = subscription["items"]["data"][0]["current_period_end"]
    subscription.update(cancel_at_period_end=later, cancel_at=end if later else None, canceled_at=books.now() if later else None)
    subscription["cancellation_details"]["reason"] = "cancellation_requested" if later else None


def _cancel_at(call: Call, subscription: Object) -> None:
    if "cancel_at" not in call.params:
        return
    given = call.get("cancel_at")
    if given is None:
        subscription.update(cancel_at=None, canceled_at=None)
        return
    end = subscription["items"]["data"][0]["current_period_end"]
    moment = end if given in ("min_period_end", "max_period_end") else integer(given, "cancel_at")
    if moment <= call.books.now():
        raise errors.invalid("Invalid timestamp: can be no earlier than now.", param="cancel_at")
    subscription.update(cancel_at=moment, canceled_at=call.books.now())
    subscription["cancellation_details"]["reason"] = "cancellation_requested"
    call.books.at(moment, "subscription.cancel_at", subscription["id"])
