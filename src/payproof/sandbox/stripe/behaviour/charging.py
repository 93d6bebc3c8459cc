"""Charges: one attempt to take money with one payment method, its capture, and the facts its status is computed from.

Private facts: `_pending` while a bank debit is under way, `_released` what of an authorization was let go, `_refunds` and
`_disputes` the ids of what came later, `_card` the test card.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.stripe import money, values
from payproof.sandbox.stripe.behaviour import balance, methods
from payproof.sandbox.stripe.books import Books, Object, kind, scheduled

CHARGE = kind(
    "charge",
    "ch",
    "application application_fee application_fee_amount balance_transaction customer description failure_balance_transaction "
    "failure_code failure_message invoice on_behalf_of payment_intent payment_method receipt_email receipt_number receipt_url "
    "review shipping source source_transfer statement_descriptor statement_descriptor_suffix transfer transfer_data "
    "transfer_group",
)

RISK_SCORES = {"normal": 20, "elevated": 70, "highest": 95}

AUTHORIZED_FOR = 7 * 86_400
"""Seconds that an authorization waits for its capture."""


Taken = Callable[[Books, Object], None]

_LISTENERS: list[Taken] = []


def on_taken(listener: Taken) -> Taken:
    """Let the decorated function hear of every charge whose money has come in."""
    _LISTENERS.append(listener)
    return listener


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What is to be charged. `content` holds the fields that the charge takes over as they are."""

    method: Object
    amount: int
    currency: str
    capture: bool = True
    three_d_secure: Mapping[str, Any] | None = None
    refuse: values.Decline | None = None
    content: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    card_features: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def attempt(books: Books, order: Order) -> tuple[Object, values.Decline | None]:
    """Charge once. Return the charge and why it was declined, None when it was not."""
    card = methods.card_of(order.method)
    decline = order.refuse or decline_of(card, order.method)
    charge = _written(books, order, card, decline)
    if decline is not None:
        refresh(books, charge)
        books.emit("charge.failed", charge)
        return charge, decline
    if card is None:
        charge["_pending"] = True
    elif order.capture:
        _take(books, charge, order.amount, card)
    refresh(books, charge)
    books.emit("charge.pending" if card is None else "charge.succeeded", charge)
    return charge, None


def capture(books: Books, charge: Object, amount: int) -> Object:
    """Capture an authorized charge; what is beyond `amount` is released."""
    charge["_released"] = charge["amount"] - amount
    _take(books, charge, amount, methods.card_of(charge))
    refresh(books, charge)
    books.emit("charge.captured", charge)
    return charge


def release(books: Books, charge: Object, event_type: str) -> None:
    """Let an authorization go: nothing was taken, nothing moves."""
    charge["_released"] = charge["amount"]
    refresh(books, charge)
    books.emit(event_type, charge)


@scheduled("charge.expire")
def expire(books: Books, identifier: str) -> None:
    """A charge without a PaymentIntent was not captured in time."""
    charge = books.of(CHARGE, identifier)
    if not charge["captured"] and not charge["refunded"]:
        charge["_expired"] = True
        release(books, charge, "charge.expired")


def settle(books: Books, charge: Object) -> None:
    """A bank debit that was under way has succeeded."""
    charge["_pending"] = False
    _take(books, charge, charge["amount"], None)
    refresh(books, charge)
    books.emit("charge.succeeded", charge)


def fail(books: Books, charge: Object, code: str, message: str) -> None:
    """A bank debit that was under way has failed."""
    charge.update(_pending=False, failure_code=code, failure_message=message, captured=False)
    charge["outcome"] = {**charge["outcome"], "network_status": "declined_by_network", "reason": code, "type": "issuer_declined"}
    refresh(books, charge)
    books.emit("charge.failed", charge)


def from_transfer(books: Books, transfer: Mapping[str, Any], fee: int) -> Object:
    """Write the payment that a transfer is for the connected account."""
    details = {"stripe_account": {}, "type": "stripe_account"}
    order = Order(
        {"id": None, "type": "stripe_account", "billing_details": methods.billing_details(None)},
        transfer["amount"],
        transfer["currency"],
    )
    charge = _written(books, order, None, None, details=details)
    charge.update(captured=True, amount_captured=transfer["amount"], source_transfer=transfer["id"])
    charge["application_fee_amount"] = fee or None
    return refresh(books, charge)


def refresh(books: Books, charge: Object) -> Object:
    """Compute what follows from the facts: status, paid, and what was given back."""
    charge["status"] = status_of(charge)
    charge["paid"] = charge["status"] == "succeeded"
    given_back = sum(refund["amount"] for refund in refunds_of(books, charge) if refund["status"] not in ("failed", "canceled"))
    charge["amount_refunded"] = charge["_released"] + given_back
    charge["refunded"] = charge["paid"] and charge["amount_refunded"] >= charge["amount"]
    charge["disputed"] = bool(charge["_disputes"])
    return charge


