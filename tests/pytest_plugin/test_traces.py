"""What a test leaves behind in a sandbox: every kind of trace that a control asks for, through the unmodified SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from payproof import documents
from payproof.catalogue import load_controls
from payproof.pytest_plugin import traces
from payproof.sandbox import StripeSandbox


def pay(card: str = "pm_card_visa", **options: Any) -> stripe.PaymentIntent:
    return stripe.PaymentIntent.create(
        amount=1200,
        currency="eur",
        payment_method=card,
        confirm=True,
        automatic_payment_methods={"enabled": True, "allow_redirects": "never"},
        **options,
    )


def left(act: Callable[[StripeSandbox], object]) -> dict[str, int]:
    with StripeSandbox(strict=False) as box:
        watched = traces.watch(box)
        act(box)
        return dict(watched.traces())


def receiving(box: StripeSandbox, status: int = 200) -> None:
    box.webhooks.endpoint(lambda payload, headers: status, events=["payment_intent.succeeded"])
    pay()
    box.webhooks.deliver("payment_intent.succeeded")


def test_reading_is_a_request_and_no_write() -> None:
    assert left(lambda box: stripe.Customer.list()) == {"request": 1}


def test_a_repeated_write_is_two() -> None:
    assert left(lambda box: [pay(idempotency_key="order-1") for _ in range(2)]) == {"request": 2, "mutation": 2}


def test_a_write_that_was_refused_before_it_began_is_none() -> None:
    def act(box: StripeSandbox) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            stripe.PaymentIntent.create(amount=-1, currency="eur")

    found = left(act)
    assert (found["request"], found["error"], found.get("mutation")) == (1, 1, None)


def test_a_decline_is_an_error_too() -> None:
    def act(box: StripeSandbox) -> None:
        with pytest.raises(stripe.CardError):
            pay("pm_card_chargeDeclined")

    found = left(act)
    assert (found["decline"], found["error"]) == (1, 1)


def test_a_decline_on_a_page_of_the_processors_counts_although_no_answer_tells_of_it() -> None:
    def act(box: StripeSandbox) -> None:
        session = stripe.checkout.Session.create(
            mode="payment",
            success_url="https://shop.example/thanks",
            line_items=[
                {"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 1200, "product_data": {"name": "A book"}}}
            ],
        )
        box.complete_checkout(session.id, "chargeDeclined")

    found = left(act)
    assert (found["decline"], found.get("error")) == (1, None)


@pytest.mark.parametrize("kind", ["500", "lost-before", "timeout-after"])
def test_a_planned_fault_is_an_error(kind: str) -> None:
    def act(box: StripeSandbox) -> None:
        box.faults.next(kind)
        client = stripe.StripeClient(box.api_key, max_network_retries=0)
        client = getattr(client, "v1", client)  # SDKs before 12.5 have no namespaces.
        with pytest.raises(stripe.StripeError):
            client.customers.create()

    assert left(act)["error"] == 1


def test_a_payment_that_asks_for_authentication() -> None:
    found = left(lambda box: pay("pm_card_authenticationRequired"))
    assert found["authentication"] == 1
    assert "authentication" not in left(lambda box: pay())


def test_a_refund() -> None:
    assert left(lambda box: stripe.Refund.create(payment_intent=pay().id))["refund"] == 1


def test_a_dispute_that_the_bank_opened() -> None:
    found = left(lambda box: box.dispute(pay().id))
    assert found["dispute"] == 1


def test_deliveries() -> None:
    assert "delivery" not in left(lambda box: pay())
    found = left(receiving)
    assert (found["delivery"], found.get("repeated-delivery"), found.get("forged-delivery")) == (1, None, None)


def test_a_duplicate_and_a_retry_are_repeated_deliveries() -> None:
    def again(box: StripeSandbox) -> None:
        receiving(box)
        box.webhooks.duplicate()

    def retried(box: StripeSandbox) -> None:
        receiving(box, status=500)
        box.webhooks.retry()

    for act in (again, retried):
        found = left(act)
        assert (found["delivery"], found["repeated-delivery"]) == (2, 1)


@pytest.mark.parametrize(
    ("how", "forged", "repeated"),
    [("wrong-secret", 1, None), ("no-header", 1, None), ("stale", 1, 1), ("future", None, None)],
)
def test_forgeries_that_must_be_refused_count_and_an_old_signature_is_a_repetition(
    how: str, forged: int | None, repeated: int | None
) -> None:
    def act(box: StripeSandbox) -> None:
        receiving(box)
        box.webhooks.forge("payment_intent.succeeded", how)

    found = left(act)
    assert (found["delivery"], found.get("forged-delivery"), found.get("repeated-delivery")) == (1, forged, repeated)


def test_what_was_there_before_does_not_count() -> None:
    with StripeSandbox() as box:
        receiving(box)
        stripe.Refund.create(payment_intent=pay().id)
        box.dispute(pay().id)
        assert traces.watch(box).traces() == {}


def test_every_kind_that_a_control_may_ask_for_has_a_name() -> None:
    schema = documents.schema_of("controls")["properties"]["controls"]["items"]["properties"]["shown_by"]
    assert set(traces.NOUNS) == set(schema["items"]["enum"])
    assert {kind for control in load_controls() for kind in control.shown_by} <= set(traces.NOUNS)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({}, "nothing"),
        ({"request": 1}, "1 request"),
        ({"delivery": 2, "request": 3, "mutation": 1}, "3 requests, 1 write, 2 deliveries"),
    ],
)
def test_traces_are_described(found: dict[str, int], words: str) -> None:
    assert traces.describe(found) == words


def test_what_is_needed_is_described() -> None:
    assert traces.describe_needed(["delivery", "error"]) == "a delivery or an error"
