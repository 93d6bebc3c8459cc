"""JSON Patch on an order's purchase units, as far as PayPal lets it go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.rendering import copied
from payproof.sandbox.paypal import errors
from payproof.sandbox.paypal.behaviour import purchase_units
from payproof.sandbox.paypal.books import Object

FIELDS: Mapping[str, tuple[str, ...]] = {
    "amount": ("replace",),
    "custom_id": ("replace", "add", "remove"),
    "description": ("replace", "add", "remove"),
    "invoice_id": ("replace", "add", "remove"),
    "items": ("replace", "add", "remove"),
    "soft_descriptor": ("replace", "remove"),
    "shipping/name": ("replace", "add"),
    "shipping/address": ("replace", "add"),
}
"""What of a purchase unit can be patched, and how (PayPal's description of PATCH on orders)."""

_PATH = re.compile(r"/purchase_units/@reference_id=='([^']*)'(?:/(.+))?\Z")


def apply(units: list[Object], patches: Sequence[Mapping[str, Any]]) -> list[Object]:
    """Return purchase units with the patches applied; refused when one of them is not allowed, before any is."""
    changed: list[Object] = copied(units)
    for place, patch in enumerate(patches):
        _apply(changed, patch, f"/{place}")
    for place, unit in enumerate(changed):
        purchase_units.check_amount(unit, f"/purchase_units/{place}")
    return changed


def _apply(units: list[Object], patch: Mapping[str, Any], at: str) -> None:
    operation, path = patch["op"], patch.get("path")
    if operation not in ("add", "remove", "replace"):
        raise errors.invalid("INVALID_PATCH_OPERATION", f"{at}/op", operation)
    if not path:
        raise errors.unprocessable("PATCH_PATH_REQUIRED", f"{at}/path")
    found = _PATH.match(path)
    if found is None:
        raise errors.unprocessable("NOT_PATCHABLE", f"{at}/path", path)
    unit = next((unit for unit in units if unit["reference_id"] == found.group(1)), None)
    if unit is None:
        raise errors.unprocessable("REFERENCE_ID_NOT_FOUND", f"{at}/path", path)
    field = found.group(2) or ""
    if operation not in FIELDS.get(field, ()):
        raise errors.unprocessable("NOT_PATCHABLE", f"{at}/path", path)
    if operation != "remove" and "value" not in patch:
        raise errors.unprocessable("PATCH_VALUE_REQUIRED", f"{at}/value")
    holder: Object = unit
    *above, last = field.split("/")
    for name in above:
        holder = holder.setdefault(name, {})
    if operation == "remove":
        holder.pop(last, None)
    else:
        holder[last] = patch["value"]
