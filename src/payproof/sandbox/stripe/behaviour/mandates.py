"""Mandates: what a customer has agreed to when a bank account is debited or saved. The status follows what the bank says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe.books import Books, Object, kind

MANDATE = kind("mandate", "mandate", created=False, path_param="mandate")

ENDING = frozenset({"account_closed", "no_account", "debit_not_authorized"})
"""Reasons of a bank after which a mandate is worth nothing."""


def give(books: Books, method: Mapping[str, Any], *, once: tuple[int, str] | None = None) -> str:
    """Write the mandate of a bank account and return its id; `once` is the amount and currency of a single debit."""
    type_name = str(method["type"])
    details: Object = {}
    if type_name == "sepa_debit":
        reference = books.box.ids.text(16).upper()
        details = {"reference": reference, "url": f"https://hooks.stripe.com/mandate/{reference}"}
    made = books.new(
        MANDATE,
        customer_acceptance={"accepted_at": books.now(), "online": {"ip_address": None, "user_agent": None}, "type": "online"},
        multi_use=None if once else {},
        payment_method=method["id"],
        payment_method_details={"type": type_name, type_name: details},
        single_use={"amount": once[0], "currency": once[1]} if once else None,
        status="active",
        type="single_use" if once else "multi_use",
    )
    return str(made["id"])


def end(books: Books, identifier: str | None, code: str) -> None:
    """The bank refuses a debit for a reason that ends its mandate."""
    mandate = books.find(MANDATE, identifier)
    if mandate is not None and code in ENDING and mandate["status"] == "active":
        with books.changing(mandate, "mandate.updated"):
            mandate["status"] = "inactive"
