"""The money of an account, added up from its payments, refunds and disputes."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.money import Money
from payproof.sandbox.square.books import DISPUTE, PAYMENT, REFUND, Books

FEE_PERCENT_OF_TEN_THOUSAND, FIXED_FEE = 290, 30
"""The sandbox's own fee: Square's depend on country, plan and how the card was read."""

HELD = ("EVIDENCE_REQUIRED", "PROCESSING", "LOST", "ACCEPTED")
"""States of a dispute in which its amount is not ours."""


def fee(units: int) -> int:
    """The sandbox's fee for taking an amount."""
    return min(units, (units * FEE_PERCENT_OF_TEN_THOUSAND + 5_000) // 10_000 + FIXED_FEE)


def money(books: Books) -> Mapping[str, Money]:
    """Return the money of an account by currency."""
    totals: dict[str, dict[str, int]] = {}

    def add(amount: Mapping[str, object], line: str, fees: int = 0) -> None:
        total = totals.setdefault(str(amount["currency"]), {"charged": 0, "refunded": 0, "disputed": 0, "fees": 0})
        total[line] += int(str(amount["amount"]))
        total["fees"] += fees

    for payment in books.where(PAYMENT, status="COMPLETED"):
        add(payment["total_money"], "charged", fee(payment["total_money"]["amount"]))
    for refund in books.shelf(REFUND).values():
        if refund["status"] in ("PENDING", "COMPLETED"):
            add(refund["amount_money"], "refunded")
    for dispute in books.shelf(DISPUTE).values():
        if dispute["state"] in HELD:
            add(dispute["amount_money"], "disputed")
    return {
        currency: Money(**total, net=total["charged"] - total["refunded"] - total["disputed"] - total["fees"])
        for currency, total in totals.items()
    }
