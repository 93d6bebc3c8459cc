"""PayPal's error envelope: every refusal the sandbox makes, with the status, name and issue that PayPal gives.

Messages and descriptions are close enough to read and never to be matched on: programs look at `details[].issue`. The
`debug_id` is added when the answer is sent. A refusal with `executed=False` came before execution began.
"""

from __future__ import annotations

import functools
import pathlib
import re
from collections.abc import Mapping
from typing import Any

from payproof import documents
from payproof.sandbox.core.exchange import Answer, Refused

TABLE = pathlib.Path(__file__).with_name("issues.yaml")

NAMES: Mapping[int, tuple[str, str]] = {
    400: ("INVALID_REQUEST", "The request is not well-formed or does not follow the schema."),
    401: ("AUTHENTICATION_FAILURE", "Authentication failed because of missing or invalid credentials."),
    403: ("NOT_AUTHORIZED", "Authorization failed because of insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The request conflicts with another one that is being processed."),
    422: ("UNPROCESSABLE_ENTITY", "The action could not be performed, is not correct, or failed business validation."),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked because of rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error has occurred."),
    503: ("SERVICE_UNAVAILABLE", "The service is unavailable."),
}
"""The name and the message of each status."""

_SPOKEN: Mapping[str, str] = {
    "INSTRUMENT_DECLINED": "The payment method was declined by the processor or bank. Ask the payer for another one.",
    "ORDER_NOT_APPROVED": "The payer has not approved the order for payment.",
    "ORDER_ALREADY_CAPTURED": "The order was captured already; it can be captured once.",
    "INVALID_RESOURCE_ID": "There is no resource with this id.",
    "PAYPAL_REQUEST_ID_REQUIRED": "A PayPal-Request-Id is required when an order is paid in the step that creates it.",
    "PREVIOUS_REQUEST_IN_PROGRESS": "A previous request on this resource is being processed.",
    "ORDER_COMPLETION_IN_PROGRESS": "The order is being completed by another request.",
    "PAYER_ACTION_REQUIRED": "The payer must act before the payment can go on; send the payer to the payer-action link.",
}


def refusal(
    status: int,
    issue: str,
    *,
    field: str = "",
    value: Any = None,
    executed: bool = True,
    links: list[dict[str, str]] | None = None,
    location: str = "body",
) -> Refused:
    """Return a refusal with one detail; `field` is a JSON pointer."""
    detail: dict[str, Any] = {"issue": issue, "description": description(issue)}
    if field:
        detail = {"field": field, **({} if value is None else {"value": str(value)}), "location": location, **detail}
    return Refused(Answer(status, body(status, [detail], links)), executed=executed)


def body(status: int, details: list[dict[str, Any]], links: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """Return an error body."""
    name, message = NAMES[status]
    made: dict[str, Any] = {"name": name, "message": message, "debug_id": ""}
    if details:
        made["details"] = details
    made["links"] = links or []
    return made


def invalid(issue: str, field: str, value: Any = None) -> Refused:
    """400: the request does not follow the schema."""
    return refusal(400, issue, field=field, value=value, executed=False)


def unprocessable(issue: str, field: str = "", value: Any = None, **more: Any) -> Refused:
    """422: what was asked cannot be done."""
    return refusal(422, issue, field=field, value=value, **more)


def missing(field: str = "", value: Any = None) -> Refused:
    """404: the resource of the path does not exist."""
    return refusal(404, "INVALID_RESOURCE_ID", field=field, value=value, location="path")


def oauth(error: str, text: str, status: int = 401) -> Refused:
    """Return a refusal in the form of OAuth, which the token endpoint and bad tokens are answered with."""
    return Refused(Answer(status, {"error": error, "error_description": text}), executed=False)


def description(issue: str) -> str:
    """Return a sentence about an issue."""
    return _SPOKEN.get(issue) or issue.capitalize().replace("_", " ") + "."


@functools.cache
def operations() -> Mapping[str, Mapping[int, tuple[str, ...]]]:
    """Return the issues of each operation by status; ids in its path are `{}`."""
    content = documents.read(TABLE, None)["operations"]
    return {
        re.sub(r"\{\w+\}", "{}", operation): {int(status): tuple(issues) for status, issues in by_status.items()}
        for operation, by_status in content.items()
    }


def status_of(issue: str, method: str, template: str) -> int | None:
    """Return the status with which an operation gives an issue, None when it never does."""
    by_status = operations().get(f"{method} {re.sub(r'{[^}]*}', '{}', template)}", {})
    return next((status for status, issues in by_status.items() if issue in issues), None)
