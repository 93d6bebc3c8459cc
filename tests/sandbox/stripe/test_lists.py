"""Pagination, filters, expansion, metadata limits and search: what all list and retrieve endpoints share."""

import pytest
import stripe


@pytest.fixture
def five(box):
    made = []
    for name in "abcde":
        made.append(stripe.Customer.create(name=name))
        box.clock.advance(seconds=10)
    return made


def names(listed):
    return "".join(customer.name for customer in listed.data)


def test_the_newest_come_first(five):
    listed = stripe.Customer.list()
    assert (names(listed), listed.has_more, listed.url) == ("edcba", False, "/v1/customers")


def test_a_page_has_a_limit_and_says_whether_there_is_more(five):
    first = stripe.Customer.list(limit=2)
    assert (names(first), first.has_more) == ("ed", True)
    second = stripe.Customer.list(limit=2, starting_after=first.data[-1].id)
    assert (names(second), second.has_more) == ("cb", True)
    third = stripe.Customer.list(limit=2, starting_after=second.data[-1].id)
    assert (names(third), third.has_more) == ("a", False)


def test_pages_go_backwards_too(five):
    page = stripe.Customer.list(limit=2, ending_before=five[0].id)
    assert (names(page), page.has_more) == ("cb", True)
    page = stripe.Customer.list(limit=3, ending_before=five[2].id)
    assert (names(page), page.has_more) == ("ed", False)


def test_the_sdk_pages_by_itself(five):
    assert "".join(customer.name for customer in stripe.Customer.list(limit=2).auto_paging_iter()) == "edcba"


@pytest.mark.parametrize("limit", [0, 101])
def test_a_limit_lies_between_1_and_100(five, limit):
    with pytest.raises(stripe.InvalidRequestError, match="This value must be") as caught:
        stripe.Customer.list(limit=limit)
    assert (caught.value.code, caught.value.param) == ("parameter_invalid_integer", "limit")


@pytest.mark.parametrize(
    ("limit", "text"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100"), ("x", "Invalid integer")]
)
def test_a_limit_is_checked_where_the_sdk_has_no_types(box, limit, text):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa")
    with pytest.raises(stripe.InvalidRequestError, match=text) as caught:
        stripe.Charge.list_refunds(charge.id, limit=limit)
    assert caught.value.param == "limit"


def test_a_cursor_must_exist_and_be_one(five):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Customer.list(starting_after="cus_nothing")
    assert (caught.value.code, caught.value.param) == ("resource_missing", "starting_after")
    with pytest.raises(stripe.InvalidRequestError, match="only use one of"):
        stripe.Customer.list(starting_after=five[0].id, ending_before=five[1].id)


def test_filters_by_creation(five):
    moment = five[2].created
    assert names(stripe.Customer.list(created=moment)) == "c"
    assert names(stripe.Customer.list(created={"gt": moment})) == "ed"
    assert names(stripe.Customer.list(created={"gte": moment, "lt": moment + 15})) == "dc"
    assert names(stripe.Customer.list(created={"lte": moment})) == "cba"


def test_expanding_replaces_ids_by_objects(box):
    customer = stripe.Customer.create(email="jo@example.com")
    intent = stripe.PaymentIntent.create(
        amount=500,
        currency="usd",
        customer=customer.id,
        payment_method="pm_card_visa",
        confirm=True,
        expand=["customer", "latest_charge.balance_transaction", "payment_method"],
    )
    assert intent.customer.email == "jo@example.com"
    assert intent.latest_charge.balance_transaction.amount == 500
    assert intent.payment_method.card.last4 == "4242"
    assert stripe.PaymentIntent.retrieve(intent.id).customer == customer.id


def test_expanding_in_a_list(box):
    customer = stripe.Customer.create(email="jo@example.com")
    stripe.PaymentIntent.create(amount=500, currency="usd", customer=customer.id)
    stripe.PaymentIntent.create(amount=500, currency="usd")
    emails = [intent.customer and intent.customer.email for intent in stripe.PaymentIntent.list(expand=["data.customer"]).data]
    assert emails == [None, "jo@example.com"]


@pytest.mark.parametrize("path", ["amount", "nonsense", "customer.nonsense"])
def test_only_what_is_an_object_can_be_expanded(box, path):
    customer = stripe.Customer.create()
    intent = stripe.PaymentIntent.create(amount=500, currency="usd", customer=customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded") as caught:
        stripe.PaymentIntent.retrieve(intent.id, expand=[path])
    assert caught.value.param == "expand"


def test_expansion_has_a_depth(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd")
    with pytest.raises(stripe.InvalidRequestError, match="at most 4 levels"):
        stripe.PaymentIntent.retrieve(intent.id, expand=["a.b.c.d.e"])


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ({str(number): "x" for number in range(51)}, "up to 50 keys"),
        ({"k" * 41: "x"}, "up to 40 characters"),
        ({"k": "x" * 501}, "up to 500 characters"),
    ],
)
def test_metadata_has_limits(box, metadata, text):
    with pytest.raises(stripe.InvalidRequestError, match=text):
        stripe.Customer.create(metadata=metadata)


def test_metadata_can_fill_up_over_time_only_so_far(box):
    customer = stripe.Customer.create(metadata={f"a{number}": "x" for number in range(50)})
    with pytest.raises(stripe.InvalidRequestError, match="up to 50 keys"):
        stripe.Customer.modify(customer.id, metadata={"one more": "x"})
    assert "one more" not in stripe.Customer.retrieve(customer.id).metadata.to_dict()


def test_metadata_keys_that_are_numbers_or_begin_with_an_underscore_are_kept(box):
    customer = stripe.Customer.create(metadata={"0": "a", "_b": "c"})
    assert stripe.Customer.retrieve(customer.id).metadata.to_dict() == {"0": "a", "_b": "c"}
