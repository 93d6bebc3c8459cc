"""Tax rates."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour.taxing import TAX_RATE
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route

PLAIN = ("country", "description", "display_name", "jurisdiction", "state", "tax_type")


@route("POST", "/v1/tax_rates")
def create(call: Call) -> Object:
    percentage = float(call.required("percentage"))
    if not 0 <= percentage <= 100:
        raise errors.invalid("Invalid percentage: must be between 0 and 100.", param="percentage", executed=False)
    made = call.books.new(
        TAX_RATE,
        **call.given(PLAIN),
        active=call.flag("active", True),
        effective_percentage=percentage,
        inclusive=call.flag("inclusive"),
        metadata=metadata.merged({}, call.params.get("metadata")),
        percentage=percentage,
        rate_type="percentage",
    )
    call.books.emit("tax_rate.created", made)
    return made


@route("GET", "/v1/tax_rates/{tax_rate}")
def retrieve(call: Call) -> Object:
    return call.subject(TAX_RATE)


@route("POST", "/v1/tax_rates/{tax_rate}")
def update(call: Call) -> Object:
    rate = call.subject(TAX_RATE)
    notes = metadata.merged(rate["metadata"], call.params.get("metadata"))
    with call.books.changing(rate, "tax_rate.updated"):
        rate.update(call.given(PLAIN), metadata=notes)
        if "active" in call.params:
            rate["active"] = call.flag("active")
    return rate


@route("GET", "/v1/tax_rates")
def list_(call: Call) -> Object:
    return lists.page(call, TAX_RATE, "active", "inclusive")
