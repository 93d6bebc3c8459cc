"""ConfirmationTokens, which only tests make through the API."""

from __future__ import annotations

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import confirmation_tokens, methods
from payproof.sandbox.stripe.behaviour.confirmation_tokens import CONFIRMATION_TOKEN
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.resources.payment_methods import methods_from
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/test_helpers/confirmation_tokens")
def create(call: Call) -> Object:
    unplayed(call, "payment_method_options")
    described, named = call.get("payment_method_data"), call.get("payment_method")
    if (described is None) == (named is None):
        message = "You must provide exactly one of these parameters: payment_method, payment_method_data."
        raise errors.invalid(message, executed=False)
    if described is not None:
        method = methods_from(call, dict(described), "payment_method_data")
    else:
        method = methods.resolved(call.books, str(named), "payment_method")
    content = call.given(("return_url", "setup_future_usage"))
    shipping = call.get("shipping")
    if shipping:
        place = methods.address(shipping.get("address"))
        content["shipping"] = {"address": place, "name": shipping.get("name"), "phone": shipping.get("phone") or None}
    return confirmation_tokens.write(call.books, method, **content)


@route("GET", "/v1/confirmation_tokens/{confirmation_token}")
def retrieve(call: Call) -> Object:
    return call.subject(CONFIRMATION_TOKEN)
