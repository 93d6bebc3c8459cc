"""Disputes: a payer asks for the money back, from PayPal (inquiry) or through the bank (chargeback); somebody decides."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.paypal import amounts, answering
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour.purchase_units import PAYEE
from payproof.sandbox.paypal.books import CAPTURE, DISPUTE, Books, Object, link, written
from payproof.sandbox.paypal.roles import OPEN_DISPUTE

RESPONSE_DAYS = 10
REASONS = (
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "UNAUTHORISED",
    "CREDIT_NOT_PROCESSED",
    "DUPLICATE_TRANSACTION",
    "INCORRECT_AMOUNT",
    "PAYMENT_BY_OTHER_MEANS",
    "CANCELED_RECURRING_BILLING",
    "PROBLEM_WITH_REMITTANCE",
    "OTHER",
)
STATES = {
    "WAITING_FOR_SELLER_RESPONSE": "REQUIRED_ACTION",
    "WAITING_FOR_BUYER_RESPONSE": "REQUIRED_OTHER_PARTY_ACTION",
    "UNDER_REVIEW": "UNDER_PAYPAL_REVIEW",
    "RESOLVED": "RESOLVED",
    "OPEN": "OPEN_INQUIRIES",
}


def open_dispute(books: Books, capture: Object, reason: str, *, inquiry: bool, units: int | None) -> Object:
    """Make a dispute about a capture. Raises `SandboxError` for a capture that took nothing, or a reason that there is none."""
    if reason not in REASONS:
        raise SandboxError(f"{reason!r} is no reason of a dispute; known: {', '.join(REASONS)}")
    left = capture["_units"] - capture["_refunded"]
    if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise SandboxError(f"capture {capture['id']} cannot be disputed; it is {capture['status']}")
    if units is not None and not 0 < units <= left:
        raise SandboxError(f"a dispute about {units} is more than capture {capture['id']} holds: {left}")
    identifier = f"PP-R-{books.identifier(3)}-{len(books.shelf(DISPUTE)) + 10_000_000}"
    made = books.new(
        DISPUTE,
        identifier,
        reason=reason,
        status="OPEN" if inquiry else "WAITING_FOR_SELLER_RESPONSE",
        dispute_amount=amounts.money(capture["_currency"], left if units is None else units),
        dispute_life_cycle_stage="INQUIRY" if inquiry else "CHARGEBACK",
        dispute_channel="INTERNAL",
        create_time=books.time(),
        update_time=books.time(),
        seller_response_due_date=written(books.now() + RESPONSE_DAYS * 86_400),
        messages=[],
        evidences=[],
        _capture=capture["id"],
        _units=left if units is None else units,
        _currency=capture["_currency"],
    )
    _emit(books, "CUSTOMER.DISPUTE.CREATED", made)
    return made


def open_against(books: Books, capture: str) -> bool:
    """Whether somebody disputes a capture at present."""
    return any(one["status"] in OPEN_DISPUTE for one in books.where(DISPUTE, _capture=capture))


def is_open(dispute: Object) -> bool:
    return dispute["status"] in OPEN_DISPUTE


def can_be_appealed(dispute: Object) -> bool:
    """Whether a dispute was lost, and not appealed before."""
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code")
    return dispute["status"] == "RESOLVED" and outcome == "RESOLVED_BUYER_FAVOUR" and not dispute.get("_appealed")


def update(books: Books, dispute: Object, **changes: Any) -> Object:
    """Change an open dispute and say so by CUSTOMER.DISPUTE.UPDATED."""
    books.changed(DISPUTE, dispute, **changes)
    _emit(books, "CUSTOMER.DISPUTE.UPDATED", dispute)
    return dispute


def escalate(books: Books, dispute: Object) -> Object:
    """An inquiry becomes a claim, which PayPal decides."""
    return update(books, dispute, dispute_life_cycle_stage="CHARGEBACK", status="UNDER_REVIEW")


def decide(books: Books, dispute: Object, outcome: str) -> Object:
    """End a dispute; a payer who wins has the money back."""
    refunded = 0 if outcome in ("RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER") else dispute["_units"]
    result = {"outcome_code": outcome, "amount_refunded": amounts.money(dispute["_currency"], refunded)}
    books.changed(DISPUTE, dispute, status="RESOLVED", dispute_outcome=result, _lost=refunded)
    if refunded:
        capture = books.of(CAPTURE, dispute["_capture"])
        books.changed(CAPTURE, capture, _charged_back=True)
    _emit(books, "CUSTOMER.DISPUTE.RESOLVED", dispute)
    return dispute


def _emit(books: Books, event_type: str, dispute: Object) -> None:
    books.emit(event_type, DISPUTE, whole(books, DISPUTE, dispute))


@answering.view(DISPUTE)
def _view(books: Books, dispute: Object) -> Object:
    found = {"dispute_id": dispute["id"], **answering.without(dispute, "id")}
    capture = books.of(CAPTURE, dispute["_capture"])
    found["dispute_state"] = STATES[dispute["status"]]
    transaction: Object = {
        "seller_transaction_id": capture["id"],
        "buyer_transaction_id": capture["id"],
        "create_time": capture["create_time"],
        "transaction_status": "COMPLETED",
        "gross_amount": dict(capture["amount"]),
        "buyer": {"name": "Jo Payer"},
        "seller": {"merchant_id": PAYEE["merchant_id"], "name": "payproof", "email": PAYEE["email_address"]},
    }
    for name, field in (("custom", "custom_id"), ("invoice_number", "invoice_id")):
        if field in capture:
            transaction[name] = capture[field]
    found["disputed_transactions"] = [transaction]
    return {name: value for name, value in found.items() if value != []}


@answering.links(DISPUTE)
def _links(dispute: Object) -> list[dict[str, str]]:
    path = f"/v1/customer/disputes/{dispute['id']}"
    found = [link(path, "self")]
    if not is_open(dispute):
        return [*found, link(f"{path}/appeal", "appeal", "POST")] if can_be_appealed(dispute) else found
    asked = dispute["dispute_life_cycle_stage"] == "INQUIRY"
    verbs = ["send-message", "make-offer", "accept-claim", "escalate"] if asked else ["accept-claim", "provide-evidence"]
    return found + [link(f"{path}/{verb}", verb.replace("-", "_"), "POST") for verb in verbs]
