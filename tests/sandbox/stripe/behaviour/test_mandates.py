"""Mandates: given with a debit or a set-up, and ended by what the bank says."""

import pytest
import stripe


def bank(number="000123456789", type_name="us_bank_account"):
    account = {"account_number": number, "routing_number": "110000000", "account_holder_type": "individual"}
    details = {"iban": number} if type_name == "sepa_debit" else account
    return stripe.PaymentMethod.create(
        type=type_name, billing_details={"name": "Jo", "email": "jo@example.com"}, **{type_name: details}
    )


def debit(method, **more):
    currency = "eur" if method.type == "sepa_debit" else "usd"
    made = stripe.PaymentIntent.create(
        amount=500, currency=currency, payment_method=method.id, allowed_payment_method_types=[method.type], confirm=True, **more
    )
    charge = stripe.Charge.retrieve(made.latest_charge)
    return stripe.Mandate.retrieve(charge.payment_method_details[method.type].mandate)


def test_one_debit_has_a_mandate_for_it_alone(box):
    mandate = debit(bank())
    assert (mandate.type, mandate.status, mandate.single_use.amount) == ("single_use", "active", 500)


def test_a_saved_account_has_a_mandate_for_more(box):
    mandate = debit(bank("DE89370400440532013000", "sepa_debit"), setup_future_usage="off_session")
    assert (mandate.type, mandate.multi_use is not None, mandate.payment_method_details.sepa_debit.reference != "") == (
        "multi_use",
        True,
        True,
    )


def test_a_set_up_gives_a_mandate(box):
    intent = stripe.SetupIntent.create(payment_method=bank().id, allowed_payment_method_types=["us_bank_account"], confirm=True)
    assert stripe.Mandate.retrieve(intent.mandate).status == "active"
    card = stripe.SetupIntent.create(payment_method="pm_card_visa", confirm=True)
    assert card.mandate is None


@pytest.mark.parametrize(("number", "status"), [("000111111113", "inactive"), ("000222222227", "active")])
def test_what_the_bank_says_ends_it(box, types, number, status):
    mandate = debit(bank(number))
    box.clock.advance(days=5)
    assert stripe.Mandate.retrieve(mandate.id).status == status
    assert ("mandate.updated" in types()) == (status == "inactive")
