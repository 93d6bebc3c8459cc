"""What becomes of an authorization: captured, raised, cancelled, or left to expire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import aftermath, charging, intents
from payproof.sandbox.stripe.books import Books, Object, rendered, scheduled

CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")

MOST_INCREMENTS = 10


def capture(books: Books, intent: Object, amount: int | None) -> Object:
    """Capture what was authorized, or less; the rest is released."""
    charge = intents.charge_of(books, intent)
    if intent["status"] != "requires_capture" or charge is None:
        message = (
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. "
            "Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
        )
        raise errors.intent_state(message, rendered(intent))
    amount = charge["amount"] if amount is None else amount
    if amount > charge["amount"]:
        message = f"The amount to capture ({amount}) is greater than the capturable amount ({charge['amount']})."
        raise errors.invalid(message, code="amount_too_large", param="amount_to_capture")
    charging.capture(books, charge, amount)
    intents.refresh(books, intent)
    books.emit("payment_intent.succeeded", intent)
    aftermath.follow(books, charge)
    return intent


def cancel(books: Books, intent: Object, reason: str | None, *, charge_event: str = "charge.refunded") -> Object:
    """Cancel; an authorization is released."""
    status = intent["status"]
    if intent.get("_checkout") and status != "requires_capture":
        message = "You cannot cancel this PaymentIntent because a Checkout Session made it. Expire the Checkout Session instead."
        raise errors.intent_state(message, rendered(intent))
    if status not in CANCELABLE:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {status}. Only a PaymentIntent with one of the "
            f"following statuses may be canceled: {errors.one_of(CANCELABLE)}."
        )
        raise errors.intent_state(message, rendered(intent))
    charge = intents.charge_of(books, intent)
    if status == "requires_capture" and charge is not None:
        charging.release(books, charge, charge_event)
    intent.update(canceled_at=books.now(), cancellation_reason=reason, next_action=None)
    intents.refresh(books, intent)
    books.emit("payment_intent.canceled", intent)
    return intent


def increment(books: Books, intent: Object, amount: int, content: Mapping[str, Any]) -> Object:
    """Authorize more than before."""
    charge = intents.charge_of(books, intent)
    if intent["status"] != "requires_capture" or charge is None:
        message = f"This PaymentIntent's authorization cannot be incremented because it has a status of {intent['status']}."
        raise errors.intent_state(message, rendered(intent))
    details = charge["payment_method_details"].get("card") or {}
    if details.get("incremental_authorization", {}).get("status") != "available":
        message = "This PaymentIntent does not allow incremental authorization; ask for it when you create it."
        raise errors.invalid(message, payment_intent=rendered(intent))
    if amount <= intent["amount"]:
        raise errors.invalid("The amount must be greater than the one authorized before.", param="amount")
    if intent["_increments"] >= MOST_INCREMENTS:
        raise errors.invalid(
            f"An authorization can be incremented at most {MOST_INCREMENTS} times.", payment_intent=rendered(intent)
        )
    charge["amount"] = amount
    details["amount_authorized"] = amount
    intent.update(amount=amount, _increments=intent["_increments"] + 1, **content)
    charging.refresh(books, charge)
    intents.refresh(books, intent)
    books.emit("payment_intent.amount_capturable_updated", intent)
    return intent


@scheduled("payment_intent.expire")
def expire(books: Books, identifier: str) -> None:
    """The authorization was not captured in time."""
    intent = books.of(intents.PAYMENT_INTENT, identifier)
    if intent["status"] == "requires_capture":
        cancel(books, intent, "automatic", charge_event="charge.expired")
