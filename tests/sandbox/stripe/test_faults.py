"""Stripe's own answers when something goes wrong, and what the SDK makes of them."""

import pytest
import stripe

from payproof.sandbox import StripeSandbox

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


@pytest.mark.parametrize(("waits", "attempts"), [(None, 2), (80, 2), (91, 1)])
def test_a_slow_answer_meets_the_sdks_own_time_out(box, waits, attempts):
    """Executed once, whether the application waited for the answer or asked again with the same key."""
    library = stripe.RequestsClient() if waits is None else stripe.RequestsClient(timeout=waits)
    box.faults.next("slow", on="POST /v1/customers")
    asking = stripe.StripeClient(box.api_key, max_network_retries=1, http_client=library)
    asking.v1.customers.create({})
    assert len(box.journal) == attempts
    assert len(box.store["customer"]) == 1
    assert (box.journal[0].failure != "", box.journal[0].seconds) == (attempts == 2, 90)


def test_a_slow_answer_without_retries_is_a_lost_connection(box):
    box.faults.slow_for = 120
    box.faults.next("slow")
    with pytest.raises(stripe.APIConnectionError):
        client(box, 0).v1.customers.create({})
    assert "the answer takes 120 seconds, and 80 were waited" in box.journal[0].failure


def test_a_slow_answer_reaches_who_waits_in_async_code(box):
    import asyncio

    box.faults.next("slow")
    asking = stripe.StripeClient(box.api_key, http_client=stripe.HTTPXClient(timeout=5))
    with pytest.raises(stripe.APIConnectionError):
        asyncio.run(asking.v1.customers.create_async({}))
    assert len(box.store["customer"]) == 1


def test_raw_http_has_its_own_time_out(box):
    import httpx
    import requests

    headers = {"Authorization": f"Bearer {box.api_key}"}
    box.faults.next("slow", times=4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get("https://api.stripe.com/v1/balance", headers=headers, timeout=(3, 10))
    assert requests.get("https://api.stripe.com/v1/balance", headers=headers, timeout=100).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        httpx.get("https://api.stripe.com/v1/balance", headers=headers)
    assert httpx.get("https://api.stripe.com/v1/balance", headers=headers, timeout=None).status_code == 200


def test_a_chain_of_faults_is_met_call_by_call(box):
    box.faults.chain(["500", "500", "ok"], on="POST /v1/customers")
    client(box, 2).v1.customers.create({})
    assert [entry.status for entry in box.journal] == [500, 500, 200]
    assert len({entry.idempotency_key for entry in box.journal}) == 1


# Rate limits, where they are asked for.


def test_too_much_in_one_second_is_refused():
    with StripeSandbox(rate_limits=True) as box:
        for _ in range(25):
            stripe.Balance.retrieve()
        with pytest.raises(stripe.RateLimitError) as caught:
            stripe.Balance.retrieve()
        assert caught.value.error.code == "rate_limit"
        stripe.Balance.retrieve(stripe_account="acct_1")
        box.clock.advance(seconds=1)
        stripe.Balance.retrieve()


def test_searches_and_files_have_limits_of_their_own():
    with StripeSandbox(rate_limits=True) as box:
        for ask in (lambda: stripe.Customer.search(query="email:'a'"), lambda: stripe.File.list()):
            box.clock.advance(seconds=1)
            for _ in range(20):
                ask()
            with pytest.raises(stripe.RateLimitError):
                ask()


def test_one_intent_is_changed_a_thousand_times_in_an_hour():
    with StripeSandbox(rate_limits=True, should_retry=True) as box:
        intent = stripe.PaymentIntent.create(amount=500, currency="usd")
        limit = box.processor.throttle
        limit._counts[f" /v1/payment_intents/{intent.id}", box.clock.now() // 3_600] = 1_000
        with pytest.raises(stripe.RateLimitError):
            stripe.PaymentIntent.modify(intent.id, description="a")
        box.clock.advance(hours=1)
        stripe.PaymentIntent.modify(intent.id, description="a")


def test_a_refusal_by_the_limit_is_not_kept_under_the_key():
    with StripeSandbox(rate_limits=True) as box:
        for _ in range(25):
            stripe.Balance.retrieve()
        with pytest.raises(stripe.RateLimitError):
            stripe.Customer.create(idempotency_key="one")
        box.clock.advance(seconds=1)
        assert stripe.Customer.create(idempotency_key="one").id
