"""Square's error envelope, `{"errors": [{"category", "code", "detail", "field"}]}`: every refusal that the sandbox makes.

Codes are those of the SDK's `ErrorCode`. Details are close enough to read and never to be matched on. A refusal with
`executed=False` came before execution began.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Answer, Refused

INVALID = "INVALID_REQUEST_ERROR"
AUTHENTICATION = "AUTHENTICATION_ERROR"
PAYMENT_METHOD = "PAYMENT_METHOD_ERROR"
REFUND = "REFUND_ERROR"
API = "API_ERROR"
RATE_LIMIT = "RATE_LIMIT_ERROR"

_BELOW: Mapping[int, tuple[str, str, str]] = {
    409: (INVALID, "CONFLICT", "The request conflicts with another one that is being processed."),
    429: (RATE_LIMIT, "RATE_LIMITED", "Too many requests."),
    500: (API, "INTERNAL_SERVER_ERROR", "An internal error has occurred."),
    503: (API, "SERVICE_UNAVAILABLE", "The service is unavailable."),
}
"""Category, code and detail by status, for what goes wrong below the endpoints."""


def error(category: str, code: str, detail: str, field: str = "") -> dict[str, str]:
    """Return one error."""
    made = {"category": category, "code": code, "detail": detail}
    return {**made, "field": field} if field else made


def refusal(
    status: int, category: str, code: str, detail: str, field: str = "", *, executed: bool = True, **beside: Any
) -> Refused:
    """Return a refusal with one error; `beside` is sent next to it."""
    return Refused(Answer(status, {"errors": [error(category, code, detail, field)], **beside}), executed=executed)


def invalid(code: str, field: str = "", detail: str = "", *, executed: bool = True) -> Refused:
    """400: something in the request is wrong, or not possible in this state."""
    return refusal(400, INVALID, code, detail or code.capitalize().replace("_", " ") + ".", field, executed=executed)


def missing(kind: str, identifier: str, field: str = "") -> Refused:
    """404: there is no such object."""
    return refusal(404, INVALID, "NOT_FOUND", f"Could not find {kind.replace('_', ' ')} with id: {identifier}", field)


def conflict(detail: str, field: str = "") -> Refused:
    """409: the version that the request names is not the present one."""
    return refusal(409, INVALID, "CONFLICT", detail, field)


def unauthorized() -> Refused:
    """401: no access token, or one that is not taken."""
    detail = "This request could not be authorized."
    return refusal(401, AUTHENTICATION, "UNAUTHORIZED", detail, executed=False)


def below(kind: str) -> Answer:
    """Return the answer for a kind of fault; see `payproof.sandbox.core.faults.KINDS`."""
    status = 409 if kind == "lock-timeout" else int(kind.partition("-")[0])
    return Answer(status, {"errors": [error(*_BELOW[status])]})
