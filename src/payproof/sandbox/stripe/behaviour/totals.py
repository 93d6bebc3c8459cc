"""What the lines of an invoice come to: discounts first, then taxes, each shared out over the lines to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from payproof.sandbox.stripe.behaviour import pricing, taxing
from payproof.sandbox.stripe.books import Object


class Discount(NamedTuple):
    """A discount by its id, and the coupon behind it."""

    id: str
    coupon: Mapping[str, Any]


class Totals(NamedTuple):
    """Sums over all lines in minor units, as an invoice's fields of these names."""

    subtotal: int
    discount: int
    inclusive_tax: int
    exclusive_tax: int
    discount_amounts: list[Object]
    taxes: list[Object]

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.exclusive_tax

    @property
    def total_excluding_tax(self) -> int:
        return self.subtotal - self.discount - self.inclusive_tax


def work_out(
    lines: Sequence[Object], discounts: Iterable[Discount] = (), rates: Sequence[Mapping[str, Any]] = (), exempt: str = "none"
) -> Totals:
    """Share discounts and taxes out over `lines`, which are changed in place, and return the sums.

    `rates` are the tax rates of lines that have none of their own; `exempt` is the customer's `tax_exempt`.
    """
    for line in lines:
        line["discount_amounts"] = []
    for discount in discounts:
        _take_off(lines, discount)
    for line in lines:
        taxed = int(line["amount"]) - _off(line)
        line["taxes"] = taxing.taxes_on(taxed, line["tax_rates"] or rates, exempt)
        line["tax_amounts"] = taxing.legacy(line["taxes"])
        line["discounts"] = [one["discount"] for one in line["discount_amounts"]]
    taxes = [tax for line in lines for tax in line["taxes"]]
    by_behavior = {
        name: sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == name) for name in ("inclusive", "exclusive")
    }
    return Totals(
        subtotal=sum(int(line["amount"]) for line in lines),
        discount=sum(_off(line) for line in lines),
        inclusive_tax=by_behavior["inclusive"],
        exclusive_tax=by_behavior["exclusive"],
        discount_amounts=_summed(lines),
        taxes=taxing.summed(taxes),
    )


def _take_off(lines: Sequence[Object], discount: Discount) -> None:
    chosen = [line for line in lines if line["discountable"] and line["amount"] > 0 and _applies(discount.coupon, line)]
    bases = [int(line["amount"]) - _off(line) for line in chosen]
    off = left = pricing.discounted([discount.coupon], sum(bases))
    whole = sum(bases) or 1
    for line, base in zip(chosen, bases, strict=True):
        share = left if line is chosen[-1] else off * base // whole
        left -= share
        line["discount_amounts"].append({"amount": share, "discount": discount.id})


def _applies(coupon: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    products = coupon.get("_products")
    return not products or ((line["pricing"] or {}).get("price_details") or {}).get("product") in products


def _off(line: Mapping[str, Any]) -> int:
    return sum(one["amount"] for one in line["discount_amounts"])


def _summed(lines: Sequence[Mapping[str, Any]]) -> list[Object]:
    sums: dict[str, int] = {}
    for line in lines:
        for one in line["discount_amounts"]:
            sums[one["discount"]] = sums.get(one["discount"], 0) + one["amount"]
    return [{"amount": amount, "discount": identifier} for identifier, amount in sums.items()]
