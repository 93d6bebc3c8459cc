"""Payments between a platform and its connected accounts: direct charges, destination charges, and their refunds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import accounts, application_fees, balance, charging, transfers
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, integer


def terms(call: Call, amount: int, present: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a payment says about connected accounts, checked: `application_fee_amount`, `on_behalf_of`, `transfer_data`.

    `present` is the payment as it is, for a request that changes it.
    """
    fee, data, behalf = call.integer("application_fee_amount"), call.get("transfer_data"), call.get("on_behalf_of")
    before = (present or {}).get("transfer_data")
    if data is not None and before:
        data = {**before, **data}
    if behalf is not None:
        _connected(call.books, behalf)
    if data is not None and data.get("destination"):
        accounts.destination(call.books, str(data["destination"]), "transfer_data[destination]")
    check_terms(call.books, amount, fee, data or before)
    given = call.given(("application_fee_amount", "on_behalf_of"))
    if fee is not None:
        given["application_fee_amount"] = fee
    if data is not None:
        share = data.get("amount")
        given["transfer_data"] = dict(data) if share is None else {**data, "amount": integer(share, "transfer_data[amount]")}
    return given


def check_terms(books: Books, amount: int, fee: int | None, data: Mapping[str, Any] | None) -> None:
    """Refuse a fee that nobody is there to pay, and shares that are more than the whole."""
    if fee is not None and not books.account and not data:
        message = (
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth key "
            "or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
        )
        raise errors.invalid(message, param="application_fee_amount")
    if fee is not None and data and data.get("amount") is not None:
        message = "You may only specify one of these parameters: application_fee_amount, transfer_data[amount]."
        raise errors.invalid(message, executed=False)
    if fee is not None and fee > amount:
        raise errors.invalid(f"Your application fee cannot exceed the amount ({amount}).", param="application_fee_amount")
    if data and data.get("amount") is not None and integer(data["amount"], "transfer_data[amount]") > amount:
        message = f"The transfer amount cannot exceed the amount of the payment ({amount})."
        raise errors.invalid(message, param="transfer_data[amount]")


def _connected(books: Books, identifier: str) -> None:
    account = Books(books.box).find(accounts.ACCOUNT, identifier)
    if account is None or account.get("deleted"):
        raise errors.invalid(f"No such on_behalf_of: '{identifier}'", code="resource_missing", param="on_behalf_of")


@charging.on_taken
def share(books: Books, charge: Object) -> None:
    """The money of a charge came in: pass on what belongs to others."""
    fee, data = charge["application_fee_amount"] or 0, charge["transfer_data"]
    when = int(books.of(balance.BALANCE_TRANSACTION, charge["balance_transaction"])["available_on"])
    if data:
        _to_destination(books, charge, data, fee, when)
    elif fee and books.account:
        charge["application"] = balance.APPLICATION
        made = application_fees.write(books.elsewhere(""), books.account, charge, fee, when)
        charge["application_fee"] = made["id"]


def _to_destination(books: Books, charge: Object, data: Mapping[str, Any], fee: int, when: int) -> None:
    charge["transfer_group"] = charge["transfer_group"] or f"group_{charge['id'].partition('_')[2]}"
    part = data.get("amount")
    amount = charge["amount_captured"] if part is None else min(int(part), charge["amount_captured"])
    transfer = transfers.create(
        books,
        amount,
        charge["currency"],
        str(data["destination"]),
        charge=charge,
        transfer_group=charge["transfer_group"],
        _application_fee=min(fee, amount),
    )
    charge["transfer"] = transfer["id"]
    if fee:
        there = books.elsewhere(transfer["destination"])
        payment = there.of(charging.CHARGE, transfer["destination_payment"])
        made = application_fees.write(books, transfer["destination"], payment, min(fee, amount), when, origin=charge["id"])
        charge["application_fee"] = payment["application_fee"] = made["id"]


def check_refund(charge: Mapping[str, Any], *, reverse: bool, give_up_fee: bool) -> None:
    """Refuse to take back what was never passed on."""
    if reverse and charge["transfer"] is None:
        message = f"Charge {charge['id']} does not have an associated transfer to reverse."
        raise errors.invalid(message, param="reverse_transfer")
    if give_up_fee and charge["application_fee"] is None:
        raise errors.invalid(f"Charge {charge['id']} does not have an application fee to refund.", param="refund_application_fee")


def after_refund(books: Books, charge: Mapping[str, Any], refund: Object, *, reverse: bool, give_up_fee: bool) -> None:
    """Take back from the connected account, and give it back, what a refund's share of the charge is."""
    share_of = refund["amount"], charge["amount_captured"]
    last = charge["amount_refunded"] >= charge["amount_captured"]
    if reverse:
        transfer = books.of(transfers.TRANSFER, str(charge["transfer"]))
        amount = _share(transfer["amount"], transfer["amount_reversed"], *share_of, last=last)
        if amount:
            made = transfers.reverse(books, transfer, amount, source_refund=refund["id"])
            refund["source_transfer_reversal"] = refund["transfer_reversal"] = made["id"]
    if give_up_fee:
        platform = books.elsewhere("") if books.account else books
        fee = platform.of(application_fees.APPLICATION_FEE, str(charge["application_fee"]))
        amount = _share(fee["amount"], fee["amount_refunded"], *share_of, last=last)
        if amount:
            application_fees.refund(platform, fee, amount, {})


def _share(whole: int, gone: int, part: int, of: int, *, last: bool) -> int:
    """Return the share of `whole` that `part` is of `of`, never more than what is left; all of that in the end."""
    left = whole - gone
    return left if last else min(left, (whole * part * 2 + of) // (of * 2))
