"""Stripe's own answers when something below the endpoints goes wrong."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.exchange import Answer, Request
from payproof.sandbox.stripe import errors, keys

SHOULD_RETRY = "Stripe-Should-Retry"
"""The header by which an answer overrules what the SDK concludes from the status."""

STOP = {SHOULD_RETRY: "false"}


def answer(kind: str, request: Request, should_retry: bool | None) -> Answer:
    """Return the answer for a kind of fault; see `payproof.sandbox.core.faults.KINDS`.

    `should_retry` sets the `Stripe-Should-Retry` header; None leaves it as Stripe does.
    """
    status, type_name, message, code, headers = _ANSWERS[kind]
    if kind == "409":
        made = keys.policy().in_flight(request, keys.of(request) or "")
    else:
        made = errors.refusal(status, type_name, message, code=code).answer.with_headers(headers)
    return made if should_retry is None else made.with_headers({SHOULD_RETRY: str(should_retry).lower()})


_TROUBLE = "Sorry! There was an error while talking to one of our backends. Support has been notified."
_BUSY = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request."
)

_ANSWERS: Mapping[str, tuple[int, str, str, str | None, Mapping[str, str]]] = {
    "429": (429, "invalid_request_error", "Request rate limit exceeded. Slow down and try again.", "rate_limit", {}),
    "lock-timeout": (429, "invalid_request_error", _BUSY, "lock_timeout", {}),
    "409": (409, "idempotency_error", "", "idempotency_key_in_use", {}),
    "500": (500, "api_error", _TROUBLE, None, {}),
    "500-during": (500, "api_error", _TROUBLE, None, STOP),
    "500-after": (500, "api_error", _TROUBLE, None, STOP),
    "503": (503, "api_error", "The service is temporarily unavailable.", None, {}),
}
