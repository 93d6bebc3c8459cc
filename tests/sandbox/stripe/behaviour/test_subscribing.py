"""Subscriptions: the first payment, renewals, trials, dunning, the end."""

import datetime

import pytest
import stripe

from payproof.sandbox import NotImitated, SandboxError, StripeSandbox
from payproof.sandbox.stripe.behaviour import periods

DAY = 86_400


def customer_with(token):
    made = stripe.Customer.create(email="jo@example.com")
    method = stripe.PaymentMethod.attach(token, customer=made.id)
    return stripe.Customer.modify(made.id, invoice_settings={"default_payment_method": method.id})


def club(**more):
    return stripe.Price.create(
        **{"currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Club"}, **more}
    )


def subscribe(token="pm_card_visa", **more):
    customer = customer_with(token)
    return stripe.Subscription.create(**{"customer": customer.id, "items": [{"price": club().id}], **more})


def status(subscription):
    return stripe.Subscription.retrieve(subscription.id).status


def latest(subscription):
    return stripe.Subscription.retrieve(subscription.id, expand=["latest_invoice"]).latest_invoice


def pay_with(subscription, token):
    method = stripe.PaymentMethod.attach(token, customer=subscription.customer)
    stripe.Customer.modify(subscription.customer, invoice_settings={"default_payment_method": method.id})
    return method


def test_a_subscription_is_active_once_its_first_invoice_is_paid(box, types):
    customer, price = customer_with("pm_card_visa"), club()
    types()
    made = stripe.Subscription.create(customer=customer.id, items=[{"price": price.id, "quantity": 2}], metadata={"a": "1"})
    assert (made.status, made.currency, made.metadata.to_dict()) == ("active", "usd", {"a": "1"})
    item = made["items"].data[0]
    assert (item.price.id, item.quantity, item.current_period_start) == (price.id, 2, box.clock.now())
    assert item.current_period_end == periods.after(box.clock.now(), {"interval": "month", "interval_count": 1})
    invoice = stripe.Invoice.retrieve(made.latest_invoice)
    assert (invoice.status, invoice.total, invoice.billing_reason) == ("paid", 1_800, "subscription_create")
    assert invoice.parent.subscription_details.subscription == made.id
    assert types() == [
        "customer.subscription.created", "invoice.created", "invoice.finalized", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "invoice.updated", "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid",
        "customer.subscription.updated",
    ]  # fmt: skip
    assert [found.id for found in stripe.Invoice.list(subscription=made.id).data] == [invoice.id]
    assert stripe.SubscriptionItem.retrieve(item.id).subscription == made.id
    assert [found.id for found in stripe.SubscriptionItem.list(subscription=made.id).data] == [item.id]


