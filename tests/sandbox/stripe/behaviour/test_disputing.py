"""Disputes and inquiries: how they come, how they are answered, how they end."""

import pytest
import stripe

from payproof.sandbox import SandboxError
from payproof.sandbox.stripe.behaviour import disputing


def paid(token="pm_card_visa", amount=2_000):
    return stripe.PaymentIntent.create(amount=amount, currency="usd", payment_method=token, confirm=True)


def only_dispute():
    [dispute] = stripe.Dispute.list().data
    return dispute


@pytest.mark.parametrize(
    ("token", "reason", "status"),
    [
        ("pm_card_createDispute", "fraudulent", "needs_response"),
        ("pm_card_createDisputeProductNotReceived", "product_not_received", "needs_response"),
        ("pm_card_createDisputeInquiry", "fraudulent", "warning_needs_response"),
    ],
)
def test_a_test_card_leads_to_a_dispute(box, token, reason, status):
    intent = paid(token)
    assert intent.status == "succeeded"
    dispute = only_dispute()
    assert (dispute.reason, dispute.status, dispute.amount) == (reason, status, 2_000)
    assert (dispute.charge, dispute.payment_intent) == (intent.latest_charge, intent.id)
    assert dispute.evidence_details.due_by > box.clock.now()
    assert dispute.evidence_details.submission_method == "not_submitted"
    assert stripe.Charge.retrieve(intent.latest_charge).disputed is True


