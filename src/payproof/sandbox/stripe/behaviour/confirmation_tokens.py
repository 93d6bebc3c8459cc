"""ConfirmationTokens: what Stripe.js collects before an intent is confirmed with it, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

CONFIRMATION_TOKEN = kind(
    "confirmation_token",
    "ctoken",
    "mandate_data payment_intent payment_method_options return_url setup_future_usage setup_intent shipping",
    noun="confirmation token",
    path_param="confirmation_token",
)

LASTS = 12 * 3_600
"""Seconds that a token can be used."""


def write(books: Books, method: Mapping[str, Any], **content: Any) -> Object:
    """Make a token over a payment method."""
    shown = rendered(method)
    preview = {name: shown[name] for name in ("allow_redisplay", "billing_details", "customer", "type", shown["type"])}
    return books.new(
        CONFIRMATION_TOKEN,
        expires_at=books.now() + LASTS,
        payment_method_preview=preview,
        use_stripe_sdk=True,
        _method=method["id"],
        **content,
    )


def usable(books: Books, identifier: str, intent: str | None) -> Object:
    """Return a token that `intent` (None: a new one) may use; refused when another has used it, or it is too old."""
    token = books.named(CONFIRMATION_TOKEN, identifier, "confirmation_token")
    used = token["payment_intent"] or token["setup_intent"]
    if used not in (None, intent):
        message = f"This confirmation token was used for {used}; it cannot be used again."
        raise errors.invalid(message, param="confirmation_token")
    if token["expires_at"] <= books.now():
        raise errors.invalid("This confirmation token has expired.", param="confirmation_token")
    return token


def method_of(books: Books, token: Object) -> Object:
    """Return the payment method behind a token."""
    return books.of(methods.PAYMENT_METHOD, token["_method"])
