"""Billing beyond renewals: prorations, previews, discounts, taxes, credit, trials, pauses, anchors, Connect."""

import pytest
import stripe

from payproof.sandbox import NotImitated, SandboxError, StripeSandbox
from payproof.sandbox.stripe.behaviour import periods

DAY = 86_400
MONTH = {"interval": "month", "interval_count": 1}


@pytest.fixture
def customer(box):
    return stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})


def price(amount=3_000, interval="month", **more):
    return stripe.Price.create(
        currency="usd", unit_amount=amount, recurring={"interval": interval}, product_data={"name": f"Plan {amount}"}, **more
    )


def subscribe(customer, *prices, **more):
    items = [{"price": one.id} for one in prices or (price(),)]
    return stripe.Subscription.create(customer=customer.id, items=items, **more)


def halfway(box, subscription):
    item = subscription["items"].data[0]
    box.clock.advance_to((item.current_period_start + item.current_period_end) // 2)


def latest(subscription):
    return stripe.Subscription.retrieve(subscription.id, expand=["latest_invoice"]).latest_invoice


def charged(box):
    return box.money()["usd"].charged


# Prorations.


def test_a_change_in_the_middle_is_billed_with_the_next_invoice(box, customer, types):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    types()
    dearer = price(6_000)
    changed = stripe.Subscription.modify(made.id, items=[{"id": made["items"].data[0].id, "price": dearer.id}])
    assert changed["items"].data[0].price.id == dearer.id
    assert types() == [
        "product.created",
        "price.created",
        "invoiceitem.created",
        "invoiceitem.created",
        "customer.subscription.updated",
    ]
    waiting = stripe.InvoiceItem.list(customer=customer.id, pending=True).data
    assert sorted(item.amount for item in waiting) == [-1_500, 3_000]
    assert all(item.proration for item in waiting)
    box.clock.advance(days=17)
    invoice = latest(made)
    assert (invoice.status, invoice.total) == ("paid", 6_000 + 3_000 - 1_500)
    assert stripe.InvoiceItem.list(customer=customer.id, pending=True).data == []
    assert charged(box) == 3_000 + 7_500


def test_a_change_that_is_invoiced_at_once(box, customer):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    stripe.Subscription.modify(
        made.id, items=[{"id": made["items"].data[0].id, "quantity": 3}], proration_behavior="always_invoice"
    )
    invoice = latest(made)
    assert (invoice.billing_reason, invoice.status, invoice.total) == ("subscription_update", "paid", 3_000)


def test_a_cheaper_plan_leaves_credit(box, customer):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    stripe.Subscription.modify(
        made.id, items=[{"id": made["items"].data[0].id, "price": price(1_000).id}], proration_behavior="always_invoice"
    )
    invoice = latest(made)
    assert (invoice.total, invoice.amount_due, invoice.ending_balance, invoice.status) == (-1_000, 0, -1_000, "paid")
    assert stripe.Customer.retrieve(customer.id).balance == -1_000
    moved = stripe.Customer.list_balance_transactions(customer.id).data[0]
    assert (moved.amount, moved.type, moved.ending_balance) == (-1_000, "applied_to_invoice", -1_000)
    box.clock.advance(days=17)
    assert (latest(made).total, latest(made).amount_paid) == (1_000, 0)
    assert stripe.Customer.retrieve(customer.id).balance == 0
    assert charged(box) == 3_000


def test_without_prorations_nothing_is_billed(box, customer):
    made = subscribe(customer)
    halfway(box, made)
    stripe.Subscription.modify(made.id, items=[{"id": made["items"].data[0].id, "quantity": 2}], proration_behavior="none")
    assert stripe.InvoiceItem.list(customer=customer.id).data == []


def test_a_proration_date_says_from_when(box, customer):
    made = subscribe(customer)
    start = made["items"].data[0].current_period_start
    box.clock.advance(days=5)
    stripe.Subscription.modify(made.id, items=[{"id": made["items"].data[0].id, "quantity": 2}], proration_date=start)
    assert sorted(item.amount for item in stripe.InvoiceItem.list(customer=customer.id).data) == [-3_000, 6_000]


def test_items_are_added_and_removed(box, customer, types):
    made = subscribe(customer)
    halfway(box, made)
    types()
    added = stripe.SubscriptionItem.create(subscription=made.id, price=price(1_000).id, metadata={"a": "b"})
    assert "customer.subscription.updated" in types()
    assert [item.id for item in stripe.SubscriptionItem.list(subscription=made.id).data] == [added.id, made["items"].data[0].id]
    assert stripe.SubscriptionItem.modify(added.id, quantity=2).quantity == 2
    assert stripe.SubscriptionItem.delete(added.id, proration_behavior="none").deleted
    after = stripe.Subscription.retrieve(made.id)
    assert len(after["items"].data) == 1
    stripe.Subscription.modify(made.id, items=[{"price": price(500).id}, {"id": after["items"].data[0].id, "deleted": True}])
    assert [item.price.unit_amount for item in stripe.Subscription.retrieve(made.id)["items"].data] == [500]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda item: {"id": item, "deleted": True}, "at least one active item"),
        (lambda item: {"id": "si_missing", "quantity": 2}, "No such subscription item"),
        (lambda item: {"price": price(1, "year").id}, "same currency and billing interval"),
        (
            lambda item: {
                "id": item,
                "price": stripe.Price.create(currency="eur", unit_amount=1, recurring=MONTH, product_data={"name": "x"}).id,
            },
            "expected currency",
        ),
        (lambda item: {"price": stripe.Price.create(currency="usd", unit_amount=1, product_data={"name": "x"}).id}, "one_time"),
    ],
)
def test_changes_that_are_refused(box, customer, change, words):
    made = subscribe(customer)
    with pytest.raises(stripe.InvalidRequestError, match=words):
        stripe.Subscription.modify(made.id, items=[change(made["items"].data[0].id)])
    assert stripe.InvoiceItem.list(customer=customer.id).data == []


