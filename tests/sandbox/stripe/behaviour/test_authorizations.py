"""Manual capture: whole, in part, raised, cancelled, and left to expire."""

import pytest
import stripe

INCREMENTAL = {"card": {"request_incremental_authorization": "if_available"}}


def authorized(**more):
    return stripe.PaymentIntent.create(
        amount=2_000, currency="usd", payment_method="pm_card_visa", confirm=True, capture_method="manual", **more
    )


def test_an_authorization_holds_and_takes_nothing(box, types):
    intent = authorized()
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 2_000, 0)
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.captured, charge.balance_transaction) == ("succeeded", True, False, None)
    assert charge.payment_method_details.card.capture_before == charge.created + 7 * 86_400
    assert types() == ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"]
    assert box.money() == {}


def test_capturing_takes_it(box, types):
    intent = authorized()
    types()
    captured = stripe.PaymentIntent.capture(intent.id)
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 2_000, 0)
    assert types() == ["charge.captured", "payment_intent.succeeded"]
    assert box.money()["usd"].charged == 2_000


def test_capturing_less_releases_the_rest(box):
    intent = authorized()
    captured = stripe.PaymentIntent.capture(intent.id, amount_to_capture=1_500)
    assert (captured.amount, captured.amount_received) == (2_000, 1_500)
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (1_500, 500, False)
    assert box.money()["usd"].charged == 1_500
    stripe.Refund.create(payment_intent=intent.id)
    assert box.money()["usd"].refunded == 1_500


def test_capturing_more_is_refused(box):
    intent = authorized()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.capture(intent.id, amount_to_capture=2_001)
    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")
    assert stripe.PaymentIntent.retrieve(intent.id).status == "requires_capture"


def test_capturing_can_change_metadata(box):
    captured = stripe.PaymentIntent.capture(authorized(metadata={"a": "1"}).id, metadata={"b": "2"})
    assert captured.metadata.to_dict() == {"a": "1", "b": "2"}


def test_cancelling_releases_the_authorization(box, types):
    intent = authorized()
    types()
    cancelled = stripe.PaymentIntent.cancel(intent.id, cancellation_reason="requested_by_customer")
    assert (cancelled.status, cancelled.cancellation_reason) == ("canceled", "requested_by_customer")
    assert cancelled.canceled_at == box.clock.now()
    assert types() == ["charge.refunded", "payment_intent.canceled"]
    charge = stripe.Charge.retrieve(intent.latest_charge)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, True, 2_000)
    assert box.money() == {}


def test_an_authorization_expires_after_seven_days(box, types):
    intent = authorized()
    types()
    box.clock.advance(days=6, hours=23)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "requires_capture"
    box.clock.advance(hours=1)
    expired = stripe.PaymentIntent.retrieve(intent.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    assert types() == ["charge.expired", "payment_intent.canceled"]


def test_a_captured_authorization_does_not_expire(box):
    intent = authorized()
    stripe.PaymentIntent.capture(intent.id)
    box.clock.advance(days=8)
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"


def test_an_authorization_can_be_raised(box, types):
    intent = authorized(payment_method_options=INCREMENTAL)
    types()
    raised = stripe.PaymentIntent.increment_authorization(intent.id, amount=2_600)
    assert (raised.amount, raised.amount_capturable) == (2_600, 2_600)
    assert types() == ["payment_intent.amount_capturable_updated"]
    assert stripe.PaymentIntent.capture(intent.id).amount_received == 2_600


def test_raising_needs_to_be_asked_for_and_to_raise(box):
    with pytest.raises(stripe.InvalidRequestError, match="does not allow incremental authorization"):
        stripe.PaymentIntent.increment_authorization(authorized().id, amount=2_600)
    intent = authorized(payment_method_options=INCREMENTAL)
    with pytest.raises(stripe.InvalidRequestError, match="must be greater"):
        stripe.PaymentIntent.increment_authorization(intent.id, amount=2_000)


def test_an_authorization_can_be_raised_ten_times(box):
    intent = authorized(payment_method_options=INCREMENTAL)
    for step in range(1, 11):
        stripe.PaymentIntent.increment_authorization(intent.id, amount=2_000 + step)
    with pytest.raises(stripe.InvalidRequestError, match="at most 10 times"):
        stripe.PaymentIntent.increment_authorization(intent.id, amount=3_000)


def test_only_an_authorization_can_be_raised(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.increment_authorization(intent.id, amount=600)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_capturing_by_option_of_the_method(box):
    intent = stripe.PaymentIntent.create(
        amount=500,
        currency="usd",
        payment_method="pm_card_visa",
        confirm=True,
        payment_method_options={"card": {"capture_method": "manual"}},
    )
    assert intent.status == "requires_capture"
