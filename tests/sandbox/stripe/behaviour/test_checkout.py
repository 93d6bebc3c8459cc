"""Checkout Sessions: opened, completed by the customer, or expired."""

import pytest
import stripe

from payproof.sandbox import NotImitated, SandboxError

TEA = {"price_data": {"currency": "usd", "unit_amount": 1_250, "product_data": {"name": "Tea"}}, "quantity": 2}


def opened(**more):
    return stripe.checkout.Session.create(
        **{"mode": "payment", "line_items": [TEA], "success_url": "https://shop.example/thanks", **more}
    )


def test_a_session_is_open_and_unpaid(box):
    session = opened(client_reference_id="42", metadata={"order": "42"})
    assert (session.status, session.payment_status, session.mode) == ("open", "unpaid", "payment")
    assert (session.amount_subtotal, session.amount_total, session.currency) == (2_500, 2_500, "usd")
    assert session.url.startswith("https://checkout.stripe.com/")
    assert session.expires_at == box.clock.now() + 86_400
    assert (session.payment_intent, session.client_reference_id) == (None, "42")
    [item] = stripe.checkout.Session.list_line_items(session.id).data
    assert (item.description, item.quantity, item.amount_total) == ("Tea", 2, 2_500)
    expanded = stripe.checkout.Session.retrieve(session.id, expand=["line_items"])
    assert [found.id for found in expanded.line_items.data] == [item.id]


def test_the_customer_pays(box, types):
    session = opened(payment_intent_data={"metadata": {"order": "42"}}, metadata={"not": "copied"})
    types()
    done = box.complete_checkout(session.id, "visa", email="jo@example.com")
    assert (done["status"], done["payment_status"], done["url"]) == ("complete", "paid", None)
    assert done["customer_details"]["email"] == "jo@example.com"
    intent = stripe.PaymentIntent.retrieve(done["payment_intent"])
    assert (intent.status, intent.amount, intent.metadata.to_dict()) == ("succeeded", 2_500, {"order": "42"})
    assert types() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
    assert [charge["amount"] for charge in box.charges_for(order="42")] == [2_500]


def test_a_declined_card_leaves_the_session_open_for_another(box):
    session = opened()
    after = box.complete_checkout(session.id, "chargeDeclined")
    assert (after["status"], after["payment_status"]) == ("open", "unpaid")
    done = box.complete_checkout(session.id)
    assert (done["status"], done["payment_intent"]) == ("complete", after["payment_intent"])


@pytest.mark.parametrize(("outcome", "status"), [("succeed", "complete"), ("fail", "open"), ("abandon", "open")])
def test_the_customer_may_have_to_authenticate(box, outcome, status):
    session = opened()
    assert box.complete_checkout(session.id, "authenticationRequired", authentication=outcome)["status"] == status


def test_an_intent_of_a_session_is_not_cancelled_but_its_session_expired(box):
    session = opened()
    identifier = box.complete_checkout(session.id, "chargeDeclined")["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session instead"):
        stripe.PaymentIntent.cancel(identifier)


def test_an_authorized_session_can_be_cancelled_by_its_intent(box):
    session = opened(payment_intent_data={"capture_method": "manual"})
    done = box.complete_checkout(session.id)
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    assert stripe.PaymentIntent.cancel(done["payment_intent"]).status == "canceled"


def test_a_session_expires_after_a_day(box, types):
    session = opened()
    types()
    box.clock.advance(hours=24)
    assert stripe.checkout.Session.retrieve(session.id).status == "expired"
    assert types() == ["checkout.session.expired"]


def test_an_open_session_can_be_expired_once(box):
    session = opened()
    assert stripe.checkout.Session.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match='status in \\["open"\\]'):
        stripe.checkout.Session.expire(session.id)
    with pytest.raises(SandboxError, match="cannot be completed; it is expired"):
        box.complete_checkout(session.id)


@pytest.mark.parametrize("seconds", [60, 2 * 86_400])
def test_expiry_lies_between_half_an_hour_and_a_day(box, seconds):
    with pytest.raises(stripe.InvalidRequestError, match="between 30 minutes and 24 hours") as caught:
        opened(expires_at=box.clock.now() + seconds)
    assert caught.value.param == "expires_at"