def test_an_ended_subscriptions_items_cannot_be_changed(box, customer):
    made = subscribe(customer)
    stripe.Subscription.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be changed"):
        stripe.SubscriptionItem.modify(made["items"].data[0].id, quantity=2)


def test_another_interval_begins_anew(box, customer):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    stripe.Subscription.modify(made.id, items=[{"id": made["items"].data[0].id, "price": price(30_000, "year").id}])
    after = stripe.Subscription.retrieve(made.id)
    item = after["items"].data[0]
    assert (item.current_period_start, after.billing_cycle_anchor) == (box.clock.now(), box.clock.now())
    assert item.current_period_end == periods.after(box.clock.now(), {"interval": "year", "interval_count": 1})
    assert (latest(made).status, latest(made).total) == ("paid", 30_000 - 1_500)


def test_the_anchor_is_moved_to_now(box, customer):
    made = subscribe(customer)
    halfway(box, made)
    stripe.Subscription.modify(made.id, billing_cycle_anchor={"type": "now"})
    assert (latest(made).total, stripe.Subscription.retrieve(made.id).billing_cycle_anchor) == (1_500, box.clock.now())


def test_a_later_anchor_cuts_the_first_period_short(box, customer):
    end = periods.after(box.clock.now(), MONTH)
    made = subscribe(customer, billing_cycle_anchor=box.clock.now() + 10 * DAY)
    item = made["items"].data[0]
    assert item.current_period_end == box.clock.now() + 10 * DAY
    assert 0 < latest(made).total < 1_200
    free = subscribe(customer, billing_cycle_anchor=box.clock.now() + 10 * DAY, proration_behavior="none")
    assert latest(free).total == 0
    box.clock.advance(days=11)
    assert latest(made).total == 3_000
    assert box.clock.now() < end
    with pytest.raises(stripe.InvalidRequestError, match="in the future"):
        subscribe(customer, billing_cycle_anchor=5)


