"""Subscription schedules: phases follow one another on the clock."""

import pytest
import stripe

from payproof.sandbox import NotImitated, StripeSandbox

DAY = 86_400


@pytest.fixture
def customer(box):
    return stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})


def price(amount, interval="month"):
    return stripe.Price.create(
        currency="usd", unit_amount=amount, recurring={"interval": interval}, product_data={"name": f"Plan {amount}"}
    )


def phase(amount, months=1, **more):
    return {"items": [{"price": price(amount).id}], "duration": {"interval": "month", "interval_count": months}, **more}


def schedule(customer, *phases, **more):
    return stripe.SubscriptionSchedule.create(customer=customer.id, start_date="now", phases=list(phases), **more)


def amounts(customer):
    return [invoice.total for invoice in reversed(stripe.Invoice.list(customer=customer.id, limit=100).data)]


def test_phases_follow_one_another_and_let_go(box, customer, types):
    made = schedule(customer, phase(1_000, 2), phase(2_000), metadata={"a": "b"})
    assert (made.status, made.end_behavior) == ("active", "release")
    subscription = stripe.Subscription.retrieve(made.subscription)
    assert (subscription.schedule, subscription.status) == (made.id, "active")
    box.clock.advance(days=95)
    assert amounts(customer) == [1_000, 1_000, 2_000, 2_000]
    after = stripe.SubscriptionSchedule.retrieve(made.id)
    assert (after.status, after.released_subscription, after.subscription) == ("released", subscription.id, None)
    assert stripe.Subscription.retrieve(subscription.id).schedule is None
    told = [name for name in types() if name.startswith("subscription_schedule")]
    assert told == [f"subscription_schedule.{word}" for word in ("created", "updated", "updated", "expiring", "released")]


def test_a_schedule_may_end_its_subscription(box, customer, types):
    made = schedule(customer, phase(1_000), end_behavior="cancel")
    box.clock.advance(days=32)
    assert stripe.SubscriptionSchedule.retrieve(made.id).status == "completed"
    assert stripe.Subscription.retrieve(made.subscription).status == "canceled"
    assert {"subscription_schedule.completed", "customer.subscription.deleted"} <= set(types())
    assert amounts(customer) == [1_000]


def test_a_schedule_waits_for_its_start(box, customer):
    start = box.clock.now() + 10 * DAY
    made = stripe.SubscriptionSchedule.create(customer=customer.id, start_date=start, phases=[phase(1_000)])
    assert (made.status, made.subscription, made.current_phase) == ("not_started", None, None)
    assert [one.id for one in stripe.SubscriptionSchedule.list(scheduled=True).data] == [made.id]
    box.clock.advance(days=11)
    after = stripe.SubscriptionSchedule.retrieve(made.id)
    assert (after.status, after.current_phase.start_date) == ("active", start)
    assert amounts(customer) == [1_000]


def test_a_subscription_gets_a_schedule_and_a_next_phase(box, customer):
    running = stripe.Subscription.create(customer=customer.id, items=[{"price": price(1_000).id}])
    made = stripe.SubscriptionSchedule.create(from_subscription=running.id)
    present = made.phases[0]
    now = {"items": [{"price": present["items"][0].price}], "start_date": present.start_date, "end_date": present.end_date}
    stripe.SubscriptionSchedule.modify(made.id, phases=[now, phase(3_000)], end_behavior="cancel", metadata={"a": "b"})
    box.clock.advance(days=32)
    assert amounts(customer) == [1_000, 3_000]
    with pytest.raises(stripe.InvalidRequestError, match="already has a schedule"):
        stripe.SubscriptionSchedule.create(from_subscription=running.id)


