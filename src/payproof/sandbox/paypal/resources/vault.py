"""Vault v3: setup tokens and payment tokens."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import vaulting
from payproof.sandbox.paypal.behaviour.vaulting import PAYMENT_TOKENS, SETUP_TOKENS
from payproof.sandbox.paypal.books import PAYMENT_TOKEN, SETUP_TOKEN, link
from payproof.sandbox.paypal.call import Call, Made
from payproof.sandbox.paypal.paging import page
from payproof.sandbox.paypal.routes import HOUR, endpoint

KEPT = 3 * HOUR


@endpoint("POST", SETUP_TOKENS, status=201, body="SetupTokenRequest", answers="SetupTokenResponse", kind=SETUP_TOKEN, keeps=KEPT)
def set_up(call: Call) -> Any:
    return Made(SETUP_TOKEN, vaulting.set_up(call.books, call.required("payment_source"), call.body.get("customer")))


@endpoint("GET", f"{SETUP_TOKENS}/{{id}}", answers="SetupTokenResponse", kind=SETUP_TOKEN)
def show_setup(call: Call) -> Any:
    return Made(SETUP_TOKEN, call.subject(SETUP_TOKEN))


@endpoint(
    "POST", PAYMENT_TOKENS, status=201, body="PaymentTokenRequest", answers="PaymentTokenResponse", kind=PAYMENT_TOKEN, keeps=KEPT
)
def keep(call: Call) -> Any:
    return Made(PAYMENT_TOKEN, vaulting.keep(call.books, call.required("payment_source"), call.body.get("customer")))


@endpoint("GET", PAYMENT_TOKENS, answers="CustomerVaultPaymentTokensResponse")
def list_tokens(call: Call) -> Any:
    customer = str(call.query.get("customer_id", ""))
    found = list(call.books.where(PAYMENT_TOKEN, _customer=customer))
    shown = [whole(call.books, PAYMENT_TOKEN, token) for token in found]
    listed = page(call, shown, "payment_tokens", size=5, most=5)
    return {"customer": {"id": customer}, **listed, "links": [link(f"{PAYMENT_TOKENS}?customer_id={customer}", "self")]}


@endpoint("GET", f"{PAYMENT_TOKENS}/{{id}}", answers="PaymentTokenResponse", kind=PAYMENT_TOKEN)
def show(call: Call) -> Any:
    return Made(PAYMENT_TOKEN, call.subject(PAYMENT_TOKEN))


@endpoint("DELETE", f"{PAYMENT_TOKENS}/{{id}}", kind=PAYMENT_TOKEN)
def forget(call: Call) -> Any:
    vaulting.forget(call.books, call.subject(PAYMENT_TOKEN))
