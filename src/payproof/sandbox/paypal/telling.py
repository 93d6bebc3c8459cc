"""What an answer tells of a payment: that it was declined, or that the card's holder must authenticate first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from payproof.sandbox.core.exchange import Answer
from payproof.sandbox.paypal import values


def of_answer(answer: Answer) -> Iterator[str]:
    """Yield `decline` and `authentication` for an answer that tells of them."""
    body = answer.body
    if not isinstance(body, Mapping):
        return
    issues = {detail["issue"] for detail in body.get("details", ())}
    if issues & _declines() or any(_declined(found) for found in (body, *_payments(body))):
        yield "decline"
    # A wallet's owner is sent to PayPal too, but only to agree.
    challenged = body.get("status") == "PAYER_ACTION_REQUIRED" and "card" in body.get("payment_source", {})
    if challenged or "PAYER_ACTION_REQUIRED" in issues:
        yield "authentication"


def _declines() -> set[str]:
    return {value.issue for value in values.test_values().values() if value.issue} | {"CARD_EXPIRED"}


def _payments(order: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for unit in order.get("purchase_units", ()):
        for kind in ("captures", "authorizations"):
            yield from unit.get("payments", {}).get(kind, ())


def _declined(found: Mapping[str, Any]) -> bool:
    return found.get("status") in ("DECLINED", "DENIED")
