"""Tokens."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import methods, tokens
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/tokens")
def create(call: Call) -> Object:
    unplayed(call, "account", "bank_account", "cvc_update", "person", "pii", "customer")
    given = call.get("card")
    if given is None:
        raise errors.missing_param("card")
    if not isinstance(given, dict):
        raise errors.missing("token", str(given), "card", status=400)
    card, month, year = methods.checked_number(call.books, given)
    return tokens.write(call.books, card, exp_month=month, exp_year=year, cvc=bool(given.get("cvc")))


@route("GET", "/v1/tokens/{token}")
def retrieve(call: Call) -> Object:
    published = values.test_values().token(call.ids[0]) if call.ids[0].startswith("tok_") else None
    if published is None:
        return call.subject(tokens.TOKEN)
    details = methods.card_details(call.books, published, exp_month=None, exp_year=None, cvc=True)
    return tokens.write(call.books, published, exp_month=details["exp_month"], exp_year=details["exp_year"], cvc=True)
