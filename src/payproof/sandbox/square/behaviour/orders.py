"""Orders: line items with a price of their own, added up; paid by payments that name the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.square import errors
from payproof.sandbox.square.books import LOCATION, ORDER, Books, Object

_KEPT = ("reference_id", "customer_id", "metadata", "ticket_name", "fulfillments")
_LINE = ("name", "note", "metadata", "variation_name", "item_type")
_PLAYED = ("location_id", "line_items", "state", "id", "version", *_KEPT)
_UPDATED = ("reference_id", "metadata", "ticket_name", "state", "version", "location_id")


def create(books: Books, asked: Mapping[str, Any]) -> Object:
    """Make an order. Emits order.created."""
    _check_played(asked, _PLAYED, "order")
    if asked.get("state") not in (None, "OPEN"):
        raise NotImitated(f"the Square sandbox makes no order that is {asked['state']}")
    lines = [_line(books, line, f"order.line_items[{place}]") for place, line in enumerate(asked.get("line_items") or ())]
    currencies = {line["total_money"]["currency"] for line in lines}
    if len(currencies) > 1:
        raise errors.invalid("CURRENCY_MISMATCH", "order.line_items", "All items of an order have one currency.")
    currency = next(iter(currencies), "USD")
    total = sum(line["total_money"]["amount"] for line in lines)
    nothing = {"amount": 0, "currency": currency}
    made = books.new(
        ORDER,
        location_id=asked.get("location_id") or LOCATION,
        line_items=lines or None,
        created_at=books.time(),
        updated_at=books.time(),
        state="OPEN",
        version=1,
        total_money={"amount": total, "currency": currency},
        net_amount_due_money={"amount": total, "currency": currency},
        source={"name": "payproof"},
        **{f"total_{name}_money": dict(nothing) for name in ("tax", "discount", "tip", "service_charge")},
        **{name: asked.get(name) for name in _KEPT},
    )
    books.emit("order.created", ORDER, made)
    return made


def update(books: Books, order: Object, asked: Mapping[str, Any]) -> Object:
    """Change what an order says of itself, or cancel it. Refused when it is not open."""
    _check_played(asked, _UPDATED, "order")
    if order["state"] != "OPEN":
        raise errors.invalid("BAD_REQUEST", "order.state", f"The order is {order['state']}.")
    if asked.get("state") not in (None, "OPEN", "CANCELED"):
        raise errors.invalid("BAD_REQUEST", "order.state", f"An order becomes {asked['state']} by being paid.")
    changes = {name: asked[name] for name in ("reference_id", "metadata", "ticket_name", "state") if asked.get(name) is not None}
    if changes.get("state") == "CANCELED":
        changes["closed_at"] = books.time()
    return _changed(books, order, **changes)


def check_payable(books: Books, identifier: str, amount: Object, *, complete: bool) -> Object:
    """Return the order that a payment names; refused when it is not open, or for another amount."""
    order = books.named(ORDER, identifier, "order_id")
    if order["state"] != "OPEN":
        raise errors.invalid("BAD_REQUEST", "order_id", f"The order is {order['state']}.")
    due = order["net_amount_due_money"]
    if amount["currency"] != due["currency"]:
        raise errors.invalid("CURRENCY_MISMATCH", "amount_money.currency", "The currency is not that of the order.")
    # Parts of an order are approved one by one, and taken together by PayOrder.
    if amount["amount"] > due["amount"] or (complete and amount["amount"] != due["amount"]):
        raise errors.invalid("PAYMENT_AMOUNT_MISMATCH", "amount_money.amount", "The amount is not that of the order.")
    return order


def paid(books: Books, order: Object, payments: Sequence[Object]) -> Object:
    """The order was paid by these payments."""
    tenders = [
        {
            "id": payment["id"],
            "location_id": order["location_id"],
            "transaction_id": order["id"],
            "created_at": books.time(),
            "amount_money": payment["total_money"],
            "type": payment["source_type"],
            "payment_id": payment["id"],
        }
        for payment in payments
    ]
    due = {**order["net_amount_due_money"], "amount": 0}
    return _changed(books, order, state="COMPLETED", tenders=tenders, net_amount_due_money=due, closed_at=books.time())


def _changed(books: Books, order: Object, **changes: Any) -> Object:
    books.changed(ORDER, order, **changes)
    books.emit("order.updated", ORDER, order)
    return order


def _line(books: Books, asked: Mapping[str, Any], at: str) -> Object:
    _check_played(asked, (*_LINE, "uid", "quantity", "base_price_money"), at)
    price = asked.get("base_price_money")
    if not price or price.get("amount") is None:
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", f"{at}.base_price_money", "Missing required parameter.")
    if not asked["quantity"].isdigit() or not int(asked["quantity"]):
        raise errors.invalid("INVALID_VALUE", f"{at}.quantity", "The sandbox takes whole quantities above zero.")
    total = {"amount": price["amount"] * int(asked["quantity"]), "currency": price.get("currency", "USD")}
    made: Object = {"uid": asked.get("uid") or books.box.ids.text(22), "quantity": asked["quantity"]}
    made |= {name: asked[name] for name in _LINE if asked.get(name) is not None}
    return made | {"base_price_money": dict(price), "gross_sales_money": dict(total), "total_money": total}


def _check_played(asked: Mapping[str, Any], played: Sequence[str], at: str) -> None:
    for name, value in asked.items():
        if value is not None and name not in played:
            raise NotImitated(f"the Square sandbox does not act on {at}.{name}; leave it out in this test")
