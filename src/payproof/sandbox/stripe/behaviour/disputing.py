"""Disputes and inquiries: opened by a test card or a verb, answered with evidence, and decided.

The status is computed from facts: `_inquiry` (the bank only asks), `_verdict` (`won`, `lost` or None), `_prevented`, `_appeal`
(the count of submissions before it, None without one), and how often evidence was submitted. Funds leave the balance when a
dispute opens, not for an inquiry, and come back, fee included, when it is won.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.stripe import errors, money, schemas, values
from payproof.sandbox.stripe.behaviour import balance, charging, fraud
from payproof.sandbox.stripe.behaviour.evidence import check_files
from payproof.sandbox.stripe.books import Books, Object, kind, rendered, scheduled

DISPUTE = kind("dispute", "du", "intended_submission_method network_reason_code payment_intent", path_param="dispute")

EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure", "cancellation_rebuttal",
    "customer_communication", "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
    "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
    "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip

LONGEST_EVIDENCE = 150_000
"""Characters of all evidence together."""

REASON_CODES = {"visa": "10.4", "mastercard": "4837"}

DECISIVE = {"winning_evidence": "won", "losing_evidence": "lost"}
"""What the words in `uncategorized_text` decide in test mode."""


def open_as_planned(books: Books, charge: Object, plan: values.DisputePlan) -> list[Object]:
    """Open the disputes that a test value leads to; several of them share the amount."""
    left = charge["amount_captured"]
    shares = [left // plan.count] * (plan.count - 1)
    shares.append(left - sum(shares))
    return [open_dispute(books, charge, plan.reason, inquiry=plan.inquiry, amount=share) for share in shares]


def open_dispute(
    books: Books,
    charge: Object,
    reason: str,
    *,
    inquiry: bool = False,
    amount: int | None = None,
    prevented: bool = False,
) -> Object:
    """The cardholder disputes a charge, or the bank inquires about it; one that is prevented takes no funds away."""
    details = charge["payment_method_details"]
    network = details.get("card", {}).get("brand") or details["type"]
    due = books.now() + values.delay("dispute_due")
    dispute = books.new(
        DISPUTE,
        amount=disputable(charge) if amount is None else amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        evidence_details={
            "due_by": due,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=inquiry,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        _inquiry=inquiry,
        _was_inquiry=inquiry,
        _verdict=None,
        _prevented=prevented,
        _appeal=None,
    )
    if "card" in details:
        dispute["payment_method_details"] = {"type": "card", "card": _case(network, inquiry)}
        dispute["network_reason_code"] = REASON_CODES.get(network)
    refresh(dispute)
    charge["_disputes"].append(dispute["id"])
    charging.refresh(books, charge)
    books.emit("charge.dispute.created", dispute)
    fraud.calm(books, charge)
    if prevented:
        return dispute
    if inquiry:
        books.at(books.now() + values.delay("inquiry_closes"), "dispute.close_inquiry", dispute["id"])
    else:
        _withdraw(books, dispute)
        books.at(due, "dispute.pass_due", dispute["id"])
    return dispute


def disputable(charge: Mapping[str, Any]) -> int:
    """Return what of a charge has not been given back."""
    return int(charge["amount_captured"] - (charge["amount_refunded"] - charge["_released"]))


def status_of(dispute: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    verdict, submitted = dispute["_verdict"], _submitted(dispute)
    if dispute["_prevented"]:
        return "prevented"
    if dispute["_inquiry"]:
        if verdict is not None:
            return "warning_closed"
        return "warning_under_review" if submitted else "warning_needs_response"
    if verdict is not None:
        return str(verdict)
    stage = "" if dispute["_appeal"] is None else "appeal_"
    return stage + ("under_review" if submitted else "needs_response")


def refresh(dispute: Object) -> Object:
    """Return it with the status that its facts amount to."""
    dispute["status"] = status_of(dispute)
    return dispute


def is_open(dispute: Mapping[str, Any]) -> bool:
    """Whether nothing is decided yet."""
    return dispute["_verdict"] is None and not dispute["_prevented"]


def _submitted(dispute: Mapping[str, Any]) -> bool:
    """Whether evidence was submitted at the present stage."""
    return bool(dispute["evidence_details"]["submission_count"] > (dispute["_appeal"] or 0))


def check_status(status: str) -> None:
    """Raise `SandboxError` for a status that the installed SDK does not know."""
    if status not in schemas.catalogue().fields(DISPUTE.object)["status"].values:
        raise SandboxError(
            f"the installed stripe {schemas.catalogue().version} has no dispute status {status!r}; use a newer one"
        )


def appeal(books: Books, dispute: Object) -> Object:
    """A lost dispute goes on: the bank looks at it once more, with new evidence."""
    dispute.update(_verdict=None, _appeal=dispute["evidence_details"]["submission_count"])
    refresh(dispute)
    books.emit("charge.dispute.updated", dispute)
    return dispute


def update(books: Books, dispute: Object, evidence: Mapping[str, Any] | None, *, submit: bool, notes: dict[str, str]) -> Object:
    """Stage or submit evidence. The bank's answer to decisive evidence comes once the answer to this request is written."""
    if evidence is not None:
        _check_evidence(dispute, evidence)
        check_files(books, evidence)
    with books.changing(dispute, "charge.dispute.updated"):
        dispute["metadata"] = notes
        if evidence is not None:
            dispute["evidence"] = {**dispute["evidence"], **{name: value or None for name, value in evidence.items()}}
            dispute["evidence_details"]["has_evidence"] = any(dispute["evidence"][name] for name in EVIDENCE)
        if submit and evidence is not None:
            dispute["evidence_details"]["submission_count"] += 1
            dispute["evidence_details"]["submission_method"] = "manual"
        refresh(dispute)
    if submit and evidence is not None:
        verdict = DECISIVE.get(str(dispute["evidence"]["uncategorized_text"]))
        identifier = dispute["id"]
        if verdict is not None:
            books.afterwards(lambda later: decide(later, later.of(DISPUTE, identifier), verdict))
    return dispute


