"""Mandates."""

from __future__ import annotations

from payproof.sandbox.stripe.behaviour.mandates import MANDATE
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("GET", "/v1/mandates/{mandate}")
def retrieve(call: Call) -> Object:
    return call.subject(MANDATE)
