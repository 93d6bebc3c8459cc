"""Disputes v1, with the two endpoints that only PayPal's sandbox has."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.core.exchange import Answer, Refused
from payproof.sandbox.paypal import amounts, errors
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import disputes
from payproof.sandbox.paypal.books import DISPUTE, Object, link
from payproof.sandbox.paypal.call import Call, Made, unplayed
from payproof.sandbox.paypal.routes import endpoint

DISPUTES = "/v1/customer/disputes"
INQUIRY, CHARGEBACK = "INQUIRY", "CHARGEBACK"

SIMULATED = {
    "ERRDIS023": (403, "FORBIDDEN", ""),
    "ERRDIS024": (404, "INVALID_RESOURCE_ID", ""),
    "ERRDIS025": (406, "NOT_ACCEPTABLE", ""),
    "ERRDIS026": (415, "UNSUPPORTED_MEDIA_TYPE", ""),
    "ERRDIS027": (429, "RATE_LIMIT_REACHED", ""),
    "ERRDIS028": (503, "SERVICE_UNAVAILABLE", ""),
    "ERRDIS029": (500, "INTERNAL_SERVICE_ERROR", ""),
    "ERRDIS030": (401, "AUTHORIZATION_ERROR", ""),
    "ERRDIS031": (400, "VALIDATION_ERROR", "DATE_CAN_NOT_BE_IN_FUTURE"),
    "ERRDIS032": (400, "VALIDATION_ERROR", "INVALID_PAGE_SIZE"),
    "ERRDIS033": (400, "VALIDATION_ERROR", "INVALID_START_TIME_FORMAT"),
}
"""Errors that a list can be asked for by the id of a transaction (developer.paypal.com/api/disputes/test-values)."""


@endpoint("GET", DISPUTES)
def list_disputes(call: Call) -> Any:
    transaction, state = call.query.get("disputed_transaction_id"), call.query.get("dispute_state")
    if transaction in SIMULATED:
        raise _simulated(*SIMULATED[str(transaction)])
    found = [
        one
        for one in reversed(call.books.shelf(DISPUTE).values())
        if transaction in (None, one["_capture"]) and state in (None, disputes.STATES[one["status"]])
    ]
    shown = [whole(call.books, DISPUTE, one) for one in found[: call.number("page_size", 10, 50)]]
    return {"items": shown, "links": [link(DISPUTES, "self"), link(DISPUTES, "first")]}


@endpoint("GET", f"{DISPUTES}/{{id}}", kind=DISPUTE)
def show(call: Call) -> Any:
    return Made(DISPUTE, call.subject(DISPUTE, "dispute_id"))


@endpoint("POST", f"{DISPUTES}/{{id}}/provide-evidence", kind=DISPUTE)
def provide_evidence(call: Call) -> Any:
    found = _open(call, CHARGEBACK, "WAITING_FOR_SELLER_RESPONSE")
    evidences = [*found["evidences"], *call.body.get("evidences", [])]
    if "input" in call.body or not evidences:
        # A form with a document: what it holds is not looked into.
        evidences.append({"evidence_type": "OTHER", "source": "SUBMITTED_BY_SELLER"})
    disputes.update(call.books, found, evidences=evidences, status="UNDER_REVIEW")
    return _done(found)


@endpoint("POST", f"{DISPUTES}/{{id}}/accept-claim", body="AcceptClaim", kind=DISPUTE)
def accept_claim(call: Call) -> Any:
    unplayed(call, "refund_amount", "accept_claim_type", "return_shipping_address")
    for name in ("note", "accept_claim_reason", "invoice_id"):
        call.body.get(name)
    disputes.decide(call.books, _open(call), "RESOLVED_BUYER_FAVOUR")
    return _done(call.subject(DISPUTE))


@endpoint("POST", f"{DISPUTES}/{{id}}/escalate", body="DisputeEscalation", kind=DISPUTE)
def escalate(call: Call) -> Any:
    call.required("note"), call.body.get("buyer_escalation_reason")
    return _done(disputes.escalate(call.books, _open(call, INQUIRY)))


@endpoint("POST", f"{DISPUTES}/{{id}}/send-message", body="DisputeMessage", kind=DISPUTE)
def send_message(call: Call) -> Any:
    found = _open(call, INQUIRY)
    message = {"posted_by": "SELLER", "time_posted": call.books.time(), "content": str(call.required("message"))}
    return _done(disputes.update(call.books, found, messages=[*found["messages"], message]))


@endpoint("POST", f"{DISPUTES}/{{id}}/make-offer", body="DisputeOffer", kind=DISPUTE)
def make_offer(call: Call) -> Any:
    found = _open(call, INQUIRY)
    unplayed(call, "return_shipping_address", "invoice_id")
    offer: Object = {"history": [{"offer_time": call.books.time(), "actor": "SELLER", "event_type": "PROPOSED"}]}
    offer["offer_type"] = call.required("offer_type")
    call.required("note")
    if call.body.get("offer_amount") is not None:
        amounts.minor(call.body["offer_amount"], "/offer_amount")
        offer["seller_offered_amount"] = dict(call.body["offer_amount"])
    return _done(disputes.update(call.books, found, offer=offer, status="WAITING_FOR_BUYER_RESPONSE"))


@endpoint("POST", f"{DISPUTES}/{{id}}/appeal", kind=DISPUTE)
def appeal(call: Call) -> Any:
    found = call.subject(DISPUTE, "dispute_id")
    if not disputes.can_be_appealed(found):
        raise _not_now(found)
    call.body.get("evidences")
    found.pop("dispute_outcome")
    return _done(disputes.update(call.books, found, status="UNDER_REVIEW", _appealed=True, _lost=0))


@endpoint("POST", f"{DISPUTES}/{{id}}/adjudicate", body="Adjudication", kind=DISPUTE)
def adjudicate(call: Call) -> Any:
    """Sandbox only: end a dispute for one side."""
    seller = call.required("adjudication_outcome") == "SELLER_FAVOR"
    found = disputes.decide(call.books, _open(call), "RESOLVED_SELLER_FAVOUR" if seller else "RESOLVED_BUYER_FAVOUR")
    return _done(found)


@endpoint("POST", f"{DISPUTES}/{{id}}/require-evidence", body="EvidenceDemand", kind=DISPUTE)
def require_evidence(call: Call) -> Any:
    """Sandbox only: let one side be asked for evidence."""
    side = "SELLER" if call.required("action") == "SELLER_EVIDENCE" else "BUYER"
    return _done(disputes.update(call.books, _open(call), status=f"WAITING_FOR_{side}_RESPONSE"))


def _open(call: Call, stage: str = "", status: str = "") -> Object:
    found = call.subject(DISPUTE, "dispute_id")
    elsewhere = (stage and found["dispute_life_cycle_stage"] != stage) or (status and found["status"] != status)
    if elsewhere or not disputes.is_open(found):
        raise _not_now(found)
    return found


def _not_now(dispute: Object) -> Refused:
    """The action is none of those that the dispute's links offer now. PayPal's issue for that is not published per action."""
    return errors.unprocessable("ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE", "/dispute_id", dispute["id"])


def _done(dispute: Object) -> Object:
    return {"links": [link(f"{DISPUTES}/{dispute['id']}", "self")]}


def _simulated(status: int, name: str, issue: str) -> Refused:
    body: Object = {"name": name, "message": errors.description(name), "debug_id": "", "links": []}
    if issue:
        body["details"] = [{"issue": issue, "description": errors.description(issue)}]
    return Refused(Answer(status, body), executed=False)
