"""Files, and the evidence that they are."""

import io

import pytest
import stripe


@pytest.fixture
def dispute(box):
    stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_createDispute", confirm=True)
    return stripe.Dispute.list().data[0]


def upload(purpose="dispute_evidence"):
    content = io.BytesIO(b"\x89PNG receipt")
    content.name = "receipt.png"
    return stripe.File.create(purpose=purpose, file=content)


def test_a_file_is_kept_as_its_facts(box):
    made = upload()
    assert (made.size, made.filename, made.type, made.purpose) == (12, "receipt.png", "png", "dispute_evidence")
    assert stripe.File.retrieve(made.id) == made
    upload("business_logo")
    assert [one.id for one in stripe.File.list(purpose="dispute_evidence").data] == [made.id]


def test_a_file_is_evidence(dispute):
    made = upload()
    answered = stripe.Dispute.modify(dispute.id, evidence={"receipt": made.id})
    assert (answered.evidence.receipt, answered.status) == (made.id, "under_review")


@pytest.mark.parametrize(("purpose", "code"), [(None, "resource_missing"), ("business_logo", None)])
def test_what_is_no_evidence_is_refused(dispute, purpose, code):
    identifier = upload(purpose).id if purpose else "file_missing"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Dispute.modify(dispute.id, evidence={"receipt": identifier})
    assert (caught.value.code, caught.value.param) == (code, "evidence[receipt]")
    assert stripe.Dispute.retrieve(dispute.id).status == "needs_response"


def test_a_file_that_is_none_is_refused(box):
    with pytest.raises(stripe.InvalidRequestError, match="multipart/form-data"):
        stripe.StripeClient(box.api_key).raw_request("post", "/v1/files", purpose="dispute_evidence", file="receipt")


def test_a_file_that_is_too_large_is_refused(box, monkeypatch):
    monkeypatch.setattr("payproof.sandbox.stripe.resources.files.LARGEST", 11)
    with pytest.raises(stripe.InvalidRequestError, match="smaller than 16 MB"):
        upload()
