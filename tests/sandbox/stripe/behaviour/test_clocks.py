"""Stripe's test clocks: forward only, two intervals at most, and everything of their customers follows."""

import pytest
import stripe

DAY = 86_400
START = 1_800_000_000


@pytest.fixture
def price(box):
    product = stripe.Product.create(name="Plan")
    return stripe.Price.create(product=product.id, currency="usd", unit_amount=1000, recurring={"interval": "month"})


def on_clock(clock, token="pm_card_visa"):
    customer = stripe.Customer.create(test_clock=clock.id)
    method = stripe.PaymentMethod.attach(token, customer=customer.id)
    stripe.Customer.modify(customer.id, invoice_settings={"default_payment_method": method.id})
    return customer


def advance(clock, seconds):
    now = stripe.test_helpers.TestClock.retrieve(clock.id).frozen_time
    return stripe.test_helpers.TestClock.advance(clock.id, frozen_time=now + seconds)


@pytest.fixture
def clock(box):
    return stripe.test_helpers.TestClock.create(frozen_time=START, name="renewals")


def test_advancing_is_told_first_and_ready_after(clock, types):
    types()
    answered = advance(clock, DAY)
    assert (answered.status, answered.frozen_time) == ("advancing", START)
    assert answered.status_details.advancing.target_frozen_time == START + DAY
    after = stripe.test_helpers.TestClock.retrieve(clock.id)
    assert (after.status, after.frozen_time) == ("ready", START + DAY)
    assert types() == ["test_helpers.test_clock.advancing", "test_helpers.test_clock.ready"]


def test_a_subscription_follows_its_customers_clock(box, clock, price):
    customer = on_clock(clock)
    made = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id}])
    assert (made.created, made.test_clock, made.status) == (START, clock.id, "active")
    box.clock.advance(days=6)
    assert len(stripe.Invoice.list(customer=customer.id).data) == 1
    advance(clock, 32 * DAY)
    first, _ = stripe.Invoice.list(customer=customer.id).data
    assert (first.status, first.billing_reason, first.test_clock) == ("paid", "subscription_cycle", clock.id)
    assert START + 30 * DAY < first.created < START + 32 * DAY
    assert box.object(first.id)["status_transitions"]["paid_at"] == first.created + 3_600


def test_others_do_not_follow(box, clock, price):
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=stripe.Customer.create().id)
    stripe.Subscription.create(customer=method.customer, items=[{"price": price.id}], default_payment_method=method.id)
    advance(clock, 300 * DAY)
    assert len(stripe.Invoice.list(customer=method.customer).data) == 1


@pytest.mark.parametrize("seconds", [0, -DAY, 732 * DAY])
def test_where_a_clock_cannot_go(clock, seconds):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        advance(clock, seconds)
    assert caught.value.param == "frozen_time"
    assert stripe.test_helpers.TestClock.retrieve(clock.id).frozen_time == START


def test_two_intervals_of_the_shortest_subscription_are_the_most(clock, price):
    stripe.Subscription.create(customer=on_clock(clock).id, items=[{"price": price.id}])
    with pytest.raises(stripe.InvalidRequestError, match="two intervals"):
        advance(clock, 63 * DAY)
    advance(clock, 50 * DAY)


def test_an_advance_under_way_excludes_another(box, clock):
    """A webhook handler that moves the clock while it moves cannot: it hears of `advancing` when all is done."""
    held = box.store["test_helpers.test_clock"][clock.id]
    held["_advancing"] = START + 1
    with pytest.raises(stripe.InvalidRequestError) as caught:
        advance(clock, DAY)
    assert caught.value.code == "test_clock_advancing"


def test_deleting_a_clock_takes_its_customers_along(box, clock, price):
    customer = on_clock(clock)
    made = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id}])
    assert [one.id for one in stripe.Customer.list(test_clock=clock.id).data] == [customer.id]
    assert stripe.test_helpers.TestClock.delete(clock.id).deleted
    assert stripe.Customer.retrieve(customer.id).deleted
    assert stripe.Subscription.retrieve(made.id).status == "canceled"
    assert stripe.test_helpers.TestClock.list().data == []


def test_a_clock_lives_a_week(box, clock):
    box.clock.advance(days=7)
    with pytest.raises(stripe.InvalidRequestError):
        stripe.test_helpers.TestClock.retrieve(clock.id)


def test_a_clock_that_does_not_exist_takes_no_customer(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Customer.create(test_clock="clock_missing")
    assert caught.value.param == "test_clock"


def test_dunning_goes_on_the_test_clock(box, clock, price):
    customer = on_clock(clock)
    made = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id}])
    method = stripe.PaymentMethod.attach("pm_card_chargeCustomerFail", customer=customer.id)
    stripe.Customer.modify(customer.id, invoice_settings={"default_payment_method": method.id})
    advance(clock, 32 * DAY)
    assert stripe.Subscription.retrieve(made.id).status == "past_due"
    advance(clock, 20 * DAY)
    assert stripe.Subscription.retrieve(made.id).status == "canceled"
