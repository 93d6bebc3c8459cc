"""Disputes: opened by the cardholder's bank, answered with evidence until they are due, decided by the bank."""

from __future__ import annotations

from payproof.documents import suggest
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.square import errors, values
from payproof.sandbox.square.books import DAY, DISPUTE, EVIDENCE, Books, Object, written
from payproof.sandbox.square.roles import OPEN_DISPUTE, OPEN_INQUIRY

DUE = 14 * DAY
"""How long evidence may be handed in: the sandbox's own; card schemes differ."""

_PROCESSING = {"EVIDENCE_REQUIRED": "PROCESSING", "INQUIRY_EVIDENCE_REQUIRED": "INQUIRY_PROCESSING"}
_EVENT = "dispute.state.updated"


def open_dispute(books: Books, payment: Object, reason: str, *, inquiry: bool = False, units: int | None = None) -> Object:
    """Dispute a payment. Raises `SandboxError` for a reason that Square does not have, and for too large an amount."""
    known = list(values.disputed_amounts().values())
    if reason not in known:
        raise SandboxError(f"Square has no dispute for {reason!r}{suggest(reason, known)}")
    left = payment["total_money"]["amount"] - payment["refunded_money"]["amount"]
    amount = left if units is None else units
    if not 0 < amount <= left:
        raise SandboxError(f"{payment['id']} cannot be disputed for {amount}; {left} of it are left")
    made = books.new(
        DISPUTE,
        amount_money={**payment["total_money"], "amount": amount},
        reason=reason,
        state="INQUIRY_EVIDENCE_REQUIRED" if inquiry else "EVIDENCE_REQUIRED",
        due_at=written(books.now() + DUE),
        disputed_payment={"payment_id": payment["id"]},
        evidence_ids=[],
        card_brand="VISA",
        created_at=books.time(),
        updated_at=books.time(),
        reported_at=books.time(),
        brand_dispute_id=books.box.ids.text(20),
        version=1,
        location_id=payment["location_id"],
    )
    made["dispute_id"] = made["id"]
    books.emit("dispute.created", DISPUTE, made)
    _fall_due(books, made)
    return made


def is_open(dispute: Object) -> bool:
    """Whether nobody has decided yet."""
    return dispute["state"] in (*OPEN_INQUIRY, *OPEN_DISPUTE)


def against(books: Books, payment: str) -> bool:
    """Whether a payment is disputed, or a dispute of it was not won."""
    return any(
        dispute["disputed_payment"]["payment_id"] == payment and dispute["state"] not in ("WON", "INQUIRY_CLOSED")
        for dispute in books.shelf(DISPUTE).values()
    )


def decide(books: Books, dispute: Object, state: str) -> Object:
    """The bank decides: `WON`, `LOST`, `INQUIRY_CLOSED`."""
    return _moved(books, dispute, state)


def escalate(books: Books, dispute: Object) -> Object:
    """An inquiry becomes a dispute, with time for evidence again."""
    dispute["due_at"] = written(books.now() + DUE)
    _moved(books, dispute, "EVIDENCE_REQUIRED")
    _fall_due(books, dispute)
    return dispute


def accept(books: Books, dispute: Object) -> Object:
    """The merchant gives in. Refused once evidence was handed in, or a decision was made."""
    _check_awaiting(dispute)
    return _moved(books, dispute, "ACCEPTED")


def add_evidence(books: Books, dispute: Object, text: str, evidence_type: str | None) -> Object:
    """Keep a text as evidence. Refused once evidence was handed in, or a decision was made."""
    _check_awaiting(dispute)
    made = books.new(
        EVIDENCE, dispute_id=dispute["id"], evidence_text=text, evidence_type=evidence_type, uploaded_at=books.time()
    )
    made["evidence_id"] = made["id"]
    books.changed(DISPUTE, dispute, evidence_ids=[*dispute["evidence_ids"], made["id"]])
    books.emit("dispute.evidence.created", DISPUTE, dispute)
    return made


def remove_evidence(books: Books, dispute: Object, evidence: Object) -> None:
    """Drop evidence that was not handed in yet."""
    _check_awaiting(dispute)
    del books.shelf(EVIDENCE)[evidence["id"]]
    books.box.effect(EVIDENCE, evidence["id"])
    books.changed(DISPUTE, dispute, evidence_ids=[one for one in dispute["evidence_ids"] if one != evidence["id"]])
    books.emit("dispute.evidence.deleted", DISPUTE, dispute)


def submit(books: Books, dispute: Object) -> Object:
    """Hand the evidence in; the bank has it now. Refused without any."""
    _check_awaiting(dispute)
    if not dispute["evidence_ids"]:
        raise errors.invalid("BAD_REQUEST", "", "A dispute is challenged with evidence; there is none.")
    return _moved(books, dispute, _PROCESSING[dispute["state"]])


def _check_awaiting(dispute: Object) -> None:
    if dispute["state"] not in _PROCESSING:
        raise errors.invalid("BAD_REQUEST", "dispute_id", f"The dispute is in state {dispute['state']}.")


def _moved(books: Books, dispute: Object, state: str) -> Object:
    books.changed(DISPUTE, dispute, state=state)
    books.emit(_EVENT, DISPUTE, dispute)
    return dispute


def _fall_due(books: Books, dispute: Object) -> None:
    """A dispute that nobody answers in time is lost; an inquiry that nobody answers stays what it is."""
    books.at(books.now() + DUE, lambda later: dispute["state"] == "EVIDENCE_REQUIRED" and _moved(later, dispute, "LOST"))
