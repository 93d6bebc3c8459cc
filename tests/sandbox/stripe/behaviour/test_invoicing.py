"""Invoices: every allowed transition, every refused one, and how they are collected."""

import pytest
import stripe


@pytest.fixture
def customer(box):
    return stripe.Customer.create(
        email="jo@example.com", payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"}
    )


def draft(customer, amount=2_000):
    invoice = stripe.Invoice.create(customer=customer.id, currency="usd")
    if amount:
        stripe.InvoiceItem.create(customer=customer.id, invoice=invoice.id, amount=amount, currency="usd", description="Tea")
    return stripe.Invoice.retrieve(invoice.id)


def opened(customer):
    return stripe.Invoice.finalize_invoice(draft(customer).id)


def paid(customer):
    return stripe.Invoice.pay(opened(customer).id)


def void(customer):
    return stripe.Invoice.void_invoice(opened(customer).id)


def uncollectible(customer):
    return stripe.Invoice.mark_uncollectible(opened(customer).id)


STATES = {"draft": draft, "open": opened, "paid": paid, "void": void, "uncollectible": uncollectible}

VERBS = {
    "finalize": lambda invoice: stripe.Invoice.finalize_invoice(invoice.id),
    "pay": lambda invoice: stripe.Invoice.pay(invoice.id),
    "void": lambda invoice: stripe.Invoice.void_invoice(invoice.id),
    "give up": lambda invoice: stripe.Invoice.mark_uncollectible(invoice.id),
    "delete": lambda invoice: stripe.Invoice.delete(invoice.id),
}

ALLOWED = {
    ("draft", "finalize"): "open",
    ("draft", "pay"): "paid",
    ("draft", "delete"): None,
    ("open", "pay"): "paid",
    ("open", "void"): "void",
    ("open", "give up"): "uncollectible",
    ("uncollectible", "pay"): "paid",
    ("uncollectible", "void"): "void",
}


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_reached_as_documented(box, customer, state):
    assert STATES[state](customer).status == state


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_a_transition_is_allowed_or_refused(box, customer, state, verb):
    invoice = STATES[state](customer)
    if (state, verb) in ALLOWED:
        after = VERBS[verb](invoice)
        assert after.deleted is True if verb == "delete" else after.status == ALLOWED[state, verb]
        return
    before = box.object(invoice.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        VERBS[verb](invoice)
    assert caught.value.http_status == 400
    assert box.object(invoice.id) == before


def test_a_draft_adds_up_its_items(box, customer):
    invoice = draft(customer)
    price = stripe.Price.create(currency="usd", unit_amount=500, product_data={"name": "Cake"})
    stripe.InvoiceItem.create(customer=customer.id, invoice=invoice.id, pricing={"price": price.id}, quantity=3)
    after = stripe.Invoice.retrieve(invoice.id)
    assert (after.total, after.amount_due, after.amount_remaining) == (3_500, 3_500, 3_500)
    assert [(line.amount, line.description) for line in after.lines.data] == [(2_000, "Tea"), (1_500, "Cake")]
    assert [line.amount for line in stripe.Invoice.list_lines(invoice.id).data] == [2_000, 1_500]


def test_pending_items_are_included_when_asked_for(box, customer):
    item = stripe.InvoiceItem.create(customer=customer.id, amount=700, currency="usd")
    assert [found.id for found in stripe.InvoiceItem.list(customer=customer.id, pending=True).data] == [item.id]
    invoice = stripe.Invoice.create(customer=customer.id, pending_invoice_items_behavior="include")
    assert invoice.total == 700
    assert stripe.InvoiceItem.retrieve(item.id).invoice == invoice.id
    assert stripe.InvoiceItem.list(customer=customer.id, pending=True).data == []
    stripe.Invoice.delete(invoice.id)
    assert stripe.InvoiceItem.retrieve(item.id).invoice is None
    assert stripe.InvoiceItem.delete(item.id).deleted is True


def test_finalizing_gives_a_number_and_a_payment(box, customer, types):
    invoice = draft(customer)
    types()
    after = stripe.Invoice.finalize_invoice(invoice.id, expand=["confirmation_secret", "payments"])
    assert after.number.endswith("-0001")
    assert after.status_transitions.finalized_at == box.clock.now()
    [payment] = after.payments.data
    assert after.confirmation_secret.client_secret.startswith(payment.payment.payment_intent)
    assert types() == ["invoice.finalized", "payment_intent.created"]
    assert stripe.Invoice.finalize_invoice(draft(customer).id).number.endswith("-0002")


def test_paying_takes_the_money(box, customer, types):
    invoice = opened(customer)
    types()
    after = stripe.Invoice.pay(invoice.id)
    assert (after.amount_paid, after.amount_remaining, after.attempt_count, after.attempted) == (2_000, 0, 1, True)
    assert types() == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]  # fmt: skip
    assert box.money()["usd"].charged == 2_000


