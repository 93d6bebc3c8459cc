"""Endpoints made through the API: who is delivered what, and the thin events of API v2."""

import http.server
import json
import threading

import pytest
import stripe

from payproof.sandbox import NotImitated, SandboxError, StripeSandbox

URL = "https://shop.example/stripe/webhook"


class App:
    """Keeps what it is sent, and answers with `status`."""

    def __init__(self):
        self.got = []
        self.status = 200

    def __call__(self, payload, headers):
        self.got.append((payload, headers))
        return self.status

    @property
    def types(self):
        return [json.loads(payload)["type"] for payload, _ in self.got]


@pytest.fixture
def app():
    return App()


def endpoint(*events, **more):
    return stripe.WebhookEndpoint.create(url=URL, enabled_events=list(events) or ["*"], **more)


def pay(**more):
    return stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa", confirm=True, **more)


def test_an_endpoint_is_delivered_to_where_the_test_serves_its_address(box, app):
    made = endpoint("payment_intent.succeeded", "charge.succeeded")
    box.webhooks.serve("https://shop.example/", app)
    pay()
    box.webhooks.deliver()
    assert app.types == ["charge.succeeded", "payment_intent.succeeded"]
    payload, headers = app.got[0]
    assert stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], made.secret).type == "charge.succeeded"


def test_an_app_may_be_served_first_and_at_once(box, app):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    endpoint("customer.created")
    stripe.Customer.create()
    assert app.types == ["customer.created"]


def test_nobody_answers(box):
    endpoint()
    stripe.Customer.create()
    with pytest.raises(SandboxError, match=r"nobody answers at https://shop\.example/stripe/webhook"):
        box.webhooks.deliver()
    with pytest.raises(SandboxError, match="nobody answers"):
        box.webhooks.send({"type": "customer.created"})


def test_a_server_on_this_machine_is_delivered_to_without_being_asked(box):
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["type"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        stripe.WebhookEndpoint.create(url=f"http://127.0.0.1:{server.server_port}/hook", enabled_events=["customer.created"])
        stripe.Customer.create()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert got == ["customer.created"]


def test_endpoints_are_changed_disabled_and_deleted(box, app):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    made = endpoint("customer.created")
    stripe.WebhookEndpoint.modify(made.id, disabled=True)
    stripe.Customer.create()
    stripe.WebhookEndpoint.modify(made.id, disabled=False, enabled_events=["customer.deleted"])
    customer = stripe.Customer.create()
    stripe.Customer.delete(customer.id)
    assert app.types == ["customer.deleted"]
    stripe.WebhookEndpoint.modify(made.id, url="https://other.example/")
    stripe.Customer.delete(stripe.Customer.create().id)
    stripe.WebhookEndpoint.delete(made.id)
    assert app.types == ["customer.deleted"]
    assert box.webhooks.endpoints == []


def test_failed_deliveries_are_tried_again_on_the_clock_and_counted(box, app):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    endpoint("customer.created")
    endpoint("customer.created")
    app.status = 500
    stripe.Customer.create()
    event = stripe.Event.list().data[0]
    assert (event.pending_webhooks, len(app.got)) == (2, 2)
    app.status = 200
    box.clock.advance(hours=1)
    assert len(app.got) == 4
    assert stripe.Event.retrieve(event.id).pending_webhooks == 0


def test_accounts_hear_of_themselves_and_a_connect_endpoint_of_the_others(box):
    own, connected, theirs = App(), App(), App()
    for name, app in (("own", own), ("connected", connected), ("theirs", theirs)):
        box.webhooks.serve(f"https://{name}.example/", app, auto=True)
    stripe.WebhookEndpoint.create(url="https://own.example/", enabled_events=["customer.created"])
    stripe.WebhookEndpoint.create(url="https://connected.example/", enabled_events=["customer.created"], connect=True)
    stripe.WebhookEndpoint.create(url="https://theirs.example/", enabled_events=["customer.created"], stripe_account="acct_1")
    stripe.Customer.create()
    assert (len(own.got), len(connected.got), len(theirs.got)) == (1, 0, 0)
    stripe.Customer.create(stripe_account="acct_1")
    assert (len(own.got), len(connected.got), len(theirs.got)) == (1, 1, 1)
    assert json.loads(connected.got[0][0])["account"] == "acct_1"


# Thin events.


@pytest.fixture
def client(box):
    return stripe.StripeClient(box.api_key)


def destination(client, *events, payload="thin", **more):
    return client.v2.core.event_destinations.create(
        {
            "name": "shop",
            "type": "webhook_endpoint",
            "event_payload": payload,
            "enabled_events": list(events),
            "webhook_endpoint": {"url": URL},
            "include": ["webhook_endpoint.signing_secret", "webhook_endpoint.url"],
            **more,
        }
    )


def test_a_thin_event_is_verified_and_followed_by_the_sdk(box, app, client):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    made = destination(client, "v1.charge.succeeded")
    assert (made.status, made.webhook_endpoint.url) == ("enabled", URL)
    intent = pay()
    [(payload, headers)] = app.got
    assert "amount" not in payload.decode()
    told = client.parse_event_notification(payload, headers["Stripe-Signature"], made.webhook_endpoint.signing_secret)
    assert (told.type, told.related_object.id) == ("v1.charge.succeeded", intent.latest_charge)
    assert told.fetch_related_object().amount == 500
    assert told.fetch_event().id == told.id
    with pytest.raises(ValueError, match="event"):
        stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], made.webhook_endpoint.signing_secret)


