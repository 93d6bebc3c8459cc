"""Purchase units as a request gives them: sums that must agree, references that must be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.rendering import copied
from payproof.sandbox.paypal import amounts, errors
from payproof.sandbox.paypal.books import Object

MOST = 10
PAYEE = {"email_address": "merchant@payproof.example", "merchant_id": "PAYPROOFSAMPL"}
"""The sandbox's own account."""

_ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
_TAKEN_OFF = ("shipping_discount", "discount")


def accepted(units: list[Mapping[str, Any]]) -> list[Object]:
    """Return purchase units as they are kept; refused when their sums or references are wrong."""
    if not units:
        raise errors.invalid("INVALID_ARRAY_MIN_ITEMS", "/purchase_units")
    if len(units) > MOST:
        raise errors.invalid("INVALID_ARRAY_MAX_ITEMS", "/purchase_units")
    kept = [_accepted(unit, f"/purchase_units/{place}", alone=len(units) == 1) for place, unit in enumerate(units)]
    references = [unit["reference_id"] for unit in kept]
    if len(set(references)) != len(references):
        raise errors.unprocessable("DUPLICATE_REFERENCE_ID", "/purchase_units", executed=False)
    if len({unit["amount"]["currency_code"] for unit in kept}) > 1:
        raise errors.unprocessable("MULTI_CURRENCY_ORDER", "/purchase_units", executed=False)
    return kept


def _accepted(unit: Mapping[str, Any], at: str, *, alone: bool) -> Object:
    if not alone and not unit.get("reference_id"):
        raise errors.unprocessable("REFERENCE_ID_REQUIRED", f"{at}/reference_id", executed=False)
    for name, most in (("reference_id", 256), ("custom_id", 255), ("invoice_id", 127)):
        if len(str(unit.get(name, ""))) > most:
            raise errors.invalid("INVALID_STRING_LENGTH", f"{at}/{name}")
    check_amount(unit, at)
    kept: Object = {"reference_id": "default", **copied(dict(unit))}
    amount = kept["amount"]
    amount["value"] = amounts.money(amount["currency_code"], amounts.of(amount))["value"]
    kept["payee"] = {**PAYEE, **kept.get("payee", {})}
    return kept


def check_amount(unit: Mapping[str, Any], at: str) -> None:
    """Refuse an amount whose breakdown, or whose items, add up to something else."""
    amount = unit["amount"]
    total, currency = amounts.minor(amount, f"{at}/amount"), amount["currency_code"]
    breakdown = amount.get("breakdown") or {}
    for name, part in breakdown.items():
        if part["currency_code"] != currency:
            raise errors.unprocessable("MULTI_CURRENCY_ORDER", f"{at}/amount/breakdown/{name}", executed=False)
    parts = {name: amounts.minor(part, f"{at}/amount/breakdown/{name}", zero=True) for name, part in breakdown.items()}
    expected = sum(parts.get(name, 0) for name in _ADDED) - sum(parts.get(name, 0) for name in _TAKEN_OFF)
    if breakdown and expected != total:
        raise errors.unprocessable("AMOUNT_MISMATCH", f"{at}/amount/value", amount["value"], executed=False)
    items = unit.get("items") or []
    _check_items(items, parts.get("item_total"), "unit_amount", "ITEM_TOTAL", at)
    if any("tax" in item for item in items):
        _check_items([item for item in items if "tax" in item], parts.get("tax_total"), "tax", "TAX_TOTAL", at)


def _check_items(items: list[Mapping[str, Any]], total: int | None, field: str, issue: str, at: str) -> None:
    if not items:
        return
    where = f"{at}/amount/breakdown/{issue.lower()}"
    if total is None:
        raise errors.unprocessable(f"{issue}_REQUIRED", where, executed=False)
    added = 0
    for place, item in enumerate(items):
        if not str(item["quantity"]).isdigit():
            raise errors.invalid("INVALID_PARAMETER_SYNTAX", f"{at}/items/{place}/quantity", item["quantity"])
        added += amounts.minor(item[field], f"{at}/items/{place}/{field}", zero=True) * int(item["quantity"])
    if added != total:
        raise errors.unprocessable(f"{issue}_MISMATCH", where, executed=False)