def test_a_dispute_takes_the_funds_and_a_fee(box, types):
    before = types()
    paid("pm_card_createDispute")
    assert types()[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"], before
    [transaction] = only_dispute().balance_transactions
    assert (transaction.amount, transaction.fee, transaction.net) == (-2_000, 1_500, -3_500)
    assert transaction.reporting_category == "dispute"
    assert only_dispute().is_charge_refundable is False
    money = box.money()["usd"]
    assert (money.charged, money.disputed, money.fees, money.net) == (2_000, 2_000, 88 + 1_500, -1_588)


def test_an_inquiry_takes_nothing(box, types):
    intent = paid("pm_card_createDisputeInquiry")
    assert types()[-1] == "charge.dispute.created"
    assert only_dispute().balance_transactions == []
    assert only_dispute().is_charge_refundable is True
    assert stripe.Refund.create(payment_intent=intent.id).status == "succeeded"


def test_several_disputes_share_the_amount(box):
    paid("pm_card_createMultipleDisputes", amount=2_001)
    assert sorted(dispute.amount for dispute in stripe.Dispute.list().data) == [1_000, 1_001]


@pytest.mark.parametrize(
    ("words", "status", "net"), [("winning_evidence", "won", 2_000 - 88), ("losing_evidence", "lost", -1_588)]
)
def test_evidence_decides(box, types, words, status, net):
    paid("pm_card_createDispute")
    types()
    dispute = stripe.Dispute.modify(only_dispute().id, evidence={"uncategorized_text": words})
    assert (dispute.status, dispute.evidence_details.submission_count) == ("under_review", 1)
    assert dispute.evidence_details.has_evidence is True
    after = stripe.Dispute.retrieve(dispute.id)
    assert after.status == status
    assert box.money()["usd"].net == net
    reinstated = ["charge.dispute.funds_reinstated"] if status == "won" else []
    assert types() == ["charge.dispute.updated", "charge.dispute.closed", *reinstated]


def test_undecided_evidence_waits_for_the_bank(box):
    paid("pm_card_createDispute")
    dispute = stripe.Dispute.modify(only_dispute().id, evidence={"product_description": "Tea", "customer_name": "Jo"})
    assert stripe.Dispute.retrieve(dispute.id).status == "under_review"
    with pytest.raises(stripe.InvalidRequestError, match="already been submitted"):
        stripe.Dispute.modify(dispute.id, evidence={"customer_name": "Kim"})
    assert box.win(dispute.id)["status"] == "won"
    assert stripe.Dispute.retrieve(dispute.id).is_charge_refundable is True


def test_staged_evidence_is_not_submitted(box):
    paid("pm_card_createDispute")
    identifier = only_dispute().id
    staged = stripe.Dispute.modify(identifier, evidence={"uncategorized_text": "winning_evidence"}, submit=False)
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    assert staged.evidence_details.submission_count == 0
    stripe.Dispute.modify(identifier, evidence={"customer_name": "Jo"})
    assert stripe.Dispute.retrieve(identifier).status == "won"


def test_metadata_alone_submits_nothing(box):
    paid("pm_card_createDispute")
    dispute = stripe.Dispute.modify(only_dispute().id, metadata={"case": "9"})
    assert (dispute.status, dispute.metadata.to_dict()) == ("needs_response", {"case": "9"})


def test_evidence_has_a_length(box):
    paid("pm_card_createDispute")
    with pytest.raises(stripe.InvalidRequestError, match="150,000 characters") as caught:
        stripe.Dispute.modify(only_dispute().id, evidence={"uncategorized_text": "x" * 150_001})
    assert caught.value.param == "evidence"
    assert only_dispute().evidence_details.has_evidence is False


def test_closing_accepts_the_loss_for_good(box, types):
    paid("pm_card_createDispute")
    types()
    assert stripe.Dispute.close(only_dispute().id).status == "lost"
    assert types() == ["charge.dispute.closed"]
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        stripe.Dispute.close(only_dispute().id)
    with pytest.raises(stripe.InvalidRequestError, match="its evidence cannot be changed"):
        stripe.Dispute.modify(only_dispute().id, evidence={"customer_name": "Jo"})


def test_silence_loses(box, types):
    paid("pm_card_createDispute")
    types()
    box.clock.advance(days=9)
    after = only_dispute()
    assert (after.status, after.evidence_details.past_due) == ("lost", True)
    assert types() == ["charge.dispute.closed"]


def test_an_answered_dispute_is_not_lost_by_time(box):
    paid("pm_card_createDispute")
    stripe.Dispute.modify(only_dispute().id, evidence={"customer_name": "Jo"})
    box.clock.advance(days=9)
    assert only_dispute().status == "under_review"


def test_an_inquiry_closes_after_120_days(box):
    paid("pm_card_createDisputeInquiry")
    box.clock.advance(days=119)
    assert only_dispute().status == "warning_needs_response"
    box.clock.advance(days=1)
    assert only_dispute().status == "warning_closed"


def test_an_inquiry_is_answered(box):
    paid("pm_card_createDisputeInquiry")
    answered = stripe.Dispute.modify(only_dispute().id, evidence={"customer_name": "Jo"})
    assert answered.status == "warning_under_review"
    assert box.win(answered.id)["status"] == "warning_closed"
    assert box.money()["usd"].disputed == 0


def test_an_inquiry_may_become_a_dispute(box, types):
    paid("pm_card_createDisputeInquiry")
    types()
    assert box.escalate(only_dispute().id)["status"] == "needs_response"
    assert types() == ["charge.dispute.funds_withdrawn", "charge.dispute.updated"]
    assert box.money()["usd"].disputed == 2_000
    assert box.lose(only_dispute().id)["status"] == "lost"


def test_only_an_open_inquiry_becomes_a_dispute(box):
    dispute = box.dispute(paid().id)
    with pytest.raises(SandboxError, match="is no open inquiry; it is needs_response"):
        box.escalate(dispute["id"])


def test_a_decided_inquiry_stays_as_it_is(box):
    dispute = box.dispute(paid().id, inquiry=True)
    box.win(dispute["id"])
    box.clock.advance(days=121)
    assert stripe.Dispute.retrieve(dispute["id"]).status == "warning_closed"
    assert [event.type for event in box.outbox].count("charge.dispute.closed") == 1


def test_any_payment_can_be_disputed(box):
    intent = paid()
    dispute = box.dispute(intent.id, "duplicate")
    assert (dispute["reason"], dispute["status"]) == ("duplicate", "needs_response")
    assert box.lose(dispute["id"])["status"] == "lost"
    with pytest.raises(SandboxError, match="already decided; it is lost"):
        box.win(dispute["id"])


def test_only_what_was_not_refunded_is_disputed(box):
    intent = paid()
    stripe.Refund.create(payment_intent=intent.id, amount=500)
    assert box.dispute(intent.latest_charge)["amount"] == 1_500


def test_what_was_not_taken_cannot_be_disputed(box):
    held = stripe.PaymentIntent.create(
        amount=500, currency="usd", payment_method="pm_card_visa", confirm=True, capture_method="manual"
    )
    with pytest.raises(SandboxError, match="was not captured"):
        box.dispute(held.id)
    with pytest.raises(SandboxError, match="has no charge yet; it is requires_payment_method"):
        box.dispute(stripe.PaymentIntent.create(amount=500, currency="usd").id)


def test_a_warning_of_fraud_can_be_acted_on_until_it_is_too_late(box, types):
    intent = paid("pm_card_createIssuerFraudRecord")
    assert types()[-1] == "radar.early_fraud_warning.created"
    [warning] = stripe.radar.EarlyFraudWarning.list(charge=intent.latest_charge).data
    assert (warning.actionable, warning.payment_intent) == (True, intent.id)
    stripe.Refund.create(payment_intent=intent.id)
    assert stripe.radar.EarlyFraudWarning.retrieve(warning.id).actionable is False
    assert types()[-1] == "radar.early_fraud_warning.updated"


def test_any_payment_can_be_warned_about(box):
    intent = paid()
    warning = box.warn_of_fraud(intent.id, "made_with_lost_card")
    box.dispute(intent.id)
    assert stripe.radar.EarlyFraudWarning.retrieve(warning["id"]).actionable is False


def test_a_dispute_follows_the_answer_and_names_no_request(box):
    paid("pm_card_createDispute")
    by_type = {event.type: event.body["request"]["id"] for event in box.outbox}
    assert by_type["payment_intent.succeeded"].startswith("req_")
    assert by_type["charge.dispute.created"] is None


# The statuses of 2026.


def test_a_dispute_may_be_prevented(box, types):
    intent = paid(amount=5_000).id
    before = box.money()["usd"].net
    types()
    made = box.prevent_dispute(intent)
    assert (made["status"], box.money()["usd"].net, types()) == ("prevented", before, ["charge.dispute.created"])
    box.clock.advance(days=200)
    assert stripe.Dispute.retrieve(made["id"]).status == "prevented"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        stripe.Dispute.close(made["id"])
    with pytest.raises(SandboxError, match="already decided"):
        box.lose(made["id"])


@pytest.mark.parametrize("verdict", ["win", "lose"])
def test_a_lost_dispute_is_appealed(box, types, verdict):
    intent = paid(amount=5_000).id
    before = box.money()["usd"].net
    made = box.dispute(intent)
    stripe.Dispute.modify(made["id"], evidence={"customer_name": "Jo"})
    box.lose(made["id"])
    types()
    assert box.appeal(made["id"])["status"] == "appeal_needs_response"
    assert stripe.Dispute.modify(made["id"], evidence={"customer_name": "Joan"}).status == "appeal_under_review"
    assert types() == ["charge.dispute.updated", "charge.dispute.updated"]
    with pytest.raises(stripe.InvalidRequestError, match="already been submitted"):
        stripe.Dispute.modify(made["id"], evidence={"customer_name": "Joanna"})
    assert getattr(box, verdict)(made["id"])["status"] == ("won" if verdict == "win" else "lost")
    assert box.money()["usd"].net == (before if verdict == "win" else before - 5_000 - 1_500)
    with pytest.raises(SandboxError, match="lost once"):
        box.appeal(made["id"])


def test_a_status_that_the_sdk_does_not_know_is_not_reached(box):
    with pytest.raises(SandboxError, match="has no dispute status 'forgotten'"):
        disputing.check_status("forgotten")
