"""Charges: those of PaymentIntents, and the older way of charging a token or a customer's card directly."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata, values
from payproof.sandbox.stripe.behaviour import aftermath, amounts, authentication, charging, connect, refunding, sources, tokens
from payproof.sandbox.stripe.behaviour.authentication import Need
from payproof.sandbox.stripe.behaviour.charging import CHARGE
from payproof.sandbox.stripe.behaviour.customers import CUSTOMER
from payproof.sandbox.stripe.behaviour.refunding import REFUND
from payproof.sandbox.stripe.books import Books, Object, rendered
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

PLAIN = (
    "description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_group",
)  # fmt: skip
NOT_PLAYED = ("application_fee", "destination")


@route("POST", "/v1/charges")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    amount, currency = amounts.integer_of(call.required("amount")), amounts.currency_of(call.required("currency"))
    amounts.check(amount, currency)
    customer = call.reference(CUSTOMER, "customer")
    notes = metadata.merged({}, call.params.get("metadata"))
    source = _source(call, customer)
    method = tokens.as_method(call.books, source)
    card = values.test_values().by_name[method["_card"]]
    needed = authentication.for_payment(card, method, off_session=True, requested="automatic")
    content = {
        **call.given(PLAIN),
        **connect.terms(call, amount),
        "customer": customer["id"] if customer else None,
        "metadata": notes,
        "source": rendered(source),
    }
    order = charging.Order(
        method=method,
        amount=amount,
        currency=currency,
        capture=call.flag("capture", True),
        refuse=None if needed is Need.NONE else values.decline("authentication_required"),
        content=content,
    )
    charge, decline = charging.attempt(call.books, order)
    if decline is not None:
        raise errors.declined(decline, charge=charge["id"])
    if charge["captured"]:
        aftermath.follow(call.books, charge)
    else:
        call.books.at(call.books.now() + charging.AUTHORIZED_FOR, "charge.expire", charge["id"])
    return charge


@route("GET", "/v1/charges/{charge}")
def retrieve(call: Call) -> Object:
    return call.subject(CHARGE)


@route("POST", "/v1/charges/{charge}")
def update(call: Call) -> Object:
    unplayed(call, "customer")
    charge = call.subject(CHARGE)
    notes = metadata.merged(charge["metadata"], call.params.get("metadata"))
    with call.books.changing(charge, "charge.updated"):
        charge.update(call.given(("description", "receipt_email", "shipping", "transfer_group")), metadata=notes)
        report = (call.get("fraud_details") or {}).get("user_report")
        if report:
            charge["fraud_details"] = {**charge["fraud_details"], "user_report": report}
    return charge


@route("POST", "/v1/charges/{charge}/capture")
def capture(call: Call) -> Object:
    charge = call.subject(CHARGE)
    if charge["payment_intent"] is not None:
        message = f"This charge belongs to the PaymentIntent {charge['payment_intent']}. Capture the PaymentIntent instead."
        raise errors.invalid(message, param="charge")
    if charge["captured"]:
        raise errors.invalid(f"Charge {charge['id']} has already been captured.", code="charge_already_captured")
    if charge["refunded"]:
        code = "charge_expired_for_capture" if charge.get("_expired") else "charge_already_refunded"
        happened = "has expired" if charge.get("_expired") else "has already been refunded"
        raise errors.invalid(f"Charge {charge['id']} {happened} and cannot be captured.", code=code)
    amount = call.integer("amount")
    if amount is not None and amount > charge["amount"]:
        message = f"The amount to capture ({amount}) is greater than the amount of the charge ({charge['amount']})."
        raise errors.invalid(message, code="amount_too_large", param="amount")
    charging.capture(call.books, charge, charge["amount"] if amount is None else amount)
    aftermath.follow(call.books, charge)
    return charge


@route("GET", "/v1/charges")
def list_(call: Call) -> Object:
    return lists.page(call, CHARGE, "customer", "payment_intent", "transfer_group")


@route("GET", "/v1/charges/search")
def search_(call: Call) -> Object:
    return search(call, CHARGE)


@route("GET", "/v1/charges/{charge}/refunds")
def refunds(call: Call) -> Object:
    return lists.page(call, REFUND, source=charging.refunds_of(call.books, call.subject(CHARGE)))


@route("GET", "/v1/charges/{charge}/refunds/{refund}")
def refund(call: Call) -> Object:
    charge, found = call.subject(CHARGE), call.subject(refunding.REFUND, 1)
    if found["charge"] != charge["id"]:
        raise errors.missing("refund", found["id"], "refund")
    return found


@included("charge", "refunds")
def expanded_refunds(books: Books, charge: Object) -> Object:
    kept = books.of(CHARGE, charge["id"])
    return lists.list_object(charging.refunds_of(books, kept), f"/v1/charges/{charge['id']}/refunds")


def _source(call: Call, customer: Object | None) -> Object:
    given = call.get("source")
    if given is None:
        if customer is None:
            raise errors.invalid("Must provide source or customer.", code="parameter_missing", executed=False)
        if customer["default_source"] is None:
            message = "Cannot charge a customer that has no active card"
            raise errors.refusal(402, "card_error", message, code="missing", param="card")
        return call.books.of(tokens.CARD, customer["default_source"])
    if customer is not None and str(given).startswith("card_"):
        return sources.named(call.books, customer, str(given), "source")
    return _token_card(call, given)


def _token_card(call: Call, given: object) -> Object:
    """Return the card behind a token; here a card that cannot be attached is declined by the charge itself."""
    card, month, year, cvc = tokens.card_behind(call.books, str(given), "source")
    return tokens.new_card(call.books, card, exp_month=month, exp_year=year, cvc=cvc)
