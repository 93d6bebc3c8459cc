"""Bank debits: payments that are `processing` for days, and what the bank answers then."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, values
from payproof.sandbox.stripe.behaviour import aftermath, charging, intents, mandates, methods
from payproof.sandbox.stripe.books import Books, Object, scheduled


def settle(books: Books, intent: Object, *, succeed: bool | None = None) -> Object:
    """A bank debit that was processing succeeds or fails, as its test account says unless `succeed` is given."""
    charge = intents.charge_of(books, intent)
    if intent["status"] != "processing" or charge is None:
        return intent
    account = methods.account_of(charge)
    fails = account.outcome == "fails" if succeed is None else not succeed
    if fails:
        _fail_debit(books, intent, charge, account)
    else:
        charging.settle(books, charge)
        intents.refresh(books, intent)
        books.emit("payment_intent.succeeded", intent)
        aftermath.follow(books, charge)
        intents.tell(books, intent)
    return intent


def _fail_debit(books: Books, intent: Object, charge: Object, account: values.TestAccount) -> None:
    code, message = account.code or "generic_could_not_process", account.message or "The debit could not be processed."
    charging.fail(books, charge, code, message)
    method = books.find(methods.PAYMENT_METHOD, intent["payment_method"])
    error = errors.envelope("card_error", message, code="payment_intent_payment_attempt_failed", charge=charge["id"])["error"]
    intents.put_back(books, intent, method, {**error, "decline_code": code})
    details = charge["payment_method_details"]
    mandates.end(books, details[details["type"]]["mandate"], code)


@scheduled("payment_intent.settle")
def settle_in_time(books: Books, identifier: str) -> None:
    """The bank has answered."""
    settle(books, books.of(intents.PAYMENT_INTENT, identifier))
