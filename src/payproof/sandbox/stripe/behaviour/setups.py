"""SetupIntents: saving a payment method for later, with its state machine. The status is computed from facts, never set.

Private facts: `_done` once the set-up succeeded, `_authenticated` the payment method the customer authenticated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import attachment, authentication, mandates, methods, microdeposits
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.behaviour.intents import Confirmation
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

SETUP_INTENT = kind(
    "setup_intent",
    "seti",
    "application automatic_payment_methods cancellation_reason customer customer_account description "
    "excluded_payment_method_types flow_directions last_setup_error latest_attempt mandate next_action on_behalf_of "
    "payment_method payment_method_configuration_details single_use_mandate",
    path_param="intent",
)

SETUP_ATTEMPT = kind("setup_attempt", "setatt", "application customer customer_account flow_directions on_behalf_of setup_error")

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
"""Statuses in which a set-up can still be changed, confirmed and cancelled."""


def write(books: Books, **content: Any) -> Object:
    """Create a SetupIntent and its `setup_intent.created` event. Everything was checked before."""
    identifier = books.identifier("seti")
    intent = books.new(
        SETUP_INTENT,
        **{
            "id": identifier,
            "client_secret": f"{identifier}_secret_{books.box.ids.text(25)}",
            "metadata": {},
            "payment_method_options": {},
            "payment_method_types": ["card"],
            "usage": "off_session",
            "_done": False,
            "_canceled": False,
            "_authenticated": None,
            **content,
        },
    )
    refresh(intent)
    books.emit("setup_intent.created", intent)
    return intent


def status_of(intent: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    if intent["_canceled"]:
        return "canceled"
    if intent["_done"]:
        return "succeeded"
    if intent["next_action"] is not None:
        return "requires_action"
    return "requires_payment_method" if intent["payment_method"] is None else "requires_confirmation"


def refresh(intent: Object) -> Object:
    """Return it with the status that its facts amount to."""
    intent["status"] = status_of(intent)
    return intent


def confirm(books: Books, intent: Object, how: Confirmation) -> Object:
    """Try to set up. Refused with 402 when the issuer would refuse the card."""
    check_open(intent, "confirm")
    method = how.method or books.find(methods.PAYMENT_METHOD, intent["payment_method"])
    if method is None:
        message = (
            "You cannot confirm this SetupIntent because it's missing a payment method. Update it with one, or confirm with one."
        )
        raise errors.setup_state(message, rendered(intent))
    attachment.check_usable(method, intent, "SetupIntent")
    intent.update(payment_method=method["id"], next_action=None, _return_url=how.return_url)
    refresh(intent)
    card = methods.card_of(method)
    need = Need.NONE
    if microdeposits.asked(method, intent):
        intent["next_action"] = microdeposits.next_action(books, intent)
        refresh(intent)
        books.emit("setup_intent.requires_action", intent)
        return intent
    if intent["_authenticated"] != method["id"]:
        need = authentication.for_setup(card, requested=_requested(intent))
    if need is Need.CHALLENGE:
        intent["next_action"] = authentication.next_action(books, intent["client_secret"], how.return_url)
        refresh(intent)
        books.emit("setup_intent.requires_action", intent)
        return intent
    return _finish(books, intent, method, refused=need is Need.REFUSED)


def authenticate(books: Books, intent: Object, outcome: str) -> Object:
    """The customer answers the challenge: `succeed` or `fail`."""
    method = books.of(methods.PAYMENT_METHOD, intent["payment_method"])
    if outcome == "fail":
        message = (
            "The provided PaymentMethod has failed authentication. Provide a new PaymentMethod to try this SetupIntent again."
        )
        error = errors.envelope("invalid_request_error", message, code="setup_intent_authentication_failure")["error"]
        return _put_back(books, intent, method, error)
    intent.update(next_action=None, _authenticated=method["id"])
    refresh(intent)
    try:
        return _finish(books, intent, method, refused=False)
    except Refused:
        return intent


def verify(books: Books, intent: Object, amounts: Sequence[Any] | None, code: str | None) -> Object:
    """The customer proves by microdeposits that the account is theirs: it is set up."""
    method = books.find(methods.PAYMENT_METHOD, intent["payment_method"]) or {}
    microdeposits.check(intent, method, amounts, code)
    method["_verified"] = True
    intent["next_action"] = None
    return _finish(books, intent, method, refused=False)


def cancel(books: Books, intent: Object, reason: str | None) -> Object:
    """Cancel a set-up that is still open."""
    check_open(intent, "cancel")
    intent.update(_canceled=True, cancellation_reason=reason, next_action=None)
    refresh(intent)
    books.emit("setup_intent.canceled", intent)
    return intent


def check_open(intent: Object, verb: str) -> None:
    """Refuse what can only be done to an open set-up."""
    if intent["status"] not in OPEN:
        past = {"confirm": "confirmed", "cancel": "canceled", "update": "updated"}[verb]
        message = (
            f"You cannot {verb} this SetupIntent because it has a status of {intent['status']}. "
            f"Only a SetupIntent with one of the following statuses may be {past}: {errors.one_of(OPEN)}."
        )
        raise errors.setup_state(message, rendered(intent))


def _finish(books: Books, intent: Object, method: Object, *, refused: bool) -> Object:
    card = methods.card_of(method)
    name = "generic_decline" if refused else card.attach if card else None
    if name is not None and not (card and card.only_with_cvc and not method["_cvc"]):
        decline = values.decline(name)
        error = errors.card_error(decline)["error"]
        _put_back(books, intent, method, error)
        raise errors.declined(decline, setup_intent=rendered(intent), payment_method=rendered(method))
    if card is None:
        intent["mandate"] = mandates.give(books, method)
    _attempt(books, intent, method, None)
    attachment.set_up(books, method, intent["customer"], intent["usage"])
    intent.update(_done=True, last_setup_error=None)
    refresh(intent)
    books.emit("setup_intent.succeeded", intent)
    return intent


def _put_back(books: Books, intent: Object, method: Object, error: Mapping[str, Any]) -> Object:
    shown = {**error, "payment_method": rendered(method)}
    _attempt(books, intent, method, shown)
    intent.update(payment_method=None, next_action=None, last_setup_error=shown, _authenticated=None)
    refresh(intent)
    books.emit("setup_intent.setup_failed", intent)
    return intent


def _attempt(books: Books, intent: Object, method: Object, error: Mapping[str, Any] | None) -> None:
    details: Object = {"type": method["type"], method["type"]: {}}
    if method["type"] == "card":
        given, proven = method["card"], intent["_authenticated"] == method["id"]
        taken = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
        secure = authentication.result(books, methods.card_of(method), authenticated=proven, requested=_requested(intent))
        if secure is not None:
            secure = {name: value for name, value in secure.items() if not name.startswith("exemption")}
        details["card"] = {**{name: given[name] for name in taken}, "network": given["brand"], "three_d_secure": secure}
    made = books.new(
        SETUP_ATTEMPT,
        customer=intent["customer"],
        payment_method=method["id"],
        payment_method_details=details,
        setup_error=error,
        setup_intent=intent["id"],
        status="failed" if error else "succeeded",
        usage=intent["usage"],
    )
    intent["latest_attempt"] = made["id"]


def _requested(intent: Mapping[str, Any]) -> str:
    options = intent["payment_method_options"].get("card") or {}
    return str(options.get("request_three_d_secure") or "automatic")
