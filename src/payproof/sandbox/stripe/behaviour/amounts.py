"""Amounts, currencies and payment method types of a payment, checked the same way wherever one is asked for."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, money
from payproof.sandbox.stripe.call import integer


def integer_of(value: Any, param: str = "amount") -> int:
    """Return an amount in minor units; refused with `parameter_invalid_integer` when it is no integer."""
    return integer(value, param)


def check(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount below the currency's minimum or beyond eight digits, where the request names no currency of its own."""
    smallest = money.SMALLEST.get(currency, 1)
    if amount < smallest:
        message = f"Amount must be at least {money.shown(smallest, currency)}"
        raise errors.invalid(message, code="amount_too_small", param=param, executed=False)
    if amount > money.LARGEST:
        message = f"Amount must be no more than {money.shown(money.LARGEST, currency)}"
        raise errors.invalid(message, code="amount_too_large", param=param, executed=False)


def currency_of(given: Any) -> str:
    """Return a currency in lower case; that Stripe knows it was checked with the parameters."""
    return str(given).lower()


def automatic_types(currency: str) -> list[str]:
    """Return what an intent takes when the Dashboard decides: cards, and the imitated bank debit of its currency."""
    debits = {"usd": ["us_bank_account"], "eur": ["sepa_debit"]}
    return ["card", *debits.get(currency, [])]
