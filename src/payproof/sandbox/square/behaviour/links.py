"""Payment links: a page of Square's on which the buyer pays an order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import orders, payments
from payproof.sandbox.square.books import ORDER, PAYMENT_LINK, Books, Object


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Make a link to the page that takes an order, or one price."""
    quick: Any = asked.get("quick_pay")
    order: Any = asked.get("order")
    if (quick is None) == (order is None):
        raise errors.invalid("BAD_REQUEST", "", "Exactly one of `quick_pay` and `order` is given.")
    if order is None:
        line = {"name": quick["name"], "quantity": "1", "base_price_money": quick["price_money"]}
        order = {"location_id": quick["location_id"], "line_items": [line]}
    paid = orders.create(books, order)
    made = books.new(
        PAYMENT_LINK,
        books.box.ids.text(16).upper(),
        version=1,
        order_id=paid["id"],
        description=asked.get("description"),
        payment_note=asked.get("payment_note"),
        checkout_options=asked.get("checkout_options"),
        pre_populated_data=asked.get("pre_populated_data"),
        created_at=books.time(),
        _paid=False,
    )
    made["url"] = f"https://sandbox.square.link/u/{made['id'][:8]}"
    made["long_url"] = f"https://connect.squareupsandbox.com/v2/online-checkout/sandbox-testing-panel/{made['id']}"
    return made


def pay(books: Books, link: Object, source: str) -> Object:
    """The buyer pays on the page. A decline leaves a payment that failed, and the page open."""
    order = books.of(ORDER, link["order_id"])
    if link["_paid"] or order["state"] != "OPEN":
        raise SandboxError(f"{link['id']} waits for no payment; its order is {order['state']}")
    payments.attempt(books, order, source, note=link.get("payment_note"))
    link["_paid"] = order["state"] != "OPEN"
    books.box.effect(PAYMENT_LINK, link["id"])
    return link