def test_a_refused_upgrade_leaves_the_subscription_past_due(box, customer):
    made = subscribe(customer, price(3_000))
    method = stripe.PaymentMethod.attach("pm_card_chargeCustomerFail", customer=customer.id)
    stripe.Customer.modify(customer.id, invoice_settings={"default_payment_method": method.id})
    halfway(box, made)
    change = {"items": [{"id": made["items"].data[0].id, "quantity": 3}], "proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError):
        stripe.Subscription.modify(made.id, payment_behavior="error_if_incomplete", **change)
    assert stripe.Subscription.retrieve(made.id)["items"].data[0].quantity == 1
    assert stripe.Subscription.modify(made.id, **change).status == "past_due"
    assert latest(made).status == "open"


def test_cancelling_gives_the_unused_time_back(box, customer):
    made = subscribe(customer)
    halfway(box, made)
    stripe.Subscription.cancel(made.id, prorate=True, invoice_now=True)
    invoice = latest(made)
    assert (invoice.total, invoice.status) == (-1_500, "paid")
    assert stripe.Customer.retrieve(customer.id).balance == -1_500


def test_a_date_to_cancel_at(box, customer, types):
    made = subscribe(customer)
    when = box.clock.now() + 10 * DAY
    assert stripe.Subscription.modify(made.id, cancel_at=when).cancel_at == when
    assert stripe.Subscription.modify(made.id, cancel_at="").cancel_at is None
    box.clock.advance(days=11)
    assert stripe.Subscription.retrieve(made.id).status == "active"
    stripe.Subscription.modify(made.id, cancel_at="min_period_end")
    box.clock.advance(days=30)
    assert stripe.Subscription.retrieve(made.id).status == "canceled"
    assert types()[-1] == "customer.subscription.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="no earlier than now"):
        subscribe(customer, cancel_at=5)


# Items that are billed once.


def test_what_waits_comes_with_the_next_invoice(box, customer):
    once = stripe.Price.create(currency="usd", unit_amount=500, product_data={"name": "Setup"})
    made = subscribe(customer, add_invoice_items=[{"price": once.id, "quantity": 2}])
    assert latest(made).total == 4_000
    stripe.Subscription.modify(made.id, add_invoice_items=[{"price": once.id}])
    stripe.InvoiceItem.create(customer=customer.id, subscription=made.id, amount=250, currency="usd")
    stripe.InvoiceItem.create(customer=customer.id, amount=1, currency="eur")
    box.clock.advance(days=32)
    assert latest(made).total == 3_750


def test_an_invoice_for_a_subscription_bills_what_waits(box, customer):
    made = subscribe(customer)
    stripe.InvoiceItem.create(customer=customer.id, subscription=made.id, amount=900, currency="usd")
    invoice = stripe.Invoice.create(subscription=made.id)
    assert (invoice.total, invoice.parent.subscription_details.subscription) == (900, made.id)


def test_lines_of_a_draft_are_changed(box, customer):
    draft = stripe.Invoice.create(customer=customer.id, currency="usd")
    added = stripe.Invoice.add_lines(
        draft.id, lines=[{"amount": 500, "description": "Tea"}, {"pricing": {"price": price(700).id}, "quantity": 2}]
    )
    assert (added.total, len(added.lines.data)) == (1_900, 2)
    changed = stripe.Invoice.update_lines(draft.id, lines=[{"id": added.lines.data[0].id, "amount": 600}])
    assert changed.total == 2_000
    line = (
        stripe.Invoice.modify_line(draft.id, added.lines.data[1].id, quantity=1)
        if hasattr(stripe.Invoice, "modify_line")
        else None
    )
    assert line is None or line.amount == 700
    removed = stripe.Invoice.remove_lines(draft.id, lines=[{"id": added.lines.data[0].id, "behavior": "unassign"}])
    assert len(removed.lines.data) == 1
    assert [item.amount for item in stripe.InvoiceItem.list(customer=customer.id, pending=True).data] == [600]
    for call, more in ((stripe.Invoice.remove_lines, {"behavior": "delete"}), (stripe.Invoice.update_lines, {})):
        with pytest.raises(stripe.InvalidRequestError, match="No such invoice line item"):
            call(draft.id, lines=[{"id": "il_missing", **more}])


def test_an_invoice_item_is_changed_and_deleted(box, customer):
    draft = stripe.Invoice.create(customer=customer.id, currency="usd")
    item = stripe.InvoiceItem.create(customer=customer.id, invoice=draft.id, amount=500, currency="usd")
    assert stripe.InvoiceItem.modify(item.id, amount=700, description="Tea", metadata={"a": "b"}).amount == 700
    assert stripe.Invoice.retrieve(draft.id).total == 700
    stripe.InvoiceItem.delete(item.id)
    assert stripe.Invoice.retrieve(draft.id).lines.data == []
    named = stripe.InvoiceItem.create(
        customer=customer.id, pricing={"price": price(200).id}, quantity=2, period={"start": 1, "end": 2}
    )
    assert stripe.InvoiceItem.modify(named.id, quantity=3).amount == 600


def test_the_period_of_a_subscription_is_no_line_to_change(box):
    with StripeSandbox(strict=False) as other:
        buyer = stripe.Customer.create()
        made = subscribe(buyer, collection_method="send_invoice", days_until_due=3)
        other.clock.advance_to(made["items"].data[0].current_period_end)
        draft = latest(made)
        assert draft.due_date == draft.created + 3 * DAY
        with pytest.raises(NotImitated, match="change the subscription"):
            stripe.Invoice.update_lines(draft.id, lines=[{"id": draft.lines.data[0].id, "amount": 1}])


# Discounts and taxes.


@pytest.mark.parametrize(
    ("duration", "totals"), [("once", [2_250, 3_000, 3_000]), ("repeating", [2_250, 2_250, 3_000]), ("forever", [2_250] * 3)]
)
def test_a_discount_lasts_as_long_as_its_coupon_says(box, customer, types, duration, totals):
    months = {"duration_in_months": 2} if duration == "repeating" else {}
    coupon = stripe.Coupon.create(percent_off=25, duration=duration, **months)
    made = subscribe(customer, discounts=[{"coupon": coupon.id}], expand=["discounts"])
    assert "customer.discount.created" in types()
    if duration != "once":
        assert made.discounts[0].source.coupon == coupon.id
    found = [latest(made)]
    for _ in range(2):
        box.clock.advance(days=31)
        found.append(latest(made))
    assert [invoice.total for invoice in found] == totals
    assert found[0].total_discount_amounts[0].amount == 750
    assert stripe.Coupon.retrieve(coupon.id).times_redeemed == 1


def test_a_discount_is_taken_away(box, customer):
    coupon = stripe.Coupon.create(amount_off=500, currency="usd", duration="forever")
    made = subscribe(customer)
    stripe.Subscription.modify(made.id, discounts=[{"coupon": coupon.id}])
    stripe.Subscription.delete_discount(made.id)
    box.clock.advance(days=32)
    assert latest(made).total == 3_000
    with pytest.raises(stripe.InvalidRequestError, match="No such discount"):
        stripe.Subscription.delete_discount(made.id)


def test_a_coupon_may_be_for_some_products(box, customer):
    one, other = price(1_000), price(2_000)
    coupon = stripe.Coupon.create(
        percent_off=50, duration="forever", applies_to={"products": [one.product]}, expand=["applies_to"]
    )
    assert coupon.applies_to.products == [one.product]
    assert latest(subscribe(customer, one, other, discounts=[{"coupon": coupon.id}])).total == 2_500


@pytest.mark.parametrize(
    ("restrictions", "words"),
    [
        ({"expires_at": 10**10, "max_redemptions": 1}, "as often as it can be"),
        ({"restrictions": {"first_time_transaction": True}}, "have not paid anything yet"),
        ({"restrictions": {"minimum_amount": 5_000, "minimum_amount_currency": "usd"}}, "at least 5000"),
        ({"active": False}, "not active"),
    ],
)
def test_promotion_codes_have_their_limits(box, customer, restrictions, words):
    coupon = stripe.Coupon.create(percent_off=50, duration="once")
    code = stripe.PromotionCode.create(promotion={"type": "coupon", "coupon": coupon.id}, **restrictions)
    if "max_redemptions" in restrictions or "restrictions" in restrictions:
        subscribe(customer, discounts=[{"promotion_code": code.id}] if "max_redemptions" in restrictions else [])
    with pytest.raises(stripe.InvalidRequestError, match=words):
        subscribe(customer, discounts=[{"promotion_code": code.id}])


def test_a_promotion_code_may_be_for_one_customer(box, customer):
    coupon = stripe.Coupon.create(percent_off=50, duration="once")
    code = stripe.PromotionCode.create(promotion={"type": "coupon", "coupon": coupon.id}, customer=stripe.Customer.create().id)
    with pytest.raises(stripe.InvalidRequestError, match="another customer"):
        subscribe(customer, discounts=[{"promotion_code": code.id}])


def test_taxes_are_added_or_inside(box, customer):
    added = stripe.TaxRate.create(display_name="VAT", percentage=20, inclusive=False)
    inside = stripe.TaxRate.create(display_name="GST", percentage=20, inclusive=True)
    first = latest(subscribe(customer, default_tax_rates=[added.id]))
    assert (first.subtotal, first.total, first.total_excluding_tax, first.total_taxes[0].amount) == (3_000, 3_600, 3_000, 600)
    made = stripe.Subscription.create(customer=customer.id, items=[{"price": price(3_000).id, "tax_rates": [inside.id]}])
    second = latest(made)
    assert (second.total, second.total_excluding_tax, second.total_taxes[0].amount) == (3_000, 2_500, 500)
    assert second.lines.data[0].taxes[0].tax_rate_details.tax_rate == inside.id


@pytest.mark.parametrize(("exempt", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")])
def test_who_pays_no_taxes(box, exempt, reason):
    free = stripe.Customer.create(
        payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"}, tax_exempt=exempt
    )
    rate = stripe.TaxRate.create(display_name="VAT", percentage=20, inclusive=False)
    invoice = latest(subscribe(free, default_tax_rates=[rate.id]))
    assert (invoice.total, invoice.total_taxes[0].taxability_reason) == (3_000, reason)


def test_tax_rates_are_kept_changed_and_archived(box, customer, types):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=20.5, inclusive=False, country="DE")
    assert stripe.TaxRate.retrieve(rate.id).percentage == 20.5
    stripe.TaxRate.modify(rate.id, active=False, metadata={"a": "b"})
    assert types()[-2:] == ["tax_rate.created", "tax_rate.updated"]
    assert stripe.TaxRate.list(active=True).data == []
    with pytest.raises(stripe.InvalidRequestError, match="archived"):
        subscribe(customer, default_tax_rates=[rate.id])
    with pytest.raises(stripe.InvalidRequestError, match="between 0 and 100"):
        stripe.TaxRate.create(display_name="VAT", percentage=101, inclusive=False)


def test_a_discounted_and_taxed_invoice_adds_up_line_by_line(box, customer):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=19, inclusive=False)
    coupon = stripe.Coupon.create(amount_off=1_000, currency="usd", duration="once")
    draft = stripe.Invoice.create(
        customer=customer.id, currency="usd", default_tax_rates=[rate.id], discounts=[{"coupon": coupon.id}]
    )
    for amount in (333, 667, 1_001):
        stripe.InvoiceItem.create(customer=customer.id, invoice=draft.id, amount=amount, currency="usd")
    invoice = stripe.Invoice.finalize_invoice(draft.id)
    off = [line.discount_amounts[0].amount for line in invoice.lines.data]
    taxes = [line.taxes[0].amount for line in invoice.lines.data]
    assert (sum(off), sum(taxes)) == (1_000, invoice.total_taxes[0].amount)
    assert invoice.total == 2_001 - 1_000 + sum(taxes)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Invoice.modify(invoice.id, discounts="")
    assert caught.value.code == "invoice_not_editable"


def test_discounts_and_taxes_of_a_draft_are_changed(box, customer):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
    coupon = stripe.Coupon.create(percent_off=50, duration="once")
    draft = stripe.Invoice.create(customer=customer.id, currency="usd", collection_method="send_invoice", days_until_due=3)
    stripe.InvoiceItem.create(customer=customer.id, invoice=draft.id, amount=1_000, currency="usd")
    changed = stripe.Invoice.modify(draft.id, discounts=[{"coupon": coupon.id}], default_tax_rates=[rate.id], days_until_due=5)
    assert (changed.total, changed.due_date) == (550, box.clock.now() + 5 * DAY)


# Credit.


def test_credit_pays_invoices(box, customer):
    stripe.Customer.create_balance_transaction(customer.id, amount=-4_000, currency="usd", description="gift")
    made = subscribe(customer)
    first = latest(made)
    assert (first.total, first.amount_due, first.starting_balance, first.ending_balance) == (3_000, 0, -4_000, -1_000)
    box.clock.advance(days=32)
    assert (latest(made).amount_paid, stripe.Customer.retrieve(customer.id).balance) == (2_000, 0)


def test_what_is_too_small_is_owed_with_the_next(box, customer):
    made = subscribe(customer, price(30))
    invoice = latest(made)
    assert (invoice.status, invoice.amount_due, invoice.ending_balance) == ("paid", 0, 30)
    box.clock.advance(days=32)
    assert (latest(made).amount_paid, charged(box)) == (60, 60)


def test_a_voided_invoice_gives_the_credit_back(box, customer):
    stripe.Customer.create_balance_transaction(customer.id, amount=-400, currency="usd")
    draft = stripe.Invoice.create(customer=customer.id, currency="usd")
    stripe.InvoiceItem.create(customer=customer.id, invoice=draft.id, amount=1_000, currency="usd")
    assert stripe.Invoice.finalize_invoice(draft.id).amount_due == 600
    stripe.Invoice.void_invoice(draft.id)
    assert stripe.Customer.retrieve(customer.id).balance == -400
    types = [moved.type for moved in stripe.Customer.list_balance_transactions(customer.id).data]
    assert types == ["unapplied_from_invoice", "applied_to_invoice", "adjustment"]


def test_balance_transactions_are_looked_at_and_noted(box, customer):
    moved = stripe.Customer.create_balance_transaction(customer.id, amount=5, currency="usd")
    assert stripe.Customer.modify_balance_transaction(customer.id, moved.id, metadata={"a": "b"}).metadata.to_dict() == {"a": "b"}
    assert stripe.Customer.retrieve_balance_transaction(customer.id, moved.id).ending_balance == 5
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Customer.retrieve_balance_transaction(stripe.Customer.create().id, moved.id)


# Trials and pauses.


@pytest.mark.parametrize(
    ("ending", "status", "event"),
    [("pause", "paused", "customer.subscription.paused"), ("cancel", "canceled", "customer.subscription.deleted")],
)
def test_a_trial_without_a_payment_method(box, types, ending, status, event):
    made = subscribe(
        stripe.Customer.create(), trial_period_days=7, trial_settings={"end_behavior": {"missing_payment_method": ending}}
    )
    types()
    box.clock.advance(days=4)
    assert types() == ["customer.subscription.trial_will_end"]
    box.clock.advance(days=4)
    assert stripe.Subscription.retrieve(made.id).status == status
    assert types() == [event]


def test_a_paused_trial_goes_on_once_it_can_be_paid(box, types):
    buyer = stripe.Customer.create()
    made = subscribe(buyer, trial_period_days=7, trial_settings={"end_behavior": {"missing_payment_method": "pause"}})
    box.clock.advance(days=40)
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=buyer.id)
    stripe.Customer.modify(buyer.id, invoice_settings={"default_payment_method": method.id})
    types()
    assert stripe.Subscription.resume(made.id).status == "active"
    assert types()[-1] == "customer.subscription.resumed"
    assert (latest(made).status, charged(box)) == ("paid", 3_000)
    box.clock.advance(days=32)
    assert charged(box) == 6_000


