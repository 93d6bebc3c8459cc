"""Idempotency keys, exactly: what is kept, what is not, for how long, and what a repeat is told."""

import concurrent.futures

import pytest
import stripe

from payproof.sandbox import StripeSandbox

ORDER = {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}


def pay(key, **more):
    return stripe.PaymentIntent.create(**{**ORDER, **more}, idempotency_key=key)


def count(box, kind="charge"):
    return len(box.store.get(kind, {}))


def test_a_repeat_is_answered_the_same_and_has_no_effect(box):
    first, second = pay("order-1"), pay("order-1")
    assert first.id == second.id
    assert count(box) == 1
    assert first.last_response.headers["original-request"] == first.last_response.request_id
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert second.last_response.request_id != first.last_response.request_id
    assert [entry.replayed for entry in box.journal] == [False, True]


def test_a_repeat_shows_the_object_as_it_was(box):
    first = pay("order-1")
    stripe.PaymentIntent.modify(first.id, description="changed since")
    assert pay("order-1").description is None


def test_a_repeat_answers_after_the_object_is_gone(box):
    first = stripe.Customer.create(email="jo@example.com", idempotency_key="jo")
    stripe.Customer.delete(first.id)
    assert stripe.Customer.create(email="jo@example.com", idempotency_key="jo").id == first.id


@pytest.mark.parametrize("change", [{"amount": 2_001}, {"description": "Tea"}])
def test_other_parameters_under_the_same_key_are_refused(box, change):
    pay("order-1")
    with pytest.raises(stripe.IdempotencyError, match="can only be used with the same parameters") as caught:
        pay("order-1", **change)
    assert "order-1" in str(caught.value)
    sent = caught.value.json_body["error"]
    assert (caught.value.http_status, sent["type"]) == (400, "idempotency_error")
    assert not {"code", "param"} & set(sent)
    assert count(box) == 1


def test_another_endpoint_under_the_same_key_is_refused(box):
    intent = pay("order-1")
    with pytest.raises(stripe.IdempotencyError):
        stripe.Refund.create(payment_intent=intent.id, idempotency_key="order-1")
    assert count(box, "refund") == 0


def test_parameters_in_another_order_are_the_same(box):
    first = stripe.PaymentIntent.create(amount=500, currency="usd", idempotency_key="k")
    assert stripe.PaymentIntent.create(currency="usd", amount=500, idempotency_key="k").id == first.id


def test_a_decline_is_kept_and_told_again(box):
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            pay("order-1", payment_method="pm_card_visa_chargeDeclined")
        assert caught.value.code == "card_declined"
    assert count(box) == 1
    assert caught.value.headers["idempotent-replayed"] == "true"


def test_a_refused_parameter_is_not_kept(box):
    for amount in (10, "many"):
        with pytest.raises(stripe.InvalidRequestError):
            pay("order-1", amount=amount)
    assert pay("order-1").status == "succeeded"


def test_a_missing_key_is_not_kept(box):
    with pytest.raises(stripe.AuthenticationError):
        stripe.PaymentIntent.create(**ORDER, idempotency_key="order-1", api_key="pk_" + "test_" + "payproofsample")
    assert pay("order-1").status == "succeeded"


def test_a_rate_limit_is_not_kept(box):
    box.faults.next("429")
    with pytest.raises(stripe.RateLimitError):
        pay("order-1")
    assert pay("order-1").status == "succeeded"
    assert count(box) == 1


def test_a_server_error_during_execution_is_kept(box):
    box.faults.next("500-during")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            pay("order-1")
        assert caught.value.http_status == 500
    assert count(box) == 0


def test_a_key_is_kept_for_a_day(box):
    first = pay("order-1")
    box.clock.advance(hours=23, minutes=59)
    assert pay("order-1").id == first.id
    box.clock.advance(minutes=1)
    assert pay("order-1").id != first.id
    assert count(box) == 2


def test_a_key_in_flight_is_a_conflict_and_not_kept(box):
    stripe.max_network_retries, before = 0, stripe.max_network_retries
    try:
        held = box.hold("POST /v1/payment_intents")
        with pytest.raises(stripe.APIConnectionError):
            pay("order-1")
        with pytest.raises(stripe.APIError) as caught:
            pay("order-1")
        assert (caught.value.http_status, caught.value.code) == (409, None)
        assert caught.value.error.code == "idempotency_key_in_use"
        assert "order-1" in str(caught.value)
        held.finish()
        assert pay("order-1").status == "succeeded"
        assert count(box) == 1
    finally:
        stripe.max_network_retries = before


def test_thirty_threads_with_one_key_make_one_charge(box):
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        made = [future.result() for future in [pool.submit(pay, "order-1") for _ in range(30)]]
    assert len({intent.id for intent in made}) == 1
    assert count(box) == 1
    assert sum(entry.executed for entry in box.journal) == 1


def test_a_lost_answer_leads_to_one_charge(box):
    box.faults.next("lost-after")
    assert pay("order-1").status == "succeeded"
    assert count(box) == 1
    assert [entry.replayed for entry in box.journal] == [False, True]


def test_a_fresh_key_after_a_lost_answer_charges_twice(box):
    stripe.max_network_retries, before = 0, stripe.max_network_retries
    try:
        box.faults.next("lost-after")
        with pytest.raises(stripe.APIConnectionError):
            stripe.PaymentIntent.create(**ORDER, metadata={"order": "1"})
        stripe.PaymentIntent.create(**ORDER, metadata={"order": "1"})
        assert len(box.charges_for(order="1")) == 2
    finally:
        stripe.max_network_retries = before


def test_accounts_do_not_share_keys(box):
    platform = stripe.PaymentIntent.create(amount=500, currency="usd", idempotency_key="k")
    connected = stripe.PaymentIntent.create(amount=700, currency="usd", idempotency_key="k", stripe_account="acct_1")
    assert platform.id != connected.id


def test_a_key_has_no_effect_on_reading(box):
    intent = pay("order-1")
    assert stripe.PaymentIntent.retrieve(intent.id, idempotency_key="order-1").id == intent.id


def test_a_key_may_be_255_characters_long(box):
    assert pay("k" * 255).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="up to 255 characters, but this one has 256"):
        pay("k" * 256)


def test_the_sdk_sends_a_key_of_its_own_for_every_call(box):
    stripe.PaymentIntent.create(amount=500, currency="usd")
    stripe.PaymentIntent.create(amount=500, currency="usd")
    keys = box.journal.keys("/v1/payment_intents")
    assert len(set(keys)) == 2
    assert None not in keys


def test_a_key_in_the_parameters_is_an_unknown_parameter():
    with StripeSandbox() as box:
        client = stripe.StripeClient(box.api_key)
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_intents.create({"amount": 500, "currency": "usd", "idempotency_key": "k"})
        assert (caught.value.code, caught.value.param) == ("parameter_unknown", "idempotency_key")


def test_the_event_names_the_request_and_its_key(box):
    intent = pay("order-1")
    request = box.outbox[-1].body["request"]
    assert request == {"id": intent.last_response.request_id, "idempotency_key": "order-1"}
