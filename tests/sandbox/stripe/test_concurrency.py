"""Thirty threads with one key: one charge, and the rest are told so or wait their turn; the same without threads."""

import concurrent.futures
import threading

import pytest
import stripe

THREADS = 30


def create(box, key, gate=None):
    client = stripe.StripeClient(box.api_key, max_network_retries=0)
    if gate is not None:
        gate.wait()
    params = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    try:
        made = client.v1.payment_intents.create(params, {"idempotency_key": key})
    except stripe.APIError as error:
        return error.http_status
    return made.id


def test_thirty_threads_with_one_key_are_charged_once(box):
    gate = threading.Barrier(THREADS)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda _: create(box, "order-7", gate), range(THREADS)))
    identifiers = {answer for answer in answers if answer != 409}
    assert len(identifiers) == 1
    assert len(answers) == THREADS
    assert len(box.charges_for()) == 1
    executed = [entry for entry in box.journal if entry.executed]
    assert len(executed) == 1
    assert all(entry.replayed or entry.status == 409 or entry.executed for entry in box.journal)


def test_thirty_threads_with_keys_of_their_own_are_charged_each(box):
    gate = threading.Barrier(THREADS)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda number: create(box, f"order-{number}", gate), range(THREADS)))
    assert len(set(answers)) == len(box.charges_for()) == THREADS
    assert box.money()["usd"].charged == 500 * THREADS


def test_the_same_without_threads(box):
    """The first stays in flight: every other is a 409 until it is finished, and a replay after."""
    held = box.hold("POST /v1/payment_intents")
    client = stripe.StripeClient(box.api_key, max_network_retries=0)
    params = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(params, {"idempotency_key": "order-7"})
    assert [create(box, "order-7") for _ in range(THREADS - 1)] == [409] * (THREADS - 1)
    assert box.charges_for() == []
    held.finish()
    assert len({create(box, "order-7") for _ in range(THREADS)}) == 1
    assert len(box.charges_for()) == 1
