"""Payment methods and tokens."""

import pytest
import stripe

from payproof.sandbox import NotImitated, RawCardRefused, StripeSandbox

GOOD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}


@pytest.fixture
def raw():
    with StripeSandbox(check_answers=True, allow_raw_cards=True) as made:
        yield made


def test_a_test_token_makes_a_method(box):
    method = stripe.PaymentMethod.create(
        type="card", card={"token": "tok_mastercard"}, billing_details={"name": "Jo"}, metadata={"a": "1"}
    )
    assert (method.card.brand, method.card.last4, method.card.country) == ("mastercard", "4444", "US")
    assert (method.billing_details.name, method.customer, method.metadata.to_dict()) == ("Jo", None, {"a": "1"})
    assert stripe.PaymentMethod.retrieve(method.id).id == method.id


def test_the_same_card_has_the_same_fingerprint(box):
    first, second, other = (
        stripe.PaymentMethod.create(type="card", card={"token": token}) for token in ("tok_visa", "tok_visa", "tok_amex")
    )
    assert first.card.fingerprint == second.card.fingerprint != other.card.fingerprint


def test_an_unknown_token_is_400(box):
    with pytest.raises(stripe.InvalidRequestError, match="No such token: 'tok_nothing'") as caught:
        stripe.PaymentMethod.create(type="card", card={"token": "tok_nothing"})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, "resource_missing", "card[token]")


def test_a_published_method_can_be_retrieved_as_a_new_one(box):
    assert stripe.PaymentMethod.retrieve("pm_card_jcb").card.country == "JP"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.PaymentMethod.retrieve("pm_card_nothing")


def test_attaching_makes_a_new_method_of_a_published_one(box, types):
    customer = stripe.Customer.create()
    types()
    first = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    second = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    assert first.id != second.id
    assert first.customer == customer.id
    assert types() == ["payment_method.attached", "payment_method.attached"]
    listed = stripe.PaymentMethod.list(customer=customer.id, type="card").data
    assert [method.id for method in listed] == [second.id, first.id]
    assert stripe.PaymentMethod.list(customer=customer.id, type="sepa_debit").data == []


def test_a_method_has_one_customer(box):
    first, second = stripe.Customer.create(), stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=first.id)
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        stripe.PaymentMethod.attach(method.id, customer=second.id)


def test_a_detached_method_is_gone_for_good(box, types):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    types()
    assert stripe.PaymentMethod.detach(method.id).customer is None
    assert types() == ["payment_method.detached"]
    assert box.outbox[-1].body["data"]["previous_attributes"] == {"customer": customer.id}
    with pytest.raises(stripe.InvalidRequestError, match="detached from a Customer"):
        stripe.PaymentMethod.attach(method.id, customer=customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="is not attached"):
        stripe.PaymentMethod.detach(method.id)


def test_an_update_changes_billing_expiry_and_metadata(box, types):
    customer = stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    types()
    after = stripe.PaymentMethod.modify(
        method.id, billing_details={"email": "jo@example.com"}, card={"exp_month": 3, "exp_year": 2039}, metadata={"a": "1"}
    )
    assert (after.billing_details.email, after.card.exp_month, after.card.exp_year) == ("jo@example.com", 3, 2039)
    assert types() == ["payment_method.updated"]


def test_raw_card_numbers_are_refused():
    with StripeSandbox(strict=False) as box:
        with pytest.raises(RawCardRefused) as caught:
            stripe.PaymentMethod.create(type="card", card=GOOD)
        assert GOOD["number"] not in str(caught.value)
        assert GOOD["number"] not in box.journal.text()


def test_what_is_no_card_number_is_refused_as_stripe_does(box):
    with pytest.raises(stripe.CardError, match="generally unsafe") as caught:
        stripe.PaymentMethod.create(type="card", card={**GOOD, "number": "4242424242424241"})
    assert (caught.value.http_status, caught.value.code) == (402, None)
    assert caught.value.error.type == "invalid_request_error"


def test_raw_card_numbers_are_taken_where_they_are_allowed(raw):
    method = stripe.PaymentMethod.create(type="card", card=GOOD)
    assert (method.card.brand, method.card.last4, method.card.exp_year) == ("visa", "4242", 2040)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 1970}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_bad_card_data_is_a_card_error(raw, change, code, param):
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentMethod.create(type="card", card={**GOOD, **change})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (402, code, param)


def test_a_card_that_is_no_test_card_is_declined(raw):
    with pytest.raises(stripe.CardError) as caught:
        stripe.PaymentMethod.create(type="card", card={**GOOD, "number": "4539578763621486"})
    assert caught.value.error.decline_code == "test_mode_live_card"


def test_a_made_token_serves_once(raw):
    token = stripe.Token.create(card=GOOD)
    assert (token.type, token.used, token.card.last4) == ("card", False, "4242")
    stripe.PaymentMethod.create(type="card", card={"token": token.id})
    assert stripe.Token.retrieve(token.id).used is True
    with pytest.raises(stripe.InvalidRequestError, match="more than once") as caught:
        stripe.PaymentMethod.create(type="card", card={"token": token.id})
    assert caught.value.code == "token_already_used"


def test_a_published_token_can_be_looked_at(box):
    assert stripe.Token.retrieve("tok_amex").card.brand == "American Express"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Token.retrieve("tok_nothing")


def test_a_token_needs_a_card(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Token.create()
    assert caught.value.code == "parameter_missing"
    with pytest.raises(stripe.InvalidRequestError, match="No such token"):
        stripe.Token.create(card="tok_nothing")


def test_a_token_of_raw_data_serves_a_customer(raw):
    token = stripe.Token.create(card=GOOD)
    assert stripe.Customer.create(source=token.id).default_source.startswith("card_")


def test_a_card_method_needs_a_card(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentMethod.create(type="card")
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "card")


def test_other_types_are_refused_by_name():
    with StripeSandbox(strict=False), pytest.raises(NotImitated, match="type 'klarna'"):
        stripe.PaymentMethod.create(type="klarna")
