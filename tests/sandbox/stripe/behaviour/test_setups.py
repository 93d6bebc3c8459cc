"""SetupIntents: every allowed transition, every refused one."""

import pytest
import stripe


def requires_payment_method():
    return stripe.SetupIntent.create()


def requires_confirmation():
    return stripe.SetupIntent.create(payment_method="pm_card_visa")


def requires_action():
    return stripe.SetupIntent.create(payment_method="pm_card_authenticationRequired", confirm=True)


def succeeded():
    return stripe.SetupIntent.create(payment_method="pm_card_visa", confirm=True)


def canceled():
    return stripe.SetupIntent.cancel(requires_payment_method().id)


STATES = {
    state.__name__: state for state in (requires_payment_method, requires_confirmation, requires_action, succeeded, canceled)
}

VERBS = {
    "confirm": lambda intent: stripe.SetupIntent.confirm(intent.id, payment_method="pm_card_visa"),
    "cancel": lambda intent: stripe.SetupIntent.cancel(intent.id, cancellation_reason="abandoned"),
    "update": lambda intent: stripe.SetupIntent.modify(intent.id, payment_method="pm_card_visa"),
}

AFTER = {"confirm": "succeeded", "cancel": "canceled", "update": "requires_confirmation"}


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_reached_as_documented(box, state):
    assert STATES[state]().status == state


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_a_transition_is_allowed_or_refused(box, state, verb):
    intent = STATES[state]()
    if state not in ("succeeded", "canceled"):
        assert VERBS[verb](intent).status == AFTER[verb]
        return
    before = box.object(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        VERBS[verb](intent)
    assert (caught.value.http_status, caught.value.code) == (400, "setup_intent_unexpected_state")
    assert caught.value.error.setup_intent.status == state
    assert box.object(intent.id) == before


def test_success_attaches_the_method_and_leaves_an_attempt(box, types):
    customer = stripe.Customer.create()
    types()
    setup = stripe.SetupIntent.create(customer=customer.id, payment_method="pm_card_visa", confirm=True)
    assert (setup.status, setup.usage) == ("succeeded", "off_session")
    assert setup.client_secret.startswith(f"{setup.id}_secret_")
    assert stripe.PaymentMethod.retrieve(setup.payment_method).customer == customer.id
    assert types() == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]
    [attempt] = stripe.SetupAttempt.list(setup_intent=setup.id).data
    assert (attempt.id, attempt.status) == (setup.latest_attempt, "succeeded")


def test_a_declining_card_is_refused(box, types):
    setup = stripe.SetupIntent.create()
    types()
    with pytest.raises(stripe.CardError) as caught:
        stripe.SetupIntent.confirm(setup.id, payment_method="pm_card_visa_chargeDeclinedLostCard")
    assert (caught.value.code, caught.value.error.decline_code) == ("card_declined", "lost_card")
    assert caught.value.error.setup_intent.status == "requires_payment_method"
    assert types() == ["setup_intent.setup_failed"]
    after = stripe.SetupIntent.retrieve(setup.id)
    assert after.last_setup_error.decline_code == "lost_card"
    assert stripe.SetupIntent.confirm(setup.id, payment_method="pm_card_visa").last_setup_error is None


@pytest.mark.parametrize(
    ("outcome", "status"), [("succeed", "succeeded"), ("fail", "requires_payment_method"), ("abandon", "requires_action")]
)
def test_the_customer_authenticates(box, outcome, status):
    setup = requires_action()
    assert setup.next_action.type == "use_stripe_sdk"
    after = box.authenticate(setup.id, outcome)
    assert after["status"] == status
    if outcome == "fail":
        assert after["last_setup_error"]["code"] == "setup_intent_authentication_failure"


def test_a_card_that_is_already_set_up_needs_no_customer(box):
    setup = stripe.SetupIntent.create(payment_method="pm_card_authenticationRequiredSetupForOffSession", confirm=True)
    assert setup.status == "succeeded"


def test_authentication_can_be_asked_for(box):
    setup = stripe.SetupIntent.create(
        payment_method="pm_card_threeDSecureOptional",
        confirm=True,
        payment_method_options={"card": {"request_three_d_secure": "any"}},
        return_url="https://shop.example/back",
    )
    assert (setup.status, setup.next_action.type) == ("requires_action", "redirect_to_url")


def test_a_failed_lookup_is_a_decline(box):
    with pytest.raises(stripe.CardError):
        stripe.SetupIntent.create(payment_method="pm_card_threeDSecureRequiredProcessingError", confirm=True)


def test_a_card_may_decline_after_authentication(box):
    customer = stripe.Customer.create()
    setup = stripe.SetupIntent.create(customer=customer.id, payment_method="pm_card_authenticationRequired", confirm=True)
    box.store["payment_method"][setup.payment_method]["_card"] = "chargeDeclined"
    assert box.authenticate(setup.id)["status"] == "requires_payment_method"


def test_payment_method_data_describes_the_method(box):
    data = {"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}}
    with pytest.raises(stripe.InvalidRequestError, match="following types: card"):
        stripe.SetupIntent.create(payment_method_data=data)
    setup = stripe.SetupIntent.create(payment_method_data=data, allowed_payment_method_types=["sepa_debit"], confirm=True)
    assert setup.status == "succeeded"


def test_confirming_needs_a_payment_method(box):
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        stripe.SetupIntent.confirm(stripe.SetupIntent.create().id)


def test_metadata_can_change_at_any_time(box):
    assert stripe.SetupIntent.modify(succeeded().id, metadata={"a": "1"}).metadata.to_dict() == {"a": "1"}


def test_an_update_changes_the_customer(box):
    customer = stripe.Customer.create()
    assert stripe.SetupIntent.modify(requires_payment_method().id, customer=customer.id).customer == customer.id


def test_listing_by_customer(box):
    customer = stripe.Customer.create()
    mine = stripe.SetupIntent.create(customer=customer.id)
    stripe.SetupIntent.create()
    assert [setup.id for setup in stripe.SetupIntent.list(customer=customer.id).data] == [mine.id]
