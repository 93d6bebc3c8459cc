"""Microdeposits: 32 and 45, or SM11AA, prove an account; nothing else does."""

import pytest
import stripe

OPTIONS = {"us_bank_account": {"verification_method": "microdeposits"}}


def bank(number="000123456789"):
    account = {"account_number": number, "routing_number": "110000000", "account_holder_type": "individual"}
    return stripe.PaymentMethod.create(type="us_bank_account", us_bank_account=account, billing_details={"name": "Jo"})


def pay(**more):
    return stripe.PaymentIntent.create(
        amount=500,
        currency="usd",
        payment_method=bank(**more).id,
        allowed_payment_method_types=["us_bank_account"],
        payment_method_options=OPTIONS,
        confirm=True,
    )


@pytest.mark.parametrize("proof", [{"amounts": [32, 45]}, {"amounts": [45, 32]}, {"descriptor_code": "SM11AA"}])
def test_a_payment_waits_for_the_proof(box, proof):
    intent = pay()
    assert (intent.status, intent.next_action.type) == ("requires_action", "verify_with_microdeposits")
    assert stripe.PaymentIntent.verify_microdeposits(intent.id, **proof).status == "processing"
    box.clock.advance(days=5)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"


def test_a_set_up_waits_for_the_proof(box):
    made = stripe.SetupIntent.create(
        payment_method=bank().id, allowed_payment_method_types=["us_bank_account"], payment_method_options=OPTIONS, confirm=True
    )
    assert made.status == "requires_action"
    assert stripe.SetupIntent.verify_microdeposits(made.id, amounts=[32, 45]).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.SetupIntent.verify_microdeposits(made.id, amounts=[32, 45])
    assert caught.value.code == "setup_intent_unexpected_state"


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        ({"amounts": [1, 2]}, "payment_method_microdeposit_verification_amounts_mismatch"),
        ({"descriptor_code": "SM22BB"}, "payment_method_microdeposit_verification_descriptor_code_mismatch"),
    ],
)
def test_a_wrong_proof_is_refused_ten_times(box, proof, code):
    intent = pay()
    for number in range(10):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            stripe.PaymentIntent.verify_microdeposits(intent.id, **proof)
        last = "payment_method_microdeposit_verification_attempts_exceeded"
        assert caught.value.code == (code if number < 9 else last)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "requires_action"


def test_an_account_that_microdeposits_do_not_reach(box):
    intent = pay(number="000666666661")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.verify_microdeposits(intent.id, amounts=[32, 45])
    assert caught.value.code == "payment_method_microdeposit_failed"


def test_a_proof_must_be_given(box):
    with pytest.raises(stripe.InvalidRequestError, match="either amounts or descriptor_code"):
        stripe.PaymentIntent.verify_microdeposits(pay().id)
