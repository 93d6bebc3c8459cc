"""Payment links: each visit opens a Checkout Session of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.stripe.behaviour import checkout, pricing
from payproof.sandbox.stripe.books import Books, Object, copied, kind

PAYMENT_LINK = kind("payment_link", "plink", created=False, noun="payment link", path_param="payment_link")


def visit(books: Books, link: Object) -> Object:
    """A customer opens the link: a Checkout Session. Raises `SandboxError` for one that is no longer active."""
    if not link["active"]:
        raise SandboxError(f"{link['id']} is not active; customers see: {link['inactive_message'] or 'nothing to pay here'}")
    items = [_line(books, one) for one in link["_items"]]
    recurring = any(item["price"]["recurring"] for item in items)
    mode = "subscription" if recurring else "payment"
    data = link["subscription_data"] if recurring else link["payment_intent_data"]
    session = checkout.open_session(
        books,
        mode=mode,
        items=items,
        coupons=[],
        expires_at=None,
        currency=link["currency"],
        customer_creation=None if recurring else link["customer_creation"],
        metadata=dict(link["metadata"]),
        payment_link=link["id"],
        success_url="https://checkout.stripe.com/thanks",
        _intent_data={name: copied(value) for name, value in (data or {}).items() if value is not None},
    )
    link["_visits"] += 1
    return session


def _line(books: Books, one: Mapping[str, Any]) -> Object:
    return checkout.line_item(books, {"price": one["price"], "quantity": one["quantity"]}, "line_items")


def lines(books: Books, given: list[Mapping[str, Any]]) -> list[Object]:
    """Return what a link sells, checked: prices and quantities."""
    found = []
    for index, one in enumerate(given):
        price = pricing.price_of(books, one, f"line_items[{index}]")
        found.append({"price": price["id"], "quantity": int(one.get("quantity") or 1)})
    return found


@checkout.on_completion
def count(books: Books, session: Object) -> None:
    """A link that may be used so often only is over when it was."""
    link = books.find(PAYMENT_LINK, session.get("payment_link"))
    limit = ((link or {}).get("restrictions") or {}).get("completed_sessions")
    if link is None or limit is None:
        return
    with books.changing(link, "payment_link.updated"):
        limit["count"] += 1
        if limit["count"] >= limit["limit"]:
            link["active"] = False
