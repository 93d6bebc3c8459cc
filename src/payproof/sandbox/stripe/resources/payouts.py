"""Payouts."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, external_accounts, payouts
from payproof.sandbox.stripe.behaviour.external_accounts import BANK_ACCOUNT
from payproof.sandbox.stripe.behaviour.payouts import PAYOUT
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/payouts")
def create(call: Call) -> Object:
    unplayed(call, "payout_method")
    amount, currency = amounts.integer_of(call.required("amount")), amounts.currency_of(call.required("currency"))
    if amount < 1:
        raise errors.invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount", executed=False)
    bank = _bank(call, currency)
    content = call.given(("description", "statement_descriptor"))
    content["metadata"] = metadata.merged({}, call.params.get("metadata"))
    content |= {name: call.get(name) for name in ("method", "source_type") if call.get(name)}
    return payouts.create(call.books, amount, currency, bank, **content)


def _bank(call: Call, currency: str) -> Object | None:
    named = call.get("destination")
    if named is None:
        return external_accounts.default_of(call.books, call.books.account, currency)
    return Books(call.books.box).named(BANK_ACCOUNT, str(named), "destination")


@route("GET", "/v1/payouts/{payout}")
def retrieve(call: Call) -> Object:
    return call.subject(PAYOUT)


@route("POST", "/v1/payouts/{payout}")
def update(call: Call) -> Object:
    payout = call.subject(PAYOUT)
    notes = metadata.merged(payout["metadata"], call.params.get("metadata"))
    with call.books.changing(payout, "payout.updated"):
        payout["metadata"] = notes
    return payout


@route("POST", "/v1/payouts/{payout}/cancel")
def cancel(call: Call) -> Object:
    return payouts.cancel(call.books, call.subject(PAYOUT))


@route("POST", "/v1/payouts/{payout}/reverse")
def reverse(call: Call) -> Object:
    return payouts.reverse(call.books, call.subject(PAYOUT), metadata.merged({}, call.params.get("metadata")))


@route("GET", "/v1/payouts")
def list_(call: Call) -> Object:
    return lists.page(call, PAYOUT, "destination", "status")
