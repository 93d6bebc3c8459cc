"""Orders."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.rendering import rendered
from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import orders, payments
from payproof.sandbox.square.books import ORDER, PAYMENT
from payproof.sandbox.square.call import Call, Made
from payproof.sandbox.square.routes import endpoint


@endpoint("POST", "/v2/orders", keyed=True)
def create(call: Call) -> Any:
    return Made(ORDER, orders.create(call.books, call.body.get("order") or {}))


@endpoint("POST", "/v2/orders/batch-retrieve")
def show_some(call: Call) -> Any:
    place = call.body.get("location_id")
    found = [order for one in call.body["order_ids"] if (order := call.books.find(ORDER, one)) is not None]
    return {"orders": [rendered(order) for order in found if place in (None, order["location_id"])]}


@endpoint("GET", "/v2/orders/{order_id}")
def show(call: Call) -> Any:
    return Made(ORDER, call.subject(ORDER))


@endpoint("PUT", "/v2/orders/{order_id}", keyed=True)
def update(call: Call) -> Any:
    order, asked = call.subject(ORDER), call.body.get("order") or {}
    if asked.get("version") is None:
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", "order.version", "Missing required parameter.")
    call.version(order, asked["version"], "order.version")
    return Made(ORDER, orders.update(call.books, order, asked))


@endpoint("POST", "/v2/orders/{order_id}/pay", keyed=True)
def pay(call: Call) -> Any:
    """Take all payments that were approved for the order; together they must be what is due."""
    order = call.subject(ORDER)
    call.version(order, call.body.get("order_version"), "order_version")
    found = [call.books.named(PAYMENT, one, "payment_ids") for one in call.body.get("payment_ids") or ()]
    due = order["net_amount_due_money"]["amount"]
    if order["state"] != "OPEN":
        raise errors.invalid("BAD_REQUEST", "order_id", f"The order is {order['state']}.")
    for payment in found:
        if payment.get("order_id") != order["id"]:
            raise errors.invalid("BAD_REQUEST", "payment_ids", f"Payment {payment['id']} is not for this order.")
        payments.check_open(payment)
    if sum(payment["amount_money"]["amount"] for payment in found) != due:
        raise errors.invalid("PAYMENT_AMOUNT_MISMATCH", "payment_ids", f"The payments do not add up to {due}.")
    payments.take_together(call.books, order, found)
    return Made(ORDER, order)