def test_the_present_phase_is_changed_at_once(box, customer):
    made = schedule(customer, phase(1_000), phase(2_000))
    box.clock.advance(days=5)
    present = made.phases[0]
    now = {
        "items": [{"price": price(4_000).id, "quantity": 2}, {"price": price(1).id}],
        "end_date": present.end_date,
        "proration_behavior": "none",
    }
    stripe.SubscriptionSchedule.modify(made.id, phases=[now])
    items = stripe.Subscription.retrieve(made.subscription)["items"].data
    assert [(item.price.unit_amount, item.quantity) for item in items] == [(4_000, 2), (1, 1)]
    box.clock.advance(days=28)
    assert stripe.SubscriptionSchedule.retrieve(made.id).status == "released"


def test_schedules_are_released_and_cancelled(box, customer, types):
    one, two = schedule(customer, phase(1_000)), schedule(customer, phase(1_000))
    types()
    assert stripe.SubscriptionSchedule.release(one.id).status == "released"
    assert types() == ["subscription_schedule.released"]
    assert stripe.Subscription.retrieve(one.subscription).status == "active"
    assert stripe.SubscriptionSchedule.cancel(two.id, prorate=False, invoice_now=False).status == "canceled"
    assert types() == ["subscription_schedule.canceled", "customer.subscription.deleted"]
    for call in (stripe.SubscriptionSchedule.release, stripe.SubscriptionSchedule.cancel, stripe.SubscriptionSchedule.modify):
        with pytest.raises(stripe.InvalidRequestError, match=r"in the (released|canceled) status"):
            call(one.id)
    assert len(stripe.SubscriptionSchedule.list(customer=customer.id).data) == 2


def test_a_phase_may_be_a_trial(box, customer):
    made = schedule(customer, phase(1_000, trial=True), phase(1_000))
    assert stripe.Subscription.retrieve(made.subscription).status == "trialing"
    box.clock.advance(days=32)
    assert amounts(customer) == [0, 1_000]


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        ([{"items": [], "end_date": 5}], "items"),
        ([{"items": [{"price": "price_missing"}]}], "No such price"),
    ],
)
def test_phases_that_are_refused(box, customer, phases, words):
    with pytest.raises(stripe.InvalidRequestError, match=words):
        schedule(customer, *phases)
    assert stripe.SubscriptionSchedule.list().data == []


def test_what_does_not_go_together(box, customer):
    with pytest.raises(stripe.InvalidRequestError, match="end after it begins"):
        schedule(customer, {"items": [{"price": price(1).id}], "end_date": 5})
    running = stripe.Subscription.create(customer=customer.id, items=[{"price": price(1_000).id}])
    with pytest.raises(stripe.InvalidRequestError, match="together with `from_subscription`"):
        stripe.SubscriptionSchedule.create(from_subscription=running.id, phases=[phase(1_000)])
    made = schedule(customer, phase(1_000))
    box.clock.advance(days=3)
    with pytest.raises(stripe.InvalidRequestError, match="current phase"):
        stripe.SubscriptionSchedule.modify(made.id, phases=[{"items": [{"price": price(1).id}], "end_date": box.clock.now()}])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"end_behavior": "none"}, "end with 'none'"),
        ({"default_settings": {"on_behalf_of": "acct_1"}}, "default_settings"),
        ({"phases": [{"items": [{"price": "price_1"}], "application_fee_percent": 5}]}, "application_fee_percent"),
    ],
)
def test_what_schedules_do_not_play(more, words):
    with StripeSandbox(strict=False):
        buyer = stripe.Customer.create()
        phases = more.pop("phases", None) or [phase(1_000)]
        with pytest.raises(NotImitated, match=words):
            stripe.SubscriptionSchedule.create(customer=buyer.id, phases=phases, **more)


def test_defaults_of_a_schedule(box, customer):
    method = stripe.PaymentMethod.attach("pm_card_mastercard", customer=customer.id)
    made = schedule(customer, phase(1_000), default_settings={"default_payment_method": method.id})
    assert stripe.Subscription.retrieve(made.subscription).default_payment_method == method.id
