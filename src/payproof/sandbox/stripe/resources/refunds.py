"""Refunds."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import connect, intents, refunding
from payproof.sandbox.stripe.behaviour.charging import CHARGE
from payproof.sandbox.stripe.behaviour.intents import PAYMENT_INTENT
from payproof.sandbox.stripe.behaviour.refunding import REFUND
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/refunds")
def create(call: Call) -> Object:
    unplayed(call, "customer", "origin")
    notes = metadata.merged({}, call.params.get("metadata"))
    charge = _charge(call)
    currency = call.get("currency")
    if currency is not None and currency.lower() != charge["currency"]:
        raise errors.invalid(f"The currency of a refund is that of its charge ({charge['currency']}).", param="currency")
    reverse, give_up_fee = call.flag("reverse_transfer"), call.flag("refund_application_fee")
    connect.check_refund(charge, reverse=reverse, give_up_fee=give_up_fee)
    made = refunding.refund(call.books, charge, call.integer("amount"), reason=call.get("reason"), notes=notes)
    connect.after_refund(call.books, charge, made, reverse=reverse, give_up_fee=give_up_fee)
    made.update(call.given(("instructions_email",)))
    return made


@route("GET", "/v1/refunds/{refund}")
def retrieve(call: Call) -> Object:
    return call.subject(REFUND)


@route("POST", "/v1/refunds/{refund}")
def update(call: Call) -> Object:
    refund = call.subject(REFUND)
    notes = metadata.merged(refund["metadata"], call.params.get("metadata"))
    with call.books.changing(refund, "refund.updated"):
        refund["metadata"] = notes
    return refund


@route("POST", "/v1/refunds/{refund}/cancel")
def cancel(call: Call) -> Object:
    return refunding.cancel(call.books, call.subject(REFUND))


@route("GET", "/v1/refunds")
def list_(call: Call) -> Object:
    return lists.page(call, REFUND, "charge", "payment_intent")


def _charge(call: Call) -> Object:
    charge, intent = call.reference(CHARGE, "charge"), call.reference(PAYMENT_INTENT, "payment_intent")
    if charge is not None:
        if intent is not None and charge["payment_intent"] != intent["id"]:
            raise errors.invalid(
                f"The charge {charge['id']} does not belong to the PaymentIntent {intent['id']}.", param="charge"
            )
        return charge
    if intent is None:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise errors.invalid(message, executed=False)
    latest = intents.charge_of(call.books, intent)
    if latest is None or latest["status"] == "failed":
        raise errors.invalid(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return latest