def test_a_subscription_is_paused_and_resumed(box, customer, types):
    made = subscribe(customer)
    types()
    client = stripe.StripeClient(box.api_key)
    client.raw_request("post", f"/v1/subscriptions/{made.id}/pause", type="subscription")
    assert types() == ["customer.subscription.paused"]
    box.clock.advance(days=20)
    assert stripe.Subscription.resume(made.id, billing_cycle_anchor={"type": "unchanged"}).status == "active"
    assert charged(box) == 3_000
    client.raw_request("post", f"/v1/subscriptions/{made.id}/pause", type="subscription")
    with pytest.raises(stripe.InvalidRequestError, match="this one is paused"):
        client.raw_request("post", f"/v1/subscriptions/{made.id}/pause", type="subscription")
    box.clock.advance(days=60)
    assert charged(box) == 3_000
    stripe.Subscription.resume(made.id)
    assert charged(box) == 6_000
    with pytest.raises(stripe.InvalidRequestError, match="Only paused subscriptions"):
        stripe.Subscription.resume(made.id)


def test_a_resumption_that_is_not_paid_is_past_due(box, customer):
    made = subscribe(customer)
    stripe.StripeClient(box.api_key).raw_request("post", f"/v1/subscriptions/{made.id}/pause", type="subscription")
    method = stripe.PaymentMethod.attach("pm_card_chargeCustomerFail", customer=customer.id)
    stripe.Customer.modify(customer.id, invoice_settings={"default_payment_method": method.id})
    assert stripe.Subscription.resume(made.id).status == "past_due"


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void")]
)
def test_a_pause_of_collection(box, customer, types, behavior, status):
    made = subscribe(customer)
    resumes = box.clock.now() + 45 * DAY
    stripe.Subscription.modify(made.id, pause_collection={"behavior": behavior, "resumes_at": resumes})
    types()
    box.clock.advance(days=32)
    assert (latest(made).status, stripe.Subscription.retrieve(made.id).status) == (status, "active")
    assert "customer.subscription.paused" not in types()
    box.clock.advance(days=14)
    assert stripe.Subscription.retrieve(made.id).pause_collection is None
    box.clock.advance(days=20)
    assert latest(made).status == "paid"
    assert charged(box) == 6_000


