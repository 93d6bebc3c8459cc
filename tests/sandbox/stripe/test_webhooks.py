"""Webhooks of the Stripe sandbox: signed so that the SDK accepts the true ones and refuses the forged ones."""

import json

import pytest
import stripe


@pytest.fixture
def received(box):
    """What a handler that verifies with the SDK took, and its answers to forgeries."""
    taken = []

    def handler(payload, headers):
        try:
            taken.append(stripe.Webhook.construct_event(payload, headers.get("Stripe-Signature"), endpoint.secret))
        except (ValueError, stripe.SignatureVerificationError):
            return 400
        return 200

    endpoint = box.webhooks.endpoint(handler)
    return taken


def pay():
    return stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa", confirm=True)


def test_the_sdk_accepts_true_deliveries(box, received):
    intent = pay()
    assert [delivery.status for delivery in box.webhooks.deliver()] == [200, 200, 200]
    assert [event.type for event in received] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    event = received[-1]
    assert (event.object, event.livemode, event.pending_webhooks) == ("event", False, 1)
    assert event.data.object.id == intent.id
    assert event.data.object.status == "succeeded"
    assert stripe.Event.retrieve(event.id).type == "payment_intent.succeeded"


def test_the_sdk_refuses_forged_deliveries(box, received):
    pay()
    forged = box.webhooks.forge(how="all")
    assert {delivery.forged for delivery in forged} >= {"wrong-secret", "no-header", "stale", "flipped-byte", "v0-only"}
    assert {delivery.status for delivery in forged} == {400}
    assert received == []


def test_the_scheme_v0_alone_is_refused(box, received):
    pay()
    [delivery] = box.webhooks.forge(how="v0-only")
    assert delivery.status == 400
    assert "v0=" in delivery.headers["Stripe-Signature"]
    assert "v1=" not in delivery.headers["Stripe-Signature"]


def test_while_a_secret_is_rolled_both_secrets_verify(box):
    seen = []
    endpoint = box.webhooks.endpoint(lambda payload, headers: seen.append((payload, headers)))
    old = endpoint.secret
    new = box.webhooks.roll_secret(endpoint)
    stripe.Customer.create()
    box.webhooks.deliver()
    [(payload, headers)] = seen
    for secret in (old, new):
        assert stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], secret).type == "customer.created"
    box.clock.advance(hours=25)
    stripe.Customer.create()
    box.webhooks.deliver()
    payload, headers = seen[-1]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], old)


def test_the_secret_looks_like_stripes_and_is_visibly_fake(box):
    endpoint = box.webhooks.endpoint(lambda payload, headers: 200)
    assert endpoint.secret.startswith("whsec_" + "payproofsample")
    assert box.webhook_secret == endpoint.secret


def test_without_an_endpoint_there_is_no_secret(box):
    from payproof.sandbox import SandboxError

    with pytest.raises(SandboxError, match="there is no webhook endpoint"):
        _ = box.webhook_secret


def test_an_updated_event_tells_what_changed(box, received):
    customer = stripe.Customer.create(email="jo@example.com", metadata={"a": "1", "b": "2"})
    stripe.Customer.modify(customer.id, email="kim@example.com", metadata={"a": "9"})
    box.webhooks.deliver()
    previous = received[-1].data.previous_attributes.to_dict()
    assert previous == {"email": "jo@example.com", "metadata": {"a": "1"}}


def test_an_update_that_changes_nothing_tells_nothing(box, types):
    customer = stripe.Customer.create(email="jo@example.com")
    types()
    stripe.Customer.modify(customer.id, email="jo@example.com")
    assert types() == []


def test_a_failed_delivery_is_tried_again_on_the_clock_with_a_new_signature(box):
    answers, headers_seen = iter([500, 500, 200]), []

    def handler(payload, headers):
        headers_seen.append(headers["Stripe-Signature"])
        return next(answers)

    box.webhooks.endpoint(handler, events=["customer.created"])
    stripe.Customer.create()
    box.webhooks.deliver()
    event_id = json.loads(box.webhooks.sent[0].event.payload)["id"]
    box.clock.advance(hours=1)
    box.clock.advance(hours=2)
    assert [delivery.status for delivery in box.webhooks.sent] == [500, 500, 200]
    assert {json.loads(delivery.event.payload)["id"] for delivery in box.webhooks.sent} == {event_id}


def test_events_of_a_connected_account_name_it(box, received):
    stripe.Customer.create(stripe_account="acct_1")
    box.webhooks.deliver()
    assert received[0].account == "acct_1"


def test_an_application_that_verifies_a_reserialised_body_fails(box):
    outcome = []

    def handler(payload, headers):
        try:
            stripe.Webhook.construct_event(json.dumps(json.loads(payload)), headers["Stripe-Signature"], endpoint.secret)
            outcome.append("accepted")
        except stripe.SignatureVerificationError:
            outcome.append("refused")

    endpoint = box.webhooks.endpoint(handler, events=["customer.created"])
    stripe.Customer.create()
    box.webhooks.deliver()
    assert outcome == ["refused"]
