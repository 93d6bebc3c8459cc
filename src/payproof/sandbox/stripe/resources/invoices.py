"""Invoices and invoice items."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import (
    accounts,
    amounts,
    billing_lines,
    collecting,
    discounting,
    invoice_items,
    invoicing,
    methods,
    pricing,
    taxing,
)
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.intents import PAYMENT_INTENT
from payproof.sandbox.stripe.behaviour.invoice_items import INVOICE_ITEM
from payproof.sandbox.stripe.behaviour.invoicing import INVOICE, INVOICE_PAYMENT
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, refuse_taxes, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

PLAIN = ("custom_fields", "description", "footer", "statement_descriptor")
ONLY_DRAFT = ("discounts", "default_tax_rates", "application_fee_amount", "transfer_data", "days_until_due", "due_date")
"""What can be changed of a draft only."""


@route("POST", "/v1/invoices")
def create(call: Call) -> Object:
    unplayed(call, "from_invoice", "shipping_cost", "automatically_finalizes_at")
    refuse_taxes(call)
    subscription = call.reference(SUBSCRIPTION, "subscription")
    if subscription is None:
        call.required("customer")
    owner = call.get("customer") or (subscription or {}).get("customer")
    customer = call.books.named(CUSTOMER, str(owner), "customer")
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    coupons = pricing.granted(call.books, call.get("discounts"), customer)
    rates = taxing.rates_of(call.books, call.get("default_tax_rates"), "default_tax_rates")
    notes = metadata.merged({}, call.params.get("metadata"))
    currency, items = _waiting(call, customer, subscription)
    lines = [billing_lines.of_item(call.books, item) for item in items]
    due = call.integer("days_until_due")
    content: dict[str, Any] = {
        **call.given(PLAIN),
        "collection_method": call.get("collection_method", "charge_automatically"),
        "default_payment_method": method["id"] if method else None,
        "due_date": call.books.now() + due * 86_400 if due is not None else call.integer("due_date"),
        "default_tax_rates": rates,
        "metadata": notes,
        "_discounts": discounting.grant(call.books, coupons, customer=customer["id"]),
        "_terms": connected_terms(call),
    }
    if subscription is not None:
        content |= {"subscription": subscription["id"], "_subscription": subscription["id"]}
        named = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
        content["parent"] = {"quote_details": None, "subscription_details": named, "type": "subscription_details"}
    advances = call.flag("auto_advance")
    made = invoicing.write(call.books, customer, lines, currency=currency, reason="manual", advances=advances, **content)
    invoice_items.put_on(call.books, items, made["id"])
    if advances:
        call.books.at(call.books.now() + invoicing.DRAFT_FOR, "invoice.advance", made["id"])
    return made


@route("GET", "/v1/invoices/{invoice}")
def retrieve(call: Call) -> Object:
    return call.subject(INVOICE)


@route("POST", "/v1/invoices/{invoice}")
def update(call: Call) -> Object:
    unplayed(call, "shipping_cost", "automatically_finalizes_at")
    refuse_taxes(call)
    invoice = call.subject(INVOICE)
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    coupons = pricing.granted(call.books, call.get("discounts"), call.books.of(CUSTOMER, invoice["customer"]))
    rates = taxing.rates_of(call.books, call.get("default_tax_rates"), "default_tax_rates")
    terms = connected_terms(call)
    due = call.integer("days_until_due")
    for name in ONLY_DRAFT:
        if name in call.params and invoice["status"] != "draft":
            raise errors.invalid(
                f"Finalized invoices can't be updated in this way: {name}.", code="invoice_not_editable", param=name
            )
    notes = metadata.merged(invoice["metadata"], call.params.get("metadata"))
    with call.books.changing(invoice, "invoice.updated"):
        invoice.update(call.given((*PLAIN, "auto_advance", "collection_method")), metadata=notes)
        if method is not None:
            invoice["default_payment_method"] = method["id"]
        if "discounts" in call.params:
            invoice["_discounts"] = discounting.grant(call.books, coupons, customer=invoice["customer"])
        if "default_tax_rates" in call.params:
            invoice["default_tax_rates"] = rates
        if due is not None or call.get("due_date"):
            invoice["due_date"] = call.books.now() + due * 86_400 if due is not None else call.integer("due_date")
        invoice["_terms"] |= terms
        invoicing.refresh(call.books, invoice)
    return invoice


@route("DELETE", "/v1/invoices/{invoice}")
def delete(call: Call) -> Object:
    invoice = call.subject(INVOICE)
    if invoice["status"] != "draft":
        raise errors.invalid("You can only delete draft invoices.", code="invoice_not_editable")
    for item in call.books.shelf(INVOICE_ITEM).values():
        if item.get("invoice") == invoice["id"]:
            item["invoice"] = None
    call.books.emit("invoice.deleted", invoice)
    return call.books.delete(INVOICE, invoice)


@route("POST", "/v1/invoices/{invoice}/finalize")
def finalize(call: Call) -> Object:
    invoice = call.subject(INVOICE)
    if "auto_advance" in call.params:
        invoice["auto_advance"] = call.flag("auto_advance")
    return invoicing.finalize(call.books, invoice)


@route("POST", "/v1/invoices/{invoice}/pay")
def pay(call: Call) -> Object:
    unplayed(call, "forgive", "source", "mandate")
    invoice = call.subject(INVOICE)
    named = call.get("payment_method")
    method = methods.resolved(call.books, named, "payment_method") if named else None
    out_of_band = call.flag("paid_out_of_band")
    return collecting.pay(call.books, invoice, method, off_session=call.flag("off_session", True), out_of_band=out_of_band)


@route("POST", "/v1/invoices/{invoice}/void")
def void(call: Call) -> Object:
    return invoicing.void(call.books, call.subject(INVOICE))


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(call: Call) -> Object:
    return invoicing.give_up(call.books, call.subject(INVOICE))


@route("POST", "/v1/invoices/{invoice}/send")
def send(call: Call) -> Object:
    invoice = call.subject(INVOICE)
    if invoice["collection_method"] != "send_invoice":
        raise errors.invalid("You can only manually send an invoice if its collection method is 'send_invoice'.")
    if invoice["status"] == "draft":
        invoicing.finalize(call.books, invoice)
    call.books.emit("invoice.sent", invoice)
    return invoice


@route("GET", "/v1/invoices")
def list_(call: Call) -> Object:
    wanted = call.get("subscription")
    return lists.page(
        call,
        INVOICE,
        "customer",
        "status",
        "collection_method",
        where=lambda invoice: wanted is None or invoice["_subscription"] == wanted,
    )


@route("GET", "/v1/invoices/search")
def search_(call: Call) -> Object:
    return search(call, INVOICE)


@route("GET", "/v1/invoices/{invoice}/lines")
def lines(call: Call) -> Object:
    return lists.listing(call, call.subject(INVOICE)["lines"]["data"])


@route("GET", "/v1/invoice_payments")
def payments(call: Call) -> Object:
    return lists.page(call, INVOICE_PAYMENT, "invoice", "status")


@route("GET", "/v1/invoice_payments/{invoice_payment}")
def payment(call: Call) -> Object:
    return call.subject(INVOICE_PAYMENT)


@included("invoice", "payments")
def expanded_payments(books: Books, invoice: Object) -> Object:
    kept = books.of(INVOICE, invoice["id"])
    return lists.list_object(invoicing.payments_of(books, kept), f"/v1/invoice_payments?invoice={invoice['id']}")


@included("invoice", "confirmation_secret")
def confirmation_secret(books: Books, invoice: Object) -> Object | None:
    intent = books.find(PAYMENT_INTENT, books.of(INVOICE, invoice["id"])["_intent"])
    return None if intent is None else {"client_secret": intent["client_secret"], "type": "payment_intent"}


def connected_terms(call: Call) -> dict[str, Any]:
    """Return what a payment of the invoice passes on to connected accounts."""
    data = call.get("transfer_data")
    if data is not None:
        accounts.destination(call.books, str(data["destination"]), "transfer_data[destination]")
    return call.given(("application_fee_amount", "on_behalf_of", "transfer_data"))


def _waiting(call: Call, customer: Object, subscription: Object | None) -> tuple[str, list[Object]]:
    """Return the currency of a new invoice and what waits for it, where that is to stand on it."""
    shelf = call.books.shelf(INVOICE_ITEM).values()
    first = next((item for item in shelf if item.get("customer") == customer["id"] and item["invoice"] is None), None)
    given = call.get("currency") or (subscription or {}).get("currency")
    currency = amounts.currency_of(given or (first["currency"] if first else "usd"))
    wanted = subscription is not None or call.get("pending_invoice_items_behavior") == "include"
    name = subscription["id"] if subscription else None
    return currency, invoice_items.pending(call.books, customer["id"], currency, name) if wanted else []
