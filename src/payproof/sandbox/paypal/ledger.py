"""The money of an account, added up from its captures, refunds and disputes."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.money import Money
from payproof.sandbox.paypal import amounts
from payproof.sandbox.paypal.behaviour.captures import TOOK_MONEY
from payproof.sandbox.paypal.books import CAPTURE, DISPUTE, REFUND, TRANSACTION, Books


def money(books: Books) -> Mapping[str, Money]:
    """Return the money of an account by currency."""
    totals: dict[str, dict[str, int]] = {}

    def add(currency: str, line: str, units: int, fee: int = 0) -> None:
        total = totals.setdefault(currency, {"charged": 0, "refunded": 0, "disputed": 0, "fees": 0})
        total[line] += units
        total["fees"] += fee

    for capture in books.shelf(CAPTURE).values():
        if capture["status"] in TOOK_MONEY:
            add(capture["_currency"], "charged", capture["_units"], amounts.fee(capture["_units"], capture["_currency"]))
    for sale in books.shelf(TRANSACTION).values():
        if sale["status"] in TOOK_MONEY:
            add(sale["_currency"], "charged", sale["_units"], amounts.fee(sale["_units"], sale["_currency"]))
    for refund in books.shelf(REFUND).values():
        if refund["status"] != "FAILED":
            add(refund["_currency"], "refunded", refund["_units"])
    for dispute in books.shelf(DISPUTE).values():
        add(dispute["_currency"], "disputed", dispute.get("_lost", 0))
    return {
        currency: Money(**total, net=total["charged"] - total["refunded"] - total["disputed"] - total["fees"])
        for currency, total in totals.items()
    }
