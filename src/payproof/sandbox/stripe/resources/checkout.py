"""Checkout Sessions."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import accounts, checkout, connect, pricing, taxing
from payproof.sandbox.stripe.behaviour.checkout import SESSION
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, refuse_taxes, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route

PLAIN = (
    "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "customer_email", "locale",
    "payment_method_collection", "phone_number_collection", "return_url", "shipping_address_collection", "submit_type",
    "success_url", "tax_id_collection",
)  # fmt: skip

NOT_PLAYED = ("after_expiration", "optional_items", "payment_method_data", "shipping_options", "invoice_creation")

KEYS = {
    "payment": frozenset(
        (
            "application_fee_amount", "capture_method", "description", "metadata", "on_behalf_of", "receipt_email",
            "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_data",
            "transfer_group",
        )
    ),
    "setup": frozenset(("description", "metadata")),
    "subscription": frozenset(
        (
            "application_fee_percent", "default_tax_rates", "description", "metadata", "on_behalf_of", "transfer_data",
            "trial_end", "trial_period_days", "trial_settings",
        )
    ),
}  # fmt: skip
"""What the object that a session makes can be told here, by mode."""

ITEM = frozenset(("adjustable_quantity", "metadata", "price", "price_data", "quantity", "tax_rates"))

DATA = {"payment": "payment_intent_data", "setup": "setup_intent_data", "subscription": "subscription_data"}
"""Which parameter holds what goes to the object that a session makes."""


@route("POST", "/v1/checkout/sessions")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    refuse_taxes(call)
    mode = call.get("mode") or "payment"
    customer = call.reference(CUSTOMER, "customer")
    if customer is not None and call.get("customer_email"):
        message = "You may only specify one of these parameters: customer, customer_email."
        raise errors.invalid(message, executed=False)
    items = _items(call, mode)
    data = _data(call, mode, sum(item["amount_subtotal"] for item in items))
    notes = metadata.merged({}, call.params.get("metadata"))
    types = call.get("payment_method_types") or call.get("allowed_payment_method_types") or ["card"]
    creation = None if customer is not None or mode != "payment" else call.get("customer_creation") or "if_required"
    currency = call.get("currency")
    if currency is not None and items and currency.lower() != items[0]["currency"]:
        raise errors.invalid(f"The prices of this session are in {items[0]['currency']}, not {currency}.", param="currency")
    content: dict[str, Any] = {
        **call.given(PLAIN),
        "currency": items[0]["currency"] if items else currency,
        "customer": customer["id"] if customer else None,
        "customer_creation": creation,
        "metadata": notes,
        "payment_method_types": list(types),
        "payment_method_options": {**checkout.OPTIONS, **(call.get("payment_method_options") or {})},
        "_intent_data": data,
    }
    if call.get("discounts") and any(item["amount_tax"] for item in items):
        raise NotImitated("a Checkout Session with discounts and tax rates together is not played by the Stripe sandbox")
    embedded = call.get("ui_mode")
    if embedded is not None:
        content["ui_mode"] = embedded
    subtotal = sum(item["amount_subtotal"] for item in items)
    coupons = pricing.granted(call.books, call.get("discounts"), customer, subtotal)
    return checkout.open_session(
        call.books, mode=mode, items=items, coupons=coupons, expires_at=call.integer("expires_at"), **content
    )


@route("GET", "/v1/checkout/sessions/{session}")
def retrieve(call: Call) -> Object:
    return checkout.refresh(call.books, call.subject(SESSION))


@route("POST", "/v1/checkout/sessions/{session}")
def update(call: Call) -> Object:
    unplayed(call, "collected_information", "line_items", "shipping_options")
    session = call.subject(SESSION)
    session["metadata"] = metadata.merged(session["metadata"], call.params.get("metadata"))
    return session


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire(call: Call) -> Object:
    return checkout.expire(call.books, call.subject(SESSION))


@route("GET", "/v1/checkout/sessions")
def list_(call: Call) -> Object:
    return lists.page(call, SESSION, "customer", "payment_intent", "status")


@route("GET", "/v1/checkout/sessions/{session}/line_items")
def line_items(call: Call) -> Object:
    return lists.listing(call, list(call.subject(SESSION)["_items"]))


@included("checkout.session", "line_items")
def expanded(books: Books, session: Object) -> Object:
    items = books.of(SESSION, session["id"])["_items"]
    return lists.list_object(items, f"/v1/checkout/sessions/{session['id']}/line_items")


def _data(call: Call, mode: str, amount: int) -> dict[str, Any]:
    """Return what the object that the session makes is told, checked as if it were made now."""
    given = dict(call.get(DATA[mode]) or {})
    for name in given:
        if name not in KEYS[mode]:
            raise NotImitated(f"{call.request.line} was sent {DATA[mode]}[{name}], which the Stripe sandbox does not play")
    transfer = given.get("transfer_data") or {}
    if transfer.get("destination"):
        accounts.destination(call.books, str(transfer["destination"]), f"{DATA[mode]}[transfer_data][destination]")
    fee = given.get("application_fee_amount")
    if fee is not None:
        connect.check_terms(call.books, amount, int(fee), transfer)
    if given.get("default_tax_rates"):
        given["default_tax_rates"] = taxing.rates_of(call.books, given["default_tax_rates"], f"{DATA[mode]}[default_tax_rates]")
    return given


def _items(call: Call, mode: str) -> list[Object]:
    given = call.get("line_items") or []
    for index, item in enumerate(given):
        for name in item:
            if name not in ITEM:
                raise NotImitated(f"{call.request.line} was sent line_items[{index}][{name}], which the sandbox does not play")
    if mode == "setup":
        if given:
            raise errors.invalid("`line_items` cannot be used in `setup` mode.", param="line_items", executed=False)
        return []
    if not given:
        raise errors.missing_param("line_items")
    items = [checkout.line_item(call.books, item, f"line_items[{index}]") for index, item in enumerate(given)]
    recurring = [item["price"]["recurring"] is not None for item in items]
    if mode == "subscription" and not any(recurring):
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise errors.invalid(message, param="line_items")
    if mode == "payment" and any(recurring):
        message = (
            "You specified `payment` mode but passed a recurring price. "
            "Either switch to `subscription` mode or use only one-time prices."
        )
        raise errors.invalid(message, param="line_items")
    if len({item["currency"] for item in items}) > 1:
        raise errors.invalid("All prices on a Checkout Session must have the same currency.", param="line_items")
    return items
