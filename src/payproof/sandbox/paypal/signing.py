"""Webhook signatures: RSA with SHA-256 over `<transmission id>|<transmission time>|<webhook id>|<CRC-32 of the body>`.

The CRC is written as an unsigned decimal number and taken of the raw bytes (paypalrestsdk 1.13.3 `notifications.py`). The
webhook id is the receiver's own: an event that was sent to somebody else does not verify.
"""

from __future__ import annotations

import base64
import binascii
import uuid
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from payproof.sandbox.core.processor import Outgoing, Sealed
from payproof.sandbox.paypal import books, certificates

ALGORITHM = "SHA256withRSA"
_SPACE = uuid.UUID("6c0f4c1e-7a3b-5d8e-9b1a-2f6d3c4b5a69")


def headers(payload: bytes, webhook_id: str, timestamp: int, identity: certificates.Identity) -> Mapping[str, str]:
    """Return the five headers of a delivery."""
    at = books.written(timestamp)
    transmission = str(uuid.uuid5(_SPACE, f"{timestamp} {webhook_id} {zlib.crc32(payload)}"))
    signature = identity.sign(message(transmission, at, webhook_id, payload))
    return {
        "PAYPAL-TRANSMISSION-ID": transmission,
        "PAYPAL-TRANSMISSION-TIME": at,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode("ascii"),
        "PAYPAL-CERT-URL": identity.url,
        "PAYPAL-AUTH-ALGO": ALGORITHM,
    }


def message(transmission: str, at: str, webhook_id: str, payload: bytes) -> bytes:
    """Return what is signed."""
    return f"{transmission}|{at}|{webhook_id}|{zlib.crc32(payload) & 0xFFFFFFFF}".encode()


def verifies(fields: Mapping[str, object], payload: bytes) -> bool:
    """Whether the fields of a verification request (`transmission_id`, `cert_url`, ...) are a true signature of `payload`."""
    given = {name: str(fields.get(name, "")) for name in ("transmission_id", "transmission_time", "webhook_id")}
    if fields.get("auth_algo") != ALGORITHM or not _ours(str(fields.get("cert_url", ""))):
        return False
    try:
        signature = base64.b64decode(str(fields.get("transmission_sig", "")), validate=True)
    except binascii.Error:
        return False
    signed = message(given["transmission_id"], given["transmission_time"], given["webhook_id"], payload)
    return certificates.identity(certificates.HOST).verifies(signed, signature)


def foreign_certificate(true: Outgoing) -> Sealed:
    """Forge: rightly signed, by a stranger's certificate at a stranger's address."""
    stranger = certificates.identity(certificates.STRANGER)
    return true.payload, headers(true.payload, true.secret, true.timestamp, stranger)


def _ours(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname == certificates.HOST and parts.path == certificates.PATH
