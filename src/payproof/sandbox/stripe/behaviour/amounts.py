"""Amounts, currencies and payment method types of a payment, checked the same way wherever one is asked for."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, money
from payproof.sandbox.stripe.call import integer


def integer_of(value: Any, param: str = "amount") -> int:
    """Return an amount in minor units; refused with `parameter_invalid_integer` when it is no integer."""
    return integer(value, param)


def check(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that is not positive, below the currency's minimum or beyond eight digits."""
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise errors.invalid(message, code="parameter_invalid_integer", param=param, executed=False)
    smallest = money.SMALLEST.get(currency, 1)
    if amount < smallest:
        message = f"Amount must be at least {money.shown(smallest, currency)}"
        raise errors.invalid(message, code="amount_too_small", param=param, executed=False)
    if amount > money.LARGEST:
        message = f"Amount must be no more than {money.shown(money.LARGEST, currency)}"
        raise errors.invalid(message, code="amount_too_large", param=param, executed=False)


def checked_currency(given: Any, param: str = "currency") -> str:
    """Return a currency in lower case; refused when Stripe does not know it."""
    currency = str(given).lower()
    if currency not in money.CURRENCIES:
        message = f"Invalid currency: {given}. Stripe takes three-letter ISO codes, such as usd or eur."
        raise errors.invalid(message, param=param, executed=False)
    return currency


def automatic_types(currency: str) -> list[str]:
    """Return what an intent takes when the Dashboard decides: cards, and the imitated bank debit of its currency."""
    debits = {"usd": ["us_bank_account"], "eur": ["sepa_debit"]}
    return ["card", *debits.get(currency, [])]
