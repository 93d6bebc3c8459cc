"""Discounts: a coupon granted to a subscription or an invoice, for once, for some months, or for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from payproof.sandbox.stripe.behaviour import periods, pricing
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

DISCOUNT = kind(
    "discount",
    "di",
    "checkout_session customer end invoice invoice_item promotion_code subscription subscription_item",
    created=False,
    livemode=False,
)


def grant(books: Books, granted: Iterable[pricing.Granted], **owner: str | None) -> list[str]:
    """Grant coupons to their `owner` (`customer`, `subscription`, `invoice`, ...) and return the ids of the discounts."""
    made: list[str] = []
    for given in granted:
        coupon, code = given.coupon, given.code
        months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
        end = periods.after(books.now(), {"interval": "month", "interval_count": months}) if months else None
        discount = books.new(
            DISCOUNT,
            coupon=rendered(coupon),
            end=end,
            promotion_code=code["id"] if code else None,
            source={"coupon": coupon["id"], "type": "coupon"},
            start=books.now(),
            _coupon=coupon,
            **owner,
        )
        made.append(discount["id"])
        pricing.redeem(books, [coupon], code)
        if owner.get("subscription"):
            books.emit("customer.discount.created", discount)
    return made


def running(books: Books, identifiers: Iterable[str]) -> list[str]:
    """Return those of these discounts that have not ended."""
    found = [books.find(DISCOUNT, identifier) for identifier in identifiers]
    return [
        str(discount["id"])
        for discount in found
        if discount is not None and not discount.get("deleted") and (discount["end"] is None or discount["end"] > books.now())
    ]


def spent(books: Books, identifiers: Iterable[str]) -> list[str]:
    """Return what is left of discounts after an invoice: those that hold once are gone."""
    return [one for one in identifiers if coupon_of(books, one)["duration"] != "once"]


def coupon_of(books: Books, identifier: str) -> Mapping[str, Any]:
    """Return the coupon behind a discount, whatever became of it since."""
    coupon: Mapping[str, Any] = books.of(DISCOUNT, identifier)["_coupon"]
    return coupon


def end(books: Books, discount: Object) -> Object:
    """Take a discount away."""
    books.emit("customer.discount.deleted", discount)
    books.shelf(DISCOUNT)[discount["id"]]["end"] = books.now()
    return {**discount, "deleted": True}
