"""The money of an account, added up from its balance transactions."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.money import Money
from payproof.sandbox.stripe.behaviour.balance import BALANCE_TRANSACTION
from payproof.sandbox.stripe.books import Books

_LINES = {
    "charge": "charged",
    "refund": "refunded",
    "refund_failure": "refunded",
    "dispute": "disputed",
    "dispute_reversal": "disputed",
}


def money(books: Books) -> Mapping[str, Money]:
    """Return the money of an account by currency."""
    totals: dict[str, dict[str, int]] = {}
    for transaction in books.shelf(BALANCE_TRANSACTION).values():
        total = totals.setdefault(transaction["currency"], dict.fromkeys(("charged", "refunded", "disputed", "fees", "net"), 0))
        line = _LINES[transaction["reporting_category"]]
        total[line] += transaction["amount"] if line == "charged" else -transaction["amount"]
        total["fees"] += transaction["fee"]
        total["net"] += transaction["net"]
    return {currency: Money(**total) for currency, total in totals.items()}
