"""The balance and its transactions."""

from __future__ import annotations

from payproof.sandbox.stripe import lists
from payproof.sandbox.stripe.behaviour import balance
from payproof.sandbox.stripe.behaviour.balance import BALANCE_TRANSACTION
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("GET", "/v1/balance")
def present(call: Call) -> Object:
    return balance.present(call.books)


@route("GET", "/v1/balance_transactions")
def list_(call: Call) -> Object:
    return lists.page(call, BALANCE_TRANSACTION, "currency", "source", "type", source=balance.transactions(call.books))


@route("GET", "/v1/balance_transactions/{id}")
def retrieve(call: Call) -> Object:
    return balance.refresh(call.books, call.subject(BALANCE_TRANSACTION))
