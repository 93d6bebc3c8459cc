"""What some test values lead to once a payment has been taken: disputes, inquiries and early fraud warnings."""

from __future__ import annotations

from payproof.sandbox.stripe.behaviour import charging, disputing, fraud, methods
from payproof.sandbox.stripe.books import Books, Object


def follow(books: Books, charge: Object) -> None:
    """Put off until the answer is written what this charge's test card or bank account leads to."""
    identifier = charge["id"]
    card = methods.card_of(charge)
    plan = card.dispute if card is not None else methods.account_of(charge).dispute
    if plan is not None:
        books.afterwards(lambda later: disputing.open_as_planned(later, later.of(charging.CHARGE, identifier), plan))
    if card is not None and card.fraud_warning is not None:
        fraud_type = card.fraud_warning
        books.afterwards(lambda later: _warn(later, later.of(charging.CHARGE, identifier), fraud_type))


def _warn(books: Books, charge: Object, fraud_type: str) -> None:
    fraud.warn(books, charge, fraud_type)