def close(books: Books, dispute: Object) -> Object:
    """Accept the dispute: it is lost, for good."""
    if not is_open(dispute):
        raise errors.invalid(f"This dispute is already closed (it is {dispute['status']}).", param="dispute")
    return decide(books, dispute, "lost")


def decide(books: Books, dispute: Object, verdict: str) -> Object:
    """The bank decides: `won` or `lost`. An inquiry is closed either way. Nothing happens to one that is decided."""
    if not is_open(dispute):
        return dispute
    dispute["_verdict"] = verdict
    refresh(dispute)
    returned = verdict == "won" and bool(dispute["balance_transactions"])
    if returned:
        dispute["is_charge_refundable"] = True
        _reinstate(books, dispute)
    books.emit("charge.dispute.closed", dispute)
    if returned:
        books.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def escalate(books: Books, dispute: Object) -> Object:
    """An open inquiry becomes a dispute: now the funds leave."""
    dispute["evidence_details"].update(submission_count=0, submission_method="not_submitted")
    dispute.update(_inquiry=False, is_charge_refundable=False)
    if "payment_method_details" in dispute:
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    refresh(dispute)
    _withdraw(books, dispute)
    books.emit("charge.dispute.updated", dispute)
    books.at(max(dispute["evidence_details"]["due_by"], books.now()), "dispute.pass_due", dispute["id"])
    return dispute


@scheduled("dispute.pass_due")
def pass_due(books: Books, identifier: str) -> None:
    """The time to answer has passed; without evidence the dispute is lost."""
    dispute = books.of(DISPUTE, identifier)
    if is_open(dispute) and dispute["evidence_details"]["submission_count"] == 0:
        dispute["evidence_details"]["past_due"] = True
        decide(books, dispute, "lost")


@scheduled("dispute.close_inquiry")
def close_inquiry(books: Books, identifier: str) -> None:
    """An inquiry that was not escalated is closed."""
    dispute = books.of(DISPUTE, identifier)
    if dispute["_inquiry"]:
        decide(books, dispute, "won")


def _case(network: str, inquiry: bool) -> Object:
    code = REASON_CODES.get(network)
    return {
        "brand": network,
        "case_type": "inquiry" if inquiry else "chargeback",
        "network": network,
        "network_reason_code": code,
    }


def _check_evidence(dispute: Mapping[str, Any], evidence: Mapping[str, Any]) -> None:
    if not is_open(dispute):
        raise errors.invalid(
            f"This dispute is closed (it is {dispute['status']}); its evidence cannot be changed.", param="evidence"
        )
    if _submitted(dispute):
        raise errors.invalid("Evidence for this dispute has already been submitted.", param="evidence")
    length = sum(len(str(value)) for value in {**dispute["evidence"], **evidence}.values() if isinstance(value, str))
    if length > LONGEST_EVIDENCE:
        raise errors.invalid(
            f"All evidence together can have up to {LONGEST_EVIDENCE:,} characters.", param="evidence", executed=False
        )


def _withdraw(books: Books, dispute: Object) -> None:
    transaction = balance.record(
        books,
        "adjustment",
        -dispute["amount"],
        source=dispute,
        currency=dispute["currency"],
        fee=money.DISPUTE_FEE,
        fee_text="Dispute fee",
        category="dispute",
        available_on=_available_on(books, dispute),
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(rendered(transaction))
    books.emit("charge.dispute.funds_withdrawn", dispute)


def _reinstate(books: Books, dispute: Object) -> None:
    transaction = balance.record(
        books,
        "adjustment",
        dispute["amount"],
        source=dispute,
        currency=dispute["currency"],
        fee=-money.DISPUTE_FEE,
        fee_text="Dispute fee",
        category="dispute_reversal",
        available_on=_available_on(books, dispute),
        description=f"Chargeback reversal for {dispute['charge']}",
    )
    dispute["balance_transactions"].append(rendered(transaction))


def _available_on(books: Books, dispute: Mapping[str, Any]) -> int:
    charge = books.of(charging.CHARGE, dispute["charge"])
    taken = books.find(balance.BALANCE_TRANSACTION, charge["balance_transaction"])
    return int(taken["available_on"]) if taken else books.now()
