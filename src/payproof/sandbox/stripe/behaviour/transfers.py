"""Transfers to connected accounts and their reversals: money leaves one balance and enters another, to the cent.

A transfer leaves a payment (`py_...`) on the connected account, a reversal a refund of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.behaviour import balance, charging, refunding
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

TRANSFER = kind("transfer", "tr", "description source_transaction transfer_group", path_param="transfer")

TRANSFER_REVERSAL = kind(
    "transfer_reversal", "trr", "destination_payment_refund source_refund", livemode=False, noun="transfer reversal"
)


def check_funds(books: Books, amount: int, currency: str) -> None:
    """Refuse to move more than is available."""
    available, _ = balance.sums(books, currency)
    if amount > available:
        message = (
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance "
            f"by creating Charges using the 4000000000000077 test card (available: {available} {currency})."
        )
        raise errors.invalid(message, code="balance_insufficient")


def create(books: Books, amount: int, currency: str, destination: str, *, charge: Object | None = None, **content: Any) -> Object:
    """Move money to a connected account. With `charge`, it becomes available there as the charge's does here."""
    if charge is None:
        check_funds(books, amount, currency)
    taken = books.find(balance.BALANCE_TRANSACTION, charge["balance_transaction"]) if charge else None
    when = int(taken["available_on"]) if taken else books.now()
    identifier = books.identifier(TRANSFER.prefix)
    url = f"/v1/transfers/{identifier}/reversals"
    transfer = books.new(
        TRANSFER,
        **{
            "id": identifier,
            "amount": amount,
            "amount_reversed": 0,
            "currency": currency,
            "destination": destination,
            "metadata": {},
            "reversals": {**lists.list_object([], url), "total_count": 0},
            "reversed": False,
            "source_transaction": charge["id"] if charge else None,
            "source_type": "card",
            **content,
        },
    )
    moved = balance.record(books, "transfer", -amount, source=transfer, currency=currency, available_on=when)
    transfer["balance_transaction"] = moved["id"]
    transfer["destination_payment"] = _arrive(books, transfer, when)
    books.emit("transfer.created", transfer)
    return transfer


def reverse(books: Books, transfer: Object, amount: int | None, **content: Any) -> Object:
    """Take back what was transferred, wholly or in part."""
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise errors.invalid(f"Transfer {transfer['id']} is already fully reversed.", code="transfer_already_reversed")
    amount = left if amount is None else amount
    if amount > left:
        message = f"Reversal amount ({amount}) is greater than the unreversed amount of the transfer ({left})."
        raise errors.invalid(message, param="amount")
    reversal = books.new(
        TRANSFER_REVERSAL,
        **{"amount": amount, "currency": transfer["currency"], "metadata": {}, "transfer": transfer["id"], **content},
    )
    moved = books.of(balance.BALANCE_TRANSACTION, transfer["balance_transaction"])
    when = int(moved["available_on"])
    back = balance.record(books, "transfer_refund", amount, source=reversal, currency=transfer["currency"], available_on=when)
    reversal["balance_transaction"] = back["id"]
    reversal["destination_payment_refund"] = _give_back(books, transfer, reversal, when)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, rendered(reversal))
    transfer["reversals"]["total_count"] += 1
    books.emit("transfer.reversed", transfer)
    return reversal


def reversals_of(books: Books, transfer: Mapping[str, Any]) -> list[Object]:
    """Return the reversals of a transfer, newest first."""
    return [found for found in books.newest_first(TRANSFER_REVERSAL) if found["transfer"] == transfer["id"]]


def _arrive(books: Books, transfer: Mapping[str, Any], when: int) -> str:
    """Write the payment on the connected account; what the platform keeps of it is taken off there."""
    there = books.elsewhere(transfer["destination"])
    fee = int(transfer.get("_application_fee") or 0)
    payment = charging.from_transfer(there, transfer, fee)
    moved = balance.record(
        there,
        "payment",
        transfer["amount"],
        source=payment,
        currency=transfer["currency"],
        application_fee=fee,
        category="charge",
        available_on=when,
    )
    payment["balance_transaction"] = moved["id"]
    there.happened("payment.created", payment)
    return str(payment["id"])


def _give_back(books: Books, transfer: Mapping[str, Any], reversal: Mapping[str, Any], when: int) -> str:
    there = books.elsewhere(transfer["destination"])
    payment = there.of(charging.CHARGE, transfer["destination_payment"])
    refund = refunding.of_transfer(there, payment, int(reversal["amount"]))
    moved = balance.record(
        there,
        "payment_refund",
        -int(reversal["amount"]),
        source=refund,
        currency=transfer["currency"],
        category="refund",
        available_on=when,
    )
    refund.update(balance_transaction=moved["id"], transfer_reversal=reversal["id"])
    return str(refund["id"])