def test_collection_goes_on_when_told(box, customer):
    made = subscribe(customer)
    stripe.Subscription.modify(made.id, pause_collection={"behavior": "void"})
    stripe.Subscription.modify(made.id, pause_collection="")
    box.clock.advance(days=32)
    assert latest(made).status == "paid"


def test_a_trial_is_ended_and_lengthened(box, customer, types):
    made = subscribe(customer, trial_period_days=7)
    later = box.clock.now() + 14 * DAY
    assert stripe.Subscription.modify(made.id, trial_end=later).trial_end == later
    box.clock.advance(days=8)
    assert stripe.Subscription.retrieve(made.id).status == "trialing"
    stripe.Subscription.modify(made.id, trial_end="now")
    assert stripe.Subscription.retrieve(made.id).status == "active"
    box.clock.advance(hours=1)
    assert (latest(made).status, charged(box)) == ("paid", 3_000)
    stripe.Subscription.modify(made.id, trial_end="now")
    assert charged(box) == 3_000
    with pytest.raises(stripe.InvalidRequestError, match="in the future"):
        subscribe(customer, trial_end=5)


# Announcements and previews.


def test_a_renewal_is_announced_a_week_before(box, customer, types):
    made = subscribe(customer)
    types()
    end = made["items"].data[0].current_period_end
    box.clock.advance_to(end - 7 * DAY - 1)
    assert types() == []
    box.clock.advance(seconds=1)
    assert types() == ["invoice.upcoming"]
    told = box.outbox[-1].body["data"]["object"]
    assert (told["total"], told["status"], told["billing_reason"], told["period_end"]) == (3_000, "draft", "upcoming", end)
    stripe.Subscription.modify(made.id, cancel_at_period_end=True)
    box.clock.advance(days=8)
    assert "invoice.upcoming" not in types()


