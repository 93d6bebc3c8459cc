"""What pays: a token of the browser's SDK, a card on file, a bank account."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated, Refused
from payproof.sandbox.square import errors, values
from payproof.sandbox.square.books import CARD, Books, Object
from payproof.sandbox.square.values import TestValue

_UNPLAYED = ("CASH", "EXTERNAL", "wnon:", "cnon:gift-card")


def of(books: Books, source: str, customer: object) -> tuple[TestValue, Object | None]:
    """Return what a `source_id` does, and the card on file that it names; refused when it is neither."""
    if source.startswith(_UNPLAYED):
        raise NotImitated(f"the Square sandbox plays no payment from {source!r}; pay with {values.DEFAULT!r} in this test")
    card = books.find(CARD, source)
    if card is not None:
        _check_card(card, customer)
        return values.named(card["_value"]), card
    found = values.test_values().get(source)
    if found is None:
        raise errors.refusal(404, errors.INVALID, "NOT_FOUND", f"Card nonce not found: {source}", "source_id")
    return found, None


def declined(value: TestValue, **beside: Any) -> Refused:
    """Return the refusal of a test value that fails."""
    category = errors.INVALID if value.code == "CARD_TOKEN_USED" else errors.PAYMENT_METHOD
    return errors.refusal(value.status, category, value.code, f"Authorization error: '{value.code}'", **beside)


def shown(card: Object | None) -> Object:
    """Return the card of a payment as Square shows it: the published test card, unless it is on file."""
    if card is not None:
        return {name: card[name] for name in ("id", *_CARD) if name in card}
    return dict(_CARD)


def _check_card(card: Object, customer: object) -> None:
    if not customer:
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", "customer_id", "A card on file is paid with its customer.")
    if customer != card["customer_id"]:
        raise errors.refusal(404, errors.INVALID, "NOT_FOUND", f"The customer has no card {card['id']}", "source_id")
    if not card["enabled"]:
        raise errors.invalid("INVALID_CARD", "source_id", "The card is disabled.")


_CARD = {
    "card_brand": "VISA",
    "last_4": "1111",
    "exp_month": 11,
    "exp_year": 2099,
    "fingerprint": "sq-1-payproofsample",
    "card_type": "CREDIT",
    "prepaid_type": "NOT_PREPAID",
    "bin": "411111",
}
