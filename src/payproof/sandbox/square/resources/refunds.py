"""Refunds."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import refunds
from payproof.sandbox.square.books import REFUND
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint


@endpoint("POST", "/v2/refunds", keyed=True, longest=45)
def create(call: Call) -> Any:
    if not call.body.get("payment_id"):
        raise errors.invalid("MISSING_REQUIRED_PARAMETER", "payment_id", "Missing required parameter.", executed=False)
    return Made(REFUND, refunds.create(call.books, call.body))


@endpoint("GET", "/v2/refunds", query=("cursor", "limit", "location_id", "status", "sort_order"))
def show_all(call: Call) -> Any:
    asked = {name: call.query[name] for name in ("location_id", "status") if name in call.query}
    found = list(call.books.where(REFUND, **asked))
    return listed(call, found if call.query.get("sort_order") == "ASC" else found[::-1], "refunds")


@endpoint("GET", "/v2/refunds/{refund_id}")
def show(call: Call) -> Any:
    return Made(REFUND, call.subject(REFUND))
