"""Invoice items, and the lines that they are on a draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import amounts, billing_lines, invoice_items, invoicing, pricing, taxing
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.invoice_items import INVOICE_ITEM
from payproof.sandbox.stripe.behaviour.invoicing import INVOICE
from payproof.sandbox.stripe.behaviour.subscribing import SUBSCRIPTION
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, integer, unplayed
from payproof.sandbox.stripe.routes import route

NOT_PLAYED = ("discounts", "quantity_decimal", "unit_amount_decimal")


@route("POST", "/v1/invoiceitems")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    call.required("customer")
    customer = call.books.named(CUSTOMER, call.get("customer"), "customer")
    invoice, subscription = call.reference(INVOICE, "invoice"), call.reference(SUBSCRIPTION, "subscription")
    if invoice is not None:
        _check_draft(invoice, "invoice")
    item = _made(call.books, call.params, customer["id"], "", subscription=subscription["id"] if subscription else None)
    if invoice is not None:
        _put_on(call.books, invoice, item)
    return item


@route("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve(call: Call) -> Object:
    return call.subject(INVOICE_ITEM)


@route("POST", "/v1/invoiceitems/{invoiceitem}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED, "price_data", "pricing", "tax_code", "tax_behavior")
    item = call.subject(INVOICE_ITEM)
    invoice = call.books.find(INVOICE, item["invoice"])
    if invoice is not None:
        _check_draft(invoice, "invoiceitem")
    notes = metadata.merged(item["metadata"], call.params.get("metadata"))
    rates = taxing.rates_of(call.books, call.get("tax_rates"), "tax_rates")
    _change(call.books, item, call.params)
    item.update(call.given(("description", "period")), metadata=notes)
    if "discountable" in call.params:
        item["discountable"] = call.flag("discountable")
    if "tax_rates" in call.params:
        item["tax_rates"] = rates
    if invoice is not None:
        _redraw(call.books, invoice, item)
    return item


@route("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete(call: Call) -> Object:
    item = call.subject(INVOICE_ITEM)
    invoice = call.books.find(INVOICE, item["invoice"])
    if invoice is not None:
        _check_draft(invoice, "invoiceitem")
        _take_off(call.books, invoice, [line["id"] for line in _lines_of(invoice, item)])
    call.books.emit("invoiceitem.deleted", item)
    return call.books.delete(INVOICE_ITEM, item)


@route("GET", "/v1/invoiceitems")
def list_(call: Call) -> Object:
    pending = call.flag("pending")
    return lists.page(call, INVOICE_ITEM, "customer", "invoice", where=lambda item: not pending or item["invoice"] is None)


@route("POST", "/v1/invoices/{invoice}/add_lines")
def add_lines(call: Call) -> Object:
    unplayed(call, "invoice_metadata")
    invoice = call.subject(INVOICE)
    _check_draft(invoice, "invoice")
    for index, given in enumerate(call.required("lines")):
        param = f"lines[{index}]"
        named = given.get("invoice_item")
        if named:
            item = call.books.named(INVOICE_ITEM, str(named), f"{param}[invoice_item]")
        else:
            content = {"currency": invoice["currency"], **given}
            item = _made(call.books, content, invoice["customer"], param, subscription=None)
        _put_on(call.books, invoice, item)
    return invoice


@route("POST", "/v1/invoices/{invoice}/remove_lines")
def remove_lines(call: Call) -> Object:
    unplayed(call, "invoice_metadata")
    invoice = call.subject(INVOICE)
    _check_draft(invoice, "invoice")
    present = {line["id"]: line for line in invoice["lines"]["data"]}
    given = call.required("lines")
    for index, one in enumerate(given):
        if one.get("id") not in present:
            raise errors.missing("invoice line item", str(one.get("id")), f"lines[{index}][id]", status=400)
    for one in given:
        item = _item_of(call.books, present[one["id"]])
        if item is not None:
            item["invoice"] = None
            if one["behavior"] == "delete":
                call.books.delete(INVOICE_ITEM, item)
    _take_off(call.books, invoice, [one["id"] for one in given])
    return invoice


@route("POST", "/v1/invoices/{invoice}/update_lines")
def update_lines(call: Call) -> Object:
    unplayed(call, "invoice_metadata")
    invoice = call.subject(INVOICE)
    _check_draft(invoice, "invoice")
    for index, given in enumerate(call.required("lines")):
        _update_line(call.books, invoice, str(given.get("id")), given, f"lines[{index}]")
    return invoice


@route("POST", "/v1/invoices/{invoice}/lines/{line_item_id}")
def update_line(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED, "price_data", "pricing", "tax_amounts")
    invoice = call.subject(INVOICE)
    _check_draft(invoice, "invoice")
    given = {name: call.params[name] for name in call.params}
    return _update_line(call.books, invoice, call.ids[1], given, "")


def _made(books: Books, given: Mapping[str, Any], customer: str, param: str, *, subscription: str | None) -> Object:
    """Make the item that `given` describes."""
    for name in (*NOT_PLAYED, "tax_amounts"):
        if given.get(name):
            raise NotImitated(f"{param or 'an invoice item'} with {name!r} is not played by the Stripe sandbox")
    price, quantity = _price(books, given), int(given.get("quantity") or 1)
    amount = given.get("amount")
    if price is None and amount in (None, ""):
        raise errors.missing_param(f"{param}[amount]" if param else "amount")
    total = int(price["unit_amount"]) * quantity if price else integer(amount, "amount")
    content: dict[str, Any] = {
        "description": given.get("description") or (price and books.of(pricing.PRODUCT, price["product"])["name"]),
        "discountable": given.get("discountable") not in (False, "false"),
        "metadata": metadata.merged({}, given.get("metadata")),
        "quantity": quantity,
        "subscription": subscription,
        "tax_rates": taxing.rates_of(books, given.get("tax_rates"), "tax_rates"),
    }
    if given.get("period"):
        content["period"] = {name: int(given["period"][name]) for name in ("start", "end")}
    currency = price["currency"] if price else amounts.currency_of(given.get("currency") or "usd")
    return invoice_items.write(books, customer, total, currency, price=price, **content)


def _change(books: Books, item: Object, given: Mapping[str, Any]) -> None:
    """Give an item another amount or quantity."""
    price = books.find(pricing.PRICE, item["_price"])
    quantity, amount = given.get("quantity"), given.get("amount")
    if quantity not in (None, ""):
        item.update(quantity=integer(quantity, "quantity"), quantity_decimal=str(quantity))
        if price is not None and not item["proration"]:
            item["amount"] = int(price["unit_amount"]) * item["quantity"]
    if amount not in (None, ""):
        item["amount"] = integer(amount, "amount")
    item["net_amount"] = item["amount"]


def _price(books: Books, given: Mapping[str, Any]) -> Object | None:
    if given.get("price_data"):
        return pricing.price_of(books, {"price_data": given["price_data"]})
    named = (given.get("pricing") or {}).get("price") or given.get("price")
    return None if not named else books.named(pricing.PRICE, str(named), "pricing[price]")


def _check_draft(invoice: Mapping[str, Any], param: str) -> None:
    if invoice["status"] != "draft":
        raise errors.invalid("This invoice is no longer editable.", code="invoice_not_editable", param=param)


def _lines_of(invoice: Mapping[str, Any], item: Mapping[str, Any]) -> list[Object]:
    return [line for line in invoice["lines"]["data"] if _named(line) == item["id"]]


def _named(line: Mapping[str, Any]) -> str | None:
    details = line["parent"]["invoice_item_details"]
    return None if details is None else str(details["invoice_item"])


def _item_of(books: Books, line: Mapping[str, Any]) -> Object | None:
    return books.find(INVOICE_ITEM, _named(line))


def _put_on(books: Books, invoice: Object, item: Object) -> None:
    line = billing_lines.of_item(books, item)
    line["invoice"] = item["invoice"] = invoice["id"]
    with books.changing(invoice, "invoice.updated"):
        invoice["lines"]["data"].append(line)
        invoice["lines"]["total_count"] += 1
        invoicing.refresh(books, invoice)


def _take_off(books: Books, invoice: Object, lines: list[str]) -> None:
    with books.changing(invoice, "invoice.updated"):
        invoice["lines"]["data"] = [line for line in invoice["lines"]["data"] if line["id"] not in lines]
        invoice["lines"]["total_count"] = len(invoice["lines"]["data"])
        invoicing.refresh(books, invoice)


def _redraw(books: Books, invoice: Object, item: Mapping[str, Any]) -> None:
    """Let the line follow its item."""
    with books.changing(invoice, "invoice.updated"):
        for line in _lines_of(invoice, item):
            line.update({**billing_lines.of_item(books, item), "id": line["id"], "invoice": invoice["id"]})
        invoicing.refresh(books, invoice)


def _update_line(books: Books, invoice: Object, identifier: str, given: Mapping[str, Any], param: str) -> Object:
    line: Object | None = next((line for line in invoice["lines"]["data"] if line["id"] == identifier), None)
    if line is None:
        raise errors.missing(
            "invoice line item", identifier, f"{param}[id]" if param else "line_item_id", status=400 if param else 404
        )
    item = _item_of(books, line)
    if item is None:
        raise NotImitated("lines of a subscription's period cannot be changed here; change the subscription")
    notes = metadata.merged(item["metadata"], given.get("metadata"))
    rates = taxing.rates_of(books, given.get("tax_rates"), "tax_rates")
    _change(books, item, given)
    item.update({name: given[name] for name in ("description", "period") if name in given}, metadata=notes)
    if "discountable" in given:
        item["discountable"] = given["discountable"] not in (False, "false")
    if "tax_rates" in given:
        item["tax_rates"] = rates
    _redraw(books, invoice, item)
    return line
