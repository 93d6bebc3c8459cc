"""Webhook signatures: base64 of HMAC-SHA256, keyed with the endpoint's signature key, over the notification URL and the body.

`square.utils.webhooks_helper.verify_signature` checks them (squareup 46). The URL is part of what is signed: it must be the
one that the subscription names, to the last slash. Nothing in it is a time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from payproof.sandbox.core.processor import Outgoing, Sealed

HEADER = "x-square-hmacsha256-signature"
STRANGER = "https://another.example/webhook"


def headers(payload: bytes, secret: str, url: str) -> Mapping[str, str]:
    """Return the header of a delivery of `payload` to `url`."""
    digest = hmac.new(secret.encode(), url.encode() + payload, hashlib.sha256).digest()
    return {HEADER: base64.b64encode(digest).decode("ascii")}


def other_address(true: Outgoing) -> Sealed:
    """Forge: rightly signed, for an endpoint at another address."""
    return true.payload, headers(true.payload, true.secret, STRANGER)