@pytest.mark.parametrize("token", ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
def test_an_unpaid_first_invoice_leaves_it_incomplete(box, token):
    made = subscribe(token)
    assert made.status == "incomplete"
    assert latest(made).status == "open"
    pay_with(made, "pm_card_visa")
    stripe.Invoice.pay(made.latest_invoice)
    assert status(made) == "active"


def test_the_customer_may_authenticate_the_first_payment(box):
    made = subscribe("pm_card_authenticationRequired")
    [payment] = stripe.InvoicePayment.list(invoice=made.latest_invoice).data
    box.authenticate(payment.payment.payment_intent)
    assert status(made) == "active"


def test_an_incomplete_subscription_expires_after_23_hours(box, types):
    made = subscribe("pm_card_chargeCustomerFail")
    box.clock.advance(hours=22, minutes=59)
    assert status(made) == "incomplete"
    types()
    box.clock.advance(minutes=1)
    assert status(made) == "incomplete_expired"
    assert latest(made).status == "void"
    assert types() == ["payment_intent.canceled", "invoice.voided", "customer.subscription.updated"]


def test_default_incomplete_waits_for_the_customer(box):
    customer = stripe.Customer.create()
    made = stripe.Subscription.create(
        customer=customer.id,
        items=[{"price": club().id}],
        payment_behavior="default_incomplete",
        expand=["latest_invoice.confirmation_secret", "latest_invoice.payments"],
    )
    assert made.status == "incomplete"
    intent = made.latest_invoice.payments.data[0].payment.payment_intent
    assert made.latest_invoice.confirmation_secret.client_secret.startswith(intent)
    stripe.PaymentIntent.confirm(intent, payment_method="pm_card_visa")
    assert status(made) == "active"


def test_the_first_payment_may_save_its_method_for_the_subscription(box):
    made = stripe.Subscription.create(
        customer=stripe.Customer.create().id,
        items=[{"price": club().id}],
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
    )
    [payment] = stripe.InvoicePayment.list(invoice=made.latest_invoice).data
    paid = stripe.PaymentIntent.confirm(payment.payment.payment_intent, payment_method="pm_card_visa")
    assert stripe.Subscription.retrieve(made.id).default_payment_method == paid.payment_method
    box.clock.advance(days=32)
    assert box.money()["usd"].charged == 1_800


def test_off_session_a_challenge_is_a_decline(box, types):
    made = subscribe("pm_card_authenticationRequired", off_session=True)
    assert made.status == "incomplete"
    assert "payment_intent.requires_action" not in types()


@pytest.mark.parametrize(
    ("token", "code"),
    [("pm_card_chargeCustomerFail", "card_declined"), ("pm_card_authenticationRequired", "authentication_required")],
)
def test_error_if_incomplete_makes_nothing(box, token, code):
    with pytest.raises(stripe.CardError) as caught:
        subscribe(token, payment_behavior="error_if_incomplete")
    assert caught.value.code == code
    assert stripe.Subscription.list(status="all").data == []
    assert stripe.Invoice.list().data == []
    assert subscribe("pm_card_visa", payment_behavior="error_if_incomplete").status == "active"


def test_without_a_payment_method_nothing_is_made(box):
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source") as caught:
        stripe.Subscription.create(customer=stripe.Customer.create().id, items=[{"price": club().id}])
    assert caught.value.code == "resource_missing"
    assert stripe.Subscription.list(status="all").data == []


def test_a_renewal_bills_the_next_period(box, types):
    made = subscribe()
    end = made["items"].data[0].current_period_end
    types()
    box.clock.advance_to(end)
    assert types() == ["invoice.upcoming", "customer.subscription.updated", "invoice.created"]
    assert stripe.Subscription.retrieve(made.id)["items"].data[0].current_period_start == end
    assert latest(made).status == "draft"
    box.clock.advance(hours=1)
    assert (latest(made).status, latest(made).billing_reason) == ("paid", "subscription_cycle")
    assert box.money()["usd"].charged == 1_800
    assert types()[0] == "invoice.finalized"


def test_a_year_of_renewals(box):
    made = subscribe()
    box.clock.advance(days=366)
    assert len(stripe.Invoice.list(subscription=made.id, limit=100).data) == 13
    assert status(made) == "active"


def test_a_failed_renewal_is_past_due_until_it_is_paid(box, types):
    made = subscribe()
    pay_with(made, "pm_card_chargeCustomerFail")
    box.clock.advance(days=32)
    assert status(made) == "past_due"
    assert {"invoice.payment_failed", "charge.failed", "payment_intent.payment_failed"} <= set(types())
    assert latest(made).attempt_count == 1
    pay_with(made, "pm_card_visa")
    box.clock.advance_to(latest(made).next_payment_attempt)
    assert (status(made), latest(made).status, latest(made).attempt_count) == ("active", "paid", 2)


@pytest.mark.parametrize("ending", ["canceled", "unpaid", "past_due"])
def test_exhausted_retries_end_as_the_dashboard_says(ending):
    with StripeSandbox(check_answers=True, after_dunning=ending) as box:
        made = subscribe()
        pay_with(made, "pm_card_chargeCustomerFail")
        box.clock.advance(days=31 + 16)
        assert status(made) == ending
        assert latest(made).attempt_count == 4
        assert latest(made).next_payment_attempt is None
        types = [event.type for event in box.outbox]
        assert ("customer.subscription.deleted" in types) == (ending == "canceled")
        assert box.money()["usd"].charged == 900


def test_an_unpaid_subscription_keeps_making_drafts_and_recovers(box):
    with StripeSandbox(after_dunning="unpaid") as inner:
        made = subscribe()
        pay_with(made, "pm_card_chargeCustomerFail")
        inner.clock.advance(days=31 + 16)
        inner.clock.advance(days=31)
        assert (status(made), latest(made).status) == ("unpaid", "draft")
        pay_with(made, "pm_card_visa")
        stripe.Invoice.pay(latest(made).id)
        assert status(made) == "active"


def test_a_hard_decline_is_counted_but_not_tried_again(box):
    made = subscribe()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=made.customer)
    stripe.Customer.modify(made.customer, invoice_settings={"default_payment_method": method.id})
    box.store["payment_method"][method.id]["_card"] = "visa_chargeDeclinedStolenCard"
    box.clock.advance(days=31 + 16)
    failed = [charge for charge in stripe.Charge.list().data if charge.status == "failed"]
    assert len(failed) == 1
    assert latest(made).attempt_count == 4


