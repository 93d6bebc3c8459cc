"""Payment methods: from test tokens, raw cards where allowed, and bank accounts."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata, values
from payproof.sandbox.stripe.behaviour import attachment, methods, tokens
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.methods import PAYMENT_METHOD
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, integer, unplayed
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/payment_methods")
def create(call: Call) -> Object:
    unplayed(call, "payment_method", "customer")
    type_name = call.required("type")
    given = {name: call.get(name) for name in ("allow_redisplay", "billing_details", "metadata", type_name)}
    made = methods_from(call, {**given, "type": type_name}, "")
    made["allow_redisplay"] = given["allow_redisplay"] or made["allow_redisplay"]
    return made


@route("GET", "/v1/payment_methods/{payment_method}")
def retrieve(call: Call) -> Object:
    card = values.test_values().token(call.ids[0]) if call.ids[0].startswith("pm_card_") else None
    return methods.from_card(call.books, card) if card is not None else call.subject(PAYMENT_METHOD)


@route("POST", "/v1/payment_methods/{payment_method}")
def update(call: Call) -> Object:
    method = call.subject(PAYMENT_METHOD)
    notes = metadata.merged(method["metadata"], call.params.get("metadata"))
    with call.books.changing(method, "payment_method.updated"):
        method["metadata"] = notes
        if call.get("billing_details"):
            merged = {**method["billing_details"], **call.get("billing_details")}
            method["billing_details"] = methods.billing_details(merged)
        for name in ("exp_month", "exp_year"):
            given = (call.get("card") or {}).get(name)
            if given is not None:
                method["card"][name] = integer(given, f"card[{name}]")
        method.update(call.given(("allow_redisplay",)))
    return method


@route("GET", "/v1/payment_methods")
def list_(call: Call) -> Object:
    customer = call.reference(CUSTOMER, "customer")
    owner = customer["id"] if customer else None
    return lists.page(call, PAYMENT_METHOD, "type", where=lambda method: owner is not None and method["customer"] == owner)


@route("POST", "/v1/payment_methods/{payment_method}/attach")
def attach(call: Call) -> Object:
    call.required("customer")
    customer = call.reference(CUSTOMER, "customer")
    method = _in_path(call)
    return attachment.attach(call.books, method, str(customer["id"] if customer else ""))


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call) -> Object:
    return attachment.detach(call.books, call.subject(PAYMENT_METHOD))


def _in_path(call: Call) -> Object:
    card = values.test_values().token(call.ids[0]) if call.ids[0].startswith("pm_card_") else None
    return methods.from_card(call.books, card) if card is not None else call.subject(PAYMENT_METHOD)


def methods_from(call: Call, given: dict[str, Any], param: str) -> Object:
    """Make a payment method from `given`, the request itself or its `payment_method_data` (then `param` names it)."""
    type_name = given.get("type")
    billing, notes = given.get("billing_details") or None, given.get("metadata")
    if type_name in methods.DEBITS:
        return methods.from_account(call.books, type_name, given.get(type_name) or {}, billing=billing, notes=notes)
    if type_name != "card":
        raise NotImitated(
            f"{call.request.line} asks for a payment method of type {type_name!r}; the sandbox plays {', '.join(methods.TYPES)}"
        )
    card = given.get("card") or {}
    name = f"{param}[card]" if param else "card"
    if not card.get("token") and not card.get("number"):
        raise errors.missing_param(name)
    if card.get("number"):
        return methods.from_number(call.books, card, billing=billing, notes=notes)
    found, month, year, cvc = tokens.card_behind(call.books, str(card["token"]), f"{name}[token]")
    return methods.from_card(call.books, found, exp_month=month, exp_year=year, cvc=cvc, billing=billing, notes=notes)
