"""Checkout Sessions: opened by the application, completed by the customer, or expired by the clock.

The status is computed from facts: `_completed` and `_expired`. The PaymentIntent is made when the customer first pays.
Private facts besides: `_items` the line items, `_coupons`, `_intent_data` what the PaymentIntent or SetupIntent takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.stripe import errors, fields
from payproof.sandbox.stripe.behaviour import intents, invoicing, pricing, taxing
from payproof.sandbox.stripe.books import Books, Object, kind, rendered, scheduled

SESSION = kind(
    "checkout.session",
    "cs_test",
    "adaptive_pricing after_expiration allow_promotion_codes billing_address_collection cancel_url client_reference_id "
    "client_secret collected_information consent consent_collection currency_conversion customer customer_creation "
    "customer_details customer_email discounts invoice invoice_creation locale payment_intent payment_link "
    "payment_method_collection recovered_from return_url setup_intent shipping_address_collection shipping_cost "
    "shipping_details submit_type subscription success_url",
    noun="checkout.session",
    path_param="session",
    id_length=56,
)

OPTIONS: Mapping[str, Any] = {"card": {"request_three_d_secure": "automatic"}}

DAY, SHORTEST = 86_400, 1_800
"""An open session lasts a day at most and half an hour at least."""


def line_item(books: Books, given: Mapping[str, Any], param: str) -> Object:
    """Return one line of a session."""
    price = pricing.price_of(books, given, param)
    quantity = int(given.get("quantity") or 1)
    product = books.of(pricing.PRODUCT, price["product"])
    subtotal = int(price["unit_amount"]) * quantity
    rates = taxing.rates_of(books, given.get("tax_rates"), f"{param}[tax_rates]")
    taxes = taxing.taxes_on(subtotal, rates, "none")
    added = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    return {
        "id": books.identifier("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": subtotal,
        "amount_tax": sum(tax["amount"] for tax in taxes),
        "amount_total": subtotal + added,
        "_rates": rates,
        "currency": price["currency"],
        "description": product["name"],
        "price": rendered(price),
        "quantity": quantity,
    }


def open_session(
    books: Books, *, mode: str, items: list[Object], coupons: list[pricing.Granted], expires_at: int | None, **content: Any
) -> Object:
    """Create a session. Everything was checked before, but for its expiry."""
    expires = books.now() + DAY if expires_at is None else expires_at
    if not books.now() + SHORTEST <= expires <= books.now() + DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise errors.invalid(message, param="expires_at")
    subtotal = sum(item["amount_subtotal"] for item in items)
    off = pricing.discounted([given.coupon for given in coupons], subtotal)
    tax = sum(item["amount_tax"] for item in items)
    added = sum(item["amount_total"] - item["amount_subtotal"] for item in items)
    if content.get("_intent_data", {}).get("trial_period_days"):
        subtotal = off = tax = added = 0
    identifier = books.identifier(SESSION.prefix, SESSION.id_length)
    session = books.new(
        SESSION,
        **{
            "id": identifier,
            "amount_subtotal": subtotal if mode != "setup" else None,
            "amount_total": subtotal - off + added if mode != "setup" else None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "custom_fields": [],
            "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
            "discounts": [
                {"coupon": one.coupon["id"], "promotion_code": one.code["id"] if one.code else None} for one in coupons
            ],
            "expires_at": expires,
            "metadata": {},
            "mode": mode,
            "payment_method_options": OPTIONS,
            "payment_method_types": ["card"],
            "phone_number_collection": {"enabled": False},
            "shipping_options": [],
            "total_details": {"amount_discount": off, "amount_shipping": 0, "amount_tax": tax} if mode != "setup" else None,
            "ui_mode": fields.word("checkout.session", "ui_mode", "hosted_page", "hosted"),
            "url": f"https://checkout.stripe.com/c/pay/{identifier}",
            "_items": items,
            "_coupons": list(coupons),
            "_completed": False,
            "_expired": False,
            "_intent_data": {},
            **content,
        },
    )
    refresh(books, session)
    books.at(expires, "checkout.expire", identifier)
    return session


def status_of(session: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    if session["_completed"]:
        return "complete"
    return "expired" if session["_expired"] else "open"


def refresh(books: Books, session: Object) -> Object:
    """Compute status and payment status; `paid` means that the funds are ours, not only authorized or on their way."""
    session["status"] = status_of(session)
    session["payment_status"] = _payment_status(books, session)
    if session["status"] != "open":
        session["url"] = None
    return session


def expire(books: Books, session: Object) -> Object:
    """Close an open session."""
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
        raise errors.invalid(message, param="session")
    session["_expired"] = True
    refresh(books, session)
    books.emit("checkout.session.expired", session)
    return session


@scheduled("checkout.expire")
def expire_in_time(books: Books, identifier: str) -> None:
    """The customer did not come in time."""
    session = books.of(SESSION, identifier)
    if session["status"] == "open":
        expire(books, session)


def check_open(session: Mapping[str, Any]) -> None:
    """Raise `SandboxError` for a test that lets a customer pay where no customer can."""
    if session["status"] != "open":
        raise SandboxError(f"{session['id']} cannot be completed; it is {session['status']}")


def _payment_status(books: Books, session: Mapping[str, Any]) -> str:
    if session["mode"] == "setup" or session["amount_total"] == 0:
        return "no_payment_required"
    if session["mode"] == "subscription":
        invoice = books.find(invoicing.INVOICE, session["invoice"])
        return "paid" if invoice is not None and invoice["status"] == "paid" else "unpaid"
    intent = books.find(intents.PAYMENT_INTENT, session["payment_intent"])
    return "paid" if intent is not None and intent["status"] == "succeeded" else "unpaid"


Completed = Callable[[Books, Object], None]

_LISTENERS: list[Completed] = []


def on_completion(listener: Completed) -> Completed:
    """Let the decorated function hear of every session that a customer has completed."""
    _LISTENERS.append(listener)
    return listener


def tell(books: Books, session: Object) -> None:
    """Tell who listens that a session is complete."""
    for listener in _LISTENERS:
        listener(books, session)


@intents.on_outcome
def after_debit(books: Books, intent: Object) -> None:
    """A delayed payment came out: tell the session that it belongs to. Others come out before their session is complete."""
    session = books.find(SESSION, intent.get("_checkout"))
    if session is not None and session["status"] == "complete":
        refresh(books, session)
        outcome = "succeeded" if intent["status"] == "succeeded" else "failed"
        books.emit(f"checkout.session.async_payment_{outcome}", session)
