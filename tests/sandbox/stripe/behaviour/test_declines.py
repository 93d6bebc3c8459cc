"""Every documented decline, by its test token, through the unmodified SDK."""

import pytest
import stripe

# Published table: token, code, decline code, param, advice code.
DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None, "try_again_later"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None, "try_again_later"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None, "do_not_try_again"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None, "do_not_try_again"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month", "confirm_card_data"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc", "confirm_card_data"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None, "try_again_later"),
    ("pm_card_chargeDeclinedFraudulent", "card_declined", "fraudulent", None, None),
    ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded", None, None),
]


@pytest.mark.parametrize(("token", "code", "decline_code", "param", "advice_code"), DECLINES)
def test_a_declining_card_is_refused_and_the_intent_waits_for_another(box, token, code, decline_code, param, advice_code):
    intent = stripe.PaymentIntent.create(amount=2_000, currency="usd")
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentIntent.confirm(intent.id, payment_method=token)

    error = caught.value.error
    assert caught.value.http_status == 402
    assert (caught.value.code, error.type, error.decline_code, error.param, error.advice_code) == (
        code, "card_error", decline_code, param, advice_code,
    )  # fmt: skip
    assert error.doc_url.endswith(code.replace("_", "-"))
    assert error.payment_intent.id == intent.id
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_method.id.startswith("pm_")

    after = stripe.PaymentIntent.retrieve(intent.id, expand=["latest_charge"])
    assert (after.status, after.payment_method) == ("requires_payment_method", None)
    assert (after.last_payment_error.code, after.last_payment_error.decline_code) == (code, decline_code)
    charge = after.latest_charge
    assert charge.id == error.charge
    assert (charge.status, charge.paid, charge.captured, charge.failure_code) == ("failed", False, False, code)
    assert charge.balance_transaction is None

    paid = stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa")
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(("token", "code", "decline_code", "param", "advice_code"), DECLINES)
def test_the_error_leaves_out_what_is_null(box, token, code, decline_code, param, advice_code):
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentIntent.create(amount=2_000, currency="usd", payment_method=token, confirm=True)
    sent = caught.value.json_body["error"]
    assert None not in sent.values()
    assert ("param" in sent) == (param is not None)
    assert ("advice_code" in sent) == (advice_code is not None)


@pytest.mark.parametrize("token", [row[0] for row in DECLINES if row[0] != "pm_card_chargeDeclinedFraudulent"])
def test_a_declining_card_cannot_be_attached(box, token):
    customer = stripe.Customer.create(email="jo@example.com")
    with pytest.raises(stripe.CardError):
        stripe.PaymentMethod.attach(token, customer=customer.id)
    assert stripe.PaymentMethod.list(customer=customer.id).data == []


def test_a_card_may_attach_and_then_decline_every_charge(box):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_chargeCustomerFail", customer=customer.id)
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            stripe.PaymentIntent.create(
                amount=500, currency="usd", customer=customer.id, payment_method=method.id, confirm=True, off_session=True
            )
        assert caught.value.code == "card_declined"


def test_a_refused_create_still_leaves_an_intent(box):
    with pytest.raises(stripe.CardError):
        stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa_chargeDeclined", confirm=True)
    [left] = stripe.PaymentIntent.list().data
    assert left.status == "requires_payment_method"


def test_a_decline_tells_charge_failed_then_payment_failed(box, types):
    with pytest.raises(stripe.CardError):
        stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa_chargeDeclined", confirm=True)
    assert types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


def test_the_outcome_of_an_expired_card_names_the_network_codes(box):
    with pytest.raises(stripe.CardError):
        stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_chargeDeclinedExpiredCard", confirm=True)
    [charge] = stripe.Charge.list().data
    outcome = charge.outcome
    assert (outcome.network_decline_code, outcome.network_advice_code) == ("54", "03")
    assert (outcome.network_status, outcome.reason) == ("declined_by_network", "expired_card")
    assert (outcome.advice_code, outcome.type) == ("confirm_card_data", "issuer_declined")


def test_a_blocked_payment_was_never_sent_to_the_network(box):
    with pytest.raises(stripe.CardError):
        stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_radarBlock", confirm=True)
    [charge] = stripe.Charge.list().data
    outcome = charge.outcome
    assert (outcome.type, outcome.reason, outcome.risk_level) == ("blocked", "highest_risk_level", "highest")
    assert (outcome.network_status, outcome.advice_code) == ("not_sent_to_network", "do_not_try_again")
    assert (outcome.network_decline_code, outcome.network_advice_code) == (None, None)


def test_an_elevated_risk_is_taken_and_told(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_riskLevelElevated", confirm=True)
    assert intent.status == "succeeded"
    assert stripe.Charge.retrieve(intent.latest_charge).outcome.risk_level == "elevated"


@pytest.mark.parametrize(
    ("token", "check"),
    [
        ("pm_card_cvcCheckFail", "cvc_check"),
        ("pm_card_avsZipFail", "address_postal_code_check"),
        ("pm_card_avsLine1Fail", "address_line1_check"),
    ],
)
def test_a_failed_check_does_not_decline(box, token, check):
    name = token.replace("pm_card_", "tok_")
    billing = {"address": {"line1": "1 High Street", "postal_code": "94105"}}
    method = stripe.PaymentMethod.create(type="card", card={"token": name}, billing_details=billing)
    intent = stripe.PaymentIntent.create(amount=500, currency="usd", payment_method=method.id, confirm=True)
    charge = stripe.Charge.retrieve(intent.latest_charge)
    checks = charge.payment_method_details.card.checks.to_dict()
    assert {name for name, result in checks.items() if result == "fail"} == {check}


def test_the_message_of_a_decline_is_the_customers(box):
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentIntent.create(
            amount=500, currency="usd", payment_method="pm_card_visa_chargeDeclinedInsufficientFunds", confirm=True
        )
    assert caught.value.user_message == "Your card has insufficient funds."


def test_raw_numbers_decline_like_their_tokens_and_a_cvc_only_when_it_was_given():
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(check_answers=True, allow_raw_cards=True):
        card = {"number": "4000000000000127", "exp_month": 12, "exp_year": 2040}
        without = stripe.PaymentMethod.create(type="card", card=card)
        intent = stripe.PaymentIntent.create(amount=500, currency="usd", payment_method=without.id, confirm=True)
        assert intent.status == "succeeded"
        with_cvc = stripe.PaymentMethod.create(type="card", card={**card, "cvc": "123"})
        with pytest.raises(stripe.CardError) as caught:
            stripe.PaymentIntent.create(amount=500, currency="usd", payment_method=with_cvc.id, confirm=True)
        assert caught.value.code == "incorrect_cvc"
