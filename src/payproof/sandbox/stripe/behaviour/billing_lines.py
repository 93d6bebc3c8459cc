"""Lines of invoices: what a subscription or an invoice item puts on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe.behaviour import pricing
from payproof.sandbox.stripe.books import Books, Object, rendered


def of_subscription(
    books: Books, item: Mapping[str, Any], subscription: str, start: int, end: int, *, free: bool = False, share: float = 1
) -> Object:
    """Return the line of one subscription item for one period; `free` while it is on trial, or a `share` of a whole period."""
    price = item["price"]
    product = books.of(pricing.PRODUCT, price["product"])
    amount = 0 if free else round(int(price["unit_amount"]) * int(item["quantity"]) * share)
    words = f"Trial period for {product['name']}" if free else f"{item['quantity']} × {product['name']}"
    details = {"invoice_item": None, "proration": False, "subscription": subscription, "subscription_item": item["id"]}
    parent = {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}
    line = _line(books, price, amount, words, parent, start, end, quantity=item["quantity"], subscription=subscription)
    line["tax_rates"] = [dict(rate) for rate in item["tax_rates"]]
    return line


def of_item(books: Books, item: Mapping[str, Any]) -> Object:
    """Return the line of an invoice item."""
    details = {"invoice_item": item["id"], "proration": item["proration"], "subscription": item["subscription"]}
    parent = {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}
    price = books.find(pricing.PRICE, item.get("_price"))
    period = item["period"]
    line = _line(
        books, price, item["amount"], item["description"], parent, period["start"], period["end"], quantity=item["quantity"]
    )
    line.update(currency=item["currency"], proration=item["proration"], subscription=item["subscription"])
    line.update(discountable=item["discountable"], metadata=dict(item["metadata"]))
    line["tax_rates"] = [dict(rate) for rate in item["tax_rates"]]
    return line


def priced(price: Mapping[str, Any]) -> Object:
    """Return the `pricing` of a line."""
    named = {"price": price["id"], "product": price["product"]}
    return {"price_details": named, "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"]}


def _line(
    books: Books,
    price: Mapping[str, Any] | None,
    amount: int,
    words: str | None,
    parent: Object,
    start: int,
    end: int,
    *,
    quantity: int,
    subscription: str | None = None,
) -> Object:
    content: Object = {
        "amount": amount,
        "currency": price["currency"] if price else "",
        "description": words,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": {"end": end, "start": start},
        "pretax_credit_amounts": [],
        "price": rendered(price) if price else None,
        "pricing": priced(price) if price else None,
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": subscription,
        "subtotal": amount,
        "tax_amounts": [],
        "tax_rates": [],
        "taxes": [],
        "type": "subscription" if subscription else "invoiceitem",
    }
    return {"id": books.identifier("il"), "object": "line_item", **content}