def test_a_trial_costs_nothing_until_it_ends(box, types):
    made = subscribe(trial_period_days=14)
    assert made.status == "trialing"
    assert made.trial_end == box.clock.now() + 14 * DAY
    assert latest(made).total == 0
    assert box.money() == {}
    types()
    box.clock.advance(days=11)
    assert types() == ["invoice.upcoming", "customer.subscription.trial_will_end"]
    box.clock.advance(days=3, hours=1)
    assert (status(made), latest(made).total, latest(made).status) == ("active", 900, "paid")
    renewed = stripe.Subscription.retrieve(made.id)["items"].data[0]
    assert renewed.current_period_start == made.trial_end
    box.clock.advance_to(renewed.current_period_end + 3_600)
    assert len(stripe.Invoice.list(subscription=made.id).data) == 3


def test_a_trial_needs_no_payment_method_and_fails_without_one(box):
    made = stripe.Subscription.create(
        customer=stripe.Customer.create().id, items=[{"price": club().id}], trial_end=box.clock.now() + 2 * DAY
    )
    assert made.status == "trialing"
    box.clock.advance(days=2, hours=1)
    assert status(made) == "past_due"


def test_cancelling_now(box, types):
    made = subscribe()
    types()
    cancelled = stripe.Subscription.cancel(made.id, cancellation_details={"comment": "too dear", "feedback": "too_expensive"})
    assert (cancelled.status, cancelled.ended_at) == ("canceled", box.clock.now())
    assert (cancelled.cancellation_details.comment, cancelled.cancellation_details.reason) == (
        "too dear",
        "cancellation_requested",
    )
    assert types() == ["customer.subscription.deleted"]
    box.clock.advance(days=40)
    assert len(stripe.Invoice.list(subscription=made.id).data) == 1
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Subscription.cancel(made.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="can only update"):
        stripe.Subscription.modify(made.id, cancel_at_period_end=True)
    assert stripe.Subscription.modify(made.id, metadata={"a": "1"}).metadata.to_dict() == {"a": "1"}


def test_cancelling_at_the_end_of_the_period(box):
    made = subscribe()
    later = stripe.Subscription.modify(made.id, cancel_at_period_end=True)
    assert (later.status, later.cancel_at) == ("active", made["items"].data[0].current_period_end)
    box.clock.advance(days=32)
    assert status(made) == "canceled"
    assert box.money()["usd"].charged == 900


def test_cancelling_at_the_end_can_be_taken_back(box):
    made = subscribe(cancel_at_period_end=True)
    stripe.Subscription.modify(made.id, cancel_at_period_end=False)
    box.clock.advance(days=32)
    assert status(made) == "active"


def test_cancelling_stops_collection_of_open_invoices(box):
    made = subscribe()
    pay_with(made, "pm_card_chargeCustomerFail")
    box.clock.advance(days=32)
    stripe.Subscription.cancel(made.id)
    box.clock.advance(days=30)
    assert latest(made).attempt_count == 1


def test_deleting_the_customer_ends_it(box):
    made = subscribe()
    stripe.Customer.delete(made.customer)
    assert status(made) == "canceled"


def test_a_change_without_proration_counts_from_the_next_period(box):
    made = subscribe()
    item = made["items"].data[0]
    dearer = club(unit_amount=1_500)
    changes = [{"id": item.id, "price": dearer.id, "quantity": 2}]
    stripe.Subscription.modify(made.id, items=changes, proration_behavior="none")
    box.clock.advance(days=32)
    assert latest(made).total == 3_000


def test_the_default_method_can_change(box):
    made = subscribe()
    method = stripe.PaymentMethod.attach("pm_card_mastercard", customer=made.customer)
    stripe.Subscription.modify(made.id, default_payment_method=method.id)
    box.clock.advance(days=32)
    assert stripe.Charge.list().data[0].payment_method == method.id


