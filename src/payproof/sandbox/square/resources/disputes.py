"""Disputes and the evidence against them; files are not played, texts are."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square import errors
from payproof.sandbox.square.behaviour import disputes
from payproof.sandbox.square.books import DISPUTE, EVIDENCE, Object
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint


@endpoint("GET", "/v2/disputes", query=("cursor", "states", "location_id"))
def show_all(call: Call) -> Any:
    states, place = call.query.get("states"), call.query.get("location_id")
    wanted = states.split(",") if isinstance(states, str) else states
    found = [one for one in call.books.shelf(DISPUTE).values() if wanted is None or one["state"] in wanted]
    return listed(call, [one for one in found if place in (None, one["location_id"])], "disputes", 50)


@endpoint("GET", "/v2/disputes/{dispute_id}")
def show(call: Call) -> Any:
    return Made(DISPUTE, call.subject(DISPUTE))


@endpoint("POST", "/v2/disputes/{dispute_id}/accept")
def accept(call: Call) -> Any:
    return Made(DISPUTE, disputes.accept(call.books, call.subject(DISPUTE)))


@endpoint("POST", "/v2/disputes/{dispute_id}/submit-evidence")
def submit(call: Call) -> Any:
    return Made(DISPUTE, disputes.submit(call.books, call.subject(DISPUTE)))


@endpoint("POST", "/v2/disputes/{dispute_id}/evidence-text", keyed=True, longest=45)
def add_text(call: Call) -> Any:
    dispute = call.subject(DISPUTE)
    made = disputes.add_evidence(call.books, dispute, call.body["evidence_text"], call.body.get("evidence_type"))
    return Made(EVIDENCE, made)


@endpoint("GET", "/v2/disputes/{dispute_id}/evidence", query=("cursor",))
def show_evidence(call: Call) -> Any:
    return listed(call, call.books.where(EVIDENCE, dispute_id=call.subject(DISPUTE)["id"]), "evidence")


@endpoint("GET", "/v2/disputes/{dispute_id}/evidence/{evidence_id}")
def show_one(call: Call) -> Any:
    return Made(EVIDENCE, _evidence(call))


@endpoint("DELETE", "/v2/disputes/{dispute_id}/evidence/{evidence_id}")
def remove(call: Call) -> Any:
    disputes.remove_evidence(call.books, call.subject(DISPUTE), _evidence(call))
    return {}


def _evidence(call: Call) -> Object:
    found = call.subject(EVIDENCE, position=1)
    if found["dispute_id"] != call.ids[0]:
        raise errors.missing(EVIDENCE, call.ids[1], "evidence_id")
    return found
