"""Payment methods: made from a test token, a test card or a bank account, and what is known about each of them.

Private facts: `_card` is the name of the test card, `_cvc` whether a CVC was given, `_account` the kind and number of a bank
account, `_set_up` the usage it was set up for, `_spent` why it can no longer be used without a customer.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, metadata, values
from payproof.sandbox.stripe.books import Books, Object, kind

PAYMENT_METHOD = kind("payment_method", "pm", "customer", noun="PaymentMethod", path_param="payment_method")

DEBITS = ("us_bank_account", "sepa_debit")
"""Bank debits: payments with these are `processing` for days before they succeed or fail."""

TYPES = ("card", *DEBITS)


def resolved(books: Books, identifier: str, param: str) -> Object:
    """Return the PaymentMethod that a request names; a published `pm_card_...` makes a new one each time.

    Refused with 400 `resource_missing` when there is none.
    """
    card = values.test_values().token(identifier) if identifier.startswith("pm_card_") else None
    return books.named(PAYMENT_METHOD, identifier, param) if card is None else from_card(books, card)


def from_card(
    books: Books,
    card: values.TestCard,
    *,
    exp_month: int | None = None,
    exp_year: int | None = None,
    cvc: bool = True,
    billing: Any = None,
    notes: Any = None,
) -> Object:
    """Make a PaymentMethod that behaves like a published test card."""
    return books.new(
        PAYMENT_METHOD,
        type="card",
        allow_redisplay="unspecified",
        billing_details=billing_details(billing),
        card=card_details(books, card, exp_month=exp_month, exp_year=exp_year, cvc=cvc, billing=billing),
        metadata=metadata.merged({}, notes),
        _card=card.name,
        _cvc=cvc,
    )


def card_details(
    books: Books, card: values.TestCard, *, exp_month: int | None, exp_year: int | None, cvc: bool, billing: Any = None
) -> Object:
    """Return the `card` hash of a PaymentMethod; an expiry that is not given lies a year ahead."""
    today = time.gmtime(books.now())
    return {
        "brand": card.brand,
        "checks": checks(card, cvc=cvc, billing=billing),
        "country": card.country,
        "display_brand": "american_express" if card.brand == "amex" else card.brand,
        "exp_month": exp_month or today.tm_mon,
        "exp_year": exp_year or today.tm_year + 1,
        "fingerprint": fingerprint(card.name),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.three_d_secure != "not_supported"},
        "wallet": None,
    }


def from_number(books: Books, given: Mapping[str, Any], *, billing: Any = None, notes: Any = None) -> Object:
    """Make a PaymentMethod from raw card data, where the sandbox allows it; refused like Stripe refuses bad card data."""
    card, month, year = checked_number(books, given)
    cvc = bool(given.get("cvc"))
    return from_card(books, card, exp_month=month, exp_year=year, cvc=cvc, billing=billing, notes=notes)


def checked_number(books: Books, given: Mapping[str, Any]) -> tuple[values.TestCard, int, int]:
    """Return the test card behind raw card data, and its expiry month and year."""
    if not books.box.allow_raw_cards:
        raise errors.raw_card()
    number = "".join(character for character in str(given.get("number", "")) if character.isdigit())
    if len(number) < 12 or not values.passes_luhn(number):
        raise _bad_card("incorrect_number", "number", "Your card number is incorrect.")
    month, year = int(given.get("exp_month") or 0), int(given.get("exp_year") or 0)
    year += 2000 if 0 < year < 100 else 0
    today = time.gmtime(books.now())
    if not 1 <= month <= 12:
        raise _bad_card("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
    if not today.tm_year <= year <= today.tm_year + 50 or (year == today.tm_year and month < today.tm_mon):
        raise _bad_card("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
    cvc = given.get("cvc")
    if cvc is not None and not (str(cvc).isdigit() and 3 <= len(str(cvc)) <= 4):
        raise _bad_card("invalid_cvc", "cvc", "Your card's security code is invalid.")
    card = values.test_values().by_number.get(number)
    if card is None:
        raise errors.declined(values.decline("test_mode_live_card"))
    return card, month, year


def from_account(books: Books, type_name: str, given: Mapping[str, Any], *, billing: Any = None, notes: Any = None) -> Object:
    """Make a PaymentMethod from a bank account number or an IBAN."""
    number = str(given.get("iban" if type_name == "sepa_debit" else "account_number") or "")
    if not number:
        raise errors.missing_param(f"{type_name}[{'iban' if type_name == 'sepa_debit' else 'account_number'}]")
    describe = _sepa_debit if type_name == "sepa_debit" else _us_bank_account
    return books.new(
        PAYMENT_METHOD,
        type=type_name,
        allow_redisplay="unspecified",
        billing_details=billing_details(billing),
        metadata=metadata.merged({}, notes),
        _account=[type_name, number],
        **{type_name: describe(number, given)},
    )


def card_of(method: Mapping[str, Any]) -> values.TestCard | None:
    """Return the test card behind a payment method, None for a bank account."""
    name = method.get("_card")
    return None if name is None else values.test_values().by_name[name]


def account_of(method: Mapping[str, Any]) -> values.TestAccount:
    """Return the test account behind a bank account; an unpublished number succeeds."""
    type_name, number = method["_account"]
    return values.test_values().accounts[type_name].get(number) or values.TestAccount(number, "succeeds")


def billing_details(given: Any) -> Object:
    """Return the billing details with every field that Stripe sends."""
    details = given if isinstance(given, Mapping) else {}
    return {
        "address": address(details.get("address")),
        "email": details.get("email") or None,
        "name": details.get("name") or None,
        "phone": details.get("phone") or None,
        "tax_id": details.get("tax_id") or None,
    }


def address(given: Any) -> Object:
    """Return an address with every field that Stripe sends."""
    parts = given if isinstance(given, Mapping) else {}
    return {name: parts.get(name) or None for name in ("city", "country", "line1", "line2", "postal_code", "state")}


def checks(card: values.TestCard, *, cvc: bool, billing: Any) -> Object:
    """Return the results of the checks that the given data allows."""
    place = address(billing.get("address") if isinstance(billing, Mapping) else None)
    return {
        "address_line1_check": card.line1_check if place["line1"] else None,
        "address_postal_code_check": card.postal_code_check if place["postal_code"] else None,
        "cvc_check": card.cvc_check if cvc else None,
    }


def fingerprint(of: str) -> str:
    """Return what is the same for every payment method of one card or account."""
    return hashlib.sha256(f"payproof {of}".encode()).hexdigest()[:16]


def _us_bank_account(number: str, given: Mapping[str, Any]) -> Object:
    return {
        "account_holder_type": given.get("account_holder_type") or "individual",
        "account_type": given.get("account_type") or "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint(number),
        "last4": number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": given.get("routing_number") or None,
        "status_details": {},
    }


def _sepa_debit(number: str, given: Mapping[str, Any]) -> Object:
    return {
        "bank_code": number[4:12],
        "branch_code": "",
        "country": number[:2],
        "fingerprint": fingerprint(number),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": number[-4:],
    }


def _bad_card(code: str, param: str, message: str) -> Refused:
    return errors.refusal(402, "card_error", message, code=code, param=param, executed=False)