def status_of(charge: Mapping[str, Any]) -> str:
    """`failed`, `pending` or `succeeded`; an authorization that waits for its capture has succeeded too."""
    if charge["failure_code"] is not None:
        return "failed"
    return "pending" if charge["_pending"] else "succeeded"


def refunds_of(books: Books, charge: Mapping[str, Any]) -> list[Object]:
    """Return the refunds of a charge, newest first."""
    found = [books.resolve(identifier) for identifier in reversed(charge["_refunds"])]
    return [refund for refund in found if refund is not None]


def decline_of(card: values.TestCard | None, method: Mapping[str, Any]) -> values.Decline | None:
    """Return why a charge of this card is declined, None when it is not."""
    if card is None or card.charge is None or (card.only_with_cvc and not method["_cvc"]):
        return None
    return values.decline(card.charge)


def _written(
    books: Books,
    order: Order,
    card: values.TestCard | None,
    decline: values.Decline | None,
    details: Mapping[str, Any] | None = None,
) -> Object:
    identifier = books.identifier("ch" if card else "py")
    return books.new(
        CHARGE,
        id=identifier,
        amount=order.amount,
        amount_captured=0,
        amount_refunded=0,
        billing_details=dict(order.method["billing_details"]),
        calculated_statement_descriptor="PAYPROOF SANDBOX" if decline is None else None,
        captured=False,
        currency=order.currency,
        disputed=False,
        failure_code=decline.code if decline else None,
        failure_message=decline.message if decline else None,
        fraud_details={},
        outcome=_outcome(card, decline),
        paid=False,
        payment_method=order.method["id"],
        payment_method_details=_details(books, order, card) if details is None else dict(details),
        radar_options={},
        receipt_url=None if decline else f"https://pay.stripe.com/receipts/payment/{identifier}",
        refunded=False,
        _pending=False,
        _released=0,
        _refunds=[],
        _disputes=[],
        _card=order.method.get("_card"),
        _account=order.method.get("_account"),
        **{"metadata": {}, **order.content},
    )


def _take(books: Books, charge: Object, amount: int, card: values.TestCard | None) -> None:
    charge.update(captured=True, amount_captured=amount)
    if charge["application_fee_amount"]:
        charge["application_fee_amount"] = min(charge["application_fee_amount"], amount)
    transaction = balance.record(
        books,
        "charge" if card else "payment",
        amount,
        source=charge,
        currency=charge["currency"],
        fee=money.fee(amount),
        application_fee=(charge["application_fee_amount"] or 0) if books.account and not charge["transfer_data"] else 0,
        category="charge",
        available_on=books.now() if card is not None and card.available else None,
        description=charge["description"],
    )
    charge["balance_transaction"] = transaction["id"]
    for listener in _LISTENERS:
        listener(books, charge)


def _outcome(card: values.TestCard | None, decline: values.Decline | None) -> Object:
    risk = card.risk if card else "normal"
    blocked = decline is not None and card is not None and card.blocked
    outcome: Object = {
        "advice_code": decline.advice_code if decline else None,
        "network_advice_code": decline.network_advice_code if decline else None,
        "network_decline_code": decline.network_decline_code if decline else None,
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline.decline_code if decline else None,
        "risk_level": risk if card else "not_assessed",
        "risk_score": RISK_SCORES[risk] if card else None,
        "seller_message": "The bank declined the payment." if decline else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }
    if blocked:
        outcome |= {"network_status": "not_sent_to_network", "reason": "highest_risk_level", "type": "blocked"}
        outcome |= {"advice_code": "do_not_try_again", "seller_message": "The payment was blocked for its risk."}
    return outcome


def _details(books: Books, order: Order, card: values.TestCard | None) -> Object:
    type_name = order.method["type"]
    given = order.method[type_name]
    if card is None:
        details = {name: value for name, value in given.items() if name not in ("networks", "status_details", "generated_from")}
        details.pop("financial_connections_account", None)
        return {"type": type_name, type_name: {**details, "mandate": None, "expected_debit_date": None}}
    taken = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
        "wallet",
    )
    return {
        "type": "card",
        "card": {
            **{name: given[name] for name in taken},
            "amount_authorized": order.amount,
            "authorization_code": None,
            "capture_before": None if order.capture else books.now() + AUTHORIZED_FOR,
            "extended_authorization": {"status": "disabled"},
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": card.brand,
            "network_token": {"used": False},
            "network_transaction_id": None,
            "overcapture": {"maximum_amount_capturable": order.amount, "status": "unavailable"},
            "three_d_secure": dict(order.three_d_secure) if order.three_d_secure else None,
            **order.card_features,
        },
    }
