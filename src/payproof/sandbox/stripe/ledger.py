"""The money of an account, added up from its balance transactions."""

from __future__ import annotations

import dataclasses
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
    "transfer": "transferred",
    "transfer_refund": "transferred",
    "application_fee": "earned",
    "application_fee_refund": "earned",
    "payout": "paid_out",
    "payout_reversal": "paid_out",
    "topup": "topped_up",
    "topup_reversal": "topped_up",
}
"""Which line of the books a reporting category is added to; those that took money away are added with their sign turned."""

_GAINS = ("charged", "earned", "topped_up")


@dataclasses.dataclass(frozen=True, slots=True)
class AccountMoney(Money):
    """`fees` hold what went to the platform of a connected account too.

    `transferred` went to connected accounts, `earned` are the platform's application fees, `paid_out` went to a bank,
    `topped_up` came from there, each less what came back.
    """

    transferred: int = 0
    earned: int = 0
    paid_out: int = 0
    topped_up: int = 0


def money(books: Books) -> Mapping[str, AccountMoney]:
    """Return the money of an account by currency."""
    totals: dict[str, dict[str, int]] = {}
    for transaction in books.shelf(BALANCE_TRANSACTION).values():
        total = totals.setdefault(transaction["currency"], dataclasses.asdict(AccountMoney()))
        line = _LINES[transaction["reporting_category"]]
        total[line] += transaction["amount"] if line in _GAINS else -transaction["amount"]
        total["fees"] += transaction["fee"]
        total["net"] += transaction["net"]
    return {currency: AccountMoney(**total) for currency, total in totals.items()}
