"""Negative testing: a request asks PayPal's sandbox for an error by the header `PayPal-Mock-Response`."""

from __future__ import annotations

import json

from payproof.documents import suggest
from payproof.sandbox.core.exchange import Request, SandboxError
from payproof.sandbox.core.routing import Route
from payproof.sandbox.paypal import errors, routes

HEADER = "paypal-mock-response"
FIELD = "mock_application_codes"


def apply(request: Request, found: Route[routes.Endpoint]) -> None:
    """Refuse as the header asks. Raises `SandboxError` for what PayPal would not understand or the operation never answers."""
    text = request.headers.get(HEADER)
    if text is None:
        return
    code = _code(request, text)
    status = errors.status_of(code, found.method, found.template)
    if status is None:
        known = [issue for issues in _issues(found).values() for issue in issues]
        raise SandboxError(f"{request.line} asked for the mock response {code!r}, which it never gives{suggest(code, known)}")
    raise errors.refusal(status, code, executed=False)


def _code(request: Request, text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    code = content.get(FIELD) if isinstance(content, dict) else None
    if isinstance(code, list) and len(code) == 1:
        code = code[0]
    if not isinstance(code, str):
        raise SandboxError(
            f'{request.line} sent a PayPal-Mock-Response that is not {{"{FIELD}": "INSTRUMENT_DECLINED"}} or the like'
        )
    return code


def _issues(found: Route[routes.Endpoint]) -> dict[int, tuple[str, ...]]:
    import re

    operation = f"{found.method} {re.sub(r'{[^}]*}', '{}', found.template)}"
    return dict(errors.operations().get(operation, {}))
