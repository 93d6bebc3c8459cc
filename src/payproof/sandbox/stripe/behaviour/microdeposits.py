"""Microdeposits: two small amounts, or a code, by which a customer proves that a bank account is theirs.

In test mode the amounts are 32 and 45 and the code is SM11AA; to one account number they never arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Books, Object, rendered

AMOUNTS, CODE = (32, 45), "SM11AA"

UNREACHED = "000666666661"
"""The test account that microdeposits do not reach."""

MOST = 10
"""Attempts to verify."""


def asked(method: Mapping[str, Any], intent: Mapping[str, Any]) -> bool:
    """Whether an account is to be verified by microdeposits before it is used."""
    options = (intent["payment_method_options"] or {}).get("us_bank_account") or {}
    return (
        method["type"] == "us_bank_account"
        and options.get("verification_method") == "microdeposits"
        and not method.get("_verified")
    )


def next_action(books: Books, intent: Mapping[str, Any]) -> Object:
    """Return what the customer is asked to do."""
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": books.now() + 2 * 86_400,
            "hosted_verification_url": f"https://payments.stripe.com/microdeposit/{intent['id']}",
            "microdeposit_type": "amounts",
        },
    }


def check(intent: Object, method: Mapping[str, Any], amounts: Sequence[Any] | None, code: str | None) -> None:
    """Refuse amounts or a code that are not what was sent, and an intent that waits for none."""
    waiting = (intent["next_action"] or {}).get("type") == "verify_with_microdeposits"
    if not waiting:
        message = f"This intent does not wait for microdeposits; it has a status of {intent['status']}."
        refuse = errors.setup_state if intent["object"] == "setup_intent" else errors.intent_state
        raise refuse(message, rendered(intent))
    if amounts is None and code is None:
        raise errors.invalid("You must provide either amounts or descriptor_code.", executed=False)
    if method["_account"][1] == UNREACHED:
        message = "The microdeposits could not be sent to this bank account."
        raise errors.invalid(message, code="payment_method_microdeposit_failed")
    given = sorted(int(amount) for amount in amounts) if amounts is not None else None
    if given == sorted(AMOUNTS) or code == CODE:
        return
    intent["_tries"] = intent.get("_tries", 0) + 1
    if intent["_tries"] >= MOST:
        message = "You have exceeded the number of allowed verification attempts."
        raise errors.invalid(message, code="payment_method_microdeposit_verification_attempts_exceeded")
    kind = "amounts" if amounts is not None else "descriptor_code"
    word = "amounts_mismatch" if amounts is not None else "descriptor_code_mismatch"
    message = f"The {kind} provided do not match what was sent to the bank account."
    raise errors.invalid(message, code=f"payment_method_microdeposit_verification_{word}", param=kind)
