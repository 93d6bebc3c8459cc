"""Transfers to connected accounts, application fees, and how both are taken back."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import accounts, amounts, application_fees, transfers
from payproof.sandbox.stripe.behaviour.application_fees import APPLICATION_FEE, FEE_REFUND
from payproof.sandbox.stripe.behaviour.charging import CHARGE
from payproof.sandbox.stripe.behaviour.transfers import TRANSFER, TRANSFER_REVERSAL
from payproof.sandbox.stripe.books import Object, rendered
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/transfers")
def create(call: Call) -> Object:
    destination = accounts.destination(call.books, str(call.required("destination")), "destination")
    charge = call.reference(CHARGE, "source_transaction")
    currency = amounts.currency_of(call.required("currency"))
    amount = call.integer("amount")
    if amount is None:
        if charge is None:
            raise errors.missing_param("amount")
        amount = charge["amount_captured"]
    if amount < 1:
        raise errors.invalid("Invalid positive integer", code="parameter_invalid_integer", param="amount", executed=False)
    if charge is not None:
        _check_source(call, charge, amount)
    content = call.given(("description", "transfer_group"))
    content["metadata"] = metadata.merged({}, call.params.get("metadata"))
    if call.get("source_type"):
        content["source_type"] = call.get("source_type")
    return transfers.create(call.books, amount, currency, destination["id"], charge=charge, **content)


def _check_source(call: Call, charge: Object, amount: int) -> None:
    """Refuse to pass on more of a charge than it brought."""
    if not charge["captured"]:
        raise errors.invalid("The charge of `source_transaction` has not been captured.", param="source_transaction")
    found = call.books.shelf(TRANSFER).values()
    gone = sum(one["amount"] - one["amount_reversed"] for one in found if one["source_transaction"] == charge["id"])
    left = charge["amount_captured"] - charge["amount_refunded"] - gone
    if amount > left:
        message = f"The transfers of charge {charge['id']} would exceed it: {left} is left of its amount."
        raise errors.invalid(message, param="amount")


@route("GET", "/v1/transfers/{transfer}")
def retrieve(call: Call) -> Object:
    return call.subject(TRANSFER)


@route("POST", "/v1/transfers/{transfer}")
def update(call: Call) -> Object:
    transfer = call.subject(TRANSFER)
    notes = metadata.merged(transfer["metadata"], call.params.get("metadata"))
    with call.books.changing(transfer, "transfer.updated"):
        transfer.update(call.given(("description",)), metadata=notes)
    return transfer


@route("GET", "/v1/transfers")
def list_(call: Call) -> Object:
    return lists.page(call, TRANSFER, "destination", "transfer_group")


@route("POST", "/v1/transfers/{id}/reversals")
def reverse(call: Call) -> Object:
    unplayed(call, "description")
    transfer = call.subject(TRANSFER)
    notes = metadata.merged({}, call.params.get("metadata"))
    charge = call.books.find(CHARGE, transfer["source_transaction"])
    fee = call.books.find(APPLICATION_FEE, charge["application_fee"]) if charge else None
    if call.flag("refund_application_fee") and fee is None:
        raise errors.invalid("This transfer has no application fee to refund.", param="refund_application_fee")
    made = transfers.reverse(call.books, transfer, call.integer("amount"), metadata=notes)
    if call.flag("refund_application_fee") and fee is not None:
        application_fees.refund(call.books, fee, min(fee["amount"] - fee["amount_refunded"], made["amount"]) or None, {})
    return made


@route("GET", "/v1/transfers/{id}/reversals")
def reversals(call: Call) -> Object:
    return lists.page(call, TRANSFER_REVERSAL, source=transfers.reversals_of(call.books, call.subject(TRANSFER)))


@route("GET", "/v1/transfers/{transfer}/reversals/{id}")
def reversal(call: Call) -> Object:
    return _reversal(call)


@route("POST", "/v1/transfers/{transfer}/reversals/{id}")
def update_reversal(call: Call) -> Object:
    found = _reversal(call)
    found["metadata"] = metadata.merged(found["metadata"], call.params.get("metadata"))
    return found


def _reversal(call: Call) -> Object:
    transfer, found = call.subject(TRANSFER), call.subject(TRANSFER_REVERSAL, 1)
    if found["transfer"] != transfer["id"]:
        raise errors.missing("transfer reversal", found["id"], "id")
    return found


@route("GET", "/v1/application_fees/{id}")
def retrieve_fee(call: Call) -> Object:
    return call.subject(APPLICATION_FEE)


@route("GET", "/v1/application_fees")
def list_fees(call: Call) -> Object:
    return lists.page(call, APPLICATION_FEE, "charge")


@route("POST", "/v1/application_fees/{id}/refunds")
def refund_fee(call: Call) -> Object:
    notes = metadata.merged({}, call.params.get("metadata"))
    return application_fees.refund(call.books, call.subject(APPLICATION_FEE), call.integer("amount"), notes)


@route("GET", "/v1/application_fees/{id}/refunds")
def fee_refunds(call: Call) -> Object:
    return lists.page(call, FEE_REFUND, source=application_fees.refunds_of(call.books, call.subject(APPLICATION_FEE)))


@route("GET", "/v1/application_fees/{fee}/refunds/{id}")
def fee_refund(call: Call) -> Object:
    return _fee_refund(call)


@route("POST", "/v1/application_fees/{fee}/refunds/{id}")
def update_fee_refund(call: Call) -> Object:
    found = _fee_refund(call)
    found["metadata"] = metadata.merged(found["metadata"], call.params.get("metadata"))
    return rendered(found)


def _fee_refund(call: Call) -> Object:
    fee, found = call.subject(APPLICATION_FEE), call.subject(FEE_REFUND, 1)
    if found["fee"] != fee["id"]:
        raise errors.missing("application fee refund", found["id"], "id")
    return found
