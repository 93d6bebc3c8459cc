"""Balance transactions: every movement of money leaves one, and the balance is their sum.

Fees are the sandbox's own (see `money`). Funds of a payment are pending for two days, then available; what a refund or a
dispute takes back follows the payment it belongs to, so that the available balance is never short of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from payproof.sandbox.stripe import values
from payproof.sandbox.stripe.books import Books, Object, kind

BALANCE_TRANSACTION = kind("balance_transaction", "txn", "description exchange_rate", livemode=False, noun="balance transaction")


APPLICATION = "ca_payproofsample"
"""The platform as connected accounts know it."""


def record(
    books: Books,
    type_name: str,
    amount: int,
    *,
    source: Object,
    currency: str,
    fee: int = 0,
    fee_text: str = "Stripe processing fees",
    application_fee: int = 0,
    category: str | None = None,
    available_on: int | None = None,
    description: str | None = None,
) -> Object:
    """Move `amount` (negative: away from us) less the fees, all in minor units, because of `source`.

    `application_fee` is what the platform keeps of a connected account's payment.
    """
    when = books.now() + values.delay("funds_available") if available_on is None else max(available_on, books.now())
    return books.new(
        BALANCE_TRANSACTION,
        type=type_name,
        amount=amount,
        available_on=when,
        balance_type="payments",
        currency=currency,
        description=description,
        fee=fee + application_fee,
        fee_details=[
            *([_fee_detail(application_fee, currency, "application fee", "application_fee")] if application_fee else []),
            *([_fee_detail(fee, currency, fee_text)] if fee else []),
        ],
        net=amount - fee - application_fee,
        reporting_category=category or type_name,
        source=source["id"],
        status="available" if when <= books.now() else "pending",
    )


def refresh(books: Books, transaction: Object) -> Object:
    """Let the status follow the clock."""
    transaction["status"] = "available" if transaction["available_on"] <= books.now_for(transaction) else "pending"
    return transaction


def transactions(books: Books) -> Iterable[Object]:
    """Return all balance transactions, newest first, with their present status."""
    return (refresh(books, transaction) for transaction in books.newest_first(BALANCE_TRANSACTION))


def present(books: Books) -> Object:
    """Return the balance object: available and pending sums by currency."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for transaction in transactions(books):
        currency, status = transaction["currency"], transaction["status"]
        for each in ("available", "pending"):
            sums[each].setdefault(currency, 0)
        sums[status][currency] += transaction["net"]
    balance: Object = {"object": "balance", "livemode": False}
    for status, amounts in sums.items():
        amounts = amounts or {"usd": 0}
        balance[status] = [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(amounts.items())
        ]
    return balance


def sums(books: Books, currency: str) -> tuple[int, int]:
    """Return what is available and what is pending in one currency."""
    found = [
        (transaction["status"], transaction["net"]) for transaction in transactions(books) if transaction["currency"] == currency
    ]
    return sum(net for status, net in found if status == "available"), sum(net for status, net in found if status == "pending")


def _fee_detail(fee: int, currency: str, text: str, kind_of_fee: str = "stripe_fee") -> Object:
    application = APPLICATION if kind_of_fee == "application_fee" else None
    return {"amount": fee, "application": application, "currency": currency, "description": text, "type": kind_of_fee}
