"""Charges, those made the older way above all."""

import pytest
import stripe


def test_a_token_is_charged(box, types):
    charge = stripe.Charge.create(amount=2_000, currency="usd", source="tok_visa", description="Tea", metadata={"a": "1"})
    assert (charge.status, charge.captured, charge.paid, charge.payment_intent) == ("succeeded", True, True, None)
    assert (charge.source.last4, charge.payment_method) == ("4242", charge.source.id)
    assert types() == ["charge.succeeded"]
    assert stripe.Charge.retrieve(charge.id).description == "Tea"


def test_a_declined_token_leaves_a_failed_charge(box, types):
    with pytest.raises(stripe.CardError) as caught:
        stripe.Charge.create(amount=2_000, currency="usd", source="tok_chargeDeclinedInsufficientFunds")
    assert caught.value.error.decline_code == "insufficient_funds"
    assert stripe.Charge.retrieve(caught.value.error.charge).status == "failed"
    assert types() == ["charge.failed"]


def test_a_customers_card_is_charged(box):
    customer = stripe.Customer.create(source="tok_visa")
    assert stripe.Charge.create(amount=500, currency="usd", customer=customer.id).customer == customer.id
    charge = stripe.Charge.create(amount=500, currency="usd", customer=customer.id, source=customer.default_source)
    assert charge.source.id == customer.default_source


def test_a_customer_without_a_card_cannot_be_charged(box):
    customer = stripe.Customer.create()
    with pytest.raises(stripe.CardError, match="no active card") as caught:
        stripe.Charge.create(amount=500, currency="usd", customer=customer.id)
    assert caught.value.code == "missing"


def test_a_charge_needs_something_to_charge(box):
    with pytest.raises(stripe.InvalidRequestError, match="source or customer"):
        stripe.Charge.create(amount=500, currency="usd")


def test_a_card_that_needs_its_customer_is_declined(box):
    with pytest.raises(stripe.CardError) as caught:
        stripe.Charge.create(amount=500, currency="usd", source="tok_threeDSecure2Required")
    assert caught.value.code == "authentication_required"


def test_authorizing_and_capturing(box, types):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa", capture=False)
    assert (charge.captured, charge.status) == (False, "succeeded")
    types()
    captured = stripe.Charge.capture(charge.id, amount=300)
    assert (captured.captured, captured.amount_captured, captured.amount_refunded) == (True, 300, 200)
    assert types() == ["charge.captured"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Charge.capture(charge.id)
    assert caught.value.code == "charge_already_captured"


def test_capturing_too_much_is_refused(box):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa", capture=False)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Charge.capture(charge.id, amount=501)
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount")


def test_an_expired_charge_cannot_be_captured(box, types):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa", capture=False)
    types()
    box.clock.advance(days=7)
    assert types() == ["charge.expired"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Charge.capture(charge.id)
    assert caught.value.code == "charge_expired_for_capture"


def test_a_released_charge_cannot_be_captured(box):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa", capture=False)
    stripe.Refund.create(charge=charge.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Charge.capture(charge.id)
    assert caught.value.code == "charge_already_refunded"


def test_a_charge_of_an_intent_is_captured_by_its_intent(box):
    intent = stripe.PaymentIntent.create(
        amount=500, currency="usd", payment_method="pm_card_visa", confirm=True, capture_method="manual"
    )
    with pytest.raises(stripe.InvalidRequestError, match="Capture the PaymentIntent instead"):
        stripe.Charge.capture(intent.latest_charge)


def test_an_update_changes_words(box, types):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa")
    types()
    after = stripe.Charge.modify(
        charge.id, description="Tea", metadata={"a": "1"}, fraud_details={"user_report": "safe"}, receipt_email="jo@example.com"
    )
    assert (after.description, after.metadata.to_dict(), after.fraud_details.user_report) == ("Tea", {"a": "1"}, "safe")
    assert types() == ["charge.updated"]


def test_listing_by_intent_and_customer_and_searching(box):
    customer = stripe.Customer.create()
    intent = stripe.PaymentIntent.create(
        amount=500, currency="usd", payment_method="pm_card_visa", confirm=True, customer=customer.id, metadata={"order": "42"}
    )
    stripe.Charge.create(amount=700, currency="usd", source="tok_visa")
    for found in (
        stripe.Charge.list(payment_intent=intent.id),
        stripe.Charge.list(customer=customer.id),
        stripe.Charge.search(query="metadata['order']:'42'"),
    ):
        assert [charge.id for charge in found.data] == [intent.latest_charge]


def test_a_dispute_follows_a_charge_too(box):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_createDispute")
    assert stripe.Charge.retrieve(charge.id).disputed is True
