"""Authorizations: money that is reserved, then captured in parts, authorized anew, voided, or let go after 29 days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.paypal import amounts, answering, errors, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import captures
from payproof.sandbox.paypal.books import AUTHORIZATION, Books, Object, link, written

DAYS = 29
"""For how long an authorization can be captured (developer.paypal.com, authorize and capture)."""

OVER_PERCENT, OVER_UNITS = 15, 7_500
"""How much more than was authorized may be captured: 15 percent, and 75.00 at most."""

_ENDED = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED", "DENIED": "AUTHORIZATION_DENIED"}


def reserve(books: Books, value: values.TestValue, units: int, currency: str, unit: Object, order: str) -> Object:
    """Make an authorization of `units` (minor): created, denied or pending. Emits its event when money is reserved."""
    status = "PENDING" if value.pending else "DENIED" if value.response_code else "CREATED"
    more = {"processor_response": {"response_code": value.response_code}} if value.response_code else {}
    if value.pending:
        # The only reason that an authorization knows besides a filter of PayPal's.
        more["status_details"] = {"reason": "PENDING_REVIEW"}
    kept = {name: unit[name] for name in ("custom_id", "invoice_id") if unit.get(name)}
    facts = {"_reference": unit.get("reference_id"), "_value": value.name, "_order": order}
    made = _new(books, status, units, currency, books.now() + DAYS * 86_400, **kept, **more, **facts)
    if status == "CREATED":
        _emit(books, "PAYMENT.AUTHORIZATION.CREATED", made)
    return made


def capture(books: Books, authorization: Object, asked: Mapping[str, Any]) -> Object:
    """Capture what a request asks for, all that is left by default."""
    check_usable(authorization)
    currency = authorization["_currency"]
    amount = asked.get("amount")
    left = authorization["_units"] - authorization["_captured"]
    units = left if amount is None else amounts.minor(amount)
    if amount is not None and amount["currency_code"] != currency:
        raise errors.unprocessable("AUTH_CAPTURE_CURRENCY_MISMATCH", "/amount/currency_code", amount["currency_code"])
    if authorization["_captured"] + units > most(authorization["_units"]):
        raise errors.unprocessable("MAX_CAPTURE_AMOUNT_EXCEEDED", "/amount/value", amounts.money(currency, units)["value"])
    final = bool(asked.get("final_capture", False))
    unit = {"custom_id": authorization.get("custom_id"), "invoice_id": asked.get("invoice_id") or authorization.get("invoice_id")}
    unit["reference_id"] = authorization["_reference"]
    more = {"_note": asked.get("note_to_payer")}
    facts = {"_order": authorization["_order"], "_authorization": authorization["id"]}
    made = captures.take(books, values.named(authorization["_value"]), units, currency, unit, **more, **facts)
    made["final_capture"] = final
    taken = authorization["_captured"] + units
    done = final or taken >= authorization["_units"]
    books.changed(AUTHORIZATION, authorization, status="CAPTURED" if done else "PARTIALLY_CAPTURED", _captured=taken)
    return made


def reauthorize(books: Books, authorization: Object, asked: Mapping[str, Any]) -> Object:
    """Reserve the money anew; the first authorization's 29 days go on."""
    check_usable(authorization)
    if authorization["_anew"]:
        raise errors.unprocessable("REAUTHORIZATION_NOT_SUPPORTED")
    currency, amount = authorization["_currency"], asked.get("amount")
    units = authorization["_units"] if amount is None else amounts.minor(amount)
    if amount is not None and amount["currency_code"] != currency:
        raise errors.unprocessable("AUTH_CURRENCY_MISMATCH", "/amount/currency_code", amount["currency_code"])
    if units > most(authorization["_units"]):
        raise errors.unprocessable("TRANSACTION_REFUSED", "/amount/value")
    kept = {name: authorization[name] for name in ("custom_id", "invoice_id") if name in authorization}
    facts = {name: authorization[name] for name in ("_reference", "_value", "_order")}
    made = _new(books, "CREATED", units, currency, authorization["_until"], **kept, **facts)
    made["_anew"] = True
    _emit(books, "PAYMENT.AUTHORIZATION.CREATED", made)
    return made


def void(books: Books, authorization: Object) -> Object:
    """Let the reserved money go."""
    refusals = {"VOIDED": "PREVIOUSLY_VOIDED", "CAPTURED": "PREVIOUSLY_CAPTURED", "DENIED": "CANNOT_BE_VOIDED"}
    if authorization["status"] in refusals:
        raise errors.unprocessable(refusals[authorization["status"]])
    if authorization["_anew"]:
        raise errors.unprocessable("CANNOT_BE_VOIDED")
    return _voided(books, authorization)


def check_usable(authorization: Object) -> None:
    """Refuse an authorization that cannot be captured or authorized anew."""
    if authorization.get("_expired"):
        raise errors.unprocessable("AUTHORIZATION_EXPIRED")
    if authorization["status"] in _ENDED:
        raise errors.unprocessable(_ENDED[authorization["status"]])


def most(units: int) -> int:
    """Return the most that may be captured of an authorization of `units`."""
    return units + min(units * OVER_PERCENT // 100, OVER_UNITS)


def _new(books: Books, status: str, units: int, currency: str, until: int, **more: Any) -> Object:
    made = books.new(
        AUTHORIZATION,
        books.identifier(),
        status=status,
        amount=amounts.money(currency, units),
        seller_protection={"status": "NOT_ELIGIBLE"},
        expiration_time=written(until),
        create_time=books.time(),
        update_time=books.time(),
        _units=units,
        _currency=currency,
        _captured=0,
        _until=until,
        _anew=False,
        **more,
    )
    books.at(until, lambda later: _expire(later, made["id"]))
    return made


def _expire(books: Books, identifier: str) -> None:
    authorization = books.of(AUTHORIZATION, identifier)
    if authorization["status"] in ("CREATED", "PARTIALLY_CAPTURED", "PENDING"):
        authorization["_expired"] = True
        _voided(books, authorization)


def _voided(books: Books, authorization: Object) -> Object:
    books.changed(AUTHORIZATION, authorization, status="VOIDED")
    _emit(books, "PAYMENT.AUTHORIZATION.VOIDED", authorization)
    return authorization


def _emit(books: Books, event_type: str, authorization: Object) -> None:
    resource = whole(books, AUTHORIZATION, authorization)
    resource["supplementary_data"] = {"related_ids": {"order_id": authorization["_order"]}}
    books.emit(event_type, AUTHORIZATION, resource)


@answering.links(AUTHORIZATION)
def _links(authorization: Object) -> list[dict[str, str]]:
    path = f"/v2/payments/authorizations/{authorization['id']}"
    found = [link(path, "self")]
    if authorization["status"] in ("CREATED", "PARTIALLY_CAPTURED"):
        found += [link(f"{path}/{verb}", verb, "POST") for verb in ("capture", "void", "reauthorize")]
    return [*found, link(f"/v2/checkout/orders/{authorization['_order']}", "up")]
