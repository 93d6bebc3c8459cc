"""PaymentIntents: the state machine. The status is computed from facts, never set.

Private facts: `_authenticated` is the id of the payment method that the customer has authenticated for this intent,
`_checkout` the Checkout Session that owns it, `_return_url` where a redirect comes back to, `_off_session` how it was confirmed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import aftermath, attachment, authentication, charging, mandates, methods, microdeposits
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

PAYMENT_INTENT = kind(
    "payment_intent",
    "pi",
    "application application_fee_amount automatic_payment_methods canceled_at cancellation_reason customer customer_account "
    "description excluded_payment_method_types invoice last_payment_error latest_charge next_action on_behalf_of payment_method "
    "payment_method_configuration_details processing receipt_email review setup_future_usage shipping source "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group",
    path_param="intent",
)

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
"""Statuses in which an intent can still be changed and confirmed."""

COPIED = (
    "application_fee_amount", "customer", "description", "on_behalf_of", "receipt_email", "shipping", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
"""Fields that a charge takes over from its intent."""


Outcome = Callable[[Books, Object], None]

_LISTENERS: list[Outcome] = []


def on_outcome(listener: Outcome) -> Outcome:
    """Let the decorated function hear of every attempt to pay an intent: it succeeded, failed, or needs the customer."""
    _LISTENERS.append(listener)
    return listener


def tell(books: Books, intent: Object) -> None:
    """Tell who listens that an attempt came out."""
    for listener in _LISTENERS:
        listener(books, intent)


@dataclasses.dataclass(frozen=True, slots=True)
class Confirmation:
    """How an intent is confirmed: with which payment method (None: its own) and whether the customer is there."""

    method: Object | None = None
    off_session: bool = False
    return_url: str | None = None
    error_on_requires_action: bool = False


def write(books: Books, *, amount: int, currency: str, **content: Any) -> Object:
    """Create an intent and its `payment_intent.created` event. Everything was checked before."""
    identifier = books.identifier("pi")
    intent = books.new(
        PAYMENT_INTENT,
        **{
            "id": identifier,
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "capture_method": "automatic_async",
            "client_secret": f"{identifier}_secret_{books.box.ids.text(25)}",
            "confirmation_method": "automatic",
            "currency": currency,
            "metadata": {},
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
            "_authenticated": None,
            "_increments": 0,
            **content,
        },
    )
    refresh(books, intent)
    books.emit("payment_intent.created", intent)
    return intent


def status_of(intent: Mapping[str, Any], charge: Mapping[str, Any] | None) -> str:
    """Compute the status from the facts: cancelled, what became of the last charge, what is waited for."""
    if intent["canceled_at"] is not None:
        return "canceled"
    if charge is not None and charge["status"] != "failed":
        if charge["status"] == "pending":
            return "processing"
        return "succeeded" if charge["captured"] else "requires_capture"
    if intent["next_action"] is not None:
        return "requires_action"
    return "requires_payment_method" if intent["payment_method"] is None else "requires_confirmation"


def refresh(books: Books, intent: Object) -> Object:
    """Compute status and amounts."""
    charge = charge_of(books, intent)
    status = status_of(intent, charge)
    intent["status"] = status
    intent["amount_capturable"] = charge["amount"] if charge and status == "requires_capture" else 0
    intent["amount_received"] = charge["amount_captured"] if charge and status == "succeeded" else 0
    return intent


def charge_of(books: Books, intent: Mapping[str, Any]) -> Object | None:
    """Return the latest charge of an intent, None before the first."""
    return books.find(charging.CHARGE, intent["latest_charge"])


def confirm(books: Books, intent: Object, how: Confirmation) -> Object:
    """Try to pay. Refused with 402 when the card is declined; the intent then waits for another payment method."""
    check_confirmable(intent)
    method = how.method or books.find(methods.PAYMENT_METHOD, intent["payment_method"])
    if method is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. "
            "Update it with one, or confirm with one."
        )
        raise errors.intent_state(message, rendered(intent))
    check_method(method, intent)
    intent.update(payment_method=method["id"], next_action=None, _return_url=how.return_url, _off_session=how.off_session)
    refresh(books, intent)
    return _authenticated_or_charged(books, intent, method, how)


def check_confirmable(intent: Object) -> None:
    """Refuse to confirm what is no longer open."""
    if intent["status"] not in OPEN:
        raise errors.intent_state(_cannot_confirm(intent), rendered(intent))


def check_method(method: Mapping[str, Any], intent: Mapping[str, Any]) -> None:
    """Refuse a payment method that this intent cannot take."""
    attachment.check_usable(method, intent, "PaymentIntent")


def authenticate(books: Books, intent: Object, outcome: str) -> Object:
    """The customer answers the challenge: `succeed` or `fail`. Declines after it are told by events and the intent's state."""
    if outcome == "fail":
        return _fail_authentication(books, intent)
    method = books.of(methods.PAYMENT_METHOD, intent["payment_method"])
    intent.update(next_action=None, _authenticated=method["id"])
    refresh(books, intent)
    if intent["confirmation_method"] == "manual":
        return intent
    try:
        return _charge(books, intent, method)
    except Refused:
        return intent


