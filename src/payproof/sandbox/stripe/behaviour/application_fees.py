"""What a platform keeps of its connected accounts' payments, and what it gives back of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.behaviour import balance
from payproof.sandbox.stripe.books import Books, Object, kind, rendered

APPLICATION_FEE = kind("application_fee", "fee", "originating_transaction", noun="application fee")

FEE_REFUND = kind("fee_refund", "fr", livemode=False, noun="application fee refund")


def write(books: Books, account: str, charge: Mapping[str, Any], amount: int, when: int, *, origin: str | None = None) -> Object:
    """The platform (`books`) keeps `amount` of a charge of a connected account; `origin` is its own charge behind that."""
    identifier = books.identifier(APPLICATION_FEE.prefix)
    url = f"/v1/application_fees/{identifier}/refunds"
    fee = books.new(
        APPLICATION_FEE,
        id=identifier,
        account=account,
        amount=amount,
        amount_refunded=0,
        application=balance.APPLICATION,
        charge=charge["id"],
        currency=charge["currency"],
        fee_source={"charge": charge["id"], "type": "charge"},
        originating_transaction=origin,
        refunded=False,
        refunds=lists.list_object([], url),
    )
    moved = balance.record(books, "application_fee", amount, source=fee, currency=fee["currency"], available_on=when)
    fee["balance_transaction"] = moved["id"]
    books.emit("application_fee.created", fee)
    return fee


def refund(books: Books, fee: Object, amount: int | None, notes: dict[str, str]) -> Object:
    """Give a fee back to the connected account, wholly or in part."""
    left = fee["amount"] - fee["amount_refunded"]
    if left == 0:
        raise errors.invalid(f"Application fee {fee['id']} has already been refunded.", code="application_fee_already_refunded")
    amount = left if amount is None else amount
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on application fee ({left})."
        raise errors.invalid(message, param="amount")
    made = books.new(FEE_REFUND, amount=amount, currency=fee["currency"], fee=fee["id"], metadata=notes)
    when = int(books.of(balance.BALANCE_TRANSACTION, fee["balance_transaction"])["available_on"])
    moved = balance.record(books, "application_fee_refund", -amount, source=made, currency=fee["currency"], available_on=when)
    made["balance_transaction"] = moved["id"]
    there = books.elsewhere(fee["account"])
    balance.record(there, "application_fee_refund", amount, source=made, currency=fee["currency"], available_on=when)
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"].insert(0, rendered(made))
    books.emit("application_fee.refunded", fee)
    return made


def refunds_of(books: Books, fee: Mapping[str, Any]) -> list[Object]:
    """Return the refunds of a fee, newest first."""
    return [made for made in books.newest_first(FEE_REFUND) if made["fee"] == fee["id"]]