def test_a_preview_says_what_the_next_invoice_will_be(box, customer):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    stripe.InvoiceItem.create(customer=customer.id, amount=100, currency="usd")
    plain = stripe.Invoice.create_preview(subscription=made.id)
    assert (plain.total, plain.billing_reason) == (3_100, "upcoming")
    change = {"items": [{"id": made["items"].data[0].id, "price": price(6_000).id}]}
    dearer = stripe.Invoice.create_preview(subscription=made.id, subscription_details=change)
    assert dearer.total == 6_000 + 3_000 - 1_500 + 100
    now = stripe.Invoice.create_preview(
        subscription=made.id, subscription_details={**change, "proration_behavior": "always_invoice"}
    )
    assert now.total == 1_600
    before = len(stripe.Invoice.list().data), len(stripe.InvoiceItem.list().data)
    stripe.Subscription.modify(made.id, **change)
    assert (len(stripe.Invoice.list().data), len(stripe.InvoiceItem.list().data)) == (before[0], before[1] + 2)
    box.clock.advance(days=17)
    assert latest(made).total == dearer.total


def test_a_preview_of_another_interval(box, customer):
    made = subscribe(customer, price(3_000))
    halfway(box, made)
    change = {"items": [{"id": made["items"].data[0].id, "price": price(30_000, "year").id}]}
    assert stripe.Invoice.create_preview(subscription=made.id, subscription_details=change).total == 28_500


