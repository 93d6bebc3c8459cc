"""SetupIntents and their attempts."""

from __future__ import annotations

from payproof.sandbox.stripe import lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, attachment, confirmation_tokens, methods, setups
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.intents import Confirmation
from payproof.sandbox.stripe.behaviour.setups import SETUP_ATTEMPT, SETUP_INTENT
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.resources.payment_methods import methods_from
from payproof.sandbox.stripe.routes import route

PLAIN = ("description", "on_behalf_of")
NOT_PLAYED = ("single_use", "attach_to_self", "customer_account", "flow_directions")


@route("POST", "/v1/setup_intents")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    customer = call.reference(CUSTOMER, "customer")
    listed = call.get("payment_method_types") or call.get("allowed_payment_method_types")
    automatic = (
        None if listed else {"allow_redirects": "always", "enabled": True, **(call.get("automatic_payment_methods") or {})}
    )
    types = list(listed) if listed else amounts.automatic_types("")
    method = _method(call)
    content = {
        **call.given((*PLAIN, "usage")),
        "automatic_payment_methods": automatic,
        "customer": customer["id"] if customer else None,
        "metadata": metadata.merged({}, call.params.get("metadata")),
        "payment_method": method["id"] if method else None,
        "payment_method_options": _options(call),
        "payment_method_types": types,
    }
    if method is not None:
        attachment.check_usable(method, content, "SetupIntent")
    intent = setups.write(call.books, **content)
    return setups.confirm(call.books, intent, _confirmation(call, intent, None)) if call.flag("confirm") else intent


@route("GET", "/v1/setup_intents/{intent}")
def retrieve(call: Call) -> Object:
    return call.subject(SETUP_INTENT)


@route("POST", "/v1/setup_intents/{intent}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    intent = call.subject(SETUP_INTENT)
    if set(call.params) - {"metadata", "description", "expand"}:
        setups.check_open(intent, "update")
    content = call.given(PLAIN)
    content["metadata"] = metadata.merged(intent["metadata"], call.params.get("metadata"))
    customer = call.reference(CUSTOMER, "customer")
    if customer is not None:
        content["customer"] = customer["id"]
    method = _method(call)
    if method is not None:
        attachment.check_usable(method, {**intent, **content}, "SetupIntent")
        content |= {"payment_method": method["id"], "next_action": None}
    intent.update(content)
    return setups.refresh(intent)


@route("POST", "/v1/setup_intents/{intent}/confirm")
def confirm(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    intent = call.subject(SETUP_INTENT)
    setups.check_open(intent, "confirm")
    return setups.confirm(call.books, intent, _confirmation(call, intent, _method(call)))


@route("POST", "/v1/setup_intents/{intent}/cancel")
def cancel(call: Call) -> Object:
    return setups.cancel(call.books, call.subject(SETUP_INTENT), call.get("cancellation_reason"))


@route("POST", "/v1/setup_intents/{intent}/verify_microdeposits")
def verify_microdeposits(call: Call) -> Object:
    intent = call.subject(SETUP_INTENT)
    return setups.verify(call.books, intent, call.get("amounts"), call.get("descriptor_code"))


@route("GET", "/v1/setup_intents")
def list_(call: Call) -> Object:
    return lists.page(call, SETUP_INTENT, "customer", "payment_method")


@route("GET", "/v1/setup_attempts")
def attempts(call: Call) -> Object:
    call.required("setup_intent")
    return lists.page(call, SETUP_ATTEMPT, "setup_intent")


def _confirmation(call: Call, intent: Object, method: Object | None) -> Confirmation:
    back = call.get("return_url")
    if call.get("confirmation_token") is not None:
        token = confirmation_tokens.usable(call.books, str(call.get("confirmation_token")), intent["id"])
        token["setup_intent"] = intent["id"]
        back = back or token["return_url"]
    return Confirmation(method=method, return_url=back)


def _method(call: Call) -> Object | None:
    described = call.get("payment_method_data")
    if described is not None:
        return methods_from(call, dict(described), "payment_method_data")
    token = call.get("confirmation_token")
    if token is not None:
        usable = confirmation_tokens.usable(call.books, str(token), call.ids[0] if call.ids else None)
        return confirmation_tokens.method_of(call.books, usable)
    identifier = call.get("payment_method")
    return None if identifier is None else methods.resolved(call.books, str(identifier), "payment_method")


def _options(call: Call) -> Object:
    card = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    given = call.get("payment_method_options") or {}
    return {**given, "card": {**card, **(given.get("card") or {})}}
