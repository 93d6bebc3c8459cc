"""Bank debits: processing first, the outcome days later."""

import pytest
import stripe

from payproof.sandbox import SandboxError


def ach(number):
    account = {"account_number": number, "routing_number": "110000000", "account_holder_type": "individual"}
    return pay({"type": "us_bank_account", "us_bank_account": account}, "usd")


def sepa(iban):
    return pay(
        {"type": "sepa_debit", "sepa_debit": {"iban": iban}, "billing_details": {"name": "Jo", "email": "jo@example.com"}}, "eur"
    )


def pay(described, currency):
    method = stripe.PaymentMethod.create(**described)
    return stripe.PaymentIntent.create(amount=2_000, currency=currency, payment_method=method.id, confirm=True)


def test_a_debit_is_processing_until_the_bank_answers(box, types):
    intent = ach("000123456789")
    assert (intent.status, intent.amount_received) == ("processing", 0)
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.balance_transaction) == ("pending", False, None)
    assert charge.id.startswith("py_")
    assert types()[-2:] == ["charge.pending", "payment_intent.processing"]
    box.clock.advance(days=4)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"
    assert types() == ["charge.succeeded", "payment_intent.succeeded"]
    assert box.money()["usd"].charged == 2_000


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("000111111113", "account_closed"),
        ("000111111116", "no_account"),
        ("000222222227", "insufficient_funds"),
        ("000333333335", "debit_not_authorized"),
        ("000444444440", "invalid_currency"),
    ],
)
def test_a_debit_fails_later(box, types, number, code):
    intent = ach(number)
    assert intent.status == "processing"
    types()
    box.clock.advance(days=4)
    after = stripe.PaymentIntent.retrieve(intent.id)
    assert (after.status, after.last_payment_error.decline_code) == ("requires_payment_method", code)
    assert stripe.Charge.retrieve(after.latest_charge).failure_code == code
    assert types()[:2] == ["charge.failed", "payment_intent.payment_failed"]
    assert box.money() == {}


def test_a_debit_may_stay_in_processing(box):
    intent = ach("000000000009")
    box.clock.advance(days=30)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "processing"
    assert box.settle(intent.id, succeed=False)["status"] == "requires_payment_method"


def test_a_debit_may_be_disputed(box):
    intent = ach("000555555559")
    box.clock.advance(days=4)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"
    [dispute] = stripe.Dispute.list().data
    assert dispute.reason == "debit_not_authorized"


@pytest.mark.parametrize(
    ("iban", "status"), [("DE89370400440532013000", "succeeded"), ("DE62370400440532013001", "requires_payment_method")]
)
def test_sepa_comes_out_as_its_test_account_says(box, iban, status):
    intent = sepa(iban)
    assert intent.status == "processing"
    assert box.settle(intent.id)["status"] == status


def test_a_debit_comes_out_once(box):
    intent = ach("000123456789")
    box.settle(intent.id)
    with pytest.raises(SandboxError, match="is not pending; it is succeeded"):
        box.settle(intent.id)
    box.clock.advance(days=5)
    assert box.money()["usd"].charged == 2_000


def test_a_pending_debit_cannot_be_refunded_and_a_paid_one_can(box):
    intent = ach("000123456789")
    with pytest.raises(stripe.InvalidRequestError, match="has not succeeded"):
        stripe.Refund.create(payment_intent=intent.id)
    box.settle(intent.id)
    refund = stripe.Refund.create(payment_intent=intent.id)
    assert refund.status == "pending"
    assert box.settle(refund.id)["status"] == "succeeded"


def test_an_account_needs_its_number(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentMethod.create(type="us_bank_account", us_bank_account={"routing_number": "110000000"})
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "us_bank_account[account_number]")