def verify(books: Books, intent: Object, amounts: Sequence[Any] | None, code: str | None) -> Object:
    """The customer proves by microdeposits that the account is theirs: now it is debited."""
    method = books.find(methods.PAYMENT_METHOD, intent["payment_method"]) or {}
    microdeposits.check(intent, method, amounts, code)
    method["_verified"] = True
    intent["next_action"] = None
    return _charge(books, intent, method)


def _authenticated_or_charged(books: Books, intent: Object, method: Object, how: Confirmation) -> Object:
    if microdeposits.asked(method, intent):
        intent["next_action"] = microdeposits.next_action(books, intent)
        refresh(books, intent)
        books.emit("payment_intent.requires_action", intent)
        return intent
    need = Need.NONE
    if intent["_authenticated"] != method["id"]:
        card = methods.card_of(method)
        need = authentication.for_payment(card, method, off_session=how.off_session, requested=_requested(intent))
    if need is Need.NONE:
        return _charge(books, intent, method)
    if need is Need.REFUSED:
        return _charge(books, intent, method, refuse=values.decline("generic_decline"))
    if how.off_session:
        return _charge(books, intent, method, refuse=values.decline("authentication_required"))
    if how.error_on_requires_action:
        decline = values.decline("authentication_not_handled")
        put_back(books, intent, method, errors.card_error(decline)["error"])
        raise errors.declined(decline, payment_intent=rendered(intent), payment_method=rendered(method))
    intent["next_action"] = authentication.next_action(books, intent["client_secret"], how.return_url)
    refresh(books, intent)
    books.emit("payment_intent.requires_action", intent)
    tell(books, intent)
    return intent


def _charge(books: Books, intent: Object, method: Object, refuse: values.Decline | None = None) -> Object:
    charge, decline = charging.attempt(books, _order(books, intent, method, refuse))
    intent["latest_charge"] = charge["id"]
    if method["type"] in methods.DEBITS:
        once = None if intent["setup_future_usage"] else (intent["amount"], intent["currency"])
        charge["payment_method_details"][method["type"]]["mandate"] = mandates.give(books, method, once=once)
    if decline is not None:
        put_back(books, intent, method, errors.card_error(decline, charge=charge["id"])["error"])
        raise errors.declined(decline, charge=charge["id"], payment_intent=rendered(intent), payment_method=rendered(method))
    intent["last_payment_error"] = None
    attachment.settle_use(books, method, intent)
    refresh(books, intent)
    _announce(books, intent, charge)
    return intent


def _order(books: Books, intent: Object, method: Object, refuse: values.Decline | None) -> charging.Order:
    card = methods.card_of(method)
    content = {name: intent.get(name) for name in COPIED}
    content |= {"payment_intent": intent["id"], "metadata": dict(intent["metadata"])}
    proven = intent["_authenticated"] == method["id"]
    return charging.Order(
        method=method,
        amount=intent["amount"],
        currency=intent["currency"],
        capture=not captures_manually(intent),
        three_d_secure=authentication.result(books, card, authenticated=proven, requested=_requested(intent)),
        refuse=refuse,
        content=content,
        card_features=_features(intent),
    )


def captures_manually(intent: Mapping[str, Any]) -> bool:
    """Whether confirming only authorizes."""
    options = intent["payment_method_options"].get("card") or {}
    return "manual" in (intent["capture_method"], options.get("capture_method"))


def _features(intent: Mapping[str, Any]) -> Object:
    options = intent["payment_method_options"].get("card") or {}
    if options.get("request_incremental_authorization") == "if_available" and captures_manually(intent):
        return {"incremental_authorization": {"status": "available"}}
    return {}


def _requested(intent: Mapping[str, Any]) -> str:
    options = intent["payment_method_options"].get("card") or {}
    return str(options.get("request_three_d_secure") or "automatic")


def _announce(books: Books, intent: Object, charge: Object) -> None:
    if intent["status"] == "requires_capture":
        books.emit("payment_intent.amount_capturable_updated", intent)
        books.at(books.now() + charging.AUTHORIZED_FOR, "payment_intent.expire", intent["id"])
        return
    if intent["status"] == "processing":
        books.emit("payment_intent.processing", intent)
        if methods.account_of(charge).outcome != "stays":
            books.at(books.now() + values.delay("debit_settles"), "payment_intent.settle", intent["id"])
        return
    books.emit("payment_intent.succeeded", intent)
    aftermath.follow(books, charge)
    tell(books, intent)


def _fail_authentication(books: Books, intent: Object) -> Object:
    method = books.find(methods.PAYMENT_METHOD, intent["payment_method"])
    message = "The provided PaymentMethod has failed authentication. Provide a new PaymentMethod to try this PaymentIntent again."
    error = errors.envelope("invalid_request_error", message, code="payment_intent_authentication_failure")["error"]
    return put_back(books, intent, method, error)


def put_back(books: Books, intent: Object, method: Object | None, error: Mapping[str, Any]) -> Object:
    """The attempt failed: the intent waits for another payment method and remembers why."""
    shown = {"payment_method": rendered(method)} if method else {}
    intent.update(payment_method=None, next_action=None, last_payment_error={**error, **shown}, _authenticated=None)
    refresh(books, intent)
    books.emit("payment_intent.payment_failed", intent)
    tell(books, intent)
    return intent


def _cannot_confirm(intent: Mapping[str, Any]) -> str:
    if intent["status"] == "succeeded":
        return "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
    return (
        f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent with one of "
        "the following statuses may be confirmed: requires_confirmation, requires_action."
    )