def test_a_snapshot_destination_is_sent_whole_events(box, app, client):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    made = destination(client, "charge.succeeded", payload="snapshot")
    pay()
    payload, headers = app.got[0]
    event = stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], made.webhook_endpoint.signing_secret)
    assert event.data.object.amount == 500


def test_destinations_are_changed_switched_pinged_and_deleted(box, app, client):
    box.webhooks.serve("https://shop.example/", app, auto=True)
    made = destination(client, "v1.customer.created", "v2.core.event_destination.ping", metadata={"a": "b"})
    service = client.v2.core.event_destinations
    shown = service.retrieve(made.id)
    assert (shown.webhook_endpoint.signing_secret, shown.webhook_endpoint.url) == (None, None)
    assert service.disable(made.id).status_details.disabled.reason == "user"
    stripe.Customer.create()
    assert app.got == []
    assert service.enable(made.id).status == "enabled"
    assert service.update(made.id, {"name": "other", "webhook_endpoint": {"url": URL}}).name == "other"
    pinged = service.ping(made.id)
    assert app.types == ["v2.core.event_destination.ping"]
    assert client.v2.core.events.retrieve(pinged.id).type == "v2.core.event_destination.ping"
    assert [one.id for one in service.list().data] == [made.id]
    service.delete(made.id)
    stripe.Customer.create()
    assert len(app.got) == 1
    assert service.list().data == []


def test_v2_events_are_listed_by_object_and_type(box, client):
    customers = [stripe.Customer.create() for _ in range(3)]
    stripe.Customer.modify(customers[0].id, name="Jo")
    found = client.v2.core.events.list({"object_id": customers[0].id})
    assert [event.type for event in found.data] == ["v1.customer.updated", "v1.customer.created"]
    found = client.v2.core.events.list({"types": ["v1.customer.created"], "limit": 2})
    assert len(found.data) == 2
    assert len(list(found.auto_paging_iter())) == 3


def test_events_of_another_style_are_refused(client):
    with pytest.raises(stripe.InvalidRequestError, match="no event of this payload style"):
        destination(client, "charge.succeeded")
    with pytest.raises(stripe.InvalidRequestError, match="no event of this payload style"):
        destination(client, "v1.charge.succeeded", payload="snapshot")
    with pytest.raises(stripe.InvalidRequestError, match="Invalid URL"):
        destination(client, "*", webhook_endpoint={"url": "shop"})


def test_destinations_in_clouds_are_not_played():
    with StripeSandbox(strict=False) as box, pytest.raises(NotImitated, match="amazon_eventbridge"):
        destination(stripe.StripeClient(box.api_key), "*", type="amazon_eventbridge")


# Keys of API v2.


def test_v2_keeps_successes_for_thirty_days_and_repeats_what_failed(box, client):
    def ask(url=URL):
        params = {
            "name": "shop",
            "type": "webhook_endpoint",
            "event_payload": "thin",
            "enabled_events": ["*"],
            "webhook_endpoint": {"url": url},
        }
        return client.v2.core.event_destinations.create(params, {"idempotency_key": "one"}).id

    box.faults.next("500-during")
    with pytest.raises(stripe.APIError):
        ask()
    made = ask()
    box.clock.advance(days=29)
    assert ask() == made
    with pytest.raises(stripe.IdempotencyError):
        ask("https://other.example/")
    box.clock.advance(days=2)
    assert ask() != made
