import asyncio
import http.client
import socket
import subprocess
import sys
import textwrap
import urllib.request

import httpx
import pytest
import requests
import urllib3
from asking import KEY
from tillpay import StripeLike, TillPay, TillPaySandbox

from payproof.sandbox.core.exchange import HostRefused
from payproof.sandbox.core.sandbox import Sandbox

URL = "https://api.tillpay.example/v1/payments"
HEADERS = {"Authorization": f"Bearer {KEY}"}
SPOTS = [
    (requests.Session, "send"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (urllib.request.AbstractHTTPHandler, "do_open"),
]


def present():
    return [owner.__dict__[name] for owner, name in SPOTS]


def ask():
    return requests.get(URL, headers=HEADERS, timeout=5).status_code


@pytest.fixture(autouse=True)
def nothing_is_left():
    before = present()
    yield
    assert present() == before


def test_patches_are_there_while_any_sandbox_is_active():
    before = present()
    with TillPaySandbox():
        patched = present()
        assert all(ours is not theirs for ours, theirs in zip(patched, before, strict=True))
        with TillPaySandbox():
            assert present() == patched
        assert present() == patched
    assert present() == before


def test_sandboxes_may_be_left_in_any_order():
    one, two, three = TillPaySandbox(), StripeLike(), TillPaySandbox()
    for box in (one, two, three):
        box.__enter__()
    for box in (two, one, three):
        assert ask() == 200
        box.__exit__(None, None, None)
    assert [len(box.journal) for box in (one, two, three)] == [0, 0, 3]


def other_tool(original):
    """Another tool's patch: it answers hosts of its own and passes everything else on."""

    def send(self, request, **kwargs):
        if "other.example" in request.url:
            answer = requests.Response()
            answer.status_code = 299
            return answer
        return original(self, request, **kwargs)

    return send


def asked_other():
    return requests.get("http://other.example/", timeout=5).status_code


def test_a_tool_that_patches_over_ours_and_leaves_first():
    with TillPaySandbox() as box:
        ours = requests.Session.send
        requests.Session.send = other_tool(ours)
        assert (ask(), asked_other()) == (200, 299)
        requests.Session.send = ours
        assert ask() == 200
    assert len(box.journal) == 2


def test_a_tool_that_patches_over_ours_and_stays_longer():
    real = requests.Session.send
    with TillPaySandbox():
        ours = requests.Session.send
        requests.Session.send = other_tool(ours)
    assert asked_other() == 299
    with TillPaySandbox() as box:
        assert (ask(), asked_other()) == (200, 299)
    requests.Session.send = ours
    with pytest.raises(requests.exceptions.ConnectionError):
        ask()
    with TillPaySandbox() as again:
        assert ask() == 200
    assert requests.Session.send is real
    assert (len(box.journal), len(again.journal)) == (1, 1)


def test_a_tool_that_was_there_before_and_stays():
    real = requests.Session.send
    requests.Session.send = other_tool(real)
    try:
        with TillPaySandbox():
            assert (ask(), asked_other()) == (200, 299)
        assert asked_other() == 299
    finally:
        requests.Session.send = real


def test_a_tool_that_takes_our_patch_away_makes_the_call_fail_loudly():
    real = requests.Session.send
    with TillPaySandbox(strict=False) as box:
        ours = requests.Session.send
        requests.Session.send = real
        with pytest.raises(HostRefused) as caught:
            ask()
        requests.Session.send = ours
    assert str(caught.value) == (
        "a call to api.tillpay.example got past the libraries that the sandbox stands under; use the official SDK, requests,"
        " httpx or urllib, and look whether another tool has replaced the sandbox's patches"
    )
    assert box.problems == [str(caught.value)]


def by_http_client(host):
    http.client.HTTPSConnection(host, timeout=5).request("GET", "/")


def by_urllib3(host):
    urllib3.PoolManager().request("GET", f"https://{host}/", timeout=5)


def by_socket(host):
    socket.create_connection((host, 443), timeout=5)


def by_plain_connect(host):
    with socket.socket() as plain:
        plain.connect((host, 9))


def by_name(host):
    socket.gethostbyname(host)


def by_asyncio(host):
    asyncio.run(asyncio.open_connection(host, 443))


WAYS = [by_http_client, by_urllib3, by_socket, by_name, by_asyncio]


@pytest.mark.parametrize("connect", WAYS)
def test_no_way_to_a_processor_leads_past_the_sandbox(connect):
    with TillPaySandbox(strict=False) as box:
        with pytest.raises(HostRefused, match="got past the libraries"):
            connect("api.tillpay.example")
        with pytest.raises(HostRefused, match="which is Adyen's, and no active sandbox imitates it"):
            connect("checkout-test.adyen.com")
    assert len(box.problems) == 2


@pytest.mark.parametrize("connect", WAYS)
def test_other_hosts_are_listed_whichever_way_they_are_reached(connect):
    with TillPaySandbox() as box, pytest.raises((OSError, urllib3.exceptions.HTTPError)):
        connect("nowhere.invalid")
    assert box.other_hosts == ["nowhere.invalid"]


def test_a_plain_socket_is_stopped_before_it_connects():
    # Python tells about such a call only after it has looked the name up, so the name must be one that can be found.
    with Sandbox(TillPay(hosts=("localhost",)), strict=False) as box, pytest.raises(HostRefused, match="got past the libraries"):
        by_plain_connect("localhost")
    assert len(box.problems) == 1
    with TillPaySandbox() as box, pytest.raises(ConnectionRefusedError):
        by_plain_connect("localhost")
    assert box.other_hosts == ["localhost"]


def test_addresses_and_local_sockets_are_no_hosts(tmp_path):
    with TillPaySandbox() as box, socket.socket(socket.AF_UNIX) as plain, socket.socket() as numeric:
        with pytest.raises(OSError):
            plain.connect(str(tmp_path / "none"))
        with pytest.raises(OSError):
            numeric.connect(("127.0.0.1", 9))
        socket.getaddrinfo("::1", 80)
        socket.getaddrinfo(None, 80)
        socket.getaddrinfo(b"localhost", 80)
    assert box.other_hosts == ["localhost"]


def test_without_a_sandbox_nothing_is_refused_or_listed():
    with pytest.raises(OSError):
        socket.getaddrinfo("nowhere.invalid", 80)


def run(code, *arguments):
    here = __file__.rpartition("/")[0]
    script = "import sys; sys.path.insert(0, sys.argv[1])\n" + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", script, here, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_sdk_that_is_imported_while_the_sandbox_is_active():
    code = """
        from tillpay import StripeLike
        assert "stripe" not in sys.modules
        with StripeLike() as box:
            import stripe
            stripe.api_key = "sk_" + "test_payproofsample"
            print(stripe.PaymentIntent.create(amount=5, currency="eur").object)
            import httpx, requests
            print(httpx.get("https://api.stripe.com/v1/payment_intents", headers={"Authorization": "Bearer x"}).status_code)
    """
    assert run(code) == ["payment_intent", "200"]


def test_an_sdk_without_the_known_module_is_reached_through_its_http_library():
    code = """
        import sys
        from tillpay import StripeLike
        import stripe, stripe._api_requestor
        stripe.PaymentIntent
        sys.modules["stripe._http_client"] = None
        stripe.api_key = "sk_" + "test_payproofsample"
        with StripeLike() as box:
            print(stripe.PaymentIntent.create(amount=5, currency="eur").object, len(box.journal))
    """
    assert run(code) == ["payment_intent", "1"]


def test_an_sdk_is_not_imported_for_another_processors_sandbox():
    code = """
        from tillpay import TillPaySandbox, StripeLike
        with TillPaySandbox():
            print("stripe" in sys.modules)
            import stripe
            with StripeLike():
                stripe.api_key = "sk_" + "test_payproofsample"
                print(stripe.PaymentIntent.create(amount=5, currency="eur").object)
    """
    assert run(code) == ["False", "payment_intent"]


def test_it_works_where_no_http_library_is_installed():
    code = """
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name, *rest: None if name in ("requests", "httpx", "stripe") else find(name, *rest)
        import urllib.request
        from asking import KEY
        from tillpay import StripeLike, TillPay, TillPaySandbox
        with TillPaySandbox(), StripeLike():
            asked = urllib.request.Request("https://api.tillpay.example/v1/payments", headers={"Authorization": "Bearer " + KEY})
            print(urllib.request.urlopen(asked).status, "requests" in sys.modules, "httpx" in sys.modules)
    """
    assert run(code) == ["200", "False", "False"]
