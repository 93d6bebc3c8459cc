"""Limits that no type of the SDK carries, written down by hand.

Sources: docs.stripe.com/currencies (currencies, decimals, smallest and largest amounts), docs.stripe.com/api/metadata (50 keys
of 40 characters, values of 500), docs.stripe.com/get-started/account/statement-descriptors (5 to 22 characters, a letter, none
of `< > \\ ' " *`), docs.stripe.com/api/pagination (pages of 1 to 100).
Checked only after types are right, on values that have their real types.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.stripe import money
from payproof.sandbox.stripe.schemas.operations import Endpoint
from payproof.sandbox.stripe.schemas.problems import ParamError, shown

METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500
DESCRIPTOR_LENGTH = 22
DESCRIPTOR_SHORTEST = 5
LARGEST_PAGE = 100
_NOT_IN_DESCRIPTORS = re.compile(r"[<>\\'\"*]")
_LETTER = re.compile(r"[A-Za-z]")


@dataclasses.dataclass(frozen=True, slots=True)
class Payment:
    """Parameters of an endpoint that together ask for money: the amount's name and whether the currency's minimum applies."""

    amount: str = "amount"
    smallest: bool = True


PAYMENTS: Mapping[str, Payment] = {
    "/v1/payment_intents": Payment(),
    "/v1/payment_intents/{intent}": Payment(),
    "/v1/payment_intents/{intent}/increment_authorization": Payment(),
    "/v1/charges": Payment(),
    "/v1/transfers": Payment(smallest=False),
    "/v1/payouts": Payment(smallest=False),
    "/v1/topups": Payment(smallest=False),
    "/v1/refunds": Payment(smallest=False),
    "/v1/transfers/{id}/reversals": Payment(smallest=False),
    "/v1/payment_intents/{intent}/capture": Payment("amount_to_capture", smallest=False),
    "/v1/charges/{charge}/capture": Payment(smallest=False),
}
"""POST endpoints whose amount must be positive, by path template."""


def check(endpoint: Endpoint, values: Mapping[str, Any]) -> list[ParamError]:
    """Return what Stripe would refuse in `values`, whose types are right."""
    if endpoint.method != "POST":
        return _page_size(values.get("limit"))
    payment = PAYMENTS.get(endpoint.template)
    found = _amount(values, payment) if payment else []
    for name, value in values.items():
        found += _named(name, value, name)
    return found


def _page_size(limit: Any) -> list[ParamError]:
    if not isinstance(limit, int) or 1 <= limit <= LARGEST_PAGE:
        return []
    bound = "greater than or equal to 1" if limit < 1 else f"less than or equal to {LARGEST_PAGE}"
    return [ParamError("parameter_invalid_integer", "limit", f"This value must be {bound}.")]


def _amount(values: Mapping[str, Any], payment: Payment) -> list[ParamError]:
    amount, currency = values.get(payment.amount), values.get("currency")
    if not isinstance(amount, int):
        return []
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        return [ParamError("parameter_invalid_integer", payment.amount, message)]
    if not isinstance(currency, str) or currency.lower() not in money.CURRENCIES:
        return []
    return _in_currency(amount, currency.lower(), payment)


def _in_currency(amount: int, currency: str, payment: Payment) -> list[ParamError]:
    if money.exponent(currency) == 3 and amount % 10:
        message = f"Invalid {currency} amount: the last digit of a three-decimal currency must be 0"
        return [ParamError("parameter_invalid_integer", payment.amount, message)]
    if not payment.smallest:
        return []
    if amount < money.SMALLEST.get(currency, 0):
        message = f"Amount must be at least {money.shown(money.SMALLEST[currency], currency)}"
        return [ParamError("amount_too_small", payment.amount, message)]
    if amount > money.LARGEST:
        message = f"Amount must be no more than {money.shown(money.LARGEST, currency)}"
        return [ParamError("amount_too_large", payment.amount, message)]
    return []


def _named(name: str, value: Any, param: str) -> list[ParamError]:
    """Check a parameter by its name, and those inside it."""
    check_value = _BY_NAME.get(name)
    if check_value:
        return check_value(value, param)
    if isinstance(value, Mapping):
        return [error for key, inner in value.items() for error in _named(str(key), inner, f"{param}[{key}]")]
    if isinstance(value, list):
        items = (item for item in enumerate(value) if isinstance(item[1], (Mapping, list)))
        return [error for index, inner in items for error in _named("", inner, f"{param}[{index}]")]
    return []


def _currency(value: Any, param: str) -> list[ParamError]:
    if not isinstance(value, str) or value.lower() in money.CURRENCIES or value == "":
        return []
    known = ", ".join(sorted(money.CURRENCIES))
    return [ParamError("", param, f"Invalid currency: {shown(value)}. Stripe currently supports these currencies: {known}")]


def _metadata(value: Any, param: str) -> list[ParamError]:
    if not isinstance(value, Mapping):
        return []
    if len(value) > METADATA_KEYS:
        message = f"Metadata can have up to {METADATA_KEYS} keys, but you passed in {len(value)}."
        return [ParamError("", param, message)]
    found: list[ParamError] = []
    for key, text in value.items():
        if len(key) > METADATA_KEY_LENGTH:
            found.append(_too_long("keys", METADATA_KEY_LENGTH, "key", len(key), param))
        if isinstance(text, str) and len(text) > METADATA_VALUE_LENGTH:
            found.append(_too_long("values", METADATA_VALUE_LENGTH, "value", len(text), f"{param}[{key}]"))
    return found


def _too_long(nouns: str, limit: int, noun: str, length: int, param: str) -> ParamError:
    message = f"Metadata {nouns} can have up to {limit} characters, but you passed in a {noun} that is {length} characters."
    return ParamError("", param, message)


def _descriptor(value: Any, param: str) -> list[ParamError]:
    return _descriptor_text(value, param, "statement descriptor", DESCRIPTOR_SHORTEST)


def _descriptor_suffix(value: Any, param: str) -> list[ParamError]:
    return _descriptor_text(value, param, "statement descriptor suffix", 1)


def _descriptor_text(value: Any, param: str, noun: str, shortest: int) -> list[ParamError]:
    if not isinstance(value, str) or value == "":
        return []
    if len(value) > DESCRIPTOR_LENGTH:
        message = f"The {noun} must be at most {DESCRIPTOR_LENGTH} characters. {shown(value)} is {len(value)} characters long."
        return [ParamError("", param, message)]
    if len(value) < shortest:
        return [ParamError("", param, f"The {noun} must be at least {shortest} characters.")]
    if _NOT_IN_DESCRIPTORS.search(value):
        return [ParamError("", param, f"The {noun} contains characters that are not allowed: < > \\ ' \" *")]
    if not _LETTER.search(value):
        return [ParamError("", param, f"The {noun} must contain at least one letter.")]
    return []


_BY_NAME: Mapping[str, Callable[[Any, str], list[ParamError]]] = {
    "currency": _currency,
    "metadata": _metadata,
    "statement_descriptor": _descriptor,
    "statement_descriptor_suffix": _descriptor_suffix,
}
