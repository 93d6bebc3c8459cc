"""Stripe's error envelope: every refusal the sandbox makes, with status, type and code as the live API gives them.

Null fields are left out of an error, as the API does. Wording follows public fixtures of the live API where there are any; it
is close enough to read and never to be matched on. A refusal with `executed=False` came before execution began and is not kept
under an idempotency key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Answer, Refused
from payproof.sandbox.stripe import values

DOCS = "https://stripe.com/docs/error-codes/"


def envelope(kind: str, message: str, **fields: Any) -> dict[str, Any]:
    """Return an error body of type `kind`; fields that are None are left out."""
    error: dict[str, Any] = {"message": message, "type": kind}
    error.update({name: value for name, value in fields.items() if value is not None})
    if "code" in error:
        error["doc_url"] = DOCS + str(error["code"]).replace("_", "-")
    return {"error": dict(sorted(error.items()))}


def refusal(status: int, kind: str, message: str, *, executed: bool = True, **fields: Any) -> Refused:
    return Refused(Answer(status, envelope(kind, message, **fields)), executed=executed)


def invalid(message: str, *, code: str | None = None, param: str | None = None, executed: bool = True, **fields: Any) -> Refused:
    """A 400 `invalid_request_error`."""
    return refusal(400, "invalid_request_error", message, code=code, param=param, executed=executed, **fields)


def missing(noun: str, identifier: str, param: str, status: int = 404) -> Refused:
    """No such object: 404 for the object of the path, 400 for one that a parameter names."""
    message = f"No such {noun}: '{identifier}'"
    return refusal(status, "invalid_request_error", message, code="resource_missing", param=param)


def missing_param(param: str) -> Refused:
    return invalid(f"Missing required param: {param}.", code="parameter_missing", param=param, executed=False)


def unrecognized(method: str, path: str) -> Refused:
    """A URL that Stripe does not have."""
    message = f"Unrecognized request URL ({method}: {path}). Check the address; Stripe's API has no such endpoint."
    return refusal(404, "invalid_request_error", message, executed=False)


def intent_state(message: str, intent: Mapping[str, Any]) -> Refused:
    """An illegal transition of a PaymentIntent."""
    return invalid(message, code="payment_intent_unexpected_state", payment_intent=intent)


def setup_state(message: str, intent: Mapping[str, Any]) -> Refused:
    """An illegal transition of a SetupIntent."""
    return invalid(message, code="setup_intent_unexpected_state", setup_intent=intent)


def one_of(statuses: Sequence[str]) -> str:
    """The tail of the state refusals: which statuses would have been right."""
    return ", ".join(statuses)


def card_error(decline: values.Decline, **fields: Any) -> dict[str, Any]:
    """Return the body of a card error; `fields` name the charge, intent and payment method it happened to."""
    return envelope(
        "card_error",
        decline.message,
        code=decline.code,
        decline_code=decline.decline_code,
        param=decline.param,
        advice_code=decline.advice_code,
        network_advice_code=decline.network_advice_code,
        network_decline_code=decline.network_decline_code,
        **fields,
    )


def declined(decline: values.Decline, **fields: Any) -> Refused:
    """A 402 `card_error`: executed, so it is kept under the request's idempotency key."""
    return Refused(Answer(402, card_error(decline, **fields)), executed=True)


def raw_card() -> Refused:
    """A card number sent to an account that may not handle them: 402, and not a card error."""
    message = (
        "Sending credit card numbers directly to the Stripe API is generally unsafe. "
        "Use a test token such as pm_card_visa, or allow raw card numbers in this sandbox on purpose."
    )
    return refusal(402, "invalid_request_error", message, executed=False)


def unauthorized(message: str, code: str | None = None) -> Refused:
    return refusal(401, "invalid_request_error", message, code=code, executed=False)


def forbidden(message: str, code: str | None = None) -> Refused:
    return refusal(403, "invalid_request_error", message, code=code, executed=False)
