import asyncio
import json

import pytest
import stripe
import time_machine
from asking import pay, request
from tillpay import StripeLike, TillPaySandbox

from payproof.sandbox.core.exchange import SandboxError

SECRET = "payproof_fake_endpoint_secret"


class Shop:
    """An application's webhook handler: verifies with the official SDK, remembers, may fail."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.events = []
        self.headers = []

    def __call__(self, payload, headers):
        try:
            stripe.WebhookSignature.verify_header(payload, headers.get("Till-Signature"), SECRET, 300)
        except stripe.SignatureVerificationError:
            return 400
        self.headers.append(headers)
        self.events.append(json.loads(payload))
        return self.statuses.pop(0) if self.statuses else 204

    @property
    def types(self):
        return [event["type"] for event in self.events]


@pytest.fixture
def shop():
    return Shop()


@pytest.fixture
def box(shop):
    made = TillPaySandbox(retries=(3_600, 7_200))
    made.webhooks.endpoint(shop, SECRET)
    return made


def refunded(box):
    made = pay(box).body["id"]
    box.handle(request(f"POST /v1/payments/{made}/refund"))
    return made


def test_nothing_is_sent_until_it_is_asked_for(box, shop):
    refunded(box)
    assert shop.events == []
    assert [event.type for event in box.webhooks.pending] == ["payment.paid", "payment.refunded"]
    delivered = box.webhooks.deliver()
    assert shop.types == ["payment.paid", "payment.refunded"]
    assert [one.status for one in delivered] == [204, 204]
    assert all(one.ok and one.attempt == 1 for one in delivered)
    assert box.webhooks.pending == []
    assert box.webhooks.deliver() == []
    assert box.webhooks.sent == delivered


def test_an_event_holds_the_object_as_it_was(box, shop):
    refunded(box)
    box.webhooks.deliver()
    assert [event["data"]["object"]["status"] for event in shop.events] == ["paid", "refunded"]
    assert shop.events[1]["reason"] == "asked"
    assert box.outbox[0].body["data"]["object"]["status"] == "paid"


def test_the_bytes_are_not_those_of_a_re_serialised_body(box, shop):
    pay(box)
    payload = box.outbox[0].payload
    assert payload not in (
        json.dumps(json.loads(payload)).encode(),
        json.dumps(json.loads(payload), separators=(",", ":")).encode(),
    )


def test_one_type_may_be_delivered_alone(box, shop):
    refunded(box)
    box.webhooks.deliver("payment.ref*")
    assert shop.types == ["payment.refunded"]
    assert [event.type for event in box.webhooks.pending] == ["payment.paid"]


def test_an_endpoint_gets_what_it_subscribed_to():
    box = TillPaySandbox()
    first, second = Shop(), Shop()
    box.webhooks.endpoint(first, SECRET, events=["payment.paid"])
    box.webhooks.endpoint(second, SECRET, events=["payout.*"])
    refunded(box)
    box.webhooks.deliver()
    assert (first.types, second.types) == (["payment.paid"], [])


def test_dropped_events_never_arrive(box, shop):
    refunded(box)
    assert [event.type for event in box.webhooks.drop()] == ["payment.paid"]
    box.webhooks.deliver()
    assert shop.types == ["payment.refunded"]
    assert [event.type for event in box.webhooks.dropped] == ["payment.paid"]


def test_events_may_arrive_out_of_order(box, shop):
    refunded(box)
    box.webhooks.reorder()
    box.webhooks.deliver()
    assert shop.types == ["payment.refunded", "payment.paid"]


def test_named_types_may_be_put_in_front(box, shop):
    pay(box)
    refunded(box)
    box.webhooks.reorder("payment.refunded")
    box.webhooks.deliver()
    assert shop.types == ["payment.refunded", "payment.paid", "payment.paid"]


def test_a_delayed_event_waits_for_the_sandbox_clock(box, shop):
    refunded(box)
    box.webhooks.delay("payment.paid", hours=2)
    box.webhooks.deliver()
    assert shop.types == ["payment.refunded"]
    box.clock.advance(hours=2)
    box.webhooks.deliver()
    assert shop.types == ["payment.refunded", "payment.paid"]


def test_a_duplicate_is_the_same_event_signed_anew(box, shop):
    pay(box)
    with time_machine.travel(1_800_000_000, tick=False):
        box.webhooks.deliver()
    with time_machine.travel(1_800_000_100, tick=False):
        again = box.webhooks.duplicate("payment.paid")
    assert [event["id"] for event in shop.events] == [box.outbox[0].id] * 2
    assert [one.attempt for one in again] == [2]
    assert [headers["Till-Signature"].split(",")[0] for headers in shop.headers] == ["t=1800000000", "t=1800000100"]
    assert len(box.webhooks.duplicate(box.outbox[0])) == 1
    assert len(box.webhooks.duplicate()) == 1


def test_a_failed_delivery_is_retried_with_a_new_timestamp(box, shop):
    shop.statuses = [500, 302]
    pay(box)
    with time_machine.travel(1_800_000_000, tick=False):
        assert [one.ok for one in box.webhooks.deliver()] == [False]
    assert len(box.webhooks.failed) == 1
    with time_machine.travel(1_800_003_600, tick=False):
        again = box.webhooks.retry()
    assert [(one.status, one.ok, one.attempt, one.at) for one in again] == [(302, False, 2, 1_800_003_600)]
    assert box.webhooks.retry()[0].ok
    assert box.webhooks.failed == []
    assert box.webhooks.retry() == []


def test_the_processor_retries_by_itself_as_the_clock_moves(box, shop):
    shop.statuses = [500, 500, 500]
    pay(box)
    box.webhooks.deliver()
    box.clock.advance(minutes=59)
    assert len(shop.events) == 1
    box.clock.advance(minutes=1)
    assert len(shop.events) == 2
    box.clock.advance(days=30)
    assert len(shop.events) == 3
    assert [one.attempt for one in box.webhooks.sent] == [1, 2, 3]


def test_a_delivery_that_succeeded_meanwhile_is_not_retried(box, shop):
    shop.statuses = [500]
    pay(box)
    box.webhooks.deliver()
    box.webhooks.retry()
    box.clock.advance(days=1)
    assert len(shop.events) == 2


def test_while_a_secret_is_rolled_both_sign(box, shop):
    endpoint = box.webhooks.endpoints[0]
    new = box.webhooks.roll_secret(endpoint)
    assert new == endpoint.secret != SECRET
    pay(box)
    box.webhooks.deliver()
    assert shop.headers[0]["Till-Signature"].count("v1=") == 2
    box.clock.advance(hours=24)
    pay(box)
    assert [one.status for one in box.webhooks.deliver()] == [400]
    assert box.webhooks.roll_secret(endpoint, SECRET, overlap_hours=0) == SECRET
    assert [one.status for one in box.webhooks.retry()] == [204]
    assert shop.headers[-1]["Till-Signature"].count("v1=") == 1


def test_every_forgery_is_refused_by_a_handler_that_verifies(box, shop):
    pay(box)
    answers = box.webhooks.forge(how="all")
    assert {one.forged: one.status for one in answers} == dict.fromkeys(
        ["wrong-secret", "no-header", "garbled-header", "flipped-byte", "stale", "empty-secret", "v0-only"], 400
    )
    assert shop.events == []
    assert box.webhooks.failed == []
    assert [event.type for event in box.webhooks.pending] == ["payment.paid"]
    assert all(one.attempt == 0 for one in answers)


def test_a_handler_that_does_not_verify_accepts_forgeries(box):
    box.webhooks.endpoints.clear()
    box.webhooks.endpoint(lambda payload, headers: 200)
    pay(box)
    assert all(one.ok for one in box.webhooks.forge("payment.paid", "all"))
    assert box.webhooks.forge(box.outbox[0])[0].forged == "wrong-secret"


def test_automatic_endpoints_are_told_right_after_each_request():
    box = TillPaySandbox()
    shop = Shop()
    box.webhooks.endpoint(shop, SECRET, auto=True)
    made = refunded(box)
    assert shop.types == ["payment.paid", "payment.refunded"]
    assert box.webhooks.pending == []
    assert shop.events[0]["data"]["object"]["id"] == made


def test_automatic_and_other_endpoints_side_by_side():
    box = TillPaySandbox()
    eager, lazy = Shop(), Shop()
    box.webhooks.endpoint(eager, SECRET, auto=True)
    box.webhooks.endpoint(lazy, SECRET)
    pay(box)
    assert (len(eager.events), len(lazy.events)) == (1, 0)
    box.webhooks.deliver()
    assert (len(eager.events), len(lazy.events)) == (1, 1)


def test_the_processor_delivers_even_when_the_answer_is_lost():
    box = TillPaySandbox()
    shop = Shop()
    box.webhooks.endpoint(shop, SECRET, auto=True)
    box.faults.next("lost-after")
    with pytest.raises(Exception, match="the connection broke"):
        pay(box)
    assert shop.types == ["payment.paid"]


def test_verbs_and_the_clock_deliver_automatically_too():
    box = TillPaySandbox()
    shop = Shop()
    box.webhooks.endpoint(shop, SECRET, auto=True)
    with box.acting():
        box.emit("dispute.created", {"id": "dp_1"})
        assert shop.events == []
    box.clock.after(60, lambda: box.emit("payout.paid", {"id": "po_1"}))
    box.clock.advance(minutes=1)
    assert shop.types == ["dispute.created", "payout.paid"]


def test_a_handler_may_cause_further_events():
    seen = []

    def handler(payload, headers):
        event = json.loads(payload)
        seen.append(event["type"])
        if event["type"] == "payment_intent.paid":
            stripe.api_key = "sk_" + "test_payproofsample"
            stripe.PaymentIntent._static_request("post", f"/v1/payment_intents/{event['data']['object']['id']}/refund", params={})

    with StripeLike() as box:
        box.webhooks.endpoint(handler)
        pay_as_stripe(box)
        assert len(box.webhooks.deliver()) == 2
    assert seen == ["payment_intent.paid", "payment_intent.refunded"]


def pay_as_stripe(box):
    return box.handle(request("POST /v1/payment_intents", {"amount": 5}, host="api.stripe.com"))


def test_an_automatic_handler_may_cause_further_events():
    seen = []

    def handler(payload, headers):
        event = json.loads(payload)
        seen.append(event["type"])
        if event["type"] == "payment.paid":
            box.handle(request(f"POST /v1/payments/{event['data']['object']['id']}/refund"))
            assert seen == ["payment.paid"]

    box = TillPaySandbox()
    box.webhooks.endpoint(handler, auto=True)
    pay(box)
    assert seen == ["payment.paid", "payment.refunded"]


def test_a_handler_that_feeds_itself_is_stopped():
    box = TillPaySandbox()
    box.webhooks.endpoint(lambda payload, headers: pay(box) and None)
    pay(box)
    with pytest.raises(SandboxError, match="more than 1000 webhooks were delivered at once; a handler causes the event"):
        box.webhooks.deliver()


def test_an_automatic_handler_that_feeds_itself_is_stopped():
    box = TillPaySandbox()
    box.webhooks.endpoint(lambda payload, headers: pay(box) and None, auto=True)
    with pytest.raises(SandboxError, match="more than 1000 webhooks were delivered at once"):
        pay(box)


def test_a_handler_that_raises_is_a_server_error_with_its_reason():
    def handler(payload, headers):
        raise ValueError("no order for card 4242424242424242")

    box = TillPaySandbox()
    box.webhooks.endpoint(handler)
    pay(box)
    (failed,) = box.webhooks.deliver()
    assert (failed.status, failed.ok) == (500, False)
    assert failed.error == "ValueError: no order for card 424242******4242"
    assert isinstance(failed.exception, ValueError)


def test_an_automatic_handler_that_crashed_unseen_is_told_on_leaving():
    def handler(payload, headers):
        raise ValueError("no order")

    with pytest.raises(SandboxError) as caught, TillPaySandbox() as box:
        box.webhooks.endpoint(handler, auto=True)
        pay(box)
    assert str(caught.value) == (
        f"TillPaySandbox: the webhook handler raised ValueError: no order on payment.paid {box.outbox[0].id}, and nobody looked"
    )


def test_a_crash_that_a_later_attempt_made_good_is_no_problem():
    attempts = []

    def handler(payload, headers):
        attempts.append(1)
        if len(attempts) == 1:
            raise ValueError("no order")

    with TillPaySandbox(retries=[60]) as box:
        box.webhooks.endpoint(handler, auto=True)
        pay(box)
        box.clock.advance(minutes=1)
    assert len(attempts) == 2


def test_a_generated_secret_is_visibly_fake():
    endpoint = TillPaySandbox().webhooks.endpoint(lambda payload, headers: 200)
    assert endpoint.secret.startswith("payproof_fake_secret_")
    assert endpoint.secret not in repr(endpoint)


def test_an_empty_secret_is_used_when_given():
    assert TillPaySandbox().webhooks.endpoint(lambda payload, headers: 200, "").secret == ""


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda w: w.deliver("payout.paid"),
            "there is nothing to deliver: none is pending of type 'payout.paid'; pending: payment.paid",
        ),
        (lambda w: w.drop(2), "2 pending event(s) were to be dropped, but one is pending; pending: payment.paid"),
        (
            lambda w: w.drop(1, "x"),
            "1 pending event(s) were to be dropped, but none is pending of type 'x'; pending: payment.paid",
        ),
        (lambda w: w.reorder(), "there is nothing to reorder: one is pending; pending: payment.paid"),
        (lambda w: w.delay("x", hours=1), "there is nothing to delay: none is pending of type 'x'; pending: payment.paid"),
        (lambda w: w.delay(), "a delay needs hours, minutes or seconds above zero"),
        (
            lambda w: w.duplicate(),
            "no event was delivered yet, so none can be duplicated; delivered: nothing. Call deliver() first",
        ),
        (
            lambda w: w.duplicate(w.events[0]),
            "no event of type 'payment.paid' was delivered yet, so none can be duplicated; delivered: nothing."
            " Call deliver() first",
        ),
        (lambda w: w.forge("payout.paid"), "no event of type 'payout.paid' has happened yet; happened: payment.paid"),
        (lambda w: w.forge(how="stael"), "there is no forgery 'stael'; did you mean 'stale'?"),
        (
            lambda w: w.endpoint(lambda p, h: 1, kind="http"),
            "there is no kind 'http' of webhook target; known: wsgi, asgi, call, url",
        ),
        (lambda w: w.endpoint(lambda p, h: 1, events="payment.*"), "events must be a list of patterns; write ['payment.*']"),
    ],
)
def test_what_cannot_be_done_says_what_there_was(box, ask, message):
    pay(box)
    with pytest.raises(SandboxError) as caught:
        ask(box.webhooks)
    assert str(caught.value) == message


def test_a_type_that_is_not_pending_cannot_be_put_in_front(box):
    refunded(box)
    with pytest.raises(SandboxError, match="there is nothing to put in front: none is pending of type 'x'"):
        box.webhooks.reorder("x")


def test_several_pending_events_are_counted(box):
    refunded(box)
    with pytest.raises(SandboxError, match=r"but 2 are pending; pending: payment\.paid, payment\.refunded"):
        box.webhooks.drop(3)


def test_without_an_endpoint_nothing_can_be_delivered_or_forged():
    box = TillPaySandbox()
    pay(box)
    with pytest.raises(SandboxError, match=r"there is no webhook endpoint; register one with box.webhooks.endpoint\(app, path="):
        box.webhooks.deliver()
    with pytest.raises(SandboxError, match=r"no endpoint wants 'payment.paid'; register one with box.webhooks.endpoint\(app\)"):
        box.webhooks.forge()


def test_a_delivery_may_be_checked(box, shop):
    refunded(box)
    shop.statuses = [204, 500]
    with pytest.raises(SandboxError) as caught:
        box.webhooks.deliver(check=True)
    assert str(caught.value) == (
        f"the application answered payment.refunded {box.outbox[1].id} with 500; a processor takes only 2xx as delivered"
    )
    pay(box)
    assert len(box.webhooks.deliver(check=True)) == 1


def test_a_checked_delivery_names_what_was_raised():
    def handler(payload, headers):
        raise ValueError("no order")

    box = TillPaySandbox()
    box.webhooks.endpoint(handler)
    pay(box)
    with pytest.raises(
        SandboxError, match=rf"payment\.paid {box.outbox[0].id} with 500 \(ValueError: no order\); a processor takes"
    ):
        asyncio.run(box.webhooks.adeliver(check=True))


def test_a_body_of_the_tests_own_is_truly_signed(box, shop):
    pay(box)
    event = {**box.outbox[0].body, "livemode": True, "id": "evt_other"}
    (done,) = box.webhooks.send(event)
    assert (done.status, done.forged, done.event.id, done.event.type) == (204, "", "evt_other", "payment.paid")
    assert shop.events == [event]
    assert box.webhooks.pending == box.outbox
    assert len(box.outbox) == 1


def test_bytes_are_sent_as_they_are():
    seen = []
    box = TillPaySandbox()
    box.webhooks.endpoint(lambda payload, headers: seen.append((payload, headers["Till-Signature"])), events=["payment.*"])
    box.webhooks.send(b"no json")
    box.webhooks.send(b"[1]", "payment.paid")
    assert [payload for payload, _ in seen] == [b"no json", b"[1]"]
    assert all(signature.startswith("t=") for _, signature in seen)
    with pytest.raises(SandboxError, match=r"no endpoint wants 'payout\.paid'; register one"):
        box.webhooks.send({"type": "payout.paid"})
    with pytest.raises(SandboxError, match="there is no webhook endpoint; register one"):
        TillPaySandbox().webhooks.send({})


def test_the_latest_event_that_somebody_wants_is_forged():
    box = TillPaySandbox()
    box.webhooks.endpoint(lambda payload, headers: 400, events=["payment.paid"])
    refunded(box)
    assert [one.event.type for one in box.webhooks.forge()] == ["payment.paid"]
    with pytest.raises(SandboxError, match=r"no endpoint wants 'payment\.refunded'"):
        box.webhooks.forge("payment.refunded")


def test_an_endpoint_registered_late_gets_what_is_pending(shop):
    box = TillPaySandbox()
    pay(box)
    box.webhooks.endpoint(shop, SECRET)
    box.webhooks.deliver()
    assert shop.types == ["payment.paid"]


def test_signatures_carry_the_applications_clock_not_the_sandboxs(box, shop):
    pay(box)
    box.clock.advance(days=40)
    with time_machine.travel(1_800_000_000, tick=False):
        assert box.webhooks.deliver()[0].at == 1_800_000_000
    assert len(shop.events) == 1
