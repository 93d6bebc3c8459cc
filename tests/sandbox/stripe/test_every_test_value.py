"""Every published test value is played: what the table says of it is what happens."""

import pytest
import stripe

from payproof.sandbox.stripe import values

VALUES = values.test_values()
CARDS = [card for card in VALUES.cards if card.token]
NUMBERS = [(kind, number) for kind, numbers in VALUES.accounts.items() for number in numbers]
CHALLENGED = ("required", "always", "unless_set_up", "already_set_up")


def pay(box, card, **more):
    """Pay with a test card; return the intent and the error, if there was one. A challenge is passed."""
    try:
        made = stripe.PaymentIntent.create(
            amount=2_000,
            currency="usd",
            payment_method=f"pm_card_{card.name}",
            confirm=True,
            return_url="https://a.example/",
            **more,
        )
    except stripe.CardError as error:
        return stripe.PaymentIntent.retrieve(error.error.payment_intent.id), error
    if made.status == "requires_action":
        assert card.three_d_secure in CHALLENGED
        box.authenticate(made.id)
    return stripe.PaymentIntent.retrieve(made.id), None


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_payment_with_every_card(box, card):
    intent, error = pay(box, card)
    if card.charge is None:
        assert (intent.status, error) == ("succeeded", None)
        charge = stripe.Charge.retrieve(intent.latest_charge)
        assert charge.outcome.risk_level == card.risk
        assert charge.payment_method_details.card.checks.cvc_check == card.cvc_check
        assert (charge.payment_method_details.card.three_d_secure is not None) == (card.three_d_secure in CHALLENGED)
        return
    decline = values.decline(card.charge)
    told = intent.last_payment_error
    assert (intent.status, told.code, told.decline_code) == ("requires_payment_method", decline.code, decline.decline_code)
    # A decline after the customer was asked comes to nobody's call.
    assert (error is None) == (card.three_d_secure in CHALLENGED)
    if error is not None:
        sent = error.error
        assert (sent.code, sent.decline_code, sent.param, sent.advice_code) == (
            decline.code,
            decline.decline_code,
            decline.param,
            decline.advice_code,
        )
        assert (error.http_status, error.user_message) == (402, decline.message)
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert charge.outcome.type == ("blocked" if card.blocked else "issuer_declined")
    again = stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa", return_url="https://a.example/")
    assert again.status == "succeeded"


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_card_is_attached_or_refused(box, card):
    customer = stripe.Customer.create()
    if card.attach is None:
        assert stripe.PaymentMethod.attach(f"pm_card_{card.name}", customer=customer.id).customer == customer.id
        return
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentMethod.attach(f"pm_card_{card.name}", customer=customer.id)
    assert caught.value.error.decline_code == values.decline(card.attach).decline_code
    assert stripe.PaymentMethod.list(customer=customer.id).data == []


@pytest.mark.parametrize("card", [card for card in CARDS if card.dispute], ids=lambda card: card.name)
def test_every_card_that_is_disputed(box, card):
    intent, _ = pay(box, card)
    disputes = stripe.Dispute.list(payment_intent=intent.id).data
    assert [one.reason for one in disputes] == [card.dispute.reason] * card.dispute.count
    wanted = "warning_needs_response" if card.dispute.inquiry else "needs_response"
    assert {one.status for one in disputes} == {wanted}
    assert sum(one.amount for one in disputes) == 2_000


@pytest.mark.parametrize(
    "card", [card for card in CARDS if card.refund or card.fraud_warning or card.available], ids=lambda card: card.name
)
def test_every_card_with_an_aftermath(box, card):
    intent, _ = pay(box, card)
    warnings = stripe.radar.EarlyFraudWarning.list(payment_intent=intent.id).data
    assert [one.fraud_type for one in warnings] == ([card.fraud_warning] if card.fraud_warning else [])
    moved = stripe.BalanceTransaction.list(source=intent.latest_charge).data[0]
    assert moved.status == ("available" if card.available else "pending")
    refund = stripe.Refund.create(payment_intent=intent.id)
    assert refund.status == ("pending" if card.refund == "pending" else "succeeded")
    box.clock.advance(days=1)
    assert stripe.Refund.retrieve(refund.id).status == ("failed" if card.refund == "fails" else "succeeded")


@pytest.mark.parametrize(("kind", "number"), NUMBERS)
def test_every_bank_account(box, kind, number):
    account = VALUES.accounts[kind][number]
    details = {"iban": number} if kind == "sepa_debit" else {"account_number": number, "routing_number": "110000000"}
    details |= {} if kind == "sepa_debit" else {"account_holder_type": "individual"}
    intent = stripe.PaymentIntent.create(
        amount=2_000,
        currency="eur" if kind == "sepa_debit" else "usd",
        allowed_payment_method_types=[kind],
        payment_method_data={"type": kind, kind: details, "billing_details": {"name": "Jo", "email": "jo@example.com"}},
        confirm=True,
    )
    assert intent.status == "processing"
    box.clock.advance(days=7)
    after = stripe.PaymentIntent.retrieve(intent.id)
    wanted = {"succeeds": "succeeded", "disputed": "succeeded", "fails": "requires_payment_method", "stays": "processing"}
    assert after.status == wanted[account.outcome]
    if account.outcome == "fails":
        assert stripe.Charge.retrieve(after.latest_charge).failure_code == account.code
    disputes = stripe.Dispute.list(payment_intent=intent.id).data
    assert [one.reason for one in disputes] == ([account.dispute.reason] if account.dispute else [])


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 1970}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "99"}, "invalid_cvc", "cvc"),
    ],
)
def test_every_invalid_datum(given, code, param):
    from payproof.sandbox import StripeSandbox

    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123", **given}
    with StripeSandbox(check_answers=True, allow_raw_cards=True), pytest.raises(stripe.CardError) as caught:
        stripe.PaymentMethod.create(type="card", card=card)
    assert (caught.value.code, caught.value.param) == (code, param)
