"""Invoices."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square.behaviour import invoices
from payproof.sandbox.square.books import INVOICE
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint


@endpoint("POST", "/v2/invoices", keyed=True, longest=128)
def create(call: Call) -> Any:
    return Made(INVOICE, invoices.create(call.books, call.body["invoice"]))


@endpoint("GET", "/v2/invoices", query=("location_id", "cursor", "limit"))
def show_all(call: Call) -> Any:
    return listed(call, call.books.where(INVOICE, location_id=call.query.get("location_id")), "invoices")


@endpoint("GET", "/v2/invoices/{invoice_id}")
def show(call: Call) -> Any:
    return Made(INVOICE, call.subject(INVOICE))


@endpoint("POST", "/v2/invoices/{invoice_id}/publish", keyed=True, longest=128)
def publish(call: Call) -> Any:
    found = call.subject(INVOICE)
    call.version(found, call.body["version"])
    return Made(INVOICE, invoices.publish(call.books, found))


@endpoint("POST", "/v2/invoices/{invoice_id}/cancel")
def cancel(call: Call) -> Any:
    found = call.subject(INVOICE)
    call.version(found, call.body["version"])
    return Made(INVOICE, invoices.cancel(call.books, found))


@endpoint("DELETE", "/v2/invoices/{invoice_id}", query=("version",))
def delete(call: Call) -> Any:
    found = call.subject(INVOICE)
    call.version(found, call.query.get("version"))
    invoices.delete(call.books, found)
    return {}