def test_setup_mode_saves_a_card(box):
    customer = stripe.Customer.create()
    session = stripe.checkout.Session.create(
        mode="setup", customer=customer.id, currency="usd", success_url="https://shop.example"
    )
    assert session.payment_status == "no_payment_required"
    done = box.complete_checkout(session.id)
    assert done["status"] == "complete"
    setup = stripe.SetupIntent.retrieve(done["setup_intent"])
    assert (setup.status, stripe.PaymentMethod.retrieve(setup.payment_method).customer) == ("succeeded", customer.id)


def test_setup_mode_may_be_declined(box):
    session = stripe.checkout.Session.create(mode="setup", currency="usd", success_url="https://shop.example")
    assert box.complete_checkout(session.id, "chargeDeclined")["status"] == "open"


def test_a_coupon_takes_something_off(box):
    coupon = stripe.Coupon.create(percent_off=10, duration="once")
    session = opened(discounts=[{"coupon": coupon.id}])
    assert (session.amount_total, session.total_details.amount_discount) == (2_250, 250)
    assert box.object(box.complete_checkout(session.id)["payment_intent"])["amount"] == 2_250
    assert stripe.Coupon.retrieve(coupon.id).times_redeemed == 1


def test_nothing_to_pay_is_complete_without_a_payment(box):
    coupon = stripe.Coupon.create(percent_off=100, duration="once")
    session = opened(discounts=[{"coupon": coupon.id}])
    done = box.complete_checkout(session.id)
    assert (done["status"], done["payment_status"], done["payment_intent"]) == ("complete", "no_payment_required", None)


def test_a_customer_is_made_when_asked_for(box):
    done = box.complete_checkout(opened(customer_creation="always", customer_email="jo@example.com").id)
    assert stripe.Customer.retrieve(done["customer"]).email == "jo@example.com"
    assert box.complete_checkout(opened().id)["customer"] is None


def test_setup_mode_may_need_the_customer(box):
    session = stripe.checkout.Session.create(mode="setup", currency="usd", success_url="https://shop.example")
    assert box.complete_checkout(session.id, "authenticationRequired", authentication="fail")["status"] == "open"
    assert box.complete_checkout(session.id, "authenticationRequired")["status"] == "complete"


