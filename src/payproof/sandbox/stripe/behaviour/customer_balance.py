"""What a customer is owed (below zero) or owes: credit that invoices use up, each change with a transaction of its own."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe.books import Books, Object, kind

BALANCE_TRANSACTION = kind(
    "customer_balance_transaction",
    "cbtxn",
    "checkout_session credit_note customer_account description invoice",
    noun="customer balance transaction",
    path_param="transaction",
)


def change(books: Books, customer: Object, amount: int, currency: str, type_name: str = "adjustment", **content: Any) -> Object:
    """Change the balance by `amount` (minor units; below zero is credit) and write down why."""
    with books.changing(customer, "customer.updated"):
        customer["balance"] += amount
    return books.new(
        BALANCE_TRANSACTION,
        **{
            "amount": amount,
            "currency": currency,
            "customer": customer["id"],
            "ending_balance": customer["balance"],
            "metadata": {},
            "type": type_name,
            **content,
        },
    )
