"""Events and webhook endpoints as the API shows them."""

import pytest
import stripe


def pay():
    return stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa", confirm=True)


def test_events_can_be_listed_by_type(box):
    pay()
    assert [event.type for event in stripe.Event.list().data] == [
        "payment_intent.succeeded", "charge.succeeded", "payment_intent.created",
    ]  # fmt: skip
    assert [event.type for event in stripe.Event.list(type="charge.*").data] == ["charge.succeeded"]
    two = stripe.Event.list(types=["charge.succeeded", "payment_intent.created"]).data
    assert [event.type for event in two] == ["charge.succeeded", "payment_intent.created"]
    with pytest.raises(stripe.InvalidRequestError, match="type, types"):
        stripe.Event.list(type="charge.succeeded", types=["charge.failed"])


def test_an_event_keeps_the_object_as_it_was(box):
    intent = pay()
    created = stripe.Event.list(type="payment_intent.created").data[0]
    assert created.data.object.status == "requires_confirmation"
    assert created.data.object.id == intent.id
    assert created.api_version == box.outbox[0].body["api_version"]


def test_events_are_listed_for_thirty_days(box):
    pay()
    box.clock.advance(days=30)
    assert len(stripe.Event.list().data) == 3
    box.clock.advance(seconds=1)
    assert stripe.Event.list().data == []


def test_undelivered_events_can_be_found(box):
    box.webhooks.endpoint(lambda payload, headers: 500, events=["charge.*"])
    pay()
    box.webhooks.deliver("charge.*")
    missed = stripe.Event.list(delivery_success=False).data
    assert [event.type for event in missed] == ["charge.succeeded"]
    assert len(stripe.Event.list(delivery_success=True).data) == 2


def test_pending_webhooks_counts_who_wants_it(box):
    box.webhooks.endpoint(lambda payload, headers: 200, events=["payment_intent.*"])
    stripe.WebhookEndpoint.create(url="https://shop.example/hook", enabled_events=["payment_intent.succeeded"])
    stripe.WebhookEndpoint.create(url="https://shop.example/all", enabled_events=["*"])
    pay()
    counts = {event.type: event.pending_webhooks for event in stripe.Event.list().data}
    assert counts == {"payment_intent.succeeded": 3, "charge.succeeded": 1, "payment_intent.created": 2}


def test_webhook_endpoints(box):
    made = stripe.WebhookEndpoint.create(
        url="https://shop.example/hook", enabled_events=["charge.succeeded"], description="shop", metadata={"a": "1"}
    )
    assert made.secret.startswith("whsec_")
    assert (made.status, made.enabled_events) == ("enabled", ["charge.succeeded"])
    found = stripe.WebhookEndpoint.retrieve(made.id)
    assert "secret" not in found.to_dict()
    after = stripe.WebhookEndpoint.modify(made.id, disabled=True, enabled_events=["*"], url="https://shop.example/new")
    assert (after.status, after.enabled_events, after.url) == ("disabled", ["*"], "https://shop.example/new")
    assert [endpoint.id for endpoint in stripe.WebhookEndpoint.list().data] == [made.id]
    stripe.Customer.create()
    assert stripe.Event.list().data[0].pending_webhooks == 0
    assert stripe.WebhookEndpoint.delete(made.id).deleted is True
    assert stripe.WebhookEndpoint.list().data == []


def test_an_endpoint_needs_a_url(box):
    with pytest.raises(stripe.InvalidRequestError, match="explicit scheme") as caught:
        stripe.WebhookEndpoint.create(url="shop.example/hook", enabled_events=["*"])
    assert caught.value.code == "url_invalid"
