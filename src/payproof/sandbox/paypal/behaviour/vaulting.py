"""The vault: a setup token that the payer agrees to becomes a payment token, which can be charged without the payer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.paypal import answering, errors, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import sources
from payproof.sandbox.paypal.books import PAYMENT_TOKEN, SETUP_TOKEN, SITE, Books, Object, link
from payproof.sandbox.paypal.roles import AGREED, AWAITED

SETUP_TOKENS = "/v3/vault/setup-tokens"
PAYMENT_TOKENS = "/v3/vault/payment-tokens"


def set_up(books: Books, source: Mapping[str, Any], customer: Mapping[str, Any] | None) -> Object:
    """Make a setup token: a card is ready at once, a wallet waits for its owner."""
    name, details = sources.only(source)
    if name == "card":
        sources.check_card(details, books.time()[:7])
    value = sources.value_of(books, name, details)
    known = {} if name == "card" else _wallet(details)
    return books.new(
        SETUP_TOKEN,
        books.identifier(),
        customer=_customer(books, customer),
        status="APPROVED" if name == "card" else "PAYER_ACTION_REQUIRED",
        payment_source=sources.shown(name, details) if name == "card" else {"paypal": known},
        _payer=AGREED if name == "card" else AWAITED,
        _value=value.name,
    )


def approve(books: Books, token: Object, value: values.TestValue) -> Object:
    """The wallet's owner agrees that it may be charged later."""
    if token["_payer"] != AWAITED:
        raise SandboxError(f"setup token {token['id']} waits for no approval; it is {token['status']}")
    if value.source == "card":
        raise SandboxError(f"setup token {token['id']} is for a PayPal wallet; {value.name!r} is a card")
    token["payment_source"]["paypal"] |= {"email_address": sources.PAYER["email_address"], "payer_id": sources.PAYER["payer_id"]}
    return books.changed(SETUP_TOKEN, token, status="APPROVED", _payer=AGREED, _value=value.name)


def keep(books: Books, source: Mapping[str, Any], customer: Mapping[str, Any] | None) -> Object:
    """Make a payment token of an approved setup token, or of a card. Emits VAULT.PAYMENT-TOKEN.CREATED."""
    name, details = sources.only(source)
    if name == "token":
        set_up_before = books.find(SETUP_TOKEN, str(details["id"]))
        if set_up_before is None:
            raise errors.unprocessable("TOKEN_ID_NOT_FOUND", "/payment_source/token/id", details["id"])
        if set_up_before["status"] != "APPROVED":
            raise errors.unprocessable("TOKEN_NOT_APPROVED", "/payment_source/token/id", details["id"])
        books.changed(SETUP_TOKEN, set_up_before, status="VAULTED")
    else:
        set_up_before = set_up(books, source, customer)
    made = books.new(
        PAYMENT_TOKEN,
        books.box.ids.text(8).lower(),
        customer=set_up_before["customer"],
        payment_source=set_up_before["payment_source"],
        _value=set_up_before["_value"],
        _customer=set_up_before["customer"]["id"],
    )
    books.emit("VAULT.PAYMENT-TOKEN.CREATED", PAYMENT_TOKEN, whole(books, PAYMENT_TOKEN, made))
    return made


def forget(books: Books, token: Object) -> None:
    """Delete a payment token. Emits VAULT.PAYMENT-TOKEN.DELETED."""
    del books.shelf(PAYMENT_TOKEN)[token["id"]]
    books.box.effect(PAYMENT_TOKEN, token["id"])
    books.emit("VAULT.PAYMENT-TOKEN.DELETED", PAYMENT_TOKEN, {"id": token["id"]})


def _customer(books: Books, given: Mapping[str, Any] | None) -> Object:
    return {"id": books.box.ids.text(10), **(given or {})}


def _wallet(details: Mapping[str, Any]) -> Object:
    shown = ("description", "usage_pattern", "usage_type", "customer_type", "permit_multiple_payment_tokens", "shipping")
    return {name: details[name] for name in shown if name in details}


@answering.links(SETUP_TOKEN)
def _setup_links(token: Object) -> list[dict[str, str]]:
    found = [link(f"{SETUP_TOKENS}/{token['id']}", "self")]
    if token["status"] == "PAYER_ACTION_REQUIRED":
        return [*found, link(f"{SITE}/agreements/approve?approval_session_id={token['id']}", "approve")]
    return [*found, link(PAYMENT_TOKENS, "confirm", "POST")]


@answering.links(PAYMENT_TOKEN)
def _payment_links(token: Object) -> list[dict[str, str]]:
    path = f"{PAYMENT_TOKENS}/{token['id']}"
    return [link(path, "self"), link(path, "delete", "DELETE")]
