"""The token endpoint."""

from __future__ import annotations

from typing import Any, cast

from payproof.sandbox.core.exchange import Answer
from payproof.sandbox.paypal import certificates
from payproof.sandbox.paypal.call import Call
from payproof.sandbox.paypal.processor import PayPalProcessor
from payproof.sandbox.paypal.routes import endpoint


@endpoint("POST", "/v1/oauth2/token", open=True)
def token(call: Call) -> Any:
    processor = cast("PayPalProcessor", call.books.box.processor)
    return processor.tokens.grant(call.request, call.books.box)


@endpoint("GET", "/v1/notifications/certs/{id}", open=True)
def certificate(call: Call) -> Any:
    made = certificates.identity(call.request.host)
    return Answer(200, made.pem, {"Content-Type": "application/x-pem-file"})
