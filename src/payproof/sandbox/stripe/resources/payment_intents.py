"""PaymentIntents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, authorizations, confirmation_tokens, connect, intents, methods
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.intents import PAYMENT_INTENT, Confirmation
from payproof.sandbox.stripe.books import Object, rendered
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.resources.payment_methods import methods_from
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

PLAIN = (
    "description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_group",
)  # fmt: skip
"""Parameters that are kept as they are given."""

WITH_CONFIRM = ("confirmation_token", "error_on_requires_action", "mandate", "mandate_data", "off_session", "return_url")
"""Parameters that are accepted only together with `confirm=true` (stripe 16.1.0, docstrings of the create parameters)."""

NOT_PLAYED = (
    "amount_to_confirm", "customer_account", "hooks", "source",
)  # fmt: skip

FROZEN_UNLESS_OPEN = ("amount", "currency", "customer", "payment_method", "payment_method_data", "setup_future_usage")
"""Parameters that cannot be changed once the intent is no longer waiting for its payment."""


@route("POST", "/v1/payment_intents")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    confirming = call.flag("confirm")
    _check_confirm_only(call, confirming)
    amount, currency = amounts.integer_of(call.required("amount")), amounts.currency_of(call.required("currency"))
    amounts.check(amount, currency)
    customer = call.reference(CUSTOMER, "customer")
    notes = metadata.merged({}, call.params.get("metadata"))
    types, automatic = _types(call, currency)
    _check_return_url(call, confirming, automatic)
    method = _method(call)
    if confirming and method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method. Give one, or leave out `confirm`."
        raise errors.invalid(message, code="payment_intent_unexpected_state")
    content = {
        **call.given(PLAIN),
        **call.given(("capture_method", "confirmation_method")),
        **connect.terms(call, amount),
        "automatic_payment_methods": automatic,
        "customer": customer["id"] if customer else None,
        "metadata": notes,
        "payment_method": method["id"] if method else None,
        "payment_method_options": _options(call.get("payment_method_options") or {}, types),
        "payment_method_types": types,
        "allowed_payment_method_types": call.get("allowed_payment_method_types"),
    }
    if method is not None:
        intents.check_method(method, content)
    intent = intents.write(call.books, amount=amount, currency=currency, **content)
    return intents.confirm(call.books, intent, _confirmation(call, intent, None)) if confirming else intent


@route("GET", "/v1/payment_intents/{intent}")
def retrieve(call: Call) -> Object:
    return call.subject(PAYMENT_INTENT)


@route("POST", "/v1/payment_intents/{intent}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    intent = call.subject(PAYMENT_INTENT)
    if intent["status"] not in intents.OPEN:
        _check_frozen(call, intent)
    content = {**call.given(PLAIN), **call.given(("capture_method",))}
    currency = amounts.currency_of(call.get("currency") or intent["currency"])
    amount = call.integer("amount")
    if amount is not None:
        amounts.check(amount, currency)
        content["amount"] = amount
    content["currency"] = currency
    content |= connect.terms(call, amount or intent["amount"], intent)
    customer = call.reference(CUSTOMER, "customer")
    if customer is not None:
        content["customer"] = customer["id"]
    content["metadata"] = metadata.merged(intent["metadata"], call.params.get("metadata"))
    if call.get("payment_method_options"):
        content["payment_method_options"] = _merged(intent["payment_method_options"], call.get("payment_method_options"))
    method = _method(call)
    if method is not None:
        intents.check_method(method, {**intent, **content})
        content |= {"payment_method": method["id"], "next_action": None}
    intent.update(content)
    return intents.refresh(call.books, intent)


@route("POST", "/v1/payment_intents/{intent}/confirm")
def confirm(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    intent = call.subject(PAYMENT_INTENT)
    intents.check_confirmable(intent)
    _check_return_url(call, True, intent["automatic_payment_methods"])
    method = _method(call)
    if method is not None:
        intents.check_method(method, intent)
    intent.update(call.given(("capture_method", "receipt_email", "setup_future_usage", "shipping")))
    if call.get("payment_method_options"):
        intent["payment_method_options"] = _merged(intent["payment_method_options"], call.get("payment_method_options"))
    return intents.confirm(call.books, intent, _confirmation(call, intent, method))


@route("POST", "/v1/payment_intents/{intent}/capture")
def capture(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    if call.get("final_capture") is not None and not call.flag("final_capture"):
        unplayed(call, "final_capture")
    intent = call.subject(PAYMENT_INTENT)
    notes = metadata.merged(intent["metadata"], call.params.get("metadata"))
    captured = authorizations.capture(call.books, intent, call.integer("amount_to_capture"))
    captured["metadata"] = notes
    return captured


@route("POST", "/v1/payment_intents/{intent}/cancel")
def cancel(call: Call) -> Object:
    return authorizations.cancel(call.books, call.subject(PAYMENT_INTENT), call.get("cancellation_reason"))


@route("POST", "/v1/payment_intents/{intent}/increment_authorization")
def increment_authorization(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    intent = call.subject(PAYMENT_INTENT)
    amount = amounts.integer_of(call.required("amount"))
    content = call.given(("description", "statement_descriptor"))
    content["metadata"] = metadata.merged(intent["metadata"], call.params.get("metadata"))
    return authorizations.increment(call.books, intent, amount, content)


@route("POST", "/v1/payment_intents/{intent}/verify_microdeposits")
def verify_microdeposits(call: Call) -> Object:
    intent = call.subject(PAYMENT_INTENT)
    return intents.verify(call.books, intent, call.get("amounts"), call.get("descriptor_code"))


@route("GET", "/v1/payment_intents")
def list_(call: Call) -> Object:
    return lists.page(call, PAYMENT_INTENT, "customer")


@route("GET", "/v1/payment_intents/search")
def search_(call: Call) -> Object:
    return search(call, PAYMENT_INTENT)


def _confirmation(call: Call, intent: Object, method: Object | None) -> Confirmation:
    off_session = call.get("off_session")
    return Confirmation(
        method=method,
        off_session=off_session not in (None, False, "false"),
        return_url=_collected(call, intent),
        error_on_requires_action=call.flag("error_on_requires_action"),
    )


def _method(call: Call) -> Object | None:
    """Return the payment method that the request names or describes, None when it does neither."""
    described = call.get("payment_method_data")
    if described is not None:
        return methods_from(call, dict(described), "payment_method_data")
    token = call.get("confirmation_token")
    if token is not None:
        usable = confirmation_tokens.usable(call.books, str(token), call.ids[0] if call.ids else None)
        return confirmation_tokens.method_of(call.books, usable)
    identifier = call.get("payment_method")
    return None if identifier is None else methods.resolved(call.books, str(identifier), "payment_method")


def _collected(call: Call, intent: Object) -> str | None:
    """Let the intent take over what a confirmation token collected; return where its customer comes back to."""
    given: str | None = call.get("return_url")
    if call.get("confirmation_token") is None:
        return given
    token = confirmation_tokens.usable(call.books, str(call.get("confirmation_token")), intent["id"])
    token["payment_intent"] = intent["id"]
    for name in ("setup_future_usage", "shipping"):
        intent[name] = call.get(name) or token[name] or intent[name]
    collected: str | None = token["return_url"]
    return given or collected


def _types(call: Call, currency: str) -> tuple[list[str], Object | None]:
    """Return the payment method types an intent takes, and its `automatic_payment_methods`."""
    listed = call.get("payment_method_types") or call.get("allowed_payment_method_types")
    automatic = call.get("automatic_payment_methods")
    if listed:
        if automatic is not None and automatic.get("enabled") in (True, "true") and call.get("payment_method_types"):
            message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
            raise errors.invalid(message, executed=False)
        return list(listed), None
    if automatic is not None and automatic.get("enabled") not in (True, "true"):
        return ["card"], None
    redirects = (automatic or {}).get("allow_redirects") or "always"
    return amounts.automatic_types(currency), {"allow_redirects": redirects, "enabled": True}


def _check_return_url(call: Call, confirming: bool, automatic: Mapping[str, Any] | None) -> None:
    """An account whose Dashboard offers redirect-based methods must say where customers come back to."""
    redirects = automatic is not None and automatic.get("allow_redirects") != "never"
    if confirming and redirects and getattr(call.books.box, "redirect_methods", False) and not call.get("return_url"):
        message = (
            "This PaymentIntent accepts payment methods enabled in your Dashboard, some of which redirect the customer. Give a "
            "`return_url`, or create it with `automatic_payment_methods[allow_redirects]` set to `never`."
        )
        raise errors.invalid(message, param="return_url")


def _check_confirm_only(call: Call, confirming: bool) -> None:
    if confirming:
        return
    for name in WITH_CONFIRM:
        if call.get(name) not in (None, False):
            message = (
                f"The parameter `{name}` can only be used when the PaymentIntent is confirmed in the same request: "
                "set `confirm` to true."
            )
            raise errors.invalid(message, param=name, executed=False)


def _check_frozen(call: Call, intent: Object) -> None:
    for name in FROZEN_UNLESS_OPEN:
        if name in call.params:
            message = (
                f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. You may only "
                f"update the {name} of a PaymentIntent with one of the following statuses: {errors.one_of(intents.OPEN)}."
            )
            raise errors.intent_state(message, rendered(intent))


CARD_OPTIONS = {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}


def _options(given: Mapping[str, Any], types: list[str]) -> Object:
    defaults: Object = {"card": dict(CARD_OPTIONS)} if "card" in types else {}
    return _merged(defaults, given)


def _merged(present: Mapping[str, Any], given: Mapping[str, Any]) -> Object:
    """Return the options by type, those given over those present; an empty string unsets."""
    result = dict(present)
    for type_name, options in given.items():
        if isinstance(options, Mapping):
            kept = {name: value for name, value in options.items() if value != ""}
            result[type_name] = {**(present.get(type_name) or {}), **kept}
        else:
            result.pop(type_name, None)
    return result
