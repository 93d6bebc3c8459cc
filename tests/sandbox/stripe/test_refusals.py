"""What is refused, and by which words, where the stories of the other tests do not lead."""

import pytest
import stripe

from payproof.sandbox import NotImitated, StripeSandbox

MONTH = {"interval": "month"}


def plan():
    return stripe.Price.create(currency="usd", unit_amount=1_000, recurring=MONTH, product_data={"name": "Club"})


def running():
    buyer = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    return stripe.Subscription.create(customer=buyer.id, items=[{"price": plan().id}])


def seller():
    wanted = {"transfers": {"requested": True}}
    return stripe.Account.create(type="custom", capabilities=wanted, tos_acceptance={"date": 1, "ip": "127.0.0.1"})


def draft():
    return stripe.Invoice.create(customer=stripe.Customer.create().id, currency="usd")


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: stripe.Subscription.resume(running().id, proration_behavior="always_invoice"), "'proration_behavior'"),
        (lambda: stripe.Subscription.resume(running().id, payment_behavior="resume_on_payment_success"), "'payment_behavior'"),
        (lambda: stripe.Invoice.create_preview(subscription=running().id, preview_mode="recurring"), "'preview_mode'"),
        (lambda: stripe.Invoice.add_lines(draft().id, lines=[{"amount": 5, "discounts": [{"coupon": "a"}]}]), "'discounts'"),
        (lambda: stripe.Account.create(type="custom", individual={"first_name": "Jo"}), "'individual'"),
        (lambda: stripe.CreditNote.create(invoice="in_1", shipping_cost={"shipping_rate": "shr_1"}), "'shipping_cost'"),
        (
            lambda: stripe.billing_portal.Session.create(
                customer=stripe.Customer.create().id, flow_data={"type": "payment_method_update"}, customer_account="acct_1"
            ),
            "'customer_account'",
        ),
    ],
)
def test_what_is_not_played(ask, words):
    with StripeSandbox(strict=False), pytest.raises(NotImitated, match=words):
        ask()


@pytest.mark.parametrize(
    ("ask", "param"),
    [
        (lambda: stripe.Transfer.create(currency="usd", destination=seller().id), "amount"),
        (lambda: stripe.Transfer.create(amount=0, currency="usd", destination=seller().id), "amount"),
        (lambda: stripe.Payout.create(amount=-5, currency="usd"), "amount"),
        (lambda: stripe.Payout.create(amount=5, currency="usd", destination="ba_missing"), "destination"),
        (
            lambda: stripe.Account.create_external_account(
                seller().id, external_account={"object": "bank_account", "country": "US", "account_number": "000123456789"}
            ),
            "external_account[currency]",
        ),
        (lambda: stripe.SubscriptionSchedule.create(customer=running().customer, phases=[{"items": []}]), None),
    ],
)
def test_parameters_that_are_wrong(box, ask, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        ask()
    assert param is None or caught.value.param == param


# And a few things that are taken.


def test_a_transfer_takes_all_of_its_charge(box):
    there = seller()
    intent = stripe.PaymentIntent.create(amount=5_000, currency="usd", payment_method="pm_card_visa", confirm=True)
    made = stripe.Transfer.create(
        currency="usd", destination=there.id, source_transaction=intent.latest_charge, source_type="card"
    )
    assert (made.amount, made.source_type) == (5_000, "card")
    fees = stripe.ApplicationFee.list()
    assert fees.data == []


def test_a_payment_for_a_seller_is_changed_before_it_is_paid(box):
    there = seller()
    intent = stripe.PaymentIntent.create(amount=5_000, currency="usd", transfer_data={"destination": there.id})
    stripe.PaymentIntent.modify(intent.id, transfer_data={"amount": 4_000})
    stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa")
    assert box.money(there.id)["usd"].net == 4_000


def test_one_application_fee_is_looked_at(box):
    there = seller()
    stripe.PaymentIntent.create(
        amount=5_000,
        currency="usd",
        payment_method="pm_card_visa",
        confirm=True,
        application_fee_amount=5,
        stripe_account=there.id,
    )
    fee = stripe.ApplicationFee.list().data[0]
    assert stripe.ApplicationFee.retrieve(fee.id).amount == 5


def test_an_account_is_onboarded_by_what_it_is_told_later(box):
    made = stripe.Account.create(type="custom", capabilities={"transfers": {"requested": True}})
    bank = {"object": "bank_account", "country": "US", "currency": "usd", "account_number": "000123456789"}
    told = stripe.Account.modify(made.id, tos_acceptance={"date": 1, "ip": "127.0.0.1"}, external_account=bank)
    assert told.payouts_enabled
    assert stripe.Account.retrieve(made.id).external_accounts.total_count == 1


def test_items_of_drafts_are_taxed_and_taken_over(box):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
    made = draft()
    item = stripe.InvoiceItem.create(customer=made.customer, amount=1_000, currency="usd")
    added = stripe.Invoice.add_lines(made.id, lines=[{"invoice_item": item.id}])
    stripe.InvoiceItem.modify(item.id, tax_rates=[rate.id], discountable=False)
    assert stripe.Invoice.retrieve(made.id).total == 1_100
    line = added.lines.data[0].id
    stripe.Invoice.update_lines(made.id, lines=[{"id": line, "tax_rates": "", "discountable": True}])
    assert stripe.Invoice.retrieve(made.id).total == 1_000
    stripe.Invoice.remove_lines(made.id, lines=[{"id": line, "behavior": "delete"}])
    with pytest.raises(stripe.InvalidRequestError):
        stripe.InvoiceItem.retrieve(item.id)


def test_a_subscription_is_told_why_it_was_cancelled_and_taxed_later(box):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
    made = running()
    changed = stripe.Subscription.modify(made.id, default_tax_rates=[rate.id], cancellation_details={"comment": "dear"})
    assert (changed.cancellation_details.comment, changed.default_tax_rates[0].id) == ("dear", rate.id)
    box.clock.advance(days=32)
    assert stripe.Invoice.list(subscription=made.id).data[0].total == 1_100


def test_a_schedule_that_was_cancelled_does_not_start(box):
    buyer = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    phases = [{"items": [{"price": plan().id}], "duration": {"interval": "month", "interval_count": 1}, "metadata": {"a": "b"}}]
    made = stripe.SubscriptionSchedule.create(customer=buyer.id, start_date=box.clock.now() + 86_400, phases=phases)
    stripe.SubscriptionSchedule.cancel(made.id)
    box.clock.advance(days=40)
    assert stripe.Subscription.list(status="all").data == []


def test_a_released_subscription_is_not_cancelled_by_its_schedule(box):
    buyer = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    months = {"interval": "month", "interval_count": 1}
    two = [
        {"items": [{"price": plan().id}], "duration": months},
        {"items": [{"price": plan().id}], "duration": months, "metadata": {"a": "b"}},
    ]
    one, other = (stripe.SubscriptionSchedule.create(customer=buyer.id, start_date="now", phases=two) for _ in range(2))
    stripe.Subscription.modify(one.subscription, cancel_at_period_end=True)
    stripe.SubscriptionSchedule.release(one.id)
    stripe.Subscription.cancel(other.subscription)
    box.clock.advance(days=40)
    assert stripe.Subscription.retrieve(one.subscription).status == "active"
    assert stripe.Subscription.retrieve(other.subscription).status == "canceled"
