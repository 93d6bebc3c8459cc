"""Prorations: what a change in the middle of a period gives back, and what it costs for the rest of it.

Time is counted to the second and amounts are rounded half up (docs.stripe.com/billing/subscriptions/prorations).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from payproof.sandbox.stripe.behaviour import invoice_items, pricing, taxing
from payproof.sandbox.stripe.books import Books, Object


class Share(NamedTuple):
    """A quantity of a price, as one item of a subscription has it."""

    item: str | None
    price: Mapping[str, Any]
    quantity: int
    tax_rates: list[Object] = []


def items(
    books: Books,
    subscription: Mapping[str, Any],
    before: Iterable[Share],
    after: Iterable[Share],
    when: int,
    period: tuple[int, int],
) -> list[Object]:
    """Return the content of invoice items: credit for the unused time of `before`, the price of the remaining time of `after`."""
    start, end = period
    part = (end - max(when, start)) / (end - start)
    made = [_item(books, subscription, share, -part, "Unused time on", when, end) for share in before]
    made += [_item(books, subscription, share, part, "Remaining time on", when, end) for share in after]
    return [item for item in made if item["amount"]]


def _item(books: Books, subscription: Mapping[str, Any], share: Share, part: float, words: str, when: int, end: int) -> Object:
    product = books.of(pricing.PRODUCT, str(share.price["product"]))
    amount = taxing.rounded(int(share.price["unit_amount"]) * share.quantity * part)
    day = datetime.datetime.fromtimestamp(when, datetime.timezone.utc).strftime("%d %b %Y")
    # The price is named and not multiplied again: the amount is a part of it.
    return {
        **invoice_items.described(
            books,
            subscription["customer"],
            amount,
            subscription["currency"],
            description=f"{words} {share.quantity} × {product['name']} after {day}",
            discountable=False,
            period={"end": end, "start": when},
            proration=True,
            quantity=share.quantity,
            subscription=subscription["id"],
            subscription_item=share.item,
            tax_rates=[dict(rate) for rate in share.tax_rates],
        ),
        "_price": share.price["id"],
    }


def keep(books: Books, described: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Let described items exist, with their events."""
    made: list[Object] = []
    for content in described:
        item = books.new(invoice_items.INVOICE_ITEM, **content)
        books.emit("invoiceitem.created", item)
        made.append(item)
    return made
