"""Invoices and invoice items."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, billing_lines, collecting, invoicing, methods, pricing
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.intents import PAYMENT_INTENT
from payproof.sandbox.stripe.behaviour.invoicing import INVOICE, INVOICE_PAYMENT
from payproof.sandbox.stripe.books import Books, Object, kind
from payproof.sandbox.stripe.call import Call, refuse_taxes, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

INVOICE_ITEM = kind(
    "invoiceitem",
    "ii",
    "description invoice parent pricing subscription test_clock",
    created=False,
    path_param="invoiceitem",
)

PLAIN = ("description", "footer", "statement_descriptor")


@route("POST", "/v1/invoices")
def create(call: Call) -> Object:
    unplayed(call, "from_invoice", "subscription", "transfer_data", "shipping_cost", "automatically_finalizes_at")
    refuse_taxes(call)
    call.required("customer")
    customer = call.books.named(CUSTOMER, call.get("customer"), "customer")
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    coupons = pricing.coupons_of(call.books, call.get("discounts"))
    notes = metadata.merged({}, call.params.get("metadata"))
    items = _pending(call.books, customer["id"]) if call.get("pending_invoice_items_behavior") == "include" else []
    currency = amounts.currency_of(call.get("currency") or (items[0]["currency"] if items else "usd"))
    lines = [billing_lines.of_item(call.books, item) for item in items]
    due = call.integer("days_until_due")
    content: dict[str, Any] = {
        **call.given(PLAIN),
        "collection_method": call.get("collection_method", "charge_automatically"),
        "default_payment_method": method["id"] if method else None,
        "due_date": call.books.now() + due * 86_400 if due is not None else call.integer("due_date"),
        "metadata": notes,
        "_coupons": [coupon["id"] for coupon in coupons],
    }
    advances = call.flag("auto_advance")
    made = invoicing.write(call.books, customer, lines, currency=currency, reason="manual", advances=advances, **content)
    for item in items:
        item["invoice"] = made["id"]
    if advances:
        call.books.at(call.books.now() + invoicing.DRAFT_FOR, "invoice.advance", made["id"])
    return made


@route("GET", "/v1/invoices/{invoice}")
def retrieve(call: Call) -> Object:
    return call.subject(INVOICE)


@route("POST", "/v1/invoices/{invoice}")
def update(call: Call) -> Object:
    unplayed(call, "transfer_data", "shipping_cost", "discounts", "automatically_finalizes_at")
    invoice = call.subject(INVOICE)
    method = call.reference(methods.PAYMENT_METHOD, "default_payment_method")
    notes = metadata.merged(invoice["metadata"], call.params.get("metadata"))
    with call.books.changing(invoice, "invoice.updated"):
        invoice.update(call.given((*PLAIN, "auto_advance", "collection_method")), metadata=notes)
        if method is not None:
            invoice["default_payment_method"] = method["id"]
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


@route("POST", "/v1/invoiceitems")
def create_item(call: Call) -> Object:
    unplayed(call, "subscription", "discounts", "tax_rates", "unit_amount_decimal", "quantity_decimal")
    call.required("customer")
    customer = call.books.named(CUSTOMER, call.get("customer"), "customer")
    invoice = call.reference(INVOICE, "invoice")
    if invoice is not None and invoice["status"] != "draft":
        raise errors.invalid("This invoice is no longer editable.", code="invoice_not_editable", param="invoice")
    price, quantity = _price(call), call.integer("quantity") or 1
    amount = call.integer("amount")
    total = int(price["unit_amount"]) * quantity if price else amount
    if total is None:
        raise errors.missing_param("amount")
    now = call.books.now()
    item = call.books.new(
        INVOICE_ITEM,
        amount=total,
        currency=price["currency"] if price else amounts.currency_of(call.get("currency") or "usd"),
        customer=customer["id"],
        date=now,
        description=call.get("description") or (price and call.books.of(pricing.PRODUCT, price["product"])["name"]),
        discountable=True,
        discounts=[],
        invoice=invoice["id"] if invoice else None,
        metadata=metadata.merged({}, call.params.get("metadata")),
        period={"end": now, "start": now},
        pricing=billing_lines.priced(price) if price else None,
        proration=False,
        quantity=quantity,
        quantity_decimal=str(quantity),
        tax_rates=[],
        _price=price["id"] if price else None,
    )
    call.books.emit("invoiceitem.created", item)
    if invoice is not None:
        _add(call.books, invoice, item)
    return item


@route("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve_item(call: Call) -> Object:
    return call.subject(INVOICE_ITEM)


@route("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete_item(call: Call) -> Object:
    item = call.subject(INVOICE_ITEM)
    if item["invoice"] is not None:
        raise errors.invalid("An invoice item that is on an invoice cannot be deleted here.", code="invoice_not_editable")
    call.books.emit("invoiceitem.deleted", item)
    return call.books.delete(INVOICE_ITEM, item)


@route("GET", "/v1/invoiceitems")
def list_items(call: Call) -> Object:
    pending = call.flag("pending")
    return lists.page(call, INVOICE_ITEM, "customer", "invoice", where=lambda item: not pending or item["invoice"] is None)


def _price(call: Call) -> Object | None:
    if call.get("price_data"):
        return pricing.price_of(call.books, {"price_data": call.get("price_data")})
    named = (call.get("pricing") or {}).get("price") or call.get("price")
    return None if named is None else call.books.named(pricing.PRICE, named, "pricing[price]")


def _pending(books: Books, customer: str) -> list[Object]:
    items = books.shelf(INVOICE_ITEM).values()
    return [item for item in items if not item.get("deleted") and item["customer"] == customer and item["invoice"] is None]


def _add(books: Books, invoice: Object, item: Object) -> None:
    line = billing_lines.of_item(books, item)
    line["invoice"] = invoice["id"]
    with books.changing(invoice, "invoice.updated"):
        invoice["lines"]["data"].append(line)
        invoice["lines"]["total_count"] += 1
        invoicing.refresh(books, invoice)
