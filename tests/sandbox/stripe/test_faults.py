"""Stripe's own answers when something goes wrong, and what the SDK makes of them."""

import pytest
import stripe

ANSWERS = [
    ("429", 429, stripe.RateLimitError, "invalid_request_error", "rate_limit"),
    ("lock-timeout", 429, stripe.RateLimitError, "invalid_request_error", "lock_timeout"),
    ("409", 409, stripe.APIError, "idempotency_error", "idempotency_key_in_use"),
    ("500", 500, stripe.APIError, "api_error", None),
    ("503", 503, stripe.APIError, "api_error", None),
    ("500-during", 500, stripe.APIError, "api_error", None),
    ("500-after", 500, stripe.APIError, "api_error", None),
]


def client(box, retries):
    return stripe.StripeClient(box.api_key, max_network_retries=retries)


@pytest.mark.parametrize(("fault", "status", "error", "kind", "code"), ANSWERS)
def test_a_fault_is_answered_as_stripe_does(box, fault, status, error, kind, code):
    box.faults.next(fault)
    with pytest.raises(error) as caught:
        client(box, 0).v1.customers.create({})
    sent = caught.value.json_body["error"]
    assert (caught.value.http_status, sent["type"], sent.get("code")) == (status, kind, code)
    assert caught.value.request_id.startswith("req_")
    assert len(box.store.get("customer", {})) == (1 if fault == "500-after" else 0)


@pytest.mark.parametrize(
    ("fault", "should_retry", "attempts"),
    [
        ("429", None, 1),
        ("429", True, 2),
        ("429", False, 1),
        ("500", None, 2),
        ("500", False, 1),
        ("503", True, 2),
        ("409", None, 2),
        ("lock-timeout", None, 1),
        ("lock-timeout", True, 2),
    ],
)
def test_the_header_overrules_what_the_sdk_concludes(box, fault, should_retry, attempts):
    box.processor.should_retry = should_retry
    box.faults.next(fault)
    retrying = client(box, 1)
    if attempts == 1:
        with pytest.raises(stripe.StripeError):
            retrying.v1.customers.create({})
    else:
        retrying.v1.customers.create({})
    assert len(box.journal) == attempts


def test_an_executed_request_that_answers_500_is_not_tried_again(box):
    box.faults.next("500-after")
    with pytest.raises(stripe.APIError) as caught:
        client(box, 2).v1.customers.create({})
    assert caught.value.headers["stripe-should-retry"] == "false"
    assert len(box.journal) == 1