def test_previews_of_customers(box, customer):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Invoice.create_preview(customer=customer.id)
    assert caught.value.code == "invoice_upcoming_none"
    extra = [
        {"amount": 200, "currency": "usd", "description": "x"},
        {"price": stripe.Price.create(currency="usd", unit_amount=5, product_data={"name": "x"}).id, "quantity": 3},
    ]
    assert stripe.Invoice.create_preview(customer=customer.id, invoice_items=extra).total == 215
    details = {"items": [{"price": price(900).id, "quantity": 2}]}
    assert stripe.Invoice.create_preview(customer=customer.id, subscription_details=details).total == 1_800
    with pytest.raises(stripe.InvalidRequestError, match="customer"):
        stripe.Invoice.create_preview()
    with pytest.raises(stripe.InvalidRequestError, match="amount"):
        stripe.Invoice.create_preview(customer=customer.id, invoice_items=[{"description": "x"}])


def test_what_has_no_next_invoice(box, customer):
    made = subscribe(customer)
    stripe.Subscription.modify(made.id, cancel_at_period_end=True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Invoice.create_preview(subscription=made.id)
    assert caught.value.code == "invoice_upcoming_none"
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription item"):
        stripe.Invoice.create_preview(subscription=made.id, subscription_details={"items": [{"id": "si_missing"}]})


@pytest.mark.parametrize("details", [{"cancel_now": True}, {"trial_end": "now"}])
def test_previews_that_are_not_played(details):
    with StripeSandbox(strict=False):
        buyer = stripe.Customer.create()
        made = subscribe(buyer, trial_period_days=3)
        with pytest.raises(NotImitated):
            stripe.Invoice.create_preview(subscription=made.id, subscription_details=details)


# Dunning and Connect.


def test_the_days_between_attempts_are_the_tests_choice():
    with StripeSandbox(check_answers=True, retry_days=(1, 2), after_dunning="unpaid") as box:
        buyer = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
        made = subscribe(buyer)
        method = stripe.PaymentMethod.attach("pm_card_chargeCustomerFail", customer=buyer.id)
        stripe.Customer.modify(buyer.id, invoice_settings={"default_payment_method": method.id})
        box.clock.advance_to(made["items"].data[0].current_period_end + 3_600)
        seen = [latest(made).attempt_count]
        for _ in range(2):
            box.clock.advance(days=2)
            seen.append(latest(made).attempt_count)
        assert (seen, stripe.Subscription.retrieve(made.id).status) == ([1, 2, 3], "unpaid")


def test_bank_debits_are_not_tried_again(box):
    buyer = stripe.Customer.create()
    account = {"account_number": "000222222227", "routing_number": "110000000", "account_holder_type": "individual"}
    method = stripe.PaymentMethod.create(type="us_bank_account", us_bank_account=account, billing_details={"name": "Jo"})
    stripe.PaymentMethod.attach(method.id, customer=buyer.id)
    made = subscribe(buyer, trial_period_days=1, default_payment_method=method.id)
    box.clock.advance(days=20)
    assert (latest(made).attempt_count, latest(made).next_payment_attempt) == (1, None)


def test_a_subscription_for_a_connected_account(box, customer):
    seller = stripe.Account.create(type="express", capabilities={"transfers": {"requested": True}})
    with pytest.raises(stripe.InvalidRequestError):
        subscribe(customer, transfer_data={"destination": "acct_missing"})
    box.onboard(seller.id)
    subscribe(customer, application_fee_percent=10, transfer_data={"destination": seller.id})
    assert (box.money(seller.id)["usd"].net, box.money()["usd"].earned) == (2_700, 300)
    draft = stripe.Invoice.create(customer=customer.id, currency="usd", transfer_data={"destination": seller.id})
    stripe.InvoiceItem.create(customer=customer.id, invoice=draft.id, amount=1_000, currency="usd")
    stripe.Invoice.modify(draft.id, application_fee_amount=100)
    stripe.Invoice.pay(draft.id)
    assert box.money(seller.id)["usd"].net == 3_600


def test_a_sandbox_of_no_such_dunning():
    with pytest.raises(SandboxError, match="retry_days"):
        StripeSandbox(retry_days=(0,))