def test_a_trial_that_was_cancelled_is_not_announced(box, types):
    made = subscribe(trial_period_days=14)
    stripe.Subscription.cancel(made.id)
    types()
    box.clock.advance(days=12)
    assert types() == []


def test_a_sent_invoice_activates_at_once(box):
    made = subscribe(collection_method="send_invoice", days_until_due=30)
    assert (made.status, latest(made).status) == ("active", "open")


def test_lists_leave_out_what_has_ended(box):
    live, ended = subscribe(), subscribe()
    stripe.Subscription.cancel(ended.id)
    assert [found.id for found in stripe.Subscription.list().data] == [live.id]
    assert len(stripe.Subscription.list(status="all").data) == 2
    for wanted in ("ended", "canceled"):
        assert [found.id for found in stripe.Subscription.list(status=wanted).data] == [ended.id]
    price = live["items"].data[0].price.id
    assert [found.id for found in stripe.Subscription.list(price=price).data] == [live.id]
    assert [found.id for found in stripe.Subscription.search(query="status:'active'").data] == [live.id]


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([], "items"),
        (["once"], "type=one_time"),
        (["month", "year"], "same currency and billing interval"),
    ],
)
def test_items_must_be_recurring_and_alike(box, items, text):
    customer = customer_with("pm_card_visa")
    prices = {
        "once": lambda: stripe.Price.create(currency="usd", unit_amount=5, product_data={"name": "x"}),
        "month": club,
        "year": lambda: club(recurring={"interval": "year"}),
    }
    with pytest.raises(stripe.InvalidRequestError, match=text):
        stripe.Subscription.create(customer=customer.id, items=[{"price": prices[name]().id} for name in items])


def test_a_trial_is_given_once_and_lies_ahead(box):
    with pytest.raises(stripe.InvalidRequestError, match="trial_end, trial_period_days"):
        subscribe(trial_period_days=3, trial_end=box.clock.now() + DAY)
    with pytest.raises(stripe.InvalidRequestError, match="in the future"):
        subscribe(trial_end=box.clock.now() - 1)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda made: {"payment_behavior": "pending_if_incomplete"}, "pending updates"),
        (lambda made: {"trial_end": made["items"].data[0].current_period_end}, "a trial for a subscription"),
        (lambda made: {"items": [{"id": made["items"].data[0].id, "clear_usage": True, "deleted": True}]}, "clear_usage"),
        (lambda made: {"add_invoice_items": [{"price": made["items"].data[0].price.id, "tax_rates": ["txr_1"]}]}, "tax_rates"),
        (lambda made: {"pending_invoice_item_interval": {"interval": "day"}}, "pending_invoice_item_interval"),
    ],
)
def test_what_is_not_played_is_refused_by_name(ask, words):
    with StripeSandbox(strict=False):
        made = subscribe()
        with pytest.raises(NotImitated, match=words):
            stripe.Subscription.modify(made.id, **ask(made))


@pytest.mark.parametrize(
    "more", [{"items": [{"discounts": [{"coupon": "x"}]}]}, {"trial_period_days": 3, "billing_cycle_anchor": 9_999_999_999}]
)
def test_what_is_not_played_at_the_start(more):
    with StripeSandbox(strict=False):
        items = [{**more.get("items", [{}])[0], "price": club().id}]
        with pytest.raises(NotImitated):
            subscribe(**{**more, "items": items})


def test_an_unknown_end_of_dunning_is_named():
    with pytest.raises(SandboxError, match="after_dunning is 'ignore'; known: canceled, unpaid, past_due"):
        StripeSandbox(after_dunning="ignore")


@pytest.mark.parametrize(
    ("start", "interval", "count", "times", "end"),
    [
        ("2027-01-31", "month", 1, 1, "2027-02-28"),
        ("2027-01-31", "month", 1, 2, "2027-03-31"),
        ("2028-02-29", "year", 1, 1, "2029-02-28"),
        ("2027-11-15", "month", 3, 1, "2028-02-15"),
        ("2027-01-01", "week", 2, 1, "2027-01-15"),
        ("2027-01-01", "day", 10, 3, "2027-01-31"),
    ],
)
def test_periods_follow_the_calendar(start, interval, count, times, end):
    def moment(text):
        return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc).timestamp())

    assert periods.after(moment(start), {"interval": interval, "interval_count": count}, times) == moment(end)
