"""Disputes, inquiries and early fraud warnings."""

from __future__ import annotations

from payproof.sandbox.stripe import lists, metadata
from payproof.sandbox.stripe.behaviour import disputing
from payproof.sandbox.stripe.behaviour.disputing import DISPUTE
from payproof.sandbox.stripe.behaviour.fraud import EARLY_FRAUD_WARNING
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("GET", "/v1/disputes/{dispute}")
def retrieve(call: Call) -> Object:
    return call.subject(DISPUTE)


@route("POST", "/v1/disputes/{dispute}")
def update(call: Call) -> Object:
    dispute = call.subject(DISPUTE)
    notes = metadata.merged(dispute["metadata"], call.params.get("metadata"))
    dispute.update(call.given(("intended_submission_method",)))
    return disputing.update(call.books, dispute, call.get("evidence"), submit=call.flag("submit", True), notes=notes)


@route("POST", "/v1/disputes/{dispute}/close")
def close(call: Call) -> Object:
    return disputing.close(call.books, call.subject(DISPUTE))


@route("GET", "/v1/disputes")
def list_(call: Call) -> Object:
    return lists.page(call, DISPUTE, "charge", "payment_intent")


@route("GET", "/v1/radar/early_fraud_warnings")
def warnings(call: Call) -> Object:
    return lists.page(call, EARLY_FRAUD_WARNING, "charge", "payment_intent")


@route("GET", "/v1/radar/early_fraud_warnings/{early_fraud_warning}")
def warning(call: Call) -> Object:
    return call.subject(EARLY_FRAUD_WARNING)
