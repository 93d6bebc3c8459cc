"""A customer's cards in the older sense (`/v1/customers/{id}/sources`)."""

from __future__ import annotations

from payproof.sandbox.stripe import lists
from payproof.sandbox.stripe.behaviour import sources, tokens
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/customers/{customer}/sources")
def create(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    call.required("source")
    card = sources.card_from(call)
    sources.add(call.books, customer, card)
    return card


@route("GET", "/v1/customers/{customer}/sources")
def list_(call: Call) -> Object:
    # Cards are all that a customer's sources can be here.
    kept = sources.of(call.books, call.subject(CUSTOMER)) if call.get("object", "card") == "card" else []
    return lists.page(call, tokens.CARD, source=kept)


@route("GET", "/v1/customers/{customer}/sources/{id}")
def retrieve(call: Call) -> Object:
    return sources.named(call.books, call.subject(CUSTOMER), call.ids[1], "id", status=404)


@route("DELETE", "/v1/customers/{customer}/sources/{id}")
def delete(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    card = sources.named(call.books, customer, call.ids[1], "id", status=404)
    left = call.books.delete(tokens.CARD, card)
    call.books.emit("customer.source.deleted", card)
    if customer["default_source"] == card["id"]:
        remaining = sources.of(call.books, customer)
        customer["default_source"] = remaining[0]["id"] if remaining else None
    return left


@included("customer", "sources")
def expanded(books: Books, customer: Object) -> Object:
    return lists.list_object(sources.of(books, customer), f"/v1/customers/{customer['id']}/sources")
