"""Customers, and the cards that are kept for them."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import sources
from payproof.sandbox.square.books import CARD, CUSTOMER, MERCHANT
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint

IDENTIFYING = ("given_name", "family_name", "company_name", "email_address", "phone_number")
FIELDS = (*IDENTIFYING, "nickname", "address", "reference_id", "note", "birthday", "tax_ids")


@endpoint("POST", "/v2/customers", keyed=True)
def create(call: Call) -> Any:
    if not any(call.body.get(name) for name in IDENTIFYING):
        detail = f"At least one of the following fields must be specified: {', '.join(IDENTIFYING)}."
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", "", detail)
    books = call.books
    given = {name: call.body.get(name) for name in FIELDS}
    made = books.new(
        CUSTOMER, created_at=books.time(), updated_at=books.time(), creation_source="THIRD_PARTY", version=0, **given
    )
    books.emit("customer.created", CUSTOMER, made)
    return Made(CUSTOMER, made)


@endpoint("GET", "/v2/customers", query=("cursor", "limit"))
def show_all(call: Call) -> Any:
    return listed(call, call.books.shelf(CUSTOMER).values(), "customers")


@endpoint("GET", "/v2/customers/{customer_id}")
def show(call: Call) -> Any:
    return Made(CUSTOMER, call.subject(CUSTOMER))


@endpoint("PUT", "/v2/customers/{customer_id}")
def update(call: Call) -> Any:
    found = call.subject(CUSTOMER)
    call.version(found, call.body.get("version"))
    changes = {name: call.body[name] for name in FIELDS if call.body.get(name) is not None}
    call.books.changed(CUSTOMER, found, **changes)
    call.books.emit("customer.updated", CUSTOMER, found)
    return Made(CUSTOMER, found)


@endpoint("DELETE", "/v2/customers/{customer_id}", query=("version",))
def delete(call: Call) -> Any:
    found = call.subject(CUSTOMER)
    call.version(found, call.query.get("version"))
    del call.books.shelf(CUSTOMER)[found["id"]]
    call.books.box.effect(CUSTOMER, found["id"])
    call.books.emit("customer.deleted", CUSTOMER, found)
    return {}


@endpoint("POST", "/v2/cards", keyed=True, longest=45, without_effect=("verification_token",))
def keep_card(call: Call) -> Any:
    """Keep the card of a token; the bank is asked, and declines as it would for a payment."""
    books, card = call.books, call.body["card"]
    customer = books.named(CUSTOMER, card.get("customer_id"), "card.customer_id")
    value, _ = sources.of(books, call.body["source_id"], customer["id"])
    if value.code:
        raise sources.declined(value)
    made = books.new(
        CARD,
        f"ccof:{books.box.ids.text(20)}",
        **sources.shown(None),
        cardholder_name=card.get("cardholder_name"),
        billing_address=card.get("billing_address"),
        reference_id=card.get("reference_id"),
        customer_id=customer["id"],
        merchant_id=MERCHANT,
        enabled=True,
        created_at=books.time(),
        version=1,
        _value=value.name,
    )
    books.emit("card.created", CARD, made)
    return Made(CARD, made)


@endpoint("GET", "/v2/cards", query=("cursor", "customer_id", "include_disabled", "reference_id"))
def show_cards(call: Call) -> Any:
    asked = {name: call.query[name] for name in ("customer_id", "reference_id") if name in call.query}
    every = call.query.get("include_disabled") == "true"
    return listed(call, [card for card in call.books.where(CARD, **asked) if every or card["enabled"]], "cards", 25)


@endpoint("GET", "/v2/cards/{card_id}")
def show_card(call: Call) -> Any:
    return Made(CARD, call.subject(CARD))


@endpoint("POST", "/v2/cards/{card_id}/disable")
def disable(call: Call) -> Any:
    found = call.subject(CARD)
    if found["enabled"]:
        call.books.changed(CARD, found, enabled=False, disabled_at=call.books.time())
        call.books.emit("card.disabled", CARD, found)
    return Made(CARD, found)
