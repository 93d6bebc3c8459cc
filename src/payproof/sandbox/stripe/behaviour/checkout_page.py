"""The Checkout page: what happens when the customer pays there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import (
    amounts,
    attachment,
    charging,
    checkout,
    customers,
    discounting,
    intents,
    invoice_items,
    invoicing,
    methods,
    pricing,
    proration,
    setups,
    subscribing,
)
from payproof.sandbox.stripe.behaviour import authentication as authentication_rules
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.behaviour.intents import Confirmation
from payproof.sandbox.stripe.books import Books, Object, copied


def complete(books: Books, session: Object, method: Object, *, authentication: str, email: str | None) -> Object:
    """The customer pays with `method`. A declined card leaves the session open, as the page lets the customer try again."""
    ways = {"setup": _set_up, "subscription": _subscribe, "payment": _pay}
    try:
        done = ways[session["mode"]](books, session, method, authentication)
    except Refused:
        done = False
    if not done:
        return checkout.refresh(books, session)
    return _finish(books, session, email)


def _pay(books: Books, session: Object, method: Object, authentication: str) -> bool:
    if session["amount_total"] == 0:
        return True
    intent = books.find(intents.PAYMENT_INTENT, session["payment_intent"])
    if intent is None:
        amounts.check(session["amount_total"], session["currency"])
        intent = _payment_intent(books, session)
    intents.confirm(books, intent, Confirmation(method=method, return_url="https://checkout.stripe.com/return"))
    if intent["status"] == "requires_action" and authentication != "abandon":
        intents.authenticate(books, intent, authentication)
    return bool(intent["status"] in ("succeeded", "processing", "requires_capture"))


def _payment_intent(books: Books, session: Object) -> Object:
    given = session["_intent_data"]
    taken = {name: value for name, value in given.items() if name != "metadata" and value}
    if taken.get("application_fee_amount") is not None:
        taken["application_fee_amount"] = int(taken["application_fee_amount"])
    intent = intents.write(
        books,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=dict(given.get("metadata") or {}),
        payment_method_options=copied(session["payment_method_options"]),
        payment_method_types=list(session["payment_method_types"]),
        _checkout=session["id"],
        **taken,
    )
    session["payment_intent"] = intent["id"]
    return intent


def _set_up(books: Books, session: Object, method: Object, authentication: str) -> bool:
    given = session["_intent_data"]
    intent = books.find(setups.SETUP_INTENT, session["setup_intent"])
    if intent is None:
        notes = dict(given.get("metadata") or {})
        intent = setups.write(books, customer=session["customer"], metadata=notes, description=given.get("description"))
        session["setup_intent"] = intent["id"]
    setups.confirm(books, intent, Confirmation(method=method, return_url="https://checkout.stripe.com/return"))
    if intent["status"] == "requires_action" and authentication != "abandon":
        setups.authenticate(books, intent, authentication)
    return bool(intent["status"] == "succeeded")


def _subscribe(books: Books, session: Object, method: Object, authentication: str) -> bool:
    given = session["_intent_data"]
    card = methods.card_of(method)
    challenged = authentication_of(method) is Need.CHALLENGE
    if challenged and authentication != "succeed":
        return False
    decline = charging.decline_of(card, method)
    if decline is not None:
        raise errors.declined(decline)
    customer = _customer(books, session)
    if method["customer"] is None:
        attachment.attach(books, method, customer["id"])
    days = given.get("trial_period_days")
    sold = [(books.of(pricing.PRICE, item["price"]["id"]), item) for item in session["_items"]]
    shares = [proration.Share(None, price, item["quantity"], item["_rates"]) for price, item in sold if price["recurring"]]
    plain = ("application_fee_percent", "default_tax_rates", "description", "on_behalf_of", "transfer_data", "trial_settings")
    subscription = subscribing.write(
        books,
        customer,
        shares,
        default_payment_method=method["id"],
        metadata=dict(given.get("metadata") or {}),
        trial_end=books.now() + int(days) * 86_400 if days else given.get("trial_end"),
        **{name: given[name] for name in plain if given.get(name)},
    )
    for price, item in sold:
        if not price["recurring"]:
            invoice_items.priced(
                books, customer["id"], price, item["quantity"], subscription=subscription["id"], tax_rates=item["_rates"]
            )
    owner = {"customer": customer["id"], "subscription": subscription["id"]}
    subscription["_discounts"] = discounting.grant(books, session["_coupons"], **owner)
    subscribing.start(books, subscription, "allow_incomplete")
    invoice = books.of(invoicing.INVOICE, subscription["latest_invoice"])
    if challenged and invoice["_intent"] is not None:
        intents.authenticate(books, books.of(intents.PAYMENT_INTENT, invoice["_intent"]), authentication)
    session.update(subscription=subscription["id"], invoice=invoice["id"])
    return bool(subscription["status"] in ("active", "trialing"))


def authentication_of(method: Mapping[str, Any]) -> Need:
    """Return whether paying on the page with this method needs the customer."""
    return authentication_rules.for_payment(methods.card_of(method), method, off_session=False, requested="automatic")


def _customer(books: Books, session: Object) -> Object:
    found = books.find(customers.CUSTOMER, session["customer"])
    if found is None:
        found = customers.write(books, email=session["customer_email"])
        session["customer"] = found["id"]
    return found


def _finish(books: Books, session: Object, email: str | None) -> Object:
    session["customer_email"] = session["customer_email"] or email
    wanted = session["customer"] is not None or session["customer_creation"] == "always"
    customer = _customer(books, session) if wanted else None
    address = email or session["customer_email"] or (customer["email"] if customer else None)
    session["_completed"] = True
    session["customer_details"] = {
        "address": methods.address(None),
        "business_name": None,
        "email": address,
        "individual_name": None,
        "name": customer["name"] if customer else None,
        "phone": customer["phone"] if customer else None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    if session["mode"] != "subscription":
        for given in session["_coupons"]:
            pricing.redeem(books, [given.coupon], given.code)
    checkout.refresh(books, session)
    books.emit("checkout.session.completed", session)
    checkout.tell(books, session)
    return session
