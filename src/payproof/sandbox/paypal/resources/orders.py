"""Orders v2."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.paypal import errors, keys
from payproof.sandbox.paypal.behaviour import orders, purchase_units, sources
from payproof.sandbox.paypal.behaviour.patching import apply
from payproof.sandbox.paypal.books import ORDER
from payproof.sandbox.paypal.call import LIST, Call, Made
from payproof.sandbox.paypal.routes import HOUR, endpoint

KEPT = 6 * HOUR
ORDERS = "/v2/checkout/orders"


@endpoint("POST", ORDERS, status=201, body="OrderRequest", answers="Order", kind=ORDER, keeps=KEPT)
def create(call: Call) -> Any:
    units = purchase_units.accepted(call.required("purchase_units"))
    source = call.body.get("payment_source")
    more = {name: call.body[name] for name in ("processing_instruction",) if call.body.get(name)}
    more["_context"] = call.body.get("application_context")
    more["_given_payer"] = call.body.get("payer")
    if source is not None:
        name, details = sources.only(source)
        if sources.pays_at_once(name, details) and keys.of(call.request) is None:
            raise errors.refusal(400, "PAYPAL_REQUEST_ID_REQUIRED", executed=False)
        if name == "card":
            sources.check_card(details, call.books.time()[:7])
        sources.vaulted(call.books, name, details)
    return Made(ORDER, orders.create(call.books, call.required("intent"), units, source, **more))


@endpoint("GET", f"{ORDERS}/{{id}}", answers="Order", kind=ORDER)
def show(call: Call) -> Any:
    return Made(ORDER, call.subject(ORDER, "order_id"))


@endpoint("PATCH", f"{ORDERS}/{{id}}", body="List[Patch]", kind=ORDER)
def patch(call: Call) -> Any:
    order = call.subject(ORDER, "order_id")
    if order["status"] == "COMPLETED":
        raise errors.unprocessable("ORDER_ALREADY_COMPLETED")
    units = apply(order["purchase_units"], call.body[LIST])
    call.books.changed(ORDER, order, purchase_units=units)


@endpoint("POST", f"{ORDERS}/{{id}}/confirm-payment-source", body="ConfirmOrderRequest", answers="Order", kind=ORDER)
def confirm(call: Call) -> Any:
    order = call.subject(ORDER, "order_id")
    if order["status"] == "COMPLETED":
        raise errors.unprocessable("ORDER_ALREADY_CAPTURED" if order["intent"] == "CAPTURE" else "ORDER_ALREADY_AUTHORIZED")
    if order["status"] == "APPROVED":
        raise errors.unprocessable("PAYMENT_ALREADY_APPROVED")
    name, details = sources.only(call.required("payment_source"))
    if name == "card":
        sources.check_card(details, call.books.time()[:7])
    if call.body.get("processing_instruction"):
        order["processing_instruction"] = call.body["processing_instruction"]
    call.body.get("application_context")
    orders.confirm(call.books, order, name, details)
    return Made(ORDER, order)


@endpoint("POST", f"{ORDERS}/{{id}}/authorize", status=201, body="OrderAuthorizeRequest", answers="Order", kind=ORDER, keeps=KEPT)
def authorize(call: Call) -> Any:
    return _completed(call, "AUTHORIZE")


@endpoint("POST", f"{ORDERS}/{{id}}/capture", status=201, body="OrderCaptureRequest", answers="Order", kind=ORDER, keeps=KEPT)
def capture(call: Call) -> Any:
    return _completed(call, "CAPTURE")


def _completed(call: Call, intent: str) -> Made:
    order = call.subject(ORDER, "order_id")
    source = call.body.get("payment_source")
    if source is not None and order["status"] == "CREATED" and order["intent"] == intent:
        name, details = sources.only(source)
        if name == "card":
            sources.check_card(details, call.books.time()[:7])
        orders.check_payable(call.books, sources.value_of(call.books, name, details), order["purchase_units"])
        orders.confirm(call.books, order, name, details)
    orders.check_completable(order, intent)
    orders.complete(call.books, order)
    return Made(ORDER, order)
