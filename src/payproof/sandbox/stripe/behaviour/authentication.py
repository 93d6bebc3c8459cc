"""3D Secure: when a card asks for it, what the customer is sent to, and what its result leaves on the charge."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import values
from payproof.sandbox.stripe.books import Books, Object


class Need(enum.Enum):
    """Whether a payment or a set-up needs the customer."""

    NONE = "none"
    CHALLENGE = "challenge"
    REFUSED = "refused"


def for_payment(card: values.TestCard | None, method: Mapping[str, Any], *, off_session: bool, requested: str) -> Need:
    """Return what a payment with this card needs; `requested` is `automatic`, `any` or `challenge`."""
    if card is None:
        return Need.NONE
    rule = card.three_d_secure
    if rule == "lookup_error":
        return Need.REFUSED
    if rule in ("required", "always"):
        return Need.CHALLENGE
    if rule == "unless_set_up":
        return Need.NONE if off_session and method.get("_set_up") == "off_session" else Need.CHALLENGE
    if rule == "already_set_up":
        return Need.NONE if off_session else Need.CHALLENGE
    asked = requested in ("any", "challenge") and not off_session
    return Need.CHALLENGE if asked and rule == "optional" else Need.NONE


def for_setup(card: values.TestCard | None, *, requested: str) -> Need:
    """Return what setting this card up needs."""
    if card is None or card.three_d_secure in ("already_set_up", "not_enrolled", "not_supported", "optional_error"):
        return Need.NONE
    if card.three_d_secure == "lookup_error":
        return Need.REFUSED
    if card.three_d_secure == "optional":
        return Need.CHALLENGE if requested in ("any", "challenge") else Need.NONE
    return Need.CHALLENGE


def result(books: Books, card: values.TestCard | None, *, authenticated: bool, requested: str) -> Object | None:
    """Return `payment_method_details.card.three_d_secure`: None when authentication was not tried."""
    if card is None:
        return None
    if authenticated:
        return _result(books, "authenticated", None, "05", "challenge")
    if requested not in ("any", "challenge"):
        return None
    if card.three_d_secure == "optional_error":
        return _result(books, "processing_error", "protocol_error", None, None)
    if card.three_d_secure == "not_supported":
        return _result(books, "not_supported", "network_not_supported", None, None)
    if card.three_d_secure == "not_enrolled":
        return _result(books, "attempt_acknowledged", "card_not_enrolled", "06", None)
    return None


def next_action(books: Books, secret: str, return_url: str | None) -> Object:
    """Return where the customer goes: the given page by redirect, or Stripe.js when there is none."""
    source = books.identifier("payatt")
    if return_url is None:
        content = {
            "type": "three_d_secure_redirect",
            "stripe_js": f"https://hooks.stripe.com/3d_secure_2/{source}",
            "source": source,
        }
        return {"type": "use_stripe_sdk", "use_stripe_sdk": content}
    url = f"https://hooks.stripe.com/3d_secure_2/hosted?payment_attempt={source}&client_secret={secret}"
    return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}


def _result(books: Books, outcome: str, reason: str | None, indicator: str | None, flow: str | None) -> Object:
    return {
        "authentication_flow": flow,
        "electronic_commerce_indicator": indicator,
        "exemption_indicator": None,
        "exemption_indicator_applied": None,
        "result": outcome,
        "result_reason": reason,
        "transaction_id": books.identifier("tds") if flow else None,
        "version": "2.2.0",
    }