def test_a_decline_leaves_it_open(box, customer, types):
    invoice = opened(customer)
    types()
    with pytest.raises(stripe.CardError) as caught:
        stripe.Invoice.pay(invoice.id, payment_method="pm_card_visa_chargeDeclined")
    assert caught.value.code == "card_declined"
    after = stripe.Invoice.retrieve(invoice.id)
    assert (after.status, after.attempt_count, after.attempted) == ("open", 1, True)
    assert types() == ["charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.updated"]
    assert stripe.Invoice.pay(invoice.id).status == "paid"


def test_a_challenge_needs_the_customer_who_can_then_pay(box, customer, types):
    invoice = opened(customer)
    method = stripe.PaymentMethod.attach("pm_card_authenticationRequired", customer=customer.id)
    types()
    with pytest.raises(stripe.CardError) as caught:
        stripe.Invoice.pay(invoice.id, payment_method=method.id, off_session=False)
    assert caught.value.code == "invoice_payment_intent_requires_action"
    assert types() == ["payment_intent.requires_action", "invoice.payment_action_required"]
    box.authenticate(caught.value.error.payment_intent.id)
    assert stripe.Invoice.retrieve(invoice.id).status == "paid"


def test_paying_its_intent_pays_the_invoice(box, customer):
    invoice = stripe.Invoice.finalize_invoice(draft(customer).id, expand=["payments"])
    stripe.PaymentIntent.confirm(invoice.payments.data[0].payment.payment_intent, payment_method="pm_card_visa")
    assert stripe.Invoice.retrieve(invoice.id).status == "paid"


def test_paying_elsewhere_takes_no_money(box, customer, types):
    invoice = opened(customer)
    types()
    assert stripe.Invoice.pay(invoice.id, paid_out_of_band=True).status == "paid"
    assert types() == ["payment_intent.canceled", "invoice.updated", "invoice.paid"]
    assert box.money() == {}


def test_an_invoice_of_nothing_is_paid_at_once(box, customer):
    assert stripe.Invoice.finalize_invoice(draft(customer, amount=0).id).status == "paid"


def test_without_a_payment_method_it_cannot_be_paid(box):
    bare = stripe.Customer.create(email="kim@example.com")
    with pytest.raises(stripe.InvalidRequestError, match="no default payment method"):
        stripe.Invoice.pay(opened(bare).id)


def test_voiding_cancels_its_payment(box, customer, types):
    invoice = opened(customer)
    types()
    stripe.Invoice.void_invoice(invoice.id)
    assert types() == ["payment_intent.canceled", "invoice.voided"]


def test_it_may_advance_by_itself(box, customer):
    invoice = stripe.Invoice.create(customer=customer.id, currency="usd", auto_advance=True)
    stripe.InvoiceItem.create(customer=customer.id, invoice=invoice.id, amount=500, currency="usd")
    box.clock.advance(minutes=59)
    assert stripe.Invoice.retrieve(invoice.id).status == "draft"
    box.clock.advance(minutes=1)
    assert stripe.Invoice.retrieve(invoice.id).status == "paid"


