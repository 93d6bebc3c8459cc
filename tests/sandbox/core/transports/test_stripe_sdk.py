"""The unmodified official SDK against the example processor, mounted on Stripe's host names."""

import asyncio
import http.server
import json
import threading
import time
import warnings

import pytest
import stripe
from stripe import _http_client
from tillpay import StripeLike, TillPaySandbox

from payproof.sandbox.core.exchange import HostRefused, LiveKeyRefused, NotImitated, SandboxError
from payproof.sandbox.core.transports.stripe_sdk import Headers, replacements

KEY = "sk_" + "test_payproofsample"
UrllibClient = getattr(_http_client, "UrllibClient", None) or _http_client.Urllib2Client
ORDER = {"amount": 1200, "currency": "eur"}


@pytest.fixture(autouse=True)
def api_key(monkeypatch):
    monkeypatch.setattr(stripe, "api_key", KEY)
    monkeypatch.setattr(stripe, "default_http_client", None)


@pytest.fixture
def slept(monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


def intents(client):
    return client.v1.payment_intents if hasattr(client, "v1") else client.payment_intents


BEFORE = stripe.StripeClient(KEY)


def test_a_client_made_before_the_sandbox():
    with StripeLike() as box:
        assert intents(BEFORE).create(ORDER).amount == 1200
    assert box.journal[0].params == {"amount": "1200", "currency": "eur"}
    assert box.journal[0].idempotency_key


def test_the_global_api_and_its_errors():
    with StripeLike() as box:
        made = stripe.PaymentIntent.create(**ORDER, metadata={"order": "o-1"})
        assert stripe.PaymentIntent.retrieve(made.id).metadata["order"] == "o-1"
        with pytest.raises(stripe.CardError) as declined:
            stripe.PaymentIntent.create(amount=666, currency="eur")
        with pytest.raises(stripe.InvalidRequestError) as missing:
            stripe.PaymentIntent.retrieve("pi_none")
        assert [one.id for one in stripe.PaymentIntent.list().auto_paging_iter()] == [made.id]
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert missing.value.code == "resource_missing"
    assert declined.value.request_id == box.journal[2].answer.headers["Request-Id"]


def test_each_of_the_sdks_own_clients():
    for make in (
        _http_client.RequestsClient,
        UrllibClient,
        lambda: _http_client.HTTPXClient(allow_sync_methods=True),
    ):
        client = stripe.StripeClient(KEY, http_client=make())
        with StripeLike():
            assert intents(client).create(ORDER).object == "payment_intent"


def test_async_calls():
    async def main():
        made = await stripe.PaymentIntent.create_async(**ORDER)
        client = stripe.StripeClient(KEY, http_client=_http_client.HTTPXClient())
        return made, await intents(client).retrieve_async(made.id)

    with StripeLike() as box:
        made, again = asyncio.run(main())
    assert made.id == again.id
    assert len(box.journal) == 2


@pytest.mark.parametrize("name", ["aiohttp", "pycurl"])
def test_clients_of_optional_libraries(name):
    pytest.importorskip(name)
    kind = {"aiohttp": "AIOHTTPClient", "pycurl": "PycurlClient"}[name]

    async def main(client):
        with pytest.raises(stripe.APIConnectionError):
            await intents(client).create_async(ORDER)
        return await intents(client).create_async(ORDER)

    with StripeLike() as box:
        client = stripe.StripeClient(KEY, http_client=getattr(_http_client, kind)())
        box.faults.next("timeout-before")
        if name == "aiohttp":
            assert asyncio.run(main(client)).amount == 1200
            return
        with pytest.raises(stripe.APIConnectionError):
            intents(client).create(ORDER)
        assert intents(client).create(ORDER).amount == 1200
        for fault in ("lost-before", "lost-after"):
            box.faults.next(fault)
            with pytest.raises(stripe.APIConnectionError) as caught:
                intents(client).create(ORDER)
            assert caught.value.should_retry is (fault == "lost-before")


def test_the_urlfetch_client():
    # The App Engine library cannot be installed here; the SDK's own hook for its tests stands in for its exceptions.
    errors = {
        name: type(name, (Exception,), {}) for name in ("Error", "InvalidURLError", "DownloadError", "ResponseTooLargeError")
    }
    client = stripe.StripeClient(KEY, http_client=_http_client.UrlFetchClient(_lib=type("urlfetch", (), errors)))
    with StripeLike() as box:
        assert intents(client).create(ORDER).amount == 1200
        box.faults.next("lost-after")
        with pytest.raises(stripe.APIConnectionError) as caught:
            intents(client).create(ORDER)
    assert type(caught.value.__cause__).__name__ == "DownloadError"


def test_raw_requests():
    if not hasattr(BEFORE, "raw_request"):
        pytest.skip("this version of the SDK has no raw_request")
    with StripeLike() as box:
        answer = BEFORE.raw_request("post", "/v1/payment_intents", **ORDER)
    assert json.loads(answer.body)["amount"] == 1200
    assert answer.headers["request-id"] == box.journal[0].answer.headers["Request-Id"]


URL = "https://api.stripe.com/v1/payment_intents"
HEADERS = {"Authorization": f"Bearer {KEY}"}


def test_streamed_answers():
    async def main():
        content, status, _ = await _http_client.HTTPXClient().request_stream_async("get", URL, HEADERS)
        again, _, _ = await _http_client.HTTPXClient().request_stream_async("get", URL, HEADERS)
        return [chunk async for chunk in content], status, await again.read()

    with StripeLike():
        content, status, headers = _http_client.RequestsClient().request_stream_with_retries("get", URL, HEADERS)
        assert (status, json.load(content)["object"], headers["REQUEST-ID"][:4]) == (200, "list", "req_")
        chunks, status, whole = asyncio.run(main())
    assert status == 200
    assert b"".join(chunks) == whole


def test_in_threads():
    made = []
    with StripeLike() as box:
        threads = [threading.Thread(target=lambda: made.append(stripe.PaymentIntent.create(**ORDER).id)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 8
    assert [entry.number for entry in box.journal] == list(range(1, 9))


def test_two_accounts_are_told_apart_by_their_keys():
    other = "sk_" + "test_payproofother"
    with StripeLike(api_keys=(KEY,)) as shop, StripeLike(api_keys=(other,)) as market:
        stripe.PaymentIntent.create(**ORDER)
        intents(stripe.StripeClient(other)).create(ORDER)
        intents(stripe.StripeClient(other)).create(ORDER)
        stripe.PaymentIntent.create(**ORDER, api_key="sk_" + "test_payproofunknown")
    assert (len(shop.journal), len(market.journal)) == (1, 3)


# The SDK's own retry loop.


def attempts(box):
    return [(entry.status, entry.fault) for entry in box.journal]


def test_the_sdks_retry_loop_runs_with_one_key_and_without_waiting(slept):
    client = stripe.StripeClient(KEY, max_network_retries=2)
    with StripeLike() as box:
        box.faults.chain(["500", "lost-after"])
        made = intents(client).create(ORDER)
    assert attempts(box) == [(500, "500"), (None, "lost-after"), (200, None)]
    assert len(set(box.journal.keys())) == 1
    assert list(box.store["payment_intent"]) == [made.id]
    assert [entry.replayed for entry in box.journal] == [False, False, True]
    assert slept == [0, 0]
    assert [entry.backoff is not None for entry in box.journal] == [True, True, False]
    assert all(0.5 <= entry.backoff <= 5 for entry in box.journal if entry.backoff)


def test_the_async_retry_loop_too():
    client = stripe.StripeClient(KEY, max_network_retries=2, http_client=_http_client.HTTPXClient())
    began = time.monotonic()

    async def main():
        return await intents(client).create_async(ORDER)

    with StripeLike() as box:
        box.faults.chain(["timeout-after", "409"])
        asyncio.run(main())
    assert attempts(box) == [(None, "timeout-after"), (409, "409"), (200, None)]
    assert time.monotonic() - began < 0.5


def test_a_handlers_own_calls_do_not_confuse_the_retry_loop(slept):
    client = stripe.StripeClient(KEY, max_network_retries=1)
    with StripeLike() as box:
        box.webhooks.endpoint(lambda payload, headers: bool(stripe.PaymentIntent.list()) and None, auto=True)
        box.faults.next("lost-after", on="POST *")
        intents(client).create(ORDER)
    assert [(entry.request.method, entry.backoff is not None) for entry in box.journal] == [
        ("POST", True),
        ("GET", False),
        ("POST", False),
    ]
    assert slept == [0]


def test_a_client_without_retries_gives_up_at_once():
    with StripeLike() as box:
        box.faults.next("503")
        with pytest.raises(stripe.APIError):
            intents(BEFORE).create(ORDER)
    assert attempts(box) == [(503, "503")]


def test_rate_limits_are_not_retried(monkeypatch):
    monkeypatch.setattr(stripe, "max_network_retries", 2)
    with StripeLike() as box:
        box.faults.next("429")
        with pytest.raises(stripe.RateLimitError):
            stripe.PaymentIntent.create(**ORDER)
    assert len(box.journal) == 1


@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "reset", "timeout-before", "timeout-after"])
def test_lost_exchanges_reach_the_application_as_the_sdks_connection_error(kind):
    with StripeLike() as box:
        box.faults.next(kind)
        with pytest.raises(stripe.APIConnectionError) as caught:
            intents(BEFORE).create(ORDER)
    assert caught.value.should_retry is True
    assert "POST /v1/payment_intents" in str(caught.value)
    assert type(caught.value.__cause__).__module__.startswith("requests")


def test_the_urllib_client_retries_no_connection_failure_here_as_in_production():
    client = stripe.StripeClient(KEY, max_network_retries=2, http_client=UrllibClient())
    with StripeLike() as box:
        for kind in ("lost-before", "timeout-after"):
            box.faults.next(kind)
            with pytest.raises(stripe.APIConnectionError):
                intents(client).create(ORDER)
    assert len(box.journal) == 2


def test_the_httpx_client_calls_it_what_the_sdk_calls_it():
    client = stripe.StripeClient(KEY, http_client=_http_client.HTTPXClient(allow_sync_methods=True))
    with StripeLike() as box:
        for kind, cause in (("lost-before", "ReadError"), ("timeout-after", "ReadTimeout")):
            box.faults.next(kind)
            with pytest.raises(stripe.APIConnectionError) as caught:
                intents(client).create(ORDER)
            assert type(caught.value.__cause__).__name__ == cause


def test_an_answer_that_is_no_json():
    with StripeLike() as box:
        box.faults.next("malformed")
        with pytest.raises(stripe.APIError, match="Invalid response body from API"):
            intents(BEFORE).create(ORDER)
    assert len(box.store["payment_intent"]) == 1


def test_a_parked_request_gives_the_next_attempt_a_conflict():
    client = stripe.StripeClient(KEY, max_network_retries=1)
    with StripeLike() as box:
        parked = box.hold("POST /v1/payment_intents")
        with pytest.raises(stripe.APIError) as caught:
            intents(client).create(ORDER)
        assert caught.value.http_status == 409
        parked.finish()
    assert len(box.store["payment_intent"]) == 1


# What stays as it is in production.


def test_a_client_without_sync_methods_raises_as_it_would():
    client = stripe.StripeClient(KEY, http_client=_http_client.HTTPXClient())
    with StripeLike(), pytest.raises(RuntimeError, match="allow_sync_methods"):
        intents(client).create(ORDER)


def test_an_http_client_of_the_applications_own_is_left_alone():
    class Mine(_http_client.HTTPClient):
        name = "mine"

        def request(self, method, url, headers, post_data=None):
            return b'{"object": "payment_intent", "id": "mine"}', 200, {}

    with StripeLike() as box:
        assert intents(stripe.StripeClient(KEY, http_client=Mine())).create(ORDER).id == "mine"
    assert len(box.journal) == 0


def test_without_an_async_library_it_works_but_warns():
    fallback = _http_client.NoImportFoundAsyncClient()
    client = stripe.StripeClient(
        KEY, max_network_retries=1, http_client=_http_client.RequestsClient(async_fallback_client=fallback)
    )

    async def main():
        return await intents(client).create_async(ORDER)

    with (
        StripeLike() as box,
        pytest.warns(RuntimeWarning, match="no async HTTP library, so outside the sandbox this call raises"),
    ):
        box.faults.next("lost-before")
        assert asyncio.run(main()).amount == 1200
    assert len(box.journal) == 2
    with pytest.raises(ImportError):
        asyncio.run(main())
    with pytest.raises(NotImplementedError):
        fallback.sleep_async(1)


class Elsewhere(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500)
        self.end_headers()

    def log_message(self, *args):
        pass


def test_a_server_of_the_applications_own_on_loopback_is_reached(slept, monkeypatch):
    server = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        monkeypatch.setattr(stripe, "max_network_retries", 1)
        monkeypatch.setattr(stripe, "api_base", f"http://127.0.0.1:{server.server_port}")
        with StripeLike() as box, pytest.raises(stripe.APIError):
            stripe.PaymentIntent.retrieve("pi_1")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(box.journal) == 0
    assert box.other_hosts == ["127.0.0.1"]
    assert [wait >= 0.5 for wait in slept] == [True]


# Refusals.


def test_a_live_key_is_refused_above_the_sdks_errors():
    with StripeLike(strict=False) as box, pytest.raises(LiveKeyRefused):
        stripe.PaymentIntent.create(**ORDER, api_key="sk_" + "live_payproofsample")
    assert "payproofsample" not in box.problems[0]


def test_an_endpoint_that_is_not_played_is_refused_above_the_sdks_errors():
    with StripeLike(strict=False), pytest.raises(NotImitated):
        stripe.Balance.retrieve()


def test_stripe_is_refused_by_name_when_only_another_processor_is_imitated():
    with TillPaySandbox(strict=False) as box, pytest.raises(HostRefused) as caught:
        stripe.PaymentIntent.create(**ORDER)
    assert str(caught.value) == (
        "a call went to api.stripe.com, which is Stripe's, and no active sandbox imitates it (imitated: api.tillpay.example);"
        " use a sandbox for Stripe, or keep this call out of the test"
    )
    assert box.problems == [str(caught.value)]


def test_an_unreadable_form_is_refused():
    with StripeLike(strict=False) as box, pytest.raises(SandboxError, match="the field 'a' stands twice"):
        _http_client.RequestsClient().request("post", URL, HEADERS, "a=1&a=2")
    assert box.problems == ["POST /v1/payment_intents: the field 'a' stands twice"]


def test_a_package_that_is_no_stripe_sdk_is_refused():
    class Other:
        __name__ = "stripe._http_client"

    with pytest.raises(SandboxError, match=r"the installed stripe package .* has no HTTPClient as versions 10 to 16 have it"):
        list(replacements(Other()))


# Coming and going.


def test_everything_is_put_back():
    def methods():
        kinds = [value for value in vars(_http_client).values() if isinstance(value, type)]
        return {(kind, name): value for kind in kinds for name, value in vars(kind).items() if callable(value)}

    before = methods()
    with StripeLike():
        assert methods() != before
    assert methods() == before


def test_headers_are_found_whatever_their_case():
    headers = Headers({"Request-Id": "req_1"})
    assert headers["request-id"] == headers["REQUEST-ID"] == headers.get("Request-Id") == "req_1"
    assert "request-id" in headers
    assert 7 not in headers
    assert headers.get("x", "y") == "y"
    with pytest.raises(KeyError):
        headers["x"]


def test_automatic_webhooks_of_async_calls_run_on_the_callers_loop():
    loops = []

    async def handler(payload, headers):
        loops.append(asyncio.get_running_loop())

    async def main():
        await stripe.PaymentIntent.create_async(**ORDER)
        return asyncio.get_running_loop()

    with StripeLike() as box, warnings.catch_warnings():
        box.webhooks.endpoint(handler, auto=True)
        loop = asyncio.run(main())
    assert loops == [loop]
