"""Raw HTTP to an imitated host: requests, httpx and urllib reach the same sandbox as the SDK."""

import asyncio
import io
import json
import urllib.error
import urllib.request

import httpx
import pytest
import requests
from asking import KEY
from requests.adapters import HTTPAdapter
from tillpay import TillPaySandbox
from urllib3.util.retry import Retry

from payproof.sandbox.core.exchange import HostRefused, SandboxError

URL = "https://api.tillpay.example/v1/payments"
HEADERS = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": "order-1"}
FORM = {"amount": "1200", "metadata[order]": "o-1"}


def by_requests(url=URL, data=FORM, **more):
    answer = requests.post(url, data=data, headers=HEADERS, timeout=5, **more)
    return answer.status_code, answer.json(), answer.headers


def by_httpx(url=URL, data=FORM):
    answer = httpx.post(url, data=data, headers=HEADERS)
    return answer.status_code, answer.json(), answer.headers


def by_async_httpx(url=URL, data=FORM):
    async def main():
        async with httpx.AsyncClient() as client:
            return await client.post(url, data=data, headers=HEADERS)

    answer = asyncio.run(main())
    return answer.status_code, answer.json(), answer.headers


def by_urllib(url=URL, data=FORM):
    asked = urllib.request.Request(url, urllib.parse.urlencode(data).encode(), HEADERS)
    try:
        answer = urllib.request.urlopen(asked, timeout=5)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), error.headers
    return answer.status, json.load(answer), answer.headers


LIBRARIES = [by_requests, by_httpx, by_async_httpx, by_urllib]


@pytest.mark.parametrize("post", LIBRARIES)
def test_a_payment_and_its_repeat(post):
    with TillPaySandbox() as box:
        status, made, headers = post()
        again = post()
    assert (status, made["amount"], made["metadata"]) == (200, 1200, {"order": "o-1"})
    assert headers["request-id"].startswith("req_")
    assert again[1] == made
    assert again[2]["IDEMPOTENT-REPLAYED"] == "true"
    assert [entry.idempotency_key for entry in box.journal] == ["order-1", "order-1"]
    assert box.journal[0].request.encoding == "form"


@pytest.mark.parametrize("post", LIBRARIES)
def test_a_refusal_is_an_answer(post):
    with TillPaySandbox():
        status, body, _ = post(data={"amount": "666"})
    assert (status, body["error"]["code"]) == (402, "card_declined")


@pytest.mark.parametrize("post", LIBRARIES)
@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "timeout-before", "timeout-after"])
def test_a_lost_exchange_is_the_librarys_own_error(post, kind):
    late = kind.startswith("timeout")
    expected = {
        by_requests: requests.exceptions.ReadTimeout if late else requests.exceptions.ConnectionError,
        by_httpx: httpx.ReadTimeout if late else httpx.ReadError,
        by_async_httpx: httpx.ReadTimeout if late else httpx.ReadError,
        by_urllib: (TimeoutError if late else ConnectionResetError) if kind.endswith("after") else urllib.error.URLError,
    }[post]
    with TillPaySandbox() as box:
        box.faults.next(kind)
        with pytest.raises(expected, match="POST /v1/payments"):
            post()
    assert bool(box.store) is kind.endswith("after")


@pytest.mark.parametrize("post", LIBRARIES)
def test_a_processor_that_nobody_imitates_is_refused_by_name(post):
    with TillPaySandbox(strict=False) as box:
        with pytest.raises(HostRefused, match=r"api-m\.paypal\.com, which is PayPal's, and no active sandbox imitates it"):
            post("https://api-m.paypal.com/v2/checkout/orders")
    assert len(box.problems) == 1


@pytest.mark.parametrize("post", LIBRARIES)
def test_a_swallowed_refusal_is_told_on_leaving(post):
    with pytest.raises(SandboxError, match=r"TillPaySandbox: a call went to api-m\.paypal\.com"), TillPaySandbox():
        try:
            post("https://api-m.paypal.com/v2/checkout/orders")
        except Exception:
            pass


