"""Amounts of money as PayPal writes them: `{"currency_code": "EUR", "value": "12.00"}`; inside they are minor units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.paypal import errors

WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
CURRENCIES = frozenset("AUD BRL CAD CNY CZK DKK EUR HKD HUF ILS JPY MYR MXN TWD NZD NOK PHP PLN GBP SGD SEK CHF THB USD".split())
"""The currencies that PayPal's REST APIs take (developer.paypal.com, currency codes)."""

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)\Z")

FEE_PERCENT_OF_TEN_THOUSAND = 349
FIXED_FEE = 49
"""The sandbox's own fee, in minor units of a currency with two decimals: PayPal's depend on country and contract."""


def minor(amount: Mapping[str, Any], at: str = "/amount", *, zero: bool = False) -> int:
    """Return an amount in minor units; refused when it is no amount. `zero` allows nothing at all."""
    currency, value = str(amount.get("currency_code", "")), str(amount.get("value", ""))
    if currency not in CURRENCIES:
        raise errors.unprocessable("INVALID_CURRENCY_CODE", f"{at}/currency_code", currency, executed=False)
    if not _NUMBER.match(value) or len(value) > 32:
        raise errors.invalid("INVALID_PARAMETER_SYNTAX", f"{at}/value", value)
    if value.startswith("-"):
        raise errors.unprocessable("CANNOT_BE_NEGATIVE", f"{at}/value", value, executed=False)
    whole, _, decimals = value.partition(".")
    places = digits(currency)
    if len(decimals) > places:
        issue = "DECIMAL_PRECISION" if places else "DECIMALS_NOT_SUPPORTED"
        raise errors.unprocessable(issue, f"{at}/value", value, executed=False)
    found = int((whole or "0") + decimals.ljust(places, "0"))
    if found == 0 and not zero:
        raise errors.unprocessable("CANNOT_BE_ZERO_OR_NEGATIVE", f"{at}/value", value, executed=False)
    return found


def money(currency: str, units: int) -> dict[str, str]:
    """Return minor units as PayPal writes them."""
    places = digits(currency)
    sign, number = ("-" if units < 0 else ""), str(abs(units)).rjust(places + 1, "0")
    return {"currency_code": currency, "value": sign + (f"{number[:-places]}.{number[-places:]}" if places else number)}


def of(amount: Mapping[str, str]) -> int:
    """Return an amount that was checked before, in minor units."""
    return minor(amount, zero=True)


def digits(currency: str) -> int:
    """Decimals of a currency at PayPal."""
    return 0 if currency in WITHOUT_DECIMALS else 2


def fee(units: int, currency: str) -> int:
    """The sandbox's fee for taking an amount."""
    fixed = FIXED_FEE if digits(currency) else FIXED_FEE // 100
    return min(units, (units * FEE_PERCENT_OF_TEN_THOUSAND + 5_000) // 10_000 + fixed)
