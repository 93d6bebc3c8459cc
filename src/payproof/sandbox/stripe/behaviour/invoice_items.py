"""Invoice items: what waits for a customer's next invoice, or stands on a draft."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe.behaviour import billing_lines, pricing
from payproof.sandbox.stripe.books import Books, Object, kind

INVOICE_ITEM = kind(
    "invoiceitem",
    "ii",
    "description invoice parent pricing subscription test_clock",
    created=False,
    path_param="invoiceitem",
)


def write(books: Books, customer: str, amount: int, currency: str, *, price: Object | None = None, **content: Any) -> Object:
    """Create an item and its event; `content` may say more of it."""
    item = books.new(INVOICE_ITEM, **described(books, customer, amount, currency, price=price, **content))
    books.emit("invoiceitem.created", item)
    return item


def described(books: Books, customer: str, amount: int, currency: str, *, price: Object | None = None, **content: Any) -> Object:
    """Return the content of an item that need not exist, as previews have them."""
    now = books.now()
    subscription = content.get("subscription")
    details = {"subscription": subscription, "subscription_item": content.pop("subscription_item", None)}
    parent = {"type": "subscription_details", "subscription_details": details} if subscription else None
    quantity = content.get("quantity") or 1
    return {
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "date": now,
        "description": None,
        "subscription": None,
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "metadata": {},
        "net_amount": amount,
        "parent": parent,
        "period": {"end": now, "start": now},
        "pricing": billing_lines.priced(price) if price else None,
        "proration": False,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "_price": price["id"] if price else None,
        **content,
    }


def priced(books: Books, customer: str, price: Object, quantity: int, **content: Any) -> Object:
    """Create an item over a price."""
    name = books.of(pricing.PRODUCT, price["product"])["name"]
    amount = int(price["unit_amount"]) * quantity
    return write(books, customer, amount, price["currency"], price=price, quantity=quantity, **{"description": name, **content})


def pending(books: Books, customer: str, currency: str, subscription: str | None = None) -> list[Object]:
    """Return what waits for the customer's next invoice: items of no subscription, and those of `subscription`."""
    items = books.shelf(INVOICE_ITEM).values()
    return [
        item
        for item in items
        if not item.get("deleted")
        and item["customer"] == customer
        and item["invoice"] is None
        and item["currency"] == currency
        and item["subscription"] in (None, subscription)
    ]


def put_on(books: Books, items: list[Object], invoice: str) -> None:
    """Say of items that they stand on an invoice."""
    for item in items:
        item["invoice"] = invoice