@pytest.mark.parametrize("post", LIBRARIES)
def test_other_hosts_are_left_alone_and_listed(post):
    with TillPaySandbox() as box:
        with pytest.raises((requests.exceptions.ConnectionError, httpx.ConnectError, urllib.error.URLError)):
            post("http://nowhere.invalid/")
    assert box.other_hosts == ["nowhere.invalid"]


def test_json_bodies_and_queries():
    with TillPaySandbox() as box:
        requests.post(URL, json={"amount": 5, "lines": [1, 2]}, headers=HEADERS, timeout=5)
        httpx.get(URL, params={"limit": 3, "created[gte]": 7}, headers=HEADERS)
        requests.delete(URL, params={"reason": "x"}, headers=HEADERS, timeout=5)
        requests.post(URL + "?expand[]=a", data={"amount": 5}, headers=HEADERS, timeout=5)
    first, second, third, fourth = [entry.request for entry in box.journal]
    assert (first.encoding, first.params) == ("json", {"amount": 5, "lines": [1, 2]})
    assert (second.encoding, second.params, second.query) == ("none", {"limit": "3", "created": {"gte": "7"}}, second.params)
    assert (third.method, third.params) == ("DELETE", {"reason": "x"})
    assert (fourth.params, fourth.query) == ({"amount": "5"}, {"expand": ["a"]})


def test_bodies_of_every_kind():
    with TillPaySandbox() as box:
        for body in (b"amount=5", "amount=5", io.BytesIO(b"amount=5"), iter([b"amo", b"unt=5"]), bytearray(b"amount=5")):
            answer = requests.post(
                URL, data=body, headers={**HEADERS, "Content-Type": "application/x-www-form-urlencoded"}, timeout=5
            )
            assert answer.status_code == 200
        files = {"file": ("a.txt", b"content", "text/plain")}
        requests.post(URL, data={"amount": "7"}, files=files, headers={"Authorization": f"Bearer {KEY}"}, timeout=5)
    assert box.journal[-1].params["file"]["content"] == b"content"


def test_a_body_that_cannot_be_read_is_refused():
    with TillPaySandbox(strict=False) as box:
        with pytest.raises(SandboxError, match="a body of type int cannot be read; give text, bytes, a file or an iterable"):
            requests.post(URL, data=iter([5]), headers=HEADERS, timeout=5)
    assert box.problems == [
        "POST /v1/payments: a body of type int cannot be read; give text, bytes, a file or an iterable of them"
    ]


def test_sessions_adapters_hooks_and_basic_credentials():
    seen = []
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(5)))
    session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
    session.auth = (KEY, "")
    with TillPaySandbox() as box:
        answer = session.post(URL, data=FORM)
        assert answer.raise_for_status() is None
        assert answer.request.url == URL
    assert (answer.reason, answer.encoding, answer.ok, answer.text[:1]) == ("OK", "utf-8", True, "{")
    assert seen == [200]
    assert box.journal[0].request.headers["authorization"] == "…"


def test_transports_that_are_not_the_network_are_left_alone():
    with TillPaySandbox() as box:
        mock = httpx.MockTransport(lambda request: httpx.Response(299))
        assert httpx.Client(transport=mock).get(URL).status_code == 299
    assert len(box.journal) == 0


def test_an_unusual_status_has_no_reason():
    class Odd(TillPaySandbox):
        def __init__(self):
            super().__init__()
            self.processor.fault_answer = lambda kind, request: __import__("tillpay").Answer(599, {})

    with Odd() as box:
        box.faults.next("500", times=2)
        answer = requests.post(URL, data=FORM, headers=HEADERS, timeout=5)
        assert (answer.status_code, answer.reason) == (599, "")
        assert by_urllib()[0] == 599


def test_the_path_is_unquoted_and_the_host_is_not_case_sensitive():
    with TillPaySandbox() as box:
        requests.get("https://API.TillPay.example:443/v1/payments/pay%5F1", headers=HEADERS, timeout=5)
    assert (box.journal[0].request.host, box.journal[0].request.path) == ("api.tillpay.example", "/v1/payments/pay_1")
