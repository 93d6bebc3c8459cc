"""Refunds: what may be given back, what becomes of it, and the movements of money it leaves.

Private fact: `_plan`, what the test card does to its refunds (`""`, `pending` or `fails`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, money, values
from payproof.sandbox.stripe.behaviour import balance, charging, fraud, methods
from payproof.sandbox.stripe.books import Books, Object, kind, scheduled

REFUND = kind(
    "refund",
    "re",
    "balance_transaction charge payment_intent reason receipt_number source_transfer_reversal transfer_reversal",
    livemode=False,
    path_param="refund",
)


def refund(books: Books, charge: Object, amount: int | None, *, reason: str | None, notes: dict[str, str]) -> Object:
    """Give back a captured charge, wholly or in part. Refused before anything changes."""
    amount = _checked(books, charge, amount)
    card = methods.card_of(charge)
    plan = card.refund if card is not None else "pending"
    made = books.new(
        REFUND,
        id=books.identifier("re" if card is not None else "pyr"),
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details=_destination(charge),
        metadata=notes,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="pending" if plan == "pending" else "succeeded",
        _plan=plan,
    )
    if plan == "pending":
        made["pending_reason"] = "processing"
    if charge["captured"]:
        made["balance_transaction"] = _move(books, charge, made, "refund" if card is not None else "payment_refund", -amount)
    charge["_refunds"].append(made["id"])
    books.emit("refund.created", made)
    charging.refresh(books, charge)
    books.emit("charge.refunded", charge)
    fraud.calm(books, charge)
    if plan:
        wait = values.delay("refund_fails" if plan == "fails" else "refund_settles")
        books.at(books.now() + wait, "refund.come_out", made["id"])
    return made


def of_transfer(books: Books, payment: Object, amount: int) -> Object:
    """Write the refund of a payment that a transfer was; its money is moved by who reverses the transfer."""
    made = books.new(
        REFUND,
        id=books.identifier("pyr"),
        amount=amount,
        charge=payment["id"],
        currency=payment["currency"],
        metadata={},
        status="succeeded",
        _plan="",
    )
    payment["_refunds"].append(made["id"])
    charging.refresh(books, payment)
    return made


def settle(books: Books, made: Object) -> Object:
    """A pending refund has arrived."""
    if made["status"] != "pending":
        return made
    with books.changing(made, "refund.updated"):
        made["status"] = "succeeded"
        made.pop("pending_reason", None)
    books.emit("charge.refund.updated", made)
    return made


def fail(books: Books, made: Object, reason: str = "unknown") -> Object:
    """A refund comes back: the money returns to our balance and the charge counts as not refunded by it."""
    if made["status"] not in ("pending", "succeeded"):
        return made
    charge = books.of(charging.CHARGE, made["charge"])
    transaction = _move(books, charge, made, "refund_failure", made["amount"])
    with books.changing(made, "refund.updated"):
        made.update(status="failed", failure_reason=reason, failure_balance_transaction=transaction)
        made.pop("pending_reason", None)
    charging.refresh(books, charge)
    books.emit("charge.refund.updated", made)
    books.emit("refund.failed", made)
    return made


def cancel(books: Books, made: Object) -> Object:
    """Only a refund that waits for the customer's action can be cancelled, and refunds to cards and bank accounts never do."""
    raise errors.invalid(
        f"This refund cannot be canceled because its status is {made['status']}, not requires_action.", param="refund"
    )


@scheduled("refund.come_out")
def come_out(books: Books, identifier: str) -> None:
    """What the test card has in store for its refunds."""
    made = books.of(REFUND, identifier)
    if made["_plan"] == "fails":
        fail(books, made, "expired_or_canceled_card")
    else:
        settle(books, made)


def _checked(books: Books, charge: Object, amount: int | None) -> int:
    if charge["status"] != "succeeded":
        raise errors.invalid(f"Charge {charge['id']} has not succeeded (it is {charge['status']}) and cannot be refunded.")
    if not charge["captured"] and charge["payment_intent"] is not None:
        message = "This payment was authorized and not captured, so there is nothing to refund. Cancel its PaymentIntent instead."
        raise errors.invalid(message)
    if charge["refunded"]:
        raise errors.invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if _charged_back(books, charge):
        raise errors.invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = charge["amount"] - charge["amount_refunded"]
    if not charge["captured"] and amount not in (None, left):
        raise errors.invalid("An uncaptured charge can only be refunded as a whole.", param="amount")
    amount = left if amount is None else amount
    if amount > left:
        raise errors.invalid(_too_much(charge, amount, left), param="amount")
    return amount


def _move(books: Books, charge: Mapping[str, Any], made: Object, type_name: str, amount: int) -> str:
    taken = books.find(balance.BALANCE_TRANSACTION, charge["balance_transaction"])
    transaction = balance.record(
        books,
        type_name,
        amount,
        source=made,
        currency=made["currency"],
        category="refund_failure" if amount > 0 else "refund",
        available_on=taken["available_on"] if taken else None,
        description=f"{'REFUND FAILURE' if amount > 0 else 'REFUND'} FOR {charge['description'] or 'CHARGE'}",
    )
    return str(transaction["id"])


def _too_much(charge: Mapping[str, Any], amount: int, left: int) -> str:
    currency = charge["currency"]
    asked = money.shown(amount, currency)
    if left == charge["amount"]:
        return f"Refund amount ({asked}) is greater than charge amount ({money.shown(left, currency)})"
    return f"Refund amount ({asked}) is greater than unrefunded amount on charge ({money.shown(left, currency)})"


def _charged_back(books: Books, charge: Mapping[str, Any]) -> bool:
    disputes = [books.resolve(identifier) for identifier in charge["_disputes"]]
    return any(dispute is not None and not dispute["is_charge_refundable"] for dispute in disputes)


def _destination(charge: Mapping[str, Any]) -> Object:
    type_name = charge["payment_method_details"]["type"]
    if type_name != "card":
        return {"type": "us_bank_transfer" if type_name == "us_bank_account" else "eu_bank_transfer"}
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"type": "card", "card": card}
