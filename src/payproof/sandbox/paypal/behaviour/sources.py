"""Payment sources: what a request gives to pay with, what the payer chooses on PayPal's page, and how answers show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.paypal import errors, values
from payproof.sandbox.paypal.books import PAYMENT_TOKEN, Books, Object

PLAYED = frozenset({"paypal", "card", "token"})
BRANDS = (("34", "AMEX"), ("37", "AMEX"), ("4", "VISA"), ("5", "MASTERCARD"), ("2", "MASTERCARD"), ("6", "DISCOVER"))
VERIFICATIONS = ("SCA_ALWAYS", "SCA_WHEN_REQUIRED", "3D_SECURE")

PAYER: Mapping[str, Any] = {
    "name": {"given_name": "Jo", "surname": "Payer"},
    "email_address": "payer@payproof.example",
    "payer_id": "PAYPROOFPAYER",
    "address": {"country_code": "US"},
}
"""Whoever pays in this sandbox."""


def only(source: Mapping[str, Any], at: str = "/payment_source") -> tuple[str, Mapping[str, Any]]:
    """Return the one source that a request gives, and its name; refused when it gives none or several."""
    given = {name: value for name, value in source.items() if value is not None}
    if len(given) != 1:
        issue = "ONLY_ONE_PAYMENT_SOURCE_ALLOWED" if given else "NO_PAYMENT_SOURCE_PROVIDED"
        raise errors.unprocessable(issue, at, executed=False)
    name, details = next(iter(given.items()))
    if name not in PLAYED:
        raise NotImitated(f"the payment source {name!r} is one that the PayPal sandbox does not play; use paypal, card or token")
    return name, details


def vaulted(books: Books, name: str, details: Mapping[str, Any]) -> Object | None:
    """Return the payment token that a source names; None when it names none, refused when there is none of that id."""
    identifier = details.get("id") if name == "token" else details.get("vault_id")
    if identifier is None:
        return None
    found = books.find(PAYMENT_TOKEN, str(identifier))
    if found is None:
        raise errors.unprocessable("TOKEN_ID_NOT_FOUND", f"/payment_source/{name}", identifier)
    return found


def pays_at_once(name: str, details: Mapping[str, Any]) -> bool:
    """Whether an order with this source is paid in the step that creates it, without the payer on PayPal's page."""
    return name in ("card", "token") or "vault_id" in details


def must_authenticate(name: str, details: Mapping[str, Any]) -> bool:
    """Whether the bank is asked to authenticate the card's holder first."""
    verification = (details.get("attributes") or {}).get("verification") or {}
    return name == "card" and verification.get("method") in VERIFICATIONS


def check_card(details: Mapping[str, Any], now: str) -> None:
    """Refuse a card without number or expiry, and one that has expired; `now` is the present month, `2026-11`."""
    if "vault_id" in details or "single_use_token" in details:
        return
    for name, issue in (("number", "CARD_NUMBER_REQUIRED"), ("expiry", "CARD_EXPIRY_REQUIRED")):
        if not details.get(name):
            raise errors.unprocessable(issue, f"/payment_source/card/{name}")
    if str(details["expiry"]) < now:
        raise errors.unprocessable("CARD_EXPIRED", "/payment_source/card/expiry")


def value_of(books: Books, name: str, details: Mapping[str, Any]) -> values.TestValue:
    """Return the test value that a source stands for."""
    token = vaulted(books, name, details)
    if token is not None:
        return values.named(token["_value"])
    return values.of_card(str(details.get("name", ""))) if name == "card" else values.named(values.DEFAULT)


def shown(name: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Return how answers show a source that a request gave: never a card's number or code."""
    if name != "card":
        return {"paypal": _wallet()} if name == "paypal" and "vault_id" in details else {}
    number = str(details.get("number", ""))
    card = {key: details[key] for key in ("name", "expiry", "billing_address") if key in details}
    if number:
        brand = next((brand for start, brand in BRANDS if number.startswith(start)), "VISA")
        card |= {"last_digits": number[-4:], "brand": brand, "type": "CREDIT"}
    return {"card": card}


def chosen(value: values.TestValue) -> dict[str, Any]:
    """Return how answers show what the payer chose on PayPal's page."""
    if value.source == "card":
        return {"card": {"name": value.name, "last_digits": "1881", "brand": "VISA", "type": "CREDIT"}}
    return {"paypal": _wallet()}


def _wallet() -> dict[str, Any]:
    return {
        "email_address": PAYER["email_address"],
        "account_id": PAYER["payer_id"],
        "account_status": "VERIFIED",
        "name": dict(PAYER["name"]),
        "address": dict(PAYER["address"]),
    }
