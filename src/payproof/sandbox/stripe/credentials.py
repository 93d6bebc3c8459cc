"""API keys: which ones Stripe takes, and how it refuses the others. No key is ever repeated beyond its last four letters."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.exchange import Request
from payproof.sandbox.stripe import errors, keys


def check(credential: str | None, request: Request, refused: Mapping[str, str]) -> None:
    """Refuse a request without a usable key: 401, or 403 for an account the key does not reach."""
    if credential is None:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
            "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise errors.unauthorized(message)
    if credential.startswith("pk_"):
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise errors.unauthorized(message, "secret_key_required")
    why = refused.get(credential)
    if why == "expired":
        raise errors.unauthorized(f"Expired API Key provided: {shown(credential)}", "api_key_expired")
    if why is not None:
        raise errors.unauthorized(f"Invalid API Key provided: {shown(credential)}")
    account = keys.account_of(request)
    if account and not account.startswith("acct_"):
        message = (
            f"The provided key '{shown(credential)}' does not have access to account '{account}' "
            "(or that account does not exist)."
        )
        raise errors.forbidden(message, "account_invalid")


def shown(credential: str) -> str:
    """Return a key as messages show it: its kind and its last four letters."""
    kind = credential[:8] if credential.startswith(("sk_test_", "rk_test_")) else ""
    return f"{kind}{'*' * 12}{credential[-4:]}"
