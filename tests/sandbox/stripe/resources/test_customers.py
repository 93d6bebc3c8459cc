"""Customers."""

import pytest
import stripe


def test_a_customer_is_kept_as_given(box, types):
    made = stripe.Customer.create(
        email="jo@example.com",
        name="Jo Example",
        phone="+1 555 0100",
        description="a friend",
        address={"line1": "1 High Street", "city": "Springfield"},
        shipping={"name": "Jo", "address": {"line1": "1 High Street"}},
        metadata={"id": 7},
        balance=-500,
        preferred_locales=["de"],
    )
    found = stripe.Customer.retrieve(made.id)
    assert (found.email, found.name, found.balance, found.created) == ("jo@example.com", "Jo Example", -500, box.clock.now())
    assert (found.address.city, found.address.country) == ("Springfield", None)
    assert (found.shipping.address.line1, found.shipping.phone) == ("1 High Street", None)
    assert found.metadata.to_dict() == {"id": "7"}
    assert found.preferred_locales == ["de"]
    assert types() == ["customer.created"]


def test_an_update_merges(box, types):
    made = stripe.Customer.create(email="jo@example.com", name="Jo")
    types()
    after = stripe.Customer.modify(made.id, name="Kim", metadata={"a": "1"}, address="")
    assert (after.email, after.name, after.address) == ("jo@example.com", "Kim", None)
    assert types() == ["customer.updated"]


def test_a_deleted_customer_leaves_its_id(box, types):
    made = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=made.id)
    types()
    deleted = stripe.Customer.delete(made.id)
    assert (deleted.id, deleted.deleted) == (made.id, True)
    assert types() == ["customer.deleted"]
    assert stripe.Customer.retrieve(made.id).deleted is True
    assert stripe.Customer.list().data == []
    assert stripe.PaymentMethod.retrieve(method.id).customer is None
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Customer.modify(made.id, name="Jo")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "id")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.create(amount=500, currency="usd", customer=made.id)
    assert (caught.value.http_status, caught.value.param) == (400, "customer")


def test_a_payment_method_can_be_attached_at_creation_and_made_the_default(box):
    made = stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})
    [method] = stripe.Customer.list_payment_methods(made.id).data
    assert made.invoice_settings.default_payment_method == method.id
    assert stripe.Customer.retrieve_payment_method(made.id, method.id).id == method.id


def test_a_declining_card_refuses_the_customer(box):
    with pytest.raises(stripe.CardError):
        stripe.Customer.create(payment_method="pm_card_visa_chargeDeclined")
    assert stripe.Customer.list().data == []


def test_the_default_must_be_the_customers_own(box):
    first, second = stripe.Customer.create(), stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=first.id)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method") as caught:
        stripe.Customer.modify(second.id, invoice_settings={"default_payment_method": method.id})
    assert caught.value.param == "invoice_settings[default_payment_method]"
    after = stripe.Customer.modify(first.id, invoice_settings={"default_payment_method": method.id})
    assert after.invoice_settings.default_payment_method == method.id
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Customer.retrieve_payment_method(second.id, method.id)


def test_listing_by_email_and_searching(box):
    jo = stripe.Customer.create(email="jo@example.com", metadata={"tier": "gold"})
    stripe.Customer.create(email="kim@example.com")
    assert [found.id for found in stripe.Customer.list(email="jo@example.com").data] == [jo.id]
    assert [found.id for found in stripe.Customer.search(query="email~'jo@' AND metadata['tier']:'gold'").data] == [jo.id]


def test_older_sources(box, types):
    customer = stripe.Customer.create(source="tok_visa")
    assert types() == ["customer.created", "customer.source.created"]
    assert customer.default_source.startswith("card_")
    second = stripe.Customer.create_source(customer.id, source="tok_mastercard")
    assert (second.brand, second.last4) == ("MasterCard", "4444")
    assert [card.id for card in stripe.Customer.list_sources(customer.id).data] == [second.id, customer.default_source]
    assert stripe.Customer.retrieve_source(customer.id, second.id).id == second.id
    after = stripe.Customer.modify(customer.id, default_source=second.id)
    assert after.default_source == second.id
    assert stripe.Customer.delete_source(customer.id, second.id).deleted is True
    expanded = stripe.Customer.retrieve(customer.id, expand=["sources"])
    assert [card.id for card in expanded.sources.data] == [customer.default_source]
    assert expanded.default_source == customer.default_source
    newest = stripe.Customer.modify(customer.id, source="tok_amex")
    assert newest.default_source != customer.default_source
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Customer.retrieve_source(customer.id, "card_nothing")
    assert caught.value.code == "resource_missing"
    with pytest.raises(stripe.CardError):
        stripe.Customer.create(source="tok_chargeDeclined")


def test_a_customers_sources_are_asked_for_by_what_they_are(box):
    customer = stripe.Customer.create(source="tok_visa")
    assert len(stripe.Customer.list_sources(customer.id, object="card").data) == 1
    assert stripe.Customer.list_sources(customer.id, object="bank_account").data == []
