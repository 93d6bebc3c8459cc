"""The query language of the search endpoints."""

import pytest
import stripe

from payproof.sandbox.stripe.search import compiled

TEA = {
    "status": "succeeded",
    "amount": 1_200,
    "currency": "usd",
    "metadata": {"order": "6735"},
    "customer": None,
    "payment_method_details": {"card": {"last4": "4242"}},
}


@pytest.mark.parametrize(
    "query",
    [
        "status:'succeeded'",
        'status:"SUCCEEDED"',
        "amount>1000",
        "amount>=1200 AND amount<=1200",
        "amount<1201",
        "amount:1200",
        "metadata['order']:'6735'",
        'metadata["order"]:"6735"',
        "metadata['absent']:null",
        "customer:null",
        "-customer:'cus_1'",
        "-status:'failed' AND currency:'usd'",
        "status~'succ'",
        "status:'failed' OR amount>1000",
        "payment_method_details.card.last4:4242",
    ],
)
def test_found(query):
    assert compiled(query)(TEA) is True


@pytest.mark.parametrize(
    "query",
    [
        "status:'failed'",
        "-status:'succeeded'",
        "amount>1200",
        "amount<1200",
        "status>5",
        "amount>'much'",
        "metadata['order']:'1'",
        "metadata['order']:null",
        "status:'succeeded' AND amount>5000",
        "customer:'cus_1'",
        "nothing.at.all:'x'",
    ],
)
def test_not_found(query):
    assert compiled(query)(TEA) is False


@pytest.mark.parametrize(
    "query", ["", "status", "status=succeeded", "status:'a' status:'b'", "status~'su'", "AND", "status:'a' AND"]
)
def test_what_is_not_understood_is_400(box, query):
    with pytest.raises(stripe.InvalidRequestError, match=r"unable to parse|Missing required param|empty string") as caught:
        stripe.PaymentIntent.search(query=query)
    assert caught.value.param == "query"


def test_and_and_or_do_not_mix(box):
    with pytest.raises(stripe.InvalidRequestError, match="both AND and OR"):
        stripe.PaymentIntent.search(query="status:'a' AND amount>1 OR amount<1")


def test_results_come_in_pages(box):
    for amount in (500, 600, 700):
        stripe.PaymentIntent.create(amount=amount, currency="usd")
    first = stripe.PaymentIntent.search(query="currency:'usd'", limit=2)
    assert ([intent.amount for intent in first.data], first.has_more, first.object) == ([700, 600], True, "search_result")
    second = stripe.PaymentIntent.search(query="currency:'usd'", limit=2, page=first.next_page)
    assert ([intent.amount for intent in second.data], second.has_more, second.next_page) == ([500], False, None)
    assert [intent.amount for intent in first.auto_paging_iter()] == [700, 600, 500]
