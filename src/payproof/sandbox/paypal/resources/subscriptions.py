"""Subscriptions v1, with the catalog's products that their plans need."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.paypal import amounts, errors
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import billing, plans, revising, standing, subscriptions
from payproof.sandbox.paypal.books import PLAN, PRODUCT, SUBSCRIPTION, TRANSACTION, link, read_time
from payproof.sandbox.paypal.call import LIST, Call, Made, unplayed
from payproof.sandbox.paypal.paging import page
from payproof.sandbox.paypal.routes import HOUR, endpoint

KEPT = 72 * HOUR
PRODUCTS = "/v1/catalogs/products"
PLANS = "/v1/billing/plans"
SUBSCRIPTIONS = "/v1/billing/subscriptions"


@endpoint("POST", PRODUCTS, status=201, body="ProductRequest", kind=PRODUCT, keeps=KEPT)
def create_product(call: Call) -> Any:
    return Made(PRODUCT, plans.create_product(call.books, dict(call.body.items())))


@endpoint("GET", PRODUCTS)
def list_products(call: Call) -> Any:
    shown = [whole(call.books, PRODUCT, product) for product in call.books.shelf(PRODUCT).values()]
    return {**page(call, shown, "products"), "links": [link(PRODUCTS, "self")]}


@endpoint("GET", f"{PRODUCTS}/{{id}}", kind=PRODUCT)
def show_product(call: Call) -> Any:
    return Made(PRODUCT, call.subject(PRODUCT, "product_id"))


@endpoint("POST", PLANS, status=201, body="PlanRequest", answers="BillingPlan", kind=PLAN, keeps=KEPT)
def create_plan(call: Call) -> Any:
    return Made(PLAN, plans.create(call.books, dict(call.body.items())))


@endpoint("GET", PLANS, answers="PlanCollection")
def list_plans(call: Call) -> Any:
    product = call.query.get("product_id")
    found = [plan for plan in call.books.shelf(PLAN).values() if product in (None, plan["product_id"])]
    return {**page(call, [whole(call.books, PLAN, plan) for plan in found], "plans"), "links": [link(PLANS, "self")]}


@endpoint("GET", f"{PLANS}/{{id}}", answers="BillingPlan", kind=PLAN)
def show_plan(call: Call) -> Any:
    return Made(PLAN, call.subject(PLAN))


@endpoint("PATCH", f"{PLANS}/{{id}}", body="List[Patch]", kind=PLAN)
def patch_plan(call: Call) -> Any:
    plans.patch(call.books, call.subject(PLAN), call.body[LIST])


@endpoint("POST", f"{PLANS}/{{id}}/activate", kind=PLAN)
def activate_plan(call: Call) -> Any:
    plans.switch(call.books, call.subject(PLAN), "ACTIVE")


@endpoint("POST", f"{PLANS}/{{id}}/deactivate", kind=PLAN)
def deactivate_plan(call: Call) -> Any:
    plans.switch(call.books, call.subject(PLAN), "INACTIVE")


@endpoint("POST", f"{PLANS}/{{id}}/update-pricing-schemes", body="UpdatePricingSchemesRequest", kind=PLAN)
def price_plan(call: Call) -> Any:
    plans.price(call.books, call.subject(PLAN), call.required("pricing_schemes"))


@endpoint(
    "POST",
    SUBSCRIPTIONS,
    status=201,
    body="CreateSubscriptionRequest",
    answers="Subscription",
    kind=SUBSCRIPTION,
    keeps=KEPT,
)
def create(call: Call) -> Any:
    unplayed(call, "plan")
    return Made(SUBSCRIPTION, subscriptions.create(call.books, dict(call.body.items())))


@endpoint("GET", SUBSCRIPTIONS, answers="SubscriptionCollection")
def list_subscriptions(call: Call) -> Any:
    strange = set(call.query) - {"plan_ids", "statuses", "page", "page_size", "total_required"}
    if strange:
        raise NotImitated(f"{call.request.line} was asked by {min(strange)!r}, which the PayPal sandbox does not play")
    found = list(call.books.shelf(SUBSCRIPTION).values())
    for name, field in (("plan_ids", "plan_id"), ("statuses", "status")):
        if call.query.get(name):
            found = [one for one in found if one[field] in str(call.query[name]).split(",")]
    shown = [whole(call.books, SUBSCRIPTION, one) for one in found]
    return {**page(call, shown, "subscriptions"), "links": [link(SUBSCRIPTIONS, "self")]}


@endpoint("GET", f"{SUBSCRIPTIONS}/{{id}}", answers="Subscription", kind=SUBSCRIPTION)
def show(call: Call) -> Any:
    return Made(SUBSCRIPTION, call.subject(SUBSCRIPTION))


@endpoint("PATCH", f"{SUBSCRIPTIONS}/{{id}}", body="List[Patch]", kind=SUBSCRIPTION)
def patch(call: Call) -> Any:
    found = call.subject(SUBSCRIPTION)
    standing.check_status(found, "ACTIVE", "SUSPENDED", "APPROVED", "APPROVAL_PENDING")
    changes = {}
    for place, one in enumerate(call.body[LIST]):
        name = str(one.get("path", "")).lstrip("/")
        if name not in ("custom_id", "shipping_amount"):
            raise NotImitated(f"{call.request.line} patches {one.get('path')!r}, which the PayPal sandbox does not play")
        if one["op"] not in ("add", "replace"):
            raise errors.invalid("UNSUPPORTED_PATCH_OPERATION", f"/{place}/op", one["op"])
        changes[name] = one.get("value")
    call.books.changed(SUBSCRIPTION, found, **changes)
    standing.emit(call.books, "BILLING.SUBSCRIPTION.UPDATED", found)


@endpoint(
    "POST",
    f"{SUBSCRIPTIONS}/{{id}}/revise",
    body="ModifySubscriptionRequest",
    answers="ModifySubscriptionResponse",
    kind=SUBSCRIPTION,
)
def revise(call: Call) -> Any:
    unplayed(call, "plan", "shipping_address")
    call.body.get("application_context")
    wanted = {name: call.body.get(name) for name in revising.FIELDS}
    return revising.propose(call.books, call.subject(SUBSCRIPTION), wanted)


@endpoint("POST", f"{SUBSCRIPTIONS}/{{id}}/suspend", body="SuspendSubscription", kind=SUBSCRIPTION)
def suspend(call: Call) -> Any:
    found = call.subject(SUBSCRIPTION)
    standing.check_status(found, "ACTIVE")
    standing.suspend(call.books, found, str(call.required("reason")))


@endpoint("POST", f"{SUBSCRIPTIONS}/{{id}}/cancel", body="CancelSubscriptionRequest", kind=SUBSCRIPTION)
def cancel(call: Call) -> Any:
    found = call.subject(SUBSCRIPTION)
    standing.check_status(found, "ACTIVE", "SUSPENDED")
    standing.cancel(call.books, found, str(call.required("reason")))


@endpoint("POST", f"{SUBSCRIPTIONS}/{{id}}/activate", body="ActivateSubscriptionRequest", kind=SUBSCRIPTION)
def activate(call: Call) -> Any:
    found = call.subject(SUBSCRIPTION)
    standing.check_status(found, "SUSPENDED", "APPROVED")
    subscriptions.activate(call.books, found, str(call.body.get("reason") or ""))


@endpoint(
    "POST",
    f"{SUBSCRIPTIONS}/{{id}}/capture",
    body="CaptureSubscriptionRequest",
    answers="SubscriptionTransactionDetails",
    kind=TRANSACTION,
    keeps=KEPT,
)
def capture(call: Call) -> Any:
    """Take what a subscriber owes."""
    found = call.subject(SUBSCRIPTION)
    standing.check_status(found, "ACTIVE", "SUSPENDED")
    call.required("note"), call.required("capture_type")
    amount = call.required("amount")
    units = amounts.minor(amount)
    if not found["_owed"]:
        raise errors.unprocessable("ZERO_OUTSTANDING_BALANCE")
    if amount["currency_code"] != plans.currency(call.books.of(PLAN, found["plan_id"])):
        raise errors.unprocessable("CURRENCY_MISMATCH", "/amount/currency_code")
    if units > found["_owed"]:
        raise errors.unprocessable("AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE", "/amount/value")
    if billing.take(call.books, found, units):
        found["_owed"] -= units
    return Made(TRANSACTION, next(reversed(call.books.shelf(TRANSACTION).values())))


@endpoint("GET", f"{SUBSCRIPTIONS}/{{id}}/transactions", answers="TransactionsList")
def transactions(call: Call) -> Any:
    found = call.subject(SUBSCRIPTION)
    times = []
    for name in ("start_time", "end_time"):
        if not call.query.get(name):
            raise errors.refusal(400, "MISSING_REQUIRED_PARAMETER", field=f"/{name}", executed=False, location="query")
        times.append(read_time(str(call.query[name]), f"/{name}"))
    of_it = [one for one in call.books.where(TRANSACTION, _subscription=found["id"]) if times[0] <= one["_at"] <= times[1]]
    path = f"{SUBSCRIPTIONS}/{found['id']}/transactions"
    return {"transactions": [whole(call.books, TRANSACTION, one) for one in of_it], "links": [link(path, "self")]}
