"""Payouts: from the balance to a bank account, days later, and back when the bank refuses.

The status is computed from facts: `_sent`, `_arrived`, `_failed`, `_canceled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import balance, transfers
from payproof.sandbox.stripe.books import Books, Object, kind, scheduled

PAYOUT = kind(
    "payout",
    "po",
    "application_fee application_fee_amount balance_transaction description destination failure_balance_transaction failure_code "
    "failure_message original_payout payout_method reversed_by statement_descriptor trace_id",
    path_param="payout",
)

HOUR = 3_600

FAILURES = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on either the type, or the number, of payouts allowed.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on this bank account.",
    "declined": "The bank has declined this transfer.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_account_number": "The routing number seems correct, but the account number is invalid.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "no_account": "The bank account details on file are probably incorrect.",
}
"""Why banks refuse payouts: the codes that Stripe publishes (docs.stripe.com/api/payouts/failures), in our words."""


def create(books: Books, amount: int, currency: str, bank: Mapping[str, Any] | None, **content: Any) -> Object:
    """Send money to the bank account `bank` (None: the one in the Dashboard). Refused beyond what is available."""
    transfers.check_funds(books, amount, currency)
    payout = books.new(
        PAYOUT,
        **{
            "amount": amount,
            "arrival_date": books.now() + values.delay("payout_arrives"),
            "automatic": False,
            "currency": currency,
            "destination": bank["id"] if bank else None,
            "metadata": {},
            "method": "standard",
            "reconciliation_status": "not_applicable",
            "source_type": "card",
            "type": "bank_account",
            "_sent": False,
            "_arrived": False,
            "_canceled": False,
            "_refuses": bank.get("_refuses") if bank else None,
            **content,
        },
    )
    if payout["method"] == "instant":
        payout["arrival_date"] = books.now()
    moved = _move(books, payout, "payout", -amount)
    payout["balance_transaction"] = moved
    refresh(payout)
    books.emit("payout.created", payout)
    books.at(min(books.now() + HOUR, payout["arrival_date"]), "payout.send", payout["id"])
    books.at(payout["arrival_date"], "payout.arrive", payout["id"])
    return payout


def status_of(payout: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    if payout["_canceled"]:
        return "canceled"
    if payout["failure_code"] is not None:
        return "failed"
    if payout["_arrived"]:
        return "paid"
    return "in_transit" if payout["_sent"] else "pending"


def refresh(payout: Object) -> Object:
    """Return it with the status that its facts amount to."""
    payout["status"] = status_of(payout)
    return payout


def cancel(books: Books, payout: Object) -> Object:
    """Call back a payout that has not been sent."""
    if payout["status"] != "pending":
        raise errors.invalid(f"Payouts can only be canceled while they are pending; this one is {payout['status']}.")
    payout["_canceled"] = True
    _move(books, payout, "payout_cancel", payout["amount"])
    refresh(payout)
    books.emit("payout.canceled", payout)
    return payout


def fail(books: Books, payout: Object, code: str) -> Object:
    """The bank sends the money back; one that was paid can fail for some days too."""
    payout.update(failure_code=code, failure_message=FAILURES[code], _sent=True)
    payout["failure_balance_transaction"] = _move(books, payout, "payout_failure", payout["amount"])
    refresh(payout)
    books.emit("payout.failed", payout)
    return payout


def reverse(books: Books, payout: Object, notes: dict[str, str]) -> Object:
    """Draw a paid payout back with a payout of its own in the other direction."""
    if payout["status"] != "paid" or payout["reversed_by"] is not None:
        happened = "already reversed" if payout["reversed_by"] else payout["status"]
        raise errors.invalid(f"Only a payout that is paid can be reversed; this one is {happened}.")
    copied = {name: payout[name] for name in ("currency", "destination", "method", "source_type", "type")}
    made = books.new(
        PAYOUT,
        **copied,
        amount=-payout["amount"],
        arrival_date=books.now() + values.delay("payout_arrives"),
        automatic=False,
        metadata=notes,
        original_payout=payout["id"],
        reconciliation_status="not_applicable",
        _sent=False,
        _arrived=False,
        _canceled=False,
        _refuses=None,
    )
    made["balance_transaction"] = _move(books, made, "payout", payout["amount"])
    payout["reversed_by"] = made["id"]
    refresh(made)
    books.emit("payout.created", made)
    books.at(made["arrival_date"], "payout.arrive", made["id"])
    return made


@scheduled("payout.send")
def send(books: Books, identifier: str) -> None:
    """The money leaves."""
    payout = books.of(PAYOUT, identifier)
    if payout["status"] == "pending":
        with books.changing(payout, "payout.updated"):
            payout["_sent"] = True
            refresh(payout)


@scheduled("payout.arrive")
def arrive(books: Books, identifier: str) -> None:
    """The bank has the money, or refuses it."""
    payout = books.of(PAYOUT, identifier)
    if payout["status"] not in ("pending", "in_transit"):
        return
    if payout["_refuses"]:
        fail(books, payout, payout["_refuses"])
        return
    payout.update(_sent=True, _arrived=True)
    refresh(payout)
    books.emit("payout.paid", payout)


def _move(books: Books, payout: Mapping[str, Any], type_name: str, amount: int) -> str:
    moved = balance.record(
        books,
        type_name,
        amount,
        source=dict(payout),
        currency=payout["currency"],
        category="payout_reversal" if type_name != "payout" or amount > 0 else "payout",
        available_on=books.now(),
        description="STRIPE PAYOUT",
    )
    return str(moved["id"])
