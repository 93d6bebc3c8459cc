"""Disputes: what may be done in which stage, and how they end."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_asking import Api, euros, issue

from payproof.sandbox import NotImitated, PayPalSandbox, SandboxError

DISPUTES = "/v1/customer/disputes"
VERBS = ("accept-claim", "escalate", "send-message", "make-offer", "provide-evidence", "appeal")
BODIES: dict[str, Any] = {
    "escalate": {"note": "Please decide"},
    "send-message": {"message": "It is on its way"},
    "make-offer": {"note": "Keep it", "offer_type": "REFUND", "offer_amount": euros("1.00")},
    "provide-evidence": {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT"}]},
    "adjudicate": {"adjudication_outcome": "SELLER_FAVOR"},
    "require-evidence": {"action": "SELLER_EVIDENCE"},
}
REFUSED = (422, "ACTION_NOT_ALLOWED_IN_CURRENT_DISPUTE_STATE")


def disputed(api: Api, *, inquiry: bool = False, **more: Any) -> str:
    return str(api.box.dispute(api.captured(), inquiry=inquiry, **more)["dispute_id"])


def act(api: Api, dispute: str, verb: str) -> Any:
    return api.post(f"{DISPUTES}/{dispute}/{verb}", BODIES.get(verb, {}))


def shown(api: Api, dispute: str) -> Any:
    return api.get(f"{DISPUTES}/{dispute}")


@pytest.mark.parametrize(
    ("inquiry", "allowed"),
    [(True, {"accept-claim", "escalate", "send-message", "make-offer"}), (False, {"accept-claim", "provide-evidence"})],
)
@pytest.mark.parametrize("verb", VERBS)
def test_a_stage_allows_what_its_links_say(api: Api, inquiry: bool, allowed: set[str], verb: str) -> None:
    dispute = disputed(api, inquiry=inquiry)
    offered = {link["rel"].replace("_", "-") for link in shown(api, dispute)["links"]} - {"self"}
    assert offered == allowed
    done = act(api, dispute, verb)
    if verb in allowed:
        assert (done.status_code, done.json()["links"][0]["rel"]) == (200, "self")
    else:
        assert issue(done) == REFUSED


def test_an_inquiry_is_talked_about(box: PayPalSandbox, api: Api) -> None:
    dispute = disputed(api, inquiry=True, reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
    act(api, dispute, "send-message")
    act(api, dispute, "make-offer")
    found = shown(api, dispute)
    assert found["messages"][0]["content"] == "It is on its way"
    assert found["offer"]["seller_offered_amount"] == euros("1.00")
    assert (found["status"], found["dispute_state"]) == ("WAITING_FOR_BUYER_RESPONSE", "REQUIRED_OTHER_PARTY_ACTION")
    act(api, dispute, "escalate")
    assert shown(api, dispute)["status"] == "UNDER_REVIEW"
    assert [event.type.rpartition(".")[2] for event in box.outbox if "DISPUTE" in event.type] == ["CREATED", *["UPDATED"] * 3]


def test_evidence_is_asked_for_and_given(box: PayPalSandbox, api: Api) -> None:
    dispute = disputed(api)
    assert act(api, dispute, "provide-evidence").status_code == 200
    assert issue(act(api, dispute, "provide-evidence")) == REFUSED
    assert act(api, dispute, "require-evidence").status_code == 200
    assert shown(api, dispute)["status"] == "WAITING_FOR_SELLER_RESPONSE"
    path = f"{DISPUTES}/{dispute}/provide-evidence"
    sent = api.client.post(path, files={"file1": ("proof.pdf", b"%PDF", "application/pdf")}, data={"input": "{}"})
    assert sent.status_code == 200, sent.text
    assert len(shown(api, dispute)["evidences"]) == 2


@pytest.mark.parametrize(
    ("outcome", "code", "lost"),
    [("SELLER_FAVOR", "RESOLVED_SELLER_FAVOUR", 0), ("BUYER_FAVOR", "RESOLVED_BUYER_FAVOUR", 1_200)],
)
def test_paypal_s_sandbox_lets_a_test_decide(box: PayPalSandbox, api: Api, outcome: str, code: str, lost: int) -> None:
    dispute = disputed(api)
    done = api.post(f"{DISPUTES}/{dispute}/adjudicate", {"adjudication_outcome": outcome})
    assert done.status_code == 200
    assert shown(api, dispute)["dispute_outcome"]["outcome_code"] == code
    assert box.money()["EUR"].disputed == lost
    assert issue(act(api, dispute, "adjudicate")) == REFUSED


def test_a_claim_that_is_accepted_is_lost(box: PayPalSandbox, api: Api) -> None:
    dispute = disputed(api)
    act(api, dispute, "accept-claim")
    assert shown(api, dispute)["dispute_outcome"] == {
        "outcome_code": "RESOLVED_BUYER_FAVOUR",
        "amount_refunded": euros("12.00"),
    }


def test_a_lost_dispute_is_appealed_once(box: PayPalSandbox, api: Api) -> None:
    dispute = disputed(api)
    box.lose(dispute)
    assert "appeal" in {link["rel"] for link in shown(api, dispute)["links"]}
    assert act(api, dispute, "appeal").status_code == 200
    assert (shown(api, dispute)["status"], box.money()["EUR"].disputed) == ("UNDER_REVIEW", 0)
    box.lose(dispute)
    assert issue(act(api, dispute, "appeal")) == REFUSED
    assert "appeal" not in {link["rel"] for link in shown(api, dispute)["links"]}
    won = disputed(api)
    box.win(won)
    assert issue(act(api, won, "appeal")) == REFUSED


def test_a_part_can_be_disputed(api: Api) -> None:
    dispute = disputed(api, amount=500)
    assert shown(api, dispute)["dispute_amount"] == euros("5.00")


def test_disputes_are_listed_newest_first(api: Api) -> None:
    first, second = disputed(api), disputed(api, inquiry=True)
    assert [one["dispute_id"] for one in api.get(DISPUTES)["items"]] == [second, first]
    assert [one["dispute_id"] for one in api.get(f"{DISPUTES}?dispute_state=REQUIRED_ACTION")["items"]] == [first]
    transaction = shown(api, second)["disputed_transactions"][0]["seller_transaction_id"]
    assert [one["dispute_id"] for one in api.get(f"{DISPUTES}?disputed_transaction_id={transaction}")["items"]] == [second]


@pytest.mark.parametrize(
    ("number", "status", "name"),
    [
        (23, 403, "FORBIDDEN"),
        (24, 404, "INVALID_RESOURCE_ID"),
        (25, 406, "NOT_ACCEPTABLE"),
        (26, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (27, 429, "RATE_LIMIT_REACHED"),
        (28, 503, "SERVICE_UNAVAILABLE"),
        (29, 500, "INTERNAL_SERVICE_ERROR"),
        (30, 401, "AUTHORIZATION_ERROR"),
        (31, 400, "VALIDATION_ERROR"),
        (32, 400, "VALIDATION_ERROR"),
        (33, 400, "VALIDATION_ERROR"),
    ],
)
def test_errors_are_simulated_by_transaction_ids(api: Api, number: int, status: int, name: str) -> None:
    refused = api.ask("GET", f"{DISPUTES}?disputed_transaction_id=ERRDIS{number:03}")
    assert (refused.status_code, refused.json()["name"]) == (status, name)


def test_what_cannot_be_disputed_or_decided_is_told(box: PayPalSandbox, api: Api) -> None:
    paid, declined = api.captured(), api.captured(card="CCREJECT-IF")
    for ask, message in (
        (lambda: box.dispute(paid, "BECAUSE"), "'BECAUSE' is no reason of a dispute; known: MERCHANDISE"),
        (lambda: box.dispute(declined), "cannot be disputed; it is DECLINED"),
        (lambda: box.dispute(paid, amount=1_201), "is more than capture .* holds: 1200"),
        (lambda: box.dispute("NONE"), "the sandbox has no capture or order 'NONE'"),
        (lambda: box.dispute(api.order()), r"has 0 captures; name the capture"),
    ):
        with pytest.raises(SandboxError, match=message):
            ask()


def test_what_is_not_played_is_named(box: PayPalSandbox, api: Api) -> None:
    dispute = disputed(api)
    with pytest.raises(NotImitated, match="was sent 'refund_amount', which the PayPal sandbox does not play"):
        api.post(f"{DISPUTES}/{dispute}/accept-claim", {"refund_amount": euros("1.00")})
    box.problems.clear()
    assert shown(api, dispute)["status"] == "WAITING_FOR_SELLER_RESPONSE"
