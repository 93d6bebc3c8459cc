"""Credit notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import credit_notes, taxing
from payproof.sandbox.stripe.behaviour.credit_notes import CREDIT_NOTE
from payproof.sandbox.stripe.behaviour.invoicing import INVOICE
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, integer, unplayed
from payproof.sandbox.stripe.routes import route

PLAIN = ("effective_at", "memo", "reason")
NOT_PLAYED = ("refunds", "refund", "shipping_cost")


@route("POST", "/v1/credit_notes")
def create(call: Call) -> Object:
    invoice, content, back = _described(call)
    return credit_notes.issue(call.books, invoice, content, back)


@route("GET", "/v1/credit_notes/preview")
def preview(call: Call) -> Object:
    _, content, _ = _described(call)
    identifier = call.books.identifier(CREDIT_NOTE.prefix)
    body: Object = {"id": identifier, "object": "credit_note", **dict.fromkeys(CREDIT_NOTE.nulls), **content}
    body |= {"created": call.books.now(), "livemode": False, "number": "preview", "pdf": ""}
    return credit_notes.refresh(body)


@route("GET", "/v1/credit_notes/preview/lines")
def preview_lines(call: Call) -> Object:
    _, content, _ = _described(call)
    return lists.listing(call, content["lines"]["data"])


@route("GET", "/v1/credit_notes/{id}")
def retrieve(call: Call) -> Object:
    return call.subject(CREDIT_NOTE)


@route("POST", "/v1/credit_notes/{id}")
def update(call: Call) -> Object:
    note = call.subject(CREDIT_NOTE)
    notes = metadata.merged(note["metadata"], call.params.get("metadata"))
    with call.books.changing(note, "credit_note.updated"):
        note.update(call.given(("memo",)), metadata=notes)
    return note


@route("POST", "/v1/credit_notes/{id}/void")
def void(call: Call) -> Object:
    return credit_notes.void(call.books, call.subject(CREDIT_NOTE))


@route("GET", "/v1/credit_notes/{credit_note}/lines")
def lines(call: Call) -> Object:
    return lists.listing(call, call.subject(CREDIT_NOTE)["lines"]["data"])


@route("GET", "/v1/credit_notes")
def list_(call: Call) -> Object:
    return lists.page(call, CREDIT_NOTE, "customer", "invoice")


def _described(call: Call) -> tuple[Object, dict[str, Any], dict[str, int]]:
    unplayed(call, *NOT_PLAYED)
    call.get("email_type")
    invoice = call.books.named(INVOICE, str(call.required("invoice")), "invoice")
    given, amount = call.get("lines") or [], call.integer("amount")
    if given and amount is not None:
        raise errors.invalid("You may only specify one of these parameters: amount, lines.", executed=False)
    found = [_line(call, invoice, one, f"lines[{index}]") for index, one in enumerate(given)]
    names = {"refund": "refund_amount", "credit": "credit_amount", "out_of_band": "out_of_band_amount"}
    back = {name: call.integer(param) or 0 for name, param in names.items()}
    content = credit_notes.described(call.books, invoice, found, amount, back)
    notes = metadata.merged({}, call.params.get("metadata"))
    return invoice, {**content, **call.given(PLAIN), "metadata": notes}, back


def _line(call: Call, invoice: Object, given: Mapping[str, Any], param: str) -> Object:
    rates = taxing.rates_of(call.books, given.get("tax_rates"), f"{param}[tax_rates]")
    amount, quantity = given.get("amount"), given.get("quantity")
    origin = None
    if given.get("type") == "invoice_line_item":
        named = str(given.get("invoice_line_item"))
        origin = next((line for line in invoice["lines"]["data"] if line["id"] == named), None)
        if origin is None:
            raise errors.missing("invoice line item", named, f"{param}[invoice_line_item]", status=400)
        rates = rates or [dict(rate) for rate in origin["tax_rates"] or invoice["default_tax_rates"]]
        whole = origin["amount"] - sum(one["amount"] for one in origin["discount_amounts"])
        if amount in (None, ""):
            part = (origin["quantity"] or 1) if quantity in (None, "") else integer(quantity, f"{param}[quantity]")
            amount = whole * part // (origin["quantity"] or 1)
    elif amount in (None, ""):
        unit = given.get("unit_amount")
        if unit in (None, ""):
            raise errors.missing_param(f"{param}[unit_amount]")
        amount = integer(unit, f"{param}[unit_amount]") * int(quantity or 1)
    return credit_notes.line(call.books, given, origin, integer(amount, f"{param}[amount]"), rates)