def test_a_page_may_be_embedded(box):
    assert opened(ui_mode="embedded_page", return_url="https://shop.example").ui_mode == "embedded_page"


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"quantity": 1}, "line_items[0][price]"),
        ({"price_data": {"currency": "usd", "unit_amount": 5}, "quantity": 1}, "line_items[0][price_data][product_data][name]"),
    ],
)
def test_a_line_names_or_describes_its_price(box, item, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        opened(line_items=[item])
    assert (caught.value.code, caught.value.param) == ("parameter_missing", param)


def test_line_items_are_needed_and_belong_together(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.checkout.Session.create(mode="payment", success_url="https://shop.example")
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "line_items")
    euros = {"price_data": {"currency": "eur", "unit_amount": 100, "product_data": {"name": "Tee"}}, "quantity": 1}
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        opened(line_items=[TEA, euros])
    price = stripe.Price.create(currency="usd", unit_amount=500, recurring={"interval": "month"}, product_data={"name": "Club"})
    with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
        opened(line_items=[{"price": price.id, "quantity": 1}])
    with pytest.raises(stripe.InvalidRequestError, match="setup"):
        opened(mode="setup")


def test_the_session_is_in_the_currency_of_its_prices(box):
    assert opened(currency="usd").currency == "usd"
    with pytest.raises(stripe.InvalidRequestError, match="are in usd, not eur"):
        opened(currency="eur")


def test_options_of_the_method_reach_the_payment(box):
    session = opened(payment_method_options={"card": {"request_three_d_secure": "any"}})
    assert box.complete_checkout(session.id, "threeDSecureOptional", authentication="abandon")["status"] == "open"
    assert box.complete_checkout(session.id, "threeDSecureOptional")["status"] == "complete"


def test_customer_and_email_exclude_each_other(box):
    customer = stripe.Customer.create()
    with pytest.raises(stripe.InvalidRequestError, match="customer, customer_email"):
        opened(customer=customer.id, customer_email="jo@example.com")


def test_a_delayed_payment_completes_unpaid_and_comes_out_later(box, types):
    session = opened(allowed_payment_method_types=["card", "us_bank_account"])
    account = {"account_number": "000123456789", "routing_number": "110000000"}
    method = stripe.PaymentMethod.create(type="us_bank_account", us_bank_account=account)
    done = box.complete_checkout(session.id, method.id)
    assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
    types()
    box.settle(done["payment_intent"])
    assert types() == ["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
    assert stripe.checkout.Session.retrieve(session.id).payment_status == "paid"


def test_a_delayed_payment_may_fail_later(box, types):
    session = opened(allowed_payment_method_types=["us_bank_account"])
    account = {"account_number": "000222222227", "routing_number": "110000000"}
    method = stripe.PaymentMethod.create(type="us_bank_account", us_bank_account=account)
    done = box.complete_checkout(session.id, method.id)
    box.settle(done["payment_intent"])
    assert types()[-1] == "checkout.session.async_payment_failed"
    assert stripe.checkout.Session.retrieve(session.id).payment_status == "unpaid"


def test_an_unknown_card_is_named(box):
    with pytest.raises(SandboxError, match="there is no test card 'gold'"):
        box.complete_checkout(opened().id, "gold")


def test_what_is_not_played_is_refused_by_name():
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(strict=False), pytest.raises(NotImitated, match="'optional_items'"):
        opened(optional_items=[{"price": "price_1", "quantity": 1}])


def test_taxes_are_refused_by_name():
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(strict=False):
        with pytest.raises(NotImitated, match="POST /v1/checkout/sessions enables automatic tax"):
            opened(automatic_tax={"enabled": True})
        assert opened(automatic_tax={"enabled": False}).status == "open"


def test_what_the_page_asks_for_is_kept(box):
    session = opened(
        billing_address_collection="required", phone_number_collection={"enabled": True}, allow_promotion_codes=True, locale="de"
    )
    assert (session.billing_address_collection, session.phone_number_collection.enabled) == ("required", True)
    assert (session.allow_promotion_codes, session.locale) == (True, "de")


def test_listing_by_customer(box):
    customer = stripe.Customer.create()
    mine = opened(customer=customer.id)
    opened()
    assert [session.id for session in stripe.checkout.Session.list(customer=customer.id).data] == [mine.id]


def test_metadata_can_change(box):
    session = opened(metadata={"a": "1"})
    assert stripe.checkout.Session.modify(session.id, metadata={"b": "2"}).metadata.to_dict() == {"a": "1", "b": "2"}


def club(**more):
    price = {"currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}, "product_data": {"name": "Club"}}
    return stripe.checkout.Session.create(
        **{
            "mode": "subscription",
            "line_items": [{"price_data": price, "quantity": 1}],
            "success_url": "https://shop.example",
            **more,
        }
    )


def test_a_subscription_is_sold(box, types):
    session = club(subscription_data={"metadata": {"plan": "club"}}, customer_email="jo@example.com")
    assert (session.amount_total, session.payment_status) == (900, "unpaid")
    types()
    done = box.complete_checkout(session.id)
    assert (done["status"], done["payment_status"]) == ("complete", "paid")
    made = stripe.Subscription.retrieve(done["subscription"])
    assert (made.status, made.metadata.to_dict(), made.customer) == ("active", {"plan": "club"}, done["customer"])
    assert stripe.Customer.retrieve(made.customer).email == "jo@example.com"
    assert made.latest_invoice == done["invoice"]
    assert types()[-1] == "checkout.session.completed"
    box.clock.advance(days=32)
    assert box.money()["usd"].charged == 1_800


@pytest.mark.parametrize(
    ("card", "authentication", "status"),
    [
        ("chargeCustomerFail", "succeed", "open"),
        ("authenticationRequired", "succeed", "complete"),
        ("authenticationRequired", "fail", "open"),
    ],
)
def test_a_subscription_may_not_be_paid(box, card, authentication, status):
    done = box.complete_checkout(club().id, card, authentication=authentication)
    assert done["status"] == status
    assert len(stripe.Subscription.list().data) == (1 if status == "complete" else 0)


def test_a_trial_is_sold_for_nothing(box):
    done = box.complete_checkout(club(subscription_data={"trial_period_days": 7}).id)
    assert (done["amount_total"], done["payment_status"]) == (0, "no_payment_required")
    assert box.object(done["subscription"])["status"] == "trialing"


def test_a_subscription_needs_a_recurring_price(box):
    with pytest.raises(stripe.InvalidRequestError, match="at least one recurring price"):
        opened(mode="subscription")


# What a session hands on.


def test_a_session_for_a_seller(box):
    seller = stripe.Account.create(type="express", capabilities={"transfers": {"requested": True}})
    data = {"application_fee_amount": 100, "transfer_data": {"destination": seller.id}, "description": "Tea"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        opened(payment_intent_data=data)
    assert caught.value.code == "insufficient_capabilities_for_transfer"
    box.onboard(seller.id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot exceed the amount"):
        opened(payment_intent_data={**data, "application_fee_amount": 10**6})
    session = opened(payment_intent_data=data)
    box.complete_checkout(session.id)
    intent = stripe.PaymentIntent.retrieve(stripe.checkout.Session.retrieve(session.id).payment_intent)
    assert (intent.description, intent.application_fee_amount) == ("Tea", 100)
    assert box.money(seller.id)["usd"].net == session.amount_total - 100


def test_lines_with_tax_rates(box):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=20, inclusive=False)
    price = {"currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Tea"}}
    session = stripe.checkout.Session.create(
        mode="payment",
        line_items=[{"price_data": price, "quantity": 2, "tax_rates": [rate.id]}],
        success_url="https://a.example/",
    )
    assert (session.amount_subtotal, session.amount_total, session.total_details.amount_tax) == (2_000, 2_400, 400)
    box.complete_checkout(session.id)
    assert box.money()["usd"].charged == 2_400


def test_a_subscription_and_something_once(box):
    plan = {"currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Club"}, "recurring": {"interval": "month"}}
    once = {"currency": "usd", "unit_amount": 300, "product_data": {"name": "Badge"}}
    rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
    session = stripe.checkout.Session.create(
        mode="subscription",
        line_items=[{"price_data": plan, "quantity": 1}, {"price_data": once, "quantity": 2}],
        subscription_data={"default_tax_rates": [rate.id], "description": "Tea"},
        success_url="https://a.example/",
    )
    done = box.complete_checkout(session.id)
    subscription = stripe.Subscription.retrieve(done["subscription"], expand=["latest_invoice"])
    assert (subscription.description, subscription.latest_invoice.total) == ("Tea", 1_760)
    box.clock.advance(days=32)
    assert stripe.Invoice.list(subscription=subscription.id).data[0].total == 1_100


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"payment_intent_data": {"capture_method": "manual", "amount_details": {"a": 1}}}, "amount_details"),
        ({"line_items": [{**TEA, "tax_rates": ["TAX"]}], "discounts": [{"coupon": "OFF"}]}, "discounts and tax rates together"),
        ({"line_items": [{"price": "price_1", "quantity": 1, "dynamic_tax_rates": ["txr_1"]}]}, "dynamic_tax_rates"),
    ],
)
def test_what_a_session_cannot_hand_on_is_refused(more, words):
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(strict=False):
        rate = stripe.TaxRate.create(display_name="VAT", percentage=20, inclusive=False).id
        stripe.Coupon.create(id="OFF", percent_off=50)
        items = [
            {name: [rate] if name == "tax_rates" else value for name, value in item.items()}
            for item in more.get("line_items", [TEA])
        ]
        with pytest.raises((NotImitated, stripe.InvalidRequestError), match=words):
            opened(**{**more, "line_items": items})
