"""OAuth: client credentials become bearer tokens, which live for nine hours on the application's own clock.

It is the application (or the SDK in it) that counts a token's age, by its own clock and not by the sandbox's; so advancing
the sandbox by a month does not take its token away. PayPal's sandbox has no marks on its credentials that tell them from live
ones: a call is live by its host.
"""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payproof.sandbox.core.exchange import Request
from payproof.sandbox.paypal import errors

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

LIFE = 32_400
"""Seconds that a token is valid; about what PayPal grants."""

SCOPE = "https://uri.paypal.com/services/payments/payment https://uri.paypal.com/services/applications/webhooks openid"


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was given out: to whom, and until when on the application's clock."""

    client: str
    until: float


class Tokens:
    """The tokens of one sandbox, and the client ids that it no longer takes."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self.refused: dict[str, str] = {}

    def grant(self, request: Request, box: Sandbox) -> dict[str, Any]:
        """Answer a request for a token; refused with PayPal's OAuth errors."""
        client = _client(request.headers.get("authorization", ""))
        if client is None or client in self.refused:
            raise errors.oauth("invalid_client", "Client Authentication failed")
        if request.params.get("grant_type") != "client_credentials":
            raise errors.oauth("unsupported_grant_type", "Grant Type is not supported", 400)
        token = "A21AA" + "payproofsample" + box.ids.text(40)
        self._grants[token] = Grant(client, time.time() + LIFE)
        box.api_keys.add(token)
        return {
            "scope": SCOPE,
            "access_token": token,
            "token_type": "Bearer",
            "app_id": "APP-80W284485P519543T",
            "expires_in": LIFE,
            "nonce": f"{box.ids.text(24)}",
        }

    def check(self, token: str | None) -> None:
        """Refuse a request without a token that is valid now."""
        found = self._grants.get(token or "")
        if found is None or found.client in self.refused:
            raise errors.oauth("invalid_token", "Token signature verification failed")
        if time.time() >= found.until:
            raise errors.oauth("invalid_token", "The token passed in was expired")


def _client(header: str) -> str | None:
    """Return the client id of a Basic header that holds an id and a secret, None otherwise."""
    scheme, _, value = header.partition(" ")
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return None
    client, _, secret = pair.partition(":")
    return client if client and secret else None
