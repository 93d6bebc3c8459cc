"""Customers' cards in the older sense: sources, made from tokens, with a default that charges use."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import tokens
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call


def card_from(call: Call, param: str = "source") -> Object:
    """Make the card that a request's token or raw card data stands for; one that cannot be attached is declined with 402."""
    card, month, year, cvc = tokens.card_behind(call.books, str(call.get(param)), param)
    if card.attach is not None and (cvc or not card.only_with_cvc):
        raise errors.declined(values.decline(card.attach))
    return tokens.new_card(call.books, card, exp_month=month, exp_year=year, cvc=cvc)


def add(books: Books, customer: Object, card: Object, *, default: bool = False) -> None:
    """Give a card to a customer; the first one, or one that says so, is the default."""
    card["customer"] = customer["id"]
    books.emit("customer.source.created", card)
    if default or customer["default_source"] is None:
        customer["default_source"] = card["id"]


def of(books: Books, customer: Object) -> list[Object]:
    """Return a customer's cards, newest first."""
    return [card for card in books.newest_first(tokens.CARD) if card.get("customer") == customer["id"]]


def named(books: Books, customer: Object, identifier: str, param: str, status: int = 400) -> Object:
    """Return one card of a customer; refused when it has none of that id."""
    found = books.find(tokens.CARD, identifier)
    if found is None or found.get("customer") != customer["id"]:
        raise errors.missing("source", identifier, param, status=status)
    return found
