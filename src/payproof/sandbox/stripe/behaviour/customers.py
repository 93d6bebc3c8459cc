"""Customers: how one is written and what its deletion takes along."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.stripe.behaviour import methods
from payproof.sandbox.stripe.books import Books, Object, kind

CUSTOMER = kind(
    "customer",
    "cus",
    "address currency default_source description discount email name phone shipping test_clock",
    id_length=14,
)


def write(books: Books, **content: Any) -> Object:
    """Create a customer and its event."""
    made = books.new(
        CUSTOMER,
        **{
            "balance": 0,
            "delinquent": False,
            "invoice_prefix": books.box.ids.hex(8).upper(),
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "metadata": {},
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            **{name: value for name, value in content.items() if value is not None},
        },
    )
    books.emit("customer.created", made)
    return made


def delete(books: Books, customer: Object) -> Object:
    """Delete a customer for good; its payment methods can no longer be used."""
    for method in books.shelf(methods.PAYMENT_METHOD).values():
        if method["customer"] == customer["id"]:
            method.update(customer=None, _spent="detached")
    books.emit("customer.deleted", customer)
    return books.delete(CUSTOMER, customer)
