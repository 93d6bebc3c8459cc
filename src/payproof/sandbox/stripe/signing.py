"""Webhook signatures: `Stripe-Signature: t=<seconds>,v1=<hex>`, one v1 for each secret that is valid.

The signed bytes are `<t>.<body>`, the MAC is HMAC-SHA256 under the whole secret, `whsec_` included (stripe 16.1.0
`_webhook.py`). Stripe also sends a v0 for test events, which receivers must ignore.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from payproof.sandbox.core.processor import Outgoing, Sealed

HEADER = "Stripe-Signature"


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """Return the hexadecimal MAC of a delivery."""
    return hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest()


def headers(payload: bytes, secrets: Sequence[str], timestamp: int) -> Mapping[str, str]:
    """Return the signature header of a delivery."""
    signatures = [f"v1={signature(payload, secret, timestamp)}" for secret in secrets]
    decoy = f"v0={hashlib.sha256(payload + str(timestamp).encode()).hexdigest()}"
    return {HEADER: ",".join([f"t={timestamp}", *signatures, decoy])}


def v0_only(true: Outgoing) -> Sealed:
    """Forge: the right MAC under the scheme that must be ignored, and no v1."""
    mac = signature(true.payload, true.secret, true.timestamp)
    return true.payload, {HEADER: f"t={true.timestamp},v0={mac}"}
