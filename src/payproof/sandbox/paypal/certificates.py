"""The certificates that webhooks are signed by: PayPal's own as the sandbox serves it, and a stranger's for forgeries.

They are made once for each process. The `cryptography` package makes them; it comes with `payproof[paypal]`.
"""

from __future__ import annotations

import datetime
import functools
import importlib
from dataclasses import dataclass
from typing import Any

from payproof.sandbox.core.exchange import SandboxError

HOST = "api.sandbox.paypal.com"
STRANGER = "certificates.paypal.example"
"""A host that nobody can own, which the sandbox imitates so that a receiver which fetches any certificate is found out."""

PATH = "/v1/notifications/certs/CERT-payproof-sample"
NAME = "messageverificationcerts.sandbox.paypal.com"

_BEGIN = datetime.datetime(2020, 1, 1)
_END = datetime.datetime(2100, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """A private key, the PEM of its certificate, and the URL that the certificate is served at."""

    url: str
    pem: bytes
    key: Any

    def sign(self, message: bytes) -> bytes:
        """Return the RSA signature (PKCS 1, version 1.5) over the SHA-256 digest of a message."""
        padding, hashes = _load("hazmat.primitives.asymmetric.padding"), _load("hazmat.primitives.hashes")
        signature: bytes = self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return signature

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature is this identity's."""
        padding, hashes = _load("hazmat.primitives.asymmetric.padding"), _load("hazmat.primitives.hashes")
        try:
            self.key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except _load("exceptions").InvalidSignature:
            return False
        return True


@functools.cache
def identity(host: str) -> Identity:
    """Return the identity whose certificate `host` serves. Raises `SandboxError` when `cryptography` is not installed."""
    key = _load("hazmat.primitives.asymmetric.rsa").generate_private_key(public_exponent=65537, key_size=2048)
    x509, serialization = _load("x509"), _load("hazmat.primitives.serialization")
    name = x509.Name([x509.NameAttribute(_load("x509.oid").NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=_BEGIN,
        not_valid_after=_END,
    )
    made = builder.sign(key, _load("hazmat.primitives.hashes").SHA256())
    return Identity(f"https://{host}{PATH}", made.public_bytes(serialization.Encoding.PEM), key)


def _load(name: str) -> Any:
    try:
        return importlib.import_module(f"cryptography.{name}")
    except ModuleNotFoundError:
        raise SandboxError(
            "PayPal's webhooks are signed with RSA, which needs `cryptography`: install payproof[paypal]"
        ) from None
