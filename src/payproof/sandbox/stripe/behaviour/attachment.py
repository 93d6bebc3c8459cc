"""Who may use a payment method: attaching to customers, detaching, and what one use without a customer costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.books import Books, Object


def attach(books: Books, method: Object, customer: str) -> Object:
    """Attach to a customer; a card that its issuer would refuse is declined with 402."""
    check_attachable(method)
    return _join(books, method, customer)


def check_attachable(method: Mapping[str, Any]) -> None:
    """Refuse a payment method that no customer can have."""
    if method["customer"] is not None:
        raise errors.invalid("The payment method you provided has already been attached to a customer.", param="payment_method")
    if method.get("_spent"):
        raise _spent(method)
    card = methods.card_of(method)
    if card is not None and card.attach is not None and not (card.only_with_cvc and not method["_cvc"]):
        raise errors.declined(values.decline(card.attach))


def detach(books: Books, method: Object) -> Object:
    """Detach from its customer; the payment method can never be used again."""
    customer = method["customer"]
    if customer is None:
        message = "The payment method you provided is not attached to a customer so detachment is impossible."
        raise errors.invalid(message, param="payment_method")
    method.update(customer=None, _spent="detached")
    books.emit("payment_method.detached", method, {"customer": customer})
    return method


def check_usable(method: Mapping[str, Any], intent: Mapping[str, Any], noun: str) -> None:
    """Refuse a payment method of another customer, one that was used up, and one of a type the intent does not take."""
    owner, customer = method["customer"], intent["customer"]
    if owner is None and method.get("_spent"):
        raise _spent(method)
    if owner is not None and customer is None:
        message = (
            f"The PaymentMethod {method['id']} belongs to a Customer. "
            f"Please include the Customer in the `customer` parameter on the {noun}."
        )
        raise errors.invalid(message, param="payment_method")
    if owner is not None and owner != customer:
        message = (
            f"The customer does not have a payment method with the ID {method['id']}. "
            "The payment method must be attached to the customer."
        )
        raise errors.invalid(message, param="payment_method")
    if method["type"] not in intent["payment_method_types"]:
        message = (
            f"The PaymentMethod provided ({method['type']}) is not allowed for this {noun}. Please attach a PaymentMethod of one "
            f"of the following types: {', '.join(intent['payment_method_types'])}."
        )
        raise errors.invalid(message, param="payment_method")


def settle_use(books: Books, method: Object, intent: Mapping[str, Any]) -> None:
    """What a successful use does: save the payment method for later, or use it up when no customer holds it."""
    usage = intent.get("setup_future_usage") or _usage_by_type(method, intent)
    if usage in ("off_session", "on_session"):
        set_up(books, method, intent["customer"], usage)
    if method["customer"] is None:
        method["_spent"] = "used"


def set_up(books: Books, method: Object, customer: str | None, usage: str) -> None:
    """Save a payment method for later use, with the customer where there is one."""
    if usage == "off_session" or method.get("_set_up") is None:
        method["_set_up"] = usage
    if customer is not None and method["customer"] is None:
        _join(books, method, customer)


def _join(books: Books, method: Object, customer: str) -> Object:
    method["customer"] = customer
    books.emit("payment_method.attached", method)
    return method


def _usage_by_type(method: Mapping[str, Any], intent: Mapping[str, Any]) -> Any:
    return (intent["payment_method_options"].get(method["type"]) or {}).get("setup_future_usage")


def _spent(method: Mapping[str, Any]) -> Refused:
    happened = "detached from a Customer" if method["_spent"] == "detached" else "used without being attached to a Customer"
    message = (
        f"The provided PaymentMethod was previously {happened}. It may not be used again. "
        "To use a PaymentMethod multiple times, you must attach it to a Customer first."
    )
    return errors.invalid(message, param="payment_method")