def test_finalizing_may_set_it_going(box, customer):
    invoice = stripe.Invoice.finalize_invoice(draft(customer).id, auto_advance=True)
    assert (invoice.status, invoice.auto_advance) == ("open", True)


def test_it_does_not_advance_when_that_was_switched_off(box, customer):
    invoice = stripe.Invoice.create(customer=customer.id, currency="usd", auto_advance=True)
    stripe.Invoice.modify(invoice.id, auto_advance=False)
    box.clock.advance(hours=2)
    assert stripe.Invoice.retrieve(invoice.id).status == "draft"


def test_an_item_may_bring_its_price(box, customer):
    product = stripe.Product.create(name="Cake")
    price = {"currency": "usd", "unit_amount": 500, "product": product.id}
    item = stripe.InvoiceItem.create(customer=customer.id, price_data=price, quantity=2)
    assert (item.amount, item.description) == (1_000, "Cake")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.InvoiceItem.create(customer=customer.id, price_data={**price, "product": "prod_nothing"})
    assert caught.value.param == "price_data[product]"


def test_sending(box, customer, types):
    with pytest.raises(stripe.InvalidRequestError, match="send_invoice"):
        stripe.Invoice.send_invoice(opened(customer).id)
    invoice = stripe.Invoice.create(customer=customer.id, currency="usd", collection_method="send_invoice", days_until_due=30)
    stripe.InvoiceItem.create(customer=customer.id, invoice=invoice.id, amount=500, currency="usd")
    types()
    sent = stripe.Invoice.send_invoice(invoice.id)
    assert (sent.status, sent.due_date) == ("open", box.clock.now() + 30 * 86_400)
    assert types()[-1] == "invoice.sent"


def test_a_coupon_takes_something_off(box, customer):
    coupon = stripe.Coupon.create(amount_off=500, currency="usd", duration="once")
    invoice = stripe.Invoice.create(customer=customer.id, currency="usd", discounts=[{"coupon": coupon.id}])
    stripe.InvoiceItem.create(customer=customer.id, invoice=invoice.id, amount=2_000, currency="usd")
    after = stripe.Invoice.retrieve(invoice.id)
    assert (after.subtotal, after.total) == (2_000, 1_500)


def test_an_item_needs_an_editable_invoice_and_an_amount(box, customer):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.InvoiceItem.create(customer=customer.id, invoice=opened(customer).id, amount=5, currency="usd")
    assert caught.value.code == "invoice_not_editable"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.InvoiceItem.create(customer=customer.id, currency="usd")
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "amount")
    made = draft(customer)
    item = stripe.InvoiceItem.create(customer=customer.id, invoice=made.id, amount=500, currency="usd")
    stripe.Invoice.finalize_invoice(made.id)
    for change in (stripe.InvoiceItem.delete, lambda one: stripe.InvoiceItem.modify(one, amount=5)):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            change(item.id)
        assert caught.value.code == "invoice_not_editable"


def test_updates_lists_and_search(box, customer, types):
    invoice = draft(customer)
    types()
    method = stripe.PaymentMethod.attach("pm_card_mastercard", customer=customer.id)
    stripe.Invoice.modify(invoice.id, description="Tea", metadata={"a": "1"}, default_payment_method=method.id)
    assert types() == ["payment_method.attached", "invoice.updated"]
    assert [found.id for found in stripe.Invoice.list(customer=customer.id, status="draft").data] == [invoice.id]
    assert [found.id for found in stripe.Invoice.search(query="metadata['a']:'1'").data] == [invoice.id]
    stripe.Invoice.pay(invoice.id)
    [payment] = stripe.InvoicePayment.list(invoice=invoice.id).data
    assert stripe.InvoicePayment.retrieve(payment.id).status == "paid"
    assert stripe.Charge.list().data[0].payment_method == method.id
