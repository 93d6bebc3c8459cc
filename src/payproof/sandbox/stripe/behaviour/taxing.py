"""Tax rates, and the taxes that lines of invoices and checkouts carry because of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

TAX_RATE = kind(
    "tax_rate",
    "txr",
    "country description effective_percentage flat_amount jurisdiction jurisdiction_level state tax_type",
    noun="tax rate",
    path_param="tax_rate",
)


def rates_of(books: Books, identifiers: Any, param: str) -> list[Object]:
    """Return the tax rates that a request names, as objects carry them; refused when one does not exist or is archived."""
    found = [books.named(TAX_RATE, str(identifier), f"{param}[{index}]") for index, identifier in enumerate(identifiers or ())]
    for index, rate in enumerate(found):
        if not rate["active"]:
            raise errors.invalid(f"The tax rate {rate['id']} is archived and cannot be used.", param=f"{param}[{index}]")
    return [rendered(rate) for rate in found]


def taxes_on(amount: int, rates: Iterable[Mapping[str, Any]], exempt: str) -> list[Object]:
    """Return the taxes on an amount, each rounded half up; what an inclusive rate takes is part of the amount."""
    rates = list(rates)
    inside = sum(float(rate["percentage"]) for rate in rates if rate["inclusive"])
    net = amount / (1 + inside / 100)
    return [_tax(amount, net, rate, exempt) for rate in rates]


def _tax(amount: int, net: float, rate: Mapping[str, Any], exempt: str) -> Object:
    base = net if rate["inclusive"] else float(amount)
    tax = 0 if exempt in ("exempt", "reverse") else rounded(base * float(rate["percentage"]) / 100)
    reasons = {"exempt": "customer_exempt", "reverse": "reverse_charge"}
    return {
        "amount": tax,
        "tax_behavior": "inclusive" if rate["inclusive"] else "exclusive",
        "tax_rate_details": {"tax_rate": rate["id"]},
        "taxability_reason": reasons.get(exempt, "standard_rated"),
        "taxable_amount": rounded(base),
        "type": "tax_rate_details",
    }


def rounded(value: float) -> int:
    """Round half away from zero."""
    return int(value + 0.5) if value >= 0 else -int(-value + 0.5)


def summed(taxes: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Return taxes added up by rate."""
    sums: dict[tuple[str, str], Object] = {}
    for tax in taxes:
        place = tax["tax_rate_details"]["tax_rate"], tax["taxability_reason"]
        if place not in sums:
            sums[place] = {**tax, "tax_rate_details": dict(tax["tax_rate_details"])}
        else:
            sums[place]["amount"] += tax["amount"]
            sums[place]["taxable_amount"] += tax["taxable_amount"]
    return list(sums.values())


def legacy(taxes: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Return taxes as API versions before 2025-03-31 write them."""
    return [
        {
            "amount": tax["amount"],
            "inclusive": tax["tax_behavior"] == "inclusive",
            "tax_rate": tax["tax_rate_details"]["tax_rate"],
            "taxability_reason": tax["taxability_reason"],
            "taxable_amount": tax["taxable_amount"],
        }
        for tax in taxes
    ]
