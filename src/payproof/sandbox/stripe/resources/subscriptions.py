"""Subscriptions and their items."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import methods, pricing, subscribing, subscription_items
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.behaviour.subscription_items import SUBSCRIPTION_ITEM
from payproof.sandbox.stripe.books import Books, Object, rendered
from payproof.sandbox.stripe.call import Call, integer, refuse_taxes, unplayed
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

NOT_PLAYED = (
    "add_invoice_items", "application_fee_percent", "backdate_start_date", "billing_cycle_anchor",
    "billing_cycle_anchor_config", "billing_schedules", "billing_thresholds", "cancel_at", "coupon", "default_source",
    "discounts", "pause_collection", "pending_invoice_item_interval", "promotion_code", "transfer_data", "trial_from_plan",
)  # fmt: skip


@route("POST", "/v1/subscriptions")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    refuse_taxes(call)
    call.required("customer")
    customer = call.books.named(CUSTOMER, call.get("customer"), "customer")
    lines = _lines(call)
    named = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    behavior = call.get("payment_behavior", "allow_incomplete")
    collection = call.get("collection_method", "charge_automatically")
    trial_end = _trial_end(call)
    method = named or _default(call.books, customer)
    automatic = collection == "charge_automatically" and trial_end is None and behavior != "default_incomplete"
    if automatic and method is None:
        message = (
            "This customer has no attached payment source or default payment method. "
            "Please consider adding a default payment method."
        )
        raise errors.invalid(message, code="resource_missing")
    if automatic and behavior == "error_if_incomplete":
        subscribing.check_payable(method)
    content: dict[str, Any] = {
        **call.given(("description", "days_until_due", "on_behalf_of", "billing_mode")),
        **_settings(call),
        "cancel_at_period_end": call.flag("cancel_at_period_end"),
        "collection_method": collection,
        "default_payment_method": named["id"] if named else None,
        "metadata": metadata.merged({}, call.params.get("metadata")),
        "trial_end": trial_end,
    }
    made = subscribing.write(call.books, customer, lines, **content)
    return subscribing.start(call.books, made, behavior, off_session=call.flag("off_session"))


@route("GET", "/v1/subscriptions/{subscription_exposed_id}")
def retrieve(call: Call) -> Object:
    return call.subject(SUBSCRIPTION)


@route("POST", "/v1/subscriptions/{subscription_exposed_id}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED, "trial_end", "payment_behavior")
    refuse_taxes(call)
    call.get("off_session")  # changes are never charged at once here
    subscription = call.subject(SUBSCRIPTION)
    if subscription["_ended"] and set(call.params) - {"metadata", "cancellation_details", "expand"}:
        raise errors.invalid("A canceled subscription can only update its cancellation_details and metadata.")
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    changes = _item_changes(call, subscription)
    notes = metadata.merged(subscription["metadata"], call.params.get("metadata"))
    with call.books.changing(subscription, "customer.subscription.updated"):
        subscription.update(
            {**call.given(("description", "days_until_due", "collection_method")), **_settings(call)}, metadata=notes
        )
        if method is not None:
            subscription["default_payment_method"] = method["id"]
        if "cancel_at_period_end" in call.params:
            _cancel_later(call.books, subscription, call.flag("cancel_at_period_end"))
        for item, price, quantity in changes:
            item.update(price=rendered(price), plan=subscription_items.plan_of(price), quantity=quantity)
        subscribing.refresh(call.books, subscription)
    return subscription


@route("DELETE", "/v1/subscriptions/{subscription_exposed_id}")
def cancel(call: Call) -> Object:
    unplayed(call, "prorate", "invoice_now")
    return subscribing.cancel(call.books, call.subject(SUBSCRIPTION), details=call.get("cancellation_details"))


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

    return lists.page(call, SUBSCRIPTION, "customer", "collection_method", where=test)


@route("GET", "/v1/subscriptions/search")
def search_(call: Call) -> Object:
    return search(call, SUBSCRIPTION)


@route("GET", "/v1/subscription_items")
def list_items(call: Call) -> Object:
    call.required("subscription")
    return lists.page(call, SUBSCRIPTION_ITEM, "subscription")


@route("GET", "/v1/subscription_items/{item}")
def retrieve_item(call: Call) -> Object:
    return call.subject(SUBSCRIPTION_ITEM)


def _lines(call: Call) -> list[tuple[Object, int]]:
    given = call.get("items") or []
    if not given:
        raise errors.missing_param("items")
    lines: list[tuple[Object, int]] = []
    for index, item in enumerate(given):
        price = pricing.price_of(call.books, item, f"items[{index}]")
        if price["recurring"] is None:
            message = (
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: "
                f"{price['id']}."
            )
            raise errors.invalid(message, param=f"items[{index}][price]")
        quantity = item.get("quantity")
        lines.append((price, 1 if quantity is None else integer(quantity, f"items[{index}][quantity]")))
    if len({(price["currency"], str(price["recurring"])) for price, _ in lines}) > 1:
        raise errors.invalid("All prices on a subscription must have the same currency and billing interval.", param="items")
    return lines


def _settings(call: Call) -> dict[str, Any]:
    """Return the settings of payments and trials, those given over Stripe's defaults."""
    found: dict[str, Any] = {}
    if call.get("payment_settings"):
        found["payment_settings"] = {**subscribing.PAYMENT_SETTINGS, **call.get("payment_settings")}
    ending = (call.get("trial_settings") or {}).get("end_behavior") or {}
    if ending.get("missing_payment_method") in ("cancel", "pause"):
        raise NotImitated("trials that cancel or pause without a payment method are not played; use 'create_invoice'")
    return found


def _trial_end(call: Call) -> int | None:
    days, end = call.integer("trial_period_days"), call.get("trial_end")
    if days is not None and end is not None:
        raise errors.invalid("You may only specify one of these parameters: trial_end, trial_period_days.", executed=False)
    if end not in (None, "now"):
        moment = integer(end, "trial_end")
        if moment <= call.books.now():
            raise errors.invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
        return moment
    return call.books.now() + days * 86_400 if days else None


def _default(books: Books, customer: Object) -> Object | None:
    return books.find(methods.PAYMENT_METHOD, customer["invoice_settings"]["default_payment_method"])


def _item_changes(call: Call, subscription: Object) -> list[tuple[Object, Object, int]]:
    """Return the items that an update changes, with their new prices and quantities; they count from the next period on."""
    given = call.get("items") or []
    if given and call.get("proration_behavior") != "none":
        raise NotImitated(
            "POST /v1/subscriptions/{id} changes items with proration, which is not played; send proration_behavior 'none'"
        )
    changes: list[tuple[Object, Object, int]] = []
    for index, change in enumerate(given):
        found = [item for item in subscription["items"]["data"] if item["id"] == change.get("id")]
        if not found or change.get("deleted"):
            raise NotImitated("adding items to a subscription, or deleting them, is not played; change the price or the quantity")
        described = change.get("price") or change.get("price_data")
        price = pricing.price_of(call.books, change, f"items[{index}]") if described else found[0]["price"]
        changes.append((found[0], price, int(change.get("quantity") or found[0]["quantity"])))
    return changes


def _cancel_later(books: Books, subscription: Object, later: bool) -> None:
    end = subscription["items"]["data"][0]["current_period_end"]
    subscription.update(cancel_at_period_end=later, cancel_at=end if later else None, canceled_at=books.now() if later else None)
    subscription["cancellation_details"]["reason"] = "cancellation_requested" if later else None
