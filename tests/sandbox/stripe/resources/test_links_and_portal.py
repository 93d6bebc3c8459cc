"""Payment links and the customer portal."""

import pytest
import stripe

from payproof.sandbox import NotImitated, SandboxError, StripeSandbox


def price(amount=1_000, **more):
    return stripe.Price.create(currency="usd", unit_amount=amount, product_data={"name": "Book"}, **more)


def link(*prices, **more):
    return stripe.PaymentLink.create(line_items=[{"price": one.id, "quantity": 2} for one in prices or (price(),)], **more)


def test_each_visit_is_a_session_of_its_own(box, types):
    made = link(metadata={"a": "b"}, payment_intent_data={"metadata": {"order": "7"}})
    assert "payment_link.created" in types()
    first, second = box.visit(made.id), box.visit(made.id)
    assert first["id"] != second["id"]
    done = box.complete_checkout(first["id"])
    assert (done["status"], done["payment_link"], done["metadata"], done["amount_total"]) == (
        "complete",
        made.id,
        {"a": "b"},
        2_000,
    )
    assert stripe.PaymentIntent.retrieve(done["payment_intent"]).metadata.to_dict() == {"order": "7"}
    assert stripe.PaymentLink.list_line_items(made.id).data[0].amount_total == 2_000
    assert stripe.PaymentLink.retrieve(made.id, expand=["line_items"]).line_items.data[0].quantity == 2


def test_a_link_sells_subscriptions(box):
    made = link(price(recurring={"interval": "month"}), subscription_data={"trial_period_days": 7})
    done = box.complete_checkout(box.visit(made.id)["id"])
    assert stripe.Subscription.retrieve(done["subscription"]).status == "trialing"


def test_a_link_is_switched_off(box, types):
    made = link(inactive_message="sold out")
    stripe.PaymentLink.modify(made.id, active=False, metadata={"a": "b"})
    assert types()[-1] == "payment_link.updated"
    with pytest.raises(SandboxError, match="customers see: sold out"):
        box.visit(made.id)
    assert stripe.PaymentLink.list(active=True).data == []


def test_a_link_may_be_used_so_often_only(box):
    made = link(restrictions={"completed_sessions": {"limit": 1}})
    box.complete_checkout(box.visit(made.id)["id"])
    after = stripe.PaymentLink.retrieve(made.id)
    assert (after.active, after.restrictions.completed_sessions.count) == (False, 1)
    with pytest.raises(SandboxError, match="nothing to pay here"):
        box.visit(made.id)


def test_prices_of_a_link_have_one_currency(box):
    other = stripe.Price.create(currency="eur", unit_amount=1, product_data={"name": "Book"})
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        link(price(), other)


def test_what_links_do_not_play():
    with StripeSandbox(strict=False):
        with pytest.raises(NotImitated, match="one-time prices together"):
            link(price(), price(recurring={"interval": "month"}))
        with pytest.raises(NotImitated, match="shipping_options"):
            link(shipping_options=[{"shipping_rate": "shr_1"}])


# The portal.


def test_a_customer_is_sent_to_the_portal(box, types):
    customer = stripe.Customer.create()
    types()
    made = stripe.billing_portal.Session.create(customer=customer.id, return_url="https://shop.example/")
    assert made.url.startswith("https://billing.stripe.com/p/session/")
    assert types() == ["billing_portal.configuration.created", "billing_portal.session.created"]
    again = stripe.billing_portal.Session.create(customer=customer.id)
    assert again.configuration == made.configuration
    assert stripe.billing_portal.Configuration.retrieve(made.configuration).is_default


def test_configurations_are_kept(box, types):
    features = {"invoice_history": {"enabled": True}, "customer_update": {"enabled": True, "allowed_updates": ["email"]}}
    made = stripe.billing_portal.Configuration.create(
        features=features, business_profile={"headline": "Shop"}, metadata={"a": "b"}
    )
    assert made.features.customer_update.allowed_updates == ["email"]
    stripe.billing_portal.Configuration.modify(made.id, active=False, business_profile={"headline": "Other"})
    assert types() == ["billing_portal.configuration.created", "billing_portal.configuration.updated"]
    assert stripe.billing_portal.Configuration.list(active=False).data[0].business_profile.headline == "Other"
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        stripe.billing_portal.Session.create(customer=stripe.Customer.create().id, configuration=made.id)


def test_a_flow_is_about_the_customers_own_subscription(box):
    buyer = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    running = stripe.Subscription.create(customer=buyer.id, items=[{"price": price(recurring={"interval": "month"}).id}])
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": running.id}}
    made = stripe.billing_portal.Session.create(customer=buyer.id, flow_data=flow)
    assert (made.flow.type, made.flow.subscription_cancel.subscription) == ("subscription_cancel", running.id)
    update = {
        "type": "payment_method_update",
        "after_completion": {"type": "redirect", "redirect": {"return_url": "https://a.example"}},
    }
    assert stripe.billing_portal.Session.create(customer=buyer.id, flow_data=update).flow.after_completion.type == "redirect"
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        stripe.billing_portal.Session.create(customer=stripe.Customer.create().id, flow_data=flow)
