"""Products and plans: what is sold again and again, how often, and for how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.core.rendering import copied
from payproof.sandbox.paypal import amounts, answering, errors
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.books import PLAN, PRODUCT, Books, Object, link

DEFAULTS = {"auto_bill_outstanding": True, "setup_fee_failure_action": "CANCEL", "payment_failure_threshold": 0}
PATCHABLE = (
    "description",
    "name",
    "payment_preferences/auto_bill_outstanding",
    "payment_preferences/payment_failure_threshold",
    "payment_preferences/setup_fee",
    "payment_preferences/setup_fee_failure_action",
    "taxes/percentage",
)
"""What of a plan can be replaced (PayPal's description of PATCH on plans)."""


def create_product(books: Books, content: Mapping[str, Any]) -> Object:
    """Make a product. Emits CATALOG.PRODUCT.CREATED."""
    identifier = content.get("id") or f"PROD-{books.identifier()}"
    if books.find(PRODUCT, identifier) is not None:
        raise errors.unprocessable("DUPLICATE_RESOURCE_IDENTIFIER", "/id", identifier)
    kept = {name: value for name, value in content.items() if name != "id"}
    made = books.new(PRODUCT, identifier, **kept, create_time=books.time(), update_time=books.time())
    books.emit("CATALOG.PRODUCT.CREATED", PRODUCT, whole(books, PRODUCT, made))
    return made


def create(books: Books, content: Mapping[str, Any]) -> Object:
    """Make a plan, active by default. Emits BILLING.PLAN.CREATED."""
    if books.find(PRODUCT, str(content["product_id"])) is None:
        raise errors.missing("/product_id", content["product_id"])
    cycles = _cycles(content["billing_cycles"])
    preferences = {**DEFAULTS, **content["payment_preferences"]}
    if "setup_fee" in preferences:
        amounts.minor(preferences["setup_fee"], "/payment_preferences/setup_fee", zero=True)
    kept = {name: content[name] for name in ("description", "taxes", "merchant_preferences") if content.get(name) is not None}
    made = books.new(
        PLAN,
        f"P-{books.identifier(24)}",
        product_id=content["product_id"],
        name=content["name"],
        status=content.get("status") or "ACTIVE",
        billing_cycles=cycles,
        payment_preferences=preferences,
        quantity_supported=bool(content.get("quantity_supported", False)),
        create_time=books.time(),
        update_time=books.time(),
        **kept,
    )
    emit(books, "BILLING.PLAN.CREATED", made)
    return made


def _cycles(given: Sequence[Mapping[str, Any]]) -> list[Object]:
    at = "/billing_cycles"
    kept: list[Object] = sorted(copied(list(given)), key=lambda cycle: int(cycle["sequence"]))
    tenures = [cycle["tenure_type"] for cycle in kept]
    if "REGULAR" not in tenures:
        raise errors.unprocessable("MISSING_REGULAR_BILLING_CYCLE", at)
    if tenures.count("REGULAR") > 1:
        raise errors.unprocessable("MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED", at)
    if tenures.count("TRIAL") > 2:
        raise errors.unprocessable("MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED", at)
    if [cycle["sequence"] for cycle in kept] != list(range(1, len(kept) + 1)) or tenures[-1] != "REGULAR":
        raise errors.unprocessable("INVALID_BILLING_CYCLE_SEQUENCE", at)
    currencies = set()
    for place, cycle in enumerate(kept):
        cycle.setdefault("total_cycles", 1)
        cycle["frequency"].setdefault("interval_count", 1)
        scheme = cycle.get("pricing_scheme") or {}
        if cycle["tenure_type"] == "TRIAL" and not 1 <= cycle["total_cycles"] <= 999:
            raise errors.unprocessable("INVALID_TRIAL_BILLING_TOTAL_CYCLES", f"{at}/{place}/total_cycles")
        currencies |= _currency(scheme, f"{at}/{place}/pricing_scheme")
    if len(currencies) > 1:
        raise errors.unprocessable("CURRENCY_MISMATCH", at)
    return kept


def _currency(scheme: Mapping[str, Any], at: str) -> set[str]:
    if scheme.get("tiers") or scheme.get("pricing_model"):
        raise NotImitated("a plan with tiers of prices, which the PayPal sandbox does not play; use a fixed price")
    price = scheme.get("fixed_price")
    if price is None:
        return set()
    amounts.minor(price, f"{at}/fixed_price", zero=True)
    return {price["currency_code"]}


def currency(plan: Object) -> str:
    """Return the currency of a plan."""
    prices = [(cycle.get("pricing_scheme") or {}).get("fixed_price") for cycle in plan["billing_cycles"]]
    return next((str(price["currency_code"]) for price in prices if price), "USD")


def patch(books: Books, plan: Object, patches: Sequence[Mapping[str, Any]]) -> None:
    """Replace fields of a plan; refused before any is replaced."""
    if plan["status"] == "INACTIVE":
        raise errors.unprocessable("PLAN_STATUS_INACTIVE")
    for place, one in enumerate(patches):
        if one["op"] != "replace":
            raise errors.invalid("UNSUPPORTED_PATCH_OPERATION", f"/{place}/op", one["op"])
        if str(one.get("path", "")).lstrip("/") not in PATCHABLE:
            raise errors.invalid("INVALID_PATCH_PATH", f"/{place}/path", one.get("path"))
    for one in patches:
        *above, last = str(one["path"]).lstrip("/").split("/")
        holder = plan
        for name in above:
            holder = holder.setdefault(name, {})
        holder[last] = one.get("value")
    books.changed(PLAN, plan)
    emit(books, "BILLING.PLAN.UPDATED", plan)


def price(books: Books, plan: Object, schemes: Sequence[Mapping[str, Any]]) -> None:
    """Change prices of a plan's cycles, for every subscription that is billed from now on."""
    by_sequence = {cycle["sequence"]: cycle for cycle in plan["billing_cycles"]}
    for place, scheme in enumerate(schemes):
        at = f"/pricing_schemes/{place}"
        if scheme["billing_cycle_sequence"] not in by_sequence:
            raise errors.unprocessable("INVALID_BILLING_CYCLE_SEQUENCE", f"{at}/billing_cycle_sequence")
        if _currency(scheme["pricing_scheme"], f"{at}/pricing_scheme") - {currency(plan)}:
            raise errors.unprocessable("CURRENCY_MISMATCH", f"{at}/pricing_scheme/fixed_price/currency_code")
    for scheme in schemes:
        by_sequence[scheme["billing_cycle_sequence"]]["pricing_scheme"] = copied(dict(scheme["pricing_scheme"]))
    books.changed(PLAN, plan)
    emit(books, "BILLING.PLAN.PRICING-CHANGE.ACTIVATED", plan)


def switch(books: Books, plan: Object, status: str) -> None:
    """Activate or deactivate a plan."""
    if plan["status"] == status:
        raise errors.unprocessable("PLAN_STATUS_INVALID")
    books.changed(PLAN, plan, status=status)
    emit(books, "BILLING.PLAN.ACTIVATED" if status == "ACTIVE" else "BILLING.PLAN.DEACTIVATED", plan)


def emit(books: Books, event_type: str, plan: Object) -> None:
    """Record an event about a plan."""
    books.emit(event_type, PLAN, whole(books, PLAN, plan))


@answering.links(PLAN)
def _links(plan: Object) -> list[dict[str, str]]:
    path = f"/v1/billing/plans/{plan['id']}"
    verb = "deactivate" if plan["status"] == "ACTIVE" else "activate"
    return [link(path, "self"), link(path, "edit", "PATCH"), link(f"{path}/{verb}", verb, "POST")]


@answering.links(PRODUCT)
def _product_links(product: Object) -> list[dict[str, str]]:
    path = f"/v1/catalogs/products/{product['id']}"
    return [link(path, "self"), link(path, "edit", "PATCH")]
