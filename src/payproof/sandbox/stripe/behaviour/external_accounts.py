"""Bank accounts that connected accounts are paid out to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, values
from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.behaviour.accounts import ACCOUNT
from payproof.sandbox.stripe.books import Books, Object, kind

BANK_ACCOUNT = kind(
    "bank_account",
    "ba",
    "account account_holder_name account_holder_type account_type bank_name customer routing_number",
    created=False,
    livemode=False,
    noun="external account",
)

TOKENS = {"btok_us_verified": "000123456789", "btok_us_verified_noAccount": "000111111116"}
"""Published tokens of bank accounts and their numbers."""


def write(books: Books, account: Object, given: Any, *, default: bool, notes: dict[str, str]) -> Object:
    """Add a bank account, given as a token or by its number; the first in a currency is its default."""
    described = _described(given)
    number = str(described["account_number"])
    present = of(books, account)
    currency = str(described["currency"]).lower()
    first = all(other["currency"] != currency for other in present)
    made = books.new(
        BANK_ACCOUNT,
        account=account["id"],
        account_holder_name=described.get("account_holder_name"),
        account_holder_type=described.get("account_holder_type"),
        available_payout_methods=["standard"],
        bank_name="STRIPE TEST BANK",
        country=described["country"],
        currency=currency,
        default_for_currency=default or first,
        fingerprint=methods.fingerprint(number),
        last4=number[-4:],
        metadata=notes,
        routing_number=described.get("routing_number"),
        status="new",
        _refuses=_refusal(number),
    )
    if made["default_for_currency"]:
        for other in present:
            if other["currency"] == currency:
                other["default_for_currency"] = False
    show(books, account)
    books.elsewhere(account["id"]).happened("account.external_account.created", made)
    return made


def delete(books: Books, account: Object, bank: Object) -> Object:
    """Remove a bank account; the default of a currency must stay while there is another."""
    others = [other for other in of(books, account) if other["currency"] == bank["currency"] and other["id"] != bank["id"]]
    if bank["default_for_currency"] and others:
        raise errors.invalid("You cannot delete the default external account for your default currency.", param="id")
    left = books.delete(BANK_ACCOUNT, bank)
    show(books, account)
    books.elsewhere(account["id"]).happened("account.external_account.deleted", bank)
    return left


def of(books: Books, account: Mapping[str, Any]) -> list[Object]:
    """Return the bank accounts of an account, newest first."""
    found = books.newest_first(BANK_ACCOUNT)
    return [bank for bank in found if not bank.get("deleted") and bank["account"] == account["id"]]


def show(books: Books, account: Object) -> None:
    """Let the account list its bank accounts."""
    banks = of(books, account)
    listed = lists.list_object(banks, f"/v1/accounts/{account['id']}/external_accounts")
    account["external_accounts"] = {**listed, "total_count": len(banks)}


def default_of(books: Books, account: str, currency: str) -> Object | None:
    """Return where payouts in a currency go, None when an account has told no bank account for it."""
    platform = Books(books.box)
    found = platform.find(ACCOUNT, account)
    banks = of(platform, found) if found is not None and not found.get("deleted") else []
    return next((bank for bank in banks if bank["currency"] == currency and bank["default_for_currency"]), None)


def _described(given: Any) -> Mapping[str, Any]:
    if isinstance(given, str):
        number = TOKENS.get(given)
        if number is None:
            raise errors.missing("token", given, "external_account", status=400)
        return {"account_number": number, "country": "US", "currency": "usd", "routing_number": "110000000"}
    if given.get("object") != "bank_account":
        raise NotImitated("external accounts that are cards are not played by the Stripe sandbox; use a bank account")
    for name in ("account_number", "country", "currency"):
        if not given.get(name):
            raise errors.missing_param(f"external_account[{name}]")
    return dict(given)


def _refusal(number: str) -> str | None:
    """Return why payouts to a test account number fail, None when they arrive."""
    account = values.test_values().accounts["us_bank_account"].get(number)
    return account.code if account is not None and account.outcome == "fails" else None
