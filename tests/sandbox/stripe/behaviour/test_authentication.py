"""3D Secure: when a card asks for the customer, and what comes of it."""

import pytest
import stripe

from payproof.sandbox import SandboxError


def make(token, **more):
    return stripe.PaymentIntent.create(**{"amount": 2_000, "currency": "usd", "payment_method": token, "confirm": True, **more})


CHALLENGED = [
    "pm_card_authenticationRequired",
    "pm_card_authenticationRequiredOnSetup",
    "pm_card_authenticationRequiredSetupForOffSession",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    "pm_card_threeDSecure2Required",
    "pm_card_threeDSecureRequiredChargeDeclined",
]


@pytest.mark.parametrize("token", CHALLENGED)
def test_a_card_that_must_be_authenticated_waits_for_the_customer(box, types, token):
    intent = make(token)
    assert intent.status == "requires_action"
    assert intent.next_action.type == "use_stripe_sdk"
    assert intent.latest_charge is None
    assert types() == ["payment_intent.created", "payment_intent.requires_action"]


@pytest.mark.parametrize("token", ["pm_card_visa", "pm_card_amex", "pm_card_threeDSecureOptional"])
def test_other_cards_go_without(box, token):
    assert make(token).status == "succeeded"


def test_with_a_return_url_the_customer_is_redirected(box):
    intent = make("pm_card_authenticationRequired", return_url="https://shop.example/back")
    assert intent.next_action.type == "redirect_to_url"
    assert intent.next_action.redirect_to_url.return_url == "https://shop.example/back"
    assert intent.next_action.redirect_to_url.url.startswith("https://hooks.stripe.com/")


def test_success_pays_and_is_told_on_the_charge(box, types):
    intent = make("pm_card_authenticationRequired")
    types()
    assert box.authenticate(intent.id)["status"] == "succeeded"
    after = stripe.PaymentIntent.retrieve(intent.id, expand=["latest_charge"])
    assert (after.status, after.next_action) == ("succeeded", None)
    assert after.latest_charge.payment_method_details.card.three_d_secure.result == "authenticated"
    assert types() == ["charge.succeeded", "payment_intent.succeeded"]
    assert box.outbox[-1].body["request"] == {"id": None, "idempotency_key": None}


def test_success_of_a_manual_capture_authorizes(box):
    intent = make("pm_card_authenticationRequired", capture_method="manual")
    assert box.authenticate(intent.id)["status"] == "requires_capture"


def test_success_of_a_manual_confirmation_waits_for_the_server(box):
    intent = make("pm_card_authenticationRequired", confirmation_method="manual")
    assert box.authenticate(intent.id)["status"] == "requires_confirmation"
    assert stripe.PaymentIntent.confirm(intent.id).status == "succeeded"


def test_failure_puts_the_intent_back(box, types):
    intent = make("pm_card_authenticationRequired")
    types()
    after = box.authenticate(intent.id, "fail")
    assert (after["status"], after["payment_method"], after["next_action"]) == ("requires_payment_method", None, None)
    assert after["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert types() == ["payment_intent.payment_failed"]
    assert stripe.Charge.list().data == []


def test_a_customer_who_walks_away_changes_nothing(box, types):
    intent = make("pm_card_authenticationRequired")
    types()
    assert box.authenticate(intent.id, "abandon")["status"] == "requires_action"
    assert types() == []


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_threeDSecureRequiredChargeDeclined", "generic_decline"),
    ],
)
def test_a_card_may_decline_after_authentication(box, token, decline_code):
    intent = make(token)
    after = box.authenticate(intent.id)
    assert after["status"] == "requires_payment_method"
    assert after["last_payment_error"]["decline_code"] == decline_code


def test_an_authentication_does_not_outlive_a_decline(box):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.create(type="card", card={"token": "tok_threeDSecureRequiredChargeDeclined"})
    method = stripe.PaymentMethod.attach(method.id, customer=customer.id)
    intent = make(method.id, customer=customer.id)
    box.authenticate(intent.id)
    assert stripe.PaymentIntent.confirm(intent.id, payment_method=method.id).status == "requires_action"


def test_a_failed_lookup_is_a_decline(box):
    with pytest.raises(stripe.CardError) as caught:
        make("pm_card_threeDSecureRequiredProcessingError")
    assert caught.value.code == "card_declined"


def test_off_session_a_challenge_is_a_decline(box):
    with pytest.raises(stripe.CardError) as caught:
        make("pm_card_authenticationRequired", off_session=True)
    assert (caught.value.code, caught.value.error.decline_code) == ("authentication_required", "authentication_required")
    assert caught.value.error.payment_intent.status == "requires_payment_method"
    assert caught.value.error.charge.startswith("ch_")


def test_an_integration_that_cannot_act_is_told_so(box):
    with pytest.raises(stripe.CardError) as caught:
        make("pm_card_authenticationRequired", error_on_requires_action=True)
    assert (caught.value.code, caught.value.error.decline_code) == ("authentication_required", "authentication_not_handled")
    [intent] = stripe.PaymentIntent.list().data
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)


def test_a_card_set_up_before_pays_off_session(box):
    customer = stripe.Customer.create()
    setup = stripe.SetupIntent.create(
        customer=customer.id, payment_method="pm_card_authenticationRequiredOnSetup", confirm=True, usage="off_session"
    )
    assert setup.status == "requires_action"
    box.authenticate(setup.id)
    intent = make(setup.payment_method, customer=customer.id, off_session=True)
    assert intent.status == "succeeded"


def test_the_same_card_not_set_up_does_not(box):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_authenticationRequiredOnSetup", customer=customer.id)
    with pytest.raises(stripe.CardError) as caught:
        make(method.id, customer=customer.id, off_session=True)
    assert caught.value.code == "authentication_required"


def test_a_card_already_set_up_pays_off_session(box):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_authenticationRequiredSetupForOffSession", customer=customer.id)
    assert make(method.id, customer=customer.id, off_session=True).status == "succeeded"


@pytest.mark.parametrize(
    ("token", "status"),
    [("pm_card_threeDSecureOptional", "requires_action"), ("pm_card_visa", "succeeded"), ("pm_card_amex", "succeeded")],
)
def test_authentication_can_be_asked_for(box, token, status):
    options = {"card": {"request_three_d_secure": "any"}}
    assert make(token, payment_method_options=options).status == status


def test_an_error_of_an_optional_authentication_is_told_on_the_charge(box):
    options = {"card": {"request_three_d_secure": "any"}}
    intent = make("pm_card_threeDSecureOptionalProcessingError", payment_method_options=options)
    details = stripe.Charge.retrieve(intent.latest_charge).payment_method_details
    assert details.card.three_d_secure.result == "processing_error"


def test_only_an_intent_that_waits_can_be_authenticated(box):
    intent = make("pm_card_visa")
    with pytest.raises(SandboxError, match="does not wait for authentication; it is succeeded"):
        box.authenticate(intent.id)
    with pytest.raises(SandboxError, match="'maybe' is no outcome"):
        box.authenticate(intent.id, "maybe")
    with pytest.raises(SandboxError, match="has no payment_intent or setup_intent 'pi_nothing'"):
        box.authenticate("pi_nothing")
