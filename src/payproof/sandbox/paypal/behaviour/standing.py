"""How a subscription stands: its status, who may change it, and what is said of it."""

from __future__ import annotations

from payproof.sandbox.paypal import errors
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.books import SUBSCRIPTION, Books, Object


def suspend(books: Books, subscription: Object, note: str) -> None:
    """Stop billing for now."""
    change(books, subscription, "SUSPENDED", note)
    emit(books, "BILLING.SUBSCRIPTION.SUSPENDED", subscription)


def cancel(books: Books, subscription: Object, note: str) -> None:
    """Stop billing for ever."""
    change(books, subscription, "CANCELLED", note)
    emit(books, "BILLING.SUBSCRIPTION.CANCELLED", subscription)


def check_status(subscription: Object, *allowed: str) -> None:
    """Refuse a step that the subscription's status does not allow."""
    if subscription["status"] not in allowed:
        raise errors.unprocessable("SUBSCRIPTION_STATUS_INVALID")


def change(books: Books, subscription: Object, status: str, note: str = "") -> None:
    """Give a subscription another status, and forget what was scheduled for it."""
    subscription["_turn"] += 1
    noted = {"status_change_note": note} if note else {}
    books.changed(SUBSCRIPTION, subscription, status=status, status_update_time=books.time(), **noted)


def emit(books: Books, event_type: str, subscription: Object) -> None:
    """Record an event about a subscription."""
    books.emit(event_type, SUBSCRIPTION, whole(books, SUBSCRIPTION, subscription))
