"""The one location of a sandbox. Payments may name any other: an account has its own."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square import errors
from payproof.sandbox.square.books import LOCATION, MERCHANT, Object
from payproof.sandbox.square.call import Call
from payproof.sandbox.square.routes import endpoint


@endpoint("GET", "/v2/locations")
def show_all(call: Call) -> Any:
    return {"locations": [_main()]}


@endpoint("GET", "/v2/locations/{location_id}")
def show(call: Call) -> Any:
    if call.ids[0] not in (LOCATION, "main"):
        raise errors.missing("location", call.ids[0], "location_id")
    return {"location": _main()}


def _main() -> Object:
    return {
        "id": LOCATION,
        "name": "Payproof sample",
        "merchant_id": MERCHANT,
        "status": "ACTIVE",
        "capabilities": ["CREDIT_CARD_PROCESSING"],
        "country": "US",
        "currency": "USD",
        "language_code": "en-US",
        "timezone": "UTC",
        "type": "PHYSICAL",
    }
