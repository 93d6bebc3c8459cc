"""ConfirmationTokens: used once, for one intent, within half a day."""

import pytest
import stripe


def token(**more):
    return stripe.ConfirmationToken.TestHelpers.create(**{"payment_method": "pm_card_visa", **more})


def pay(made, **more):
    return stripe.PaymentIntent.create(amount=500, currency="usd", confirm=True, confirmation_token=made.id, **more)


def test_an_intent_is_confirmed_with_what_was_collected(box):
    shipping = {"name": "Jo", "address": {"line1": "a", "country": "DE"}}
    made = token(setup_future_usage="off_session", shipping=shipping, return_url="https://a.example/")
    assert made.payment_method_preview.card.last4 == "4242"
    intent = pay(made)
    assert (intent.status, intent.setup_future_usage, intent.shipping.name) == ("succeeded", "off_session", "Jo")
    assert stripe.ConfirmationToken.retrieve(made.id).payment_intent == intent.id


def test_a_challenge_comes_back_to_the_tokens_page(box):
    intent = pay(token(payment_method="pm_card_authenticationRequired", return_url="https://a.example/"))
    assert intent.next_action.redirect_to_url.return_url == "https://a.example/"


def test_a_set_up_is_confirmed_with_it(box):
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}, "billing_details": {"name": "Jo"}}
    made = stripe.ConfirmationToken.TestHelpers.create(payment_method_data=data, return_url="https://a.example/")
    intent = stripe.SetupIntent.create(allowed_payment_method_types=["sepa_debit"])
    assert stripe.SetupIntent.confirm(intent.id, confirmation_token=made.id).status == "succeeded"
    assert stripe.ConfirmationToken.retrieve(made.id).setup_intent == intent.id


def test_it_is_used_once(box):
    made = token()
    pay(made)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be used again"):
        pay(made)


def test_it_expires(box):
    made = token()
    box.clock.advance(hours=13)
    with pytest.raises(stripe.InvalidRequestError, match="has expired"):
        pay(made)


def test_what_is_no_token(box):
    with pytest.raises(stripe.InvalidRequestError, match="exactly one"):
        stripe.ConfirmationToken.TestHelpers.create()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.create(amount=500, currency="usd", confirm=True, confirmation_token="ctoken_missing")
    assert caught.value.param == "confirmation_token"
    with pytest.raises(stripe.InvalidRequestError, match="can only be used when"):
        stripe.PaymentIntent.create(amount=500, currency="usd", confirmation_token=token().id)
