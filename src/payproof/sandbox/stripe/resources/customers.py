"""Customers, and the payment methods attached to them."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, attachment, customer_balance, customers, methods, sources, subscribing
from payproof.sandbox.stripe.behaviour.clocks import TEST_CLOCK
from payproof.sandbox.stripe.behaviour.customer_balance import BALANCE_TRANSACTION
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

PLAIN = (
    "address",
    "business_name",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "name",
    "next_invoice_sequence",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
)
NOT_PLAYED = ("cash_balance", "tax", "tax_id_data")


@route("POST", "/v1/customers")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    call.reference(TEST_CLOCK, "test_clock")
    notes = metadata.merged({}, call.params.get("metadata"))
    method = call.get("payment_method")
    attached = methods.resolved(call.books, method, "payment_method") if method else None
    if attached is not None:
        attachment.check_attachable(attached)
    card = sources.card_from(call) if call.get("source") else None
    default = _default_method(call, attached)
    made = customers.write(call.books, metadata=notes, **_plain(call))
    if attached is not None:
        attachment.attach(call.books, attached, made["id"])
    if card is not None:
        sources.add(call.books, made, card)
    if default is not None:
        made["invoice_settings"]["default_payment_method"] = default
    return made


@route("GET", "/v1/customers/{customer}")
def retrieve(call: Call) -> Object:
    return call.subject(CUSTOMER, deleted=True)


@route("POST", "/v1/customers/{customer}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    customer = call.subject(CUSTOMER)
    notes = metadata.merged(customer["metadata"], call.params.get("metadata"))
    default = _default_method(call, None, customer["id"])
    source = call.get("default_source")
    if source is not None:
        sources.named(call.books, customer, source, "default_source")
    card = sources.card_from(call) if call.get("source") else None
    with call.books.changing(customer, "customer.updated"):
        customer.update(_plain(call), metadata=notes)
        if source is not None:
            customer["default_source"] = source
        if card is not None:
            sources.add(call.books, customer, card, default=True)
        if "invoice_settings" in call.params:
            customer["invoice_settings"]["default_payment_method"] = default
    return customer


@route("DELETE", "/v1/customers/{customer}")
def delete(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    for subscription in list(call.books.newest_first(subscribing.SUBSCRIPTION)):
        if subscription["customer"] == customer["id"] and subscription["_ended"] is None:
            subscribing.cancel(call.books, subscription)
    return customers.delete(call.books, customer)


@route("GET", "/v1/customers")
def list_(call: Call) -> Object:
    return lists.page(call, CUSTOMER, "email", "test_clock")


@route("GET", "/v1/customers/search")
def search_(call: Call) -> Object:
    return search(call, CUSTOMER)


@route("GET", "/v1/customers/{customer}/payment_methods")
def payment_methods(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    return lists.page(call, methods.PAYMENT_METHOD, "type", where=lambda method: method["customer"] == customer["id"])


@route("GET", "/v1/customers/{customer}/payment_methods/{payment_method}")
def payment_method(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    method = call.subject(methods.PAYMENT_METHOD, 1)
    if method["customer"] != customer["id"]:
        raise errors.missing("PaymentMethod", method["id"], "payment_method")
    return method


def _plain(call: Call) -> dict[str, Any]:
    given = call.given(PLAIN)
    if "address" in given and given["address"] is not None:
        given["address"] = methods.address(given["address"])
    if given.get("shipping"):
        shipping = given["shipping"]
        given["shipping"] = {
            "address": methods.address(shipping.get("address")),
            "name": shipping.get("name"),
            "phone": shipping.get("phone") or None,
        }
    balance = call.integer("balance")
    return given if balance is None else {**given, "balance": balance}


def _default_method(call: Call, attached: Object | None, customer: str | None = None) -> str | None:
    """Return the default payment method that `invoice_settings` asks for; it must be the customer's own."""
    wanted = (call.get("invoice_settings") or {}).get("default_payment_method") or None
    if wanted is None:
        return None
    if attached is not None and wanted == call.get("payment_method"):
        return str(attached["id"])
    method = call.books.named(methods.PAYMENT_METHOD, wanted, "invoice_settings[default_payment_method]")
    if customer is None or method["customer"] != customer:
        message = (
            f"The customer does not have a payment method with the ID {wanted}. "
            "The payment method must be attached to the customer."
        )
        raise errors.invalid(message, param="invoice_settings[default_payment_method]")
    return str(wanted)


@route("POST", "/v1/customers/{customer}/balance_transactions")
def change_balance(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    amount, currency = amounts.integer_of(call.required("amount")), amounts.currency_of(call.required("currency"))
    notes = metadata.merged({}, call.params.get("metadata"))
    content = {"metadata": notes, "description": call.get("description")}
    return customer_balance.change(call.books, customer, amount, currency, **content)


@route("GET", "/v1/customers/{customer}/balance_transactions")
def balance_transactions(call: Call) -> Object:
    customer = call.subject(CUSTOMER)
    return lists.page(call, BALANCE_TRANSACTION, where=lambda found: found["customer"] == customer["id"])


@route("GET", "/v1/customers/{customer}/balance_transactions/{transaction}")
def balance_transaction(call: Call) -> Object:
    return _balance_transaction(call)


@route("POST", "/v1/customers/{customer}/balance_transactions/{transaction}")
def update_balance_transaction(call: Call) -> Object:
    found = _balance_transaction(call)
    found["metadata"] = metadata.merged(found["metadata"], call.params.get("metadata"))
    found.update(call.given(("description",)))
    return found


def _balance_transaction(call: Call) -> Object:
    customer, found = call.subject(CUSTOMER), call.subject(BALANCE_TRANSACTION, 1)
    if found["customer"] != customer["id"]:
        raise errors.missing("customer balance transaction", found["id"], "transaction")
    return found
