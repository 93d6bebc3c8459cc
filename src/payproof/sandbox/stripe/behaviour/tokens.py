"""Tokens: what a `tok_...` stands for. Published ones serve any number of times, made ones once."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

TOKEN = kind("token", "tok", "bank_account card client_ip", path_param="token")

CARD = kind(
    "card",
    "card",
    "address_city address_country address_line1 address_line1_check address_line2 address_state address_zip address_zip_check "
    "cvc_check dynamic_last4 name tokenization_method customer",
    created=False,
    livemode=False,
    noun="source",
)


def card_behind(books: Books, identifier: str, param: str) -> tuple[values.TestCard, int | None, int | None, bool]:
    """Use a token. Return its test card, expiry month and year (None: any) and whether a CVC came with it.

    Refused with 400 `resource_missing` when there is none, `token_already_used` when it was used.
    """
    published = values.test_values().token(identifier) if identifier.startswith("tok_") else None
    if published is not None:
        return published, None, None, True
    token = books.named(TOKEN, identifier, param)
    if token["used"]:
        raise errors.invalid(
            f"You cannot use a Stripe token more than once: {identifier}.", code="token_already_used", param=param
        )
    token["used"] = True
    card = values.test_values().by_name[token["_card"]]
    return card, token["card"]["exp_month"], token["card"]["exp_year"], bool(token["_cvc"])


def write(
    books: Books, card: values.TestCard, *, exp_month: int, exp_year: int, cvc: bool, client_ip: str | None = None
) -> Object:
    """Make a token for a card."""
    made = new_card(books, card, exp_month=exp_month, exp_year=exp_year, cvc=cvc)
    return books.new(TOKEN, type="card", card=rendered(made), client_ip=client_ip, used=False, _card=card.name, _cvc=cvc)


def new_card(
    books: Books, card: values.TestCard, *, exp_month: int | None, exp_year: int | None, cvc: bool, customer: str | None = None
) -> Object:
    """Make a Card, the older object that tokens and customers' sources hold."""
    details = methods.card_details(books, card, exp_month=exp_month, exp_year=exp_year, cvc=cvc)
    return books.new(
        CARD,
        brand=BRANDS.get(card.brand, card.brand),
        country=card.country,
        customer=customer,
        cvc_check=card.cvc_check if cvc else None,
        exp_month=details["exp_month"],
        exp_year=details["exp_year"],
        fingerprint=details["fingerprint"],
        funding=card.funding,
        last4=card.last4,
        metadata={},
        regulated_status="unregulated",
        _card=card.name,
        _cvc=cvc,
    )


def as_method(books: Books, source: Object) -> dict[str, Any]:
    """Return a Card as the payment method that charging works with."""
    card = values.test_values().by_name[source["_card"]]
    details = methods.card_details(books, card, exp_month=source["exp_month"], exp_year=source["exp_year"], cvc=source["_cvc"])
    return {
        "id": source["id"],
        "type": "card",
        "customer": source.get("customer"),
        "billing_details": methods.billing_details(None),
        "card": details,
        "_card": card.name,
        "_cvc": source["_cvc"],
    }


BRANDS = {
    "visa": "Visa",
    "mastercard": "MasterCard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
"""How the older Card object spells the networks."""
