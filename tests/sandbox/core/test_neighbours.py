"""Beside other test tools, activated before and after the sandbox: the SDK always reaches the sandbox; raw HTTP to an
imitated host reaches it too or fails loudly; what the other tool was told to answer, it answers; nothing is left behind."""

import contextlib
import textwrap

import httpx
import pytest
import requests
import requests_mock
import responses
import respx
import stripe
import vcr
from tillpay import StripeLike

pytest_plugins = ["pytester"]

KEY = "sk_" + "test_payproofsample"
OTHER = "http://other.example/"
IMITATED = "https://api.stripe.com/v1/payment_intents"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@contextlib.contextmanager
def responses_tool():
    with responses.RequestsMock() as tool:
        tool.get(OTHER, status=299)
        yield


@contextlib.contextmanager
def requests_mock_tool():
    with requests_mock.Mocker() as tool:
        tool.get(OTHER, status_code=299)
        yield


@contextlib.contextmanager
def requests_mock_with_real_http():
    with requests_mock.Mocker(real_http=True) as tool:
        tool.get(OTHER, status_code=299)
        yield


@contextlib.contextmanager
def respx_tool():
    with respx.mock() as tool:
        tool.get(OTHER).respond(299)
        yield


@contextlib.contextmanager
def respx_on_httpx():
    with respx.mock(using="httpx") as tool:
        tool.get(OTHER).respond(299)
        yield


def by_requests(url):
    return requests.get(url, headers=HEADERS, timeout=5).status_code


def by_httpx(url):
    return httpx.get(url, headers=HEADERS).status_code


def charge():
    return stripe.PaymentIntent.create(amount=5, currency="eur", api_key=KEY).object


# tool, library, what a raw call to the imitated host meets when the tool was activated first, and last (None: the sandbox).
NO_MOCK = requests_mock.exceptions.NoMockAddress
NOT_MOCKED = respx.models.AllMockedAssertionError
TOOLS = [
    (responses_tool, by_requests, None, None),
    (requests_mock_tool, by_requests, None, NO_MOCK),
    (requests_mock_with_real_http, by_requests, None, None),
    (respx_tool, by_httpx, None, None),
    (respx_on_httpx, by_httpx, NOT_MOCKED, NOT_MOCKED),
]


def check(box, get, refusal):
    assert charge() == "payment_intent"
    if refusal is None:
        assert get(IMITATED) == 200
    else:
        # The tool stands above the sandbox's patch and does not know the host: it says so itself.
        with pytest.raises(refusal):
            get(IMITATED)
    assert get(OTHER) == 299
    assert len(box.journal) == (2 if refusal is None else 1)


@pytest.mark.parametrize(("tool", "get", "first", "last"), TOOLS)
def test_the_tool_first_then_the_sandbox(tool, get, first, last):
    with tool(), StripeLike() as box:
        check(box, get, first)


@pytest.mark.parametrize(("tool", "get", "first", "last"), TOOLS)
def test_the_sandbox_first_then_the_tool(tool, get, first, last):
    with StripeLike() as box, tool():
        check(box, get, last)


@pytest.mark.parametrize(("tool", "get", "first", "last"), TOOLS)
def test_left_crosswise(tool, get, first, last):
    before = (requests.Session.send, requests.adapters.HTTPAdapter.send, httpx.HTTPTransport.handle_request)
    for first_sandbox in (True, False):
        box, other = StripeLike(), tool()
        one, two = (box, other) if first_sandbox else (other, box)
        one.__enter__()
        two.__enter__()
        get(OTHER)
        one.__exit__(None, None, None)
        two.__exit__(None, None, None)
    with StripeLike() as box:
        assert charge() == "payment_intent"
        assert get(IMITATED) == 200
    assert (requests.Session.send, requests.adapters.HTTPAdapter.send, httpx.HTTPTransport.handle_request) == before


def test_vcrpy_first(tmp_path):
    cassette = tmp_path / "cassette.yaml"
    with vcr.VCR(record_mode="once").use_cassette(str(cassette)), StripeLike() as box:
        assert charge() == "payment_intent"
        assert by_requests(IMITATED) == 200
        assert by_httpx(IMITATED) == 200
    assert len(box.journal) == 3
    assert not cassette.exists()


def test_vcrpy_last(tmp_path):
    with StripeLike() as box, vcr.VCR(record_mode="none").use_cassette(str(tmp_path / "cassette.yaml")):
        assert charge() == "payment_intent"
        assert by_requests(IMITATED) == 200
        # vcrpy stands above the sandbox's patch of httpx, and plays back only what it has recorded.
        with pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException):
            by_httpx(IMITATED)
    assert len(box.journal) == 2


SUITE = """
    import sys, time
    sys.path.insert(0, {here!r})
    import pytest, stripe, requests, httpx
    from tillpay import StripeLike
    KEY = "sk_" + "test_payproofsample"
    URL = "https://api.stripe.com/v1/payment_intents"
    HEADERS = {{"Authorization": "Bearer " + KEY}}

    def charge():
        return stripe.PaymentIntent.create(amount=5, currency="eur", api_key=KEY)

    @pytest.fixture
    def box():
        with StripeLike() as made:
            yield made
"""


def run(pytester, body, *arguments):
    here = __file__.rpartition("/")[0]
    pytester.makepyfile(textwrap.dedent(SUITE.format(here=here)) + textwrap.dedent(body))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_pytest_socket(pytester):
    body = """
        import pytest_socket, socket

        def test_disabled(box):
            assert charge().amount == 5
            assert requests.get(URL, headers=HEADERS).status_code == 200
            with pytest.raises((pytest_socket.SocketBlockedError, requests.exceptions.ConnectionError)):
                requests.get("http://nowhere.invalid/")

        def test_fixture_after(box, socket_disabled):
            assert charge().amount == 5

        def test_fixture_before(socket_disabled, box):
            assert charge().amount == 5

        @pytest.mark.enable_socket
        def test_enabled(box, socket_enabled):
            with pytest.raises(OSError):
                socket.getaddrinfo("nowhere.invalid", 80)
            assert box.other_hosts == ["nowhere.invalid"]

        @pytest.mark.enable_socket
        def test_nothing_is_left(socket_enabled):
            assert socket.getaddrinfo.__module__ == "socket"
    """
    run(pytester, body, "--disable-socket").assert_outcomes(passed=5)
    run(pytester, body, "--allow-hosts=127.0.0.1").assert_outcomes(passed=5)


def test_xdist_and_coverage(pytester):
    body = """
        @pytest.mark.parametrize("number", range(8))
        def test_each_worker_alone(box, number):
            assert charge().id and len(box.journal) == 1
    """
    run(pytester, body, "-n", "2", "--cov=tillpay").assert_outcomes(passed=8)


HTTPX_MOCK = """
        def test_box_first(box, httpx_mock):
            httpx_mock.add_response(url="http://other.example/", status_code=299)
            assert charge().amount == 5
            assert httpx.get("http://other.example/").status_code == 299
            with pytest.raises(httpx.TimeoutException):
                httpx.get(URL, headers=HEADERS)
            httpx_mock.reset()

        def test_box_last(httpx_mock, box):
            httpx_mock.add_response(url="http://other.example/", status_code=299)
            assert charge().amount == 5
            assert httpx.get(URL, headers=HEADERS).status_code == 200
            assert httpx.get("http://other.example/").status_code == 299

        def test_after(box):
            assert httpx.get(URL, headers=HEADERS).status_code == 200

        def test_nothing_is_left():
            assert httpx.HTTPTransport.handle_request.__module__.startswith("httpx")
    """

ASYNCIO = """
        import asyncio, pytest_asyncio

        @pytest_asyncio.fixture
        async def async_box():
            async with StripeLike() as made:
                yield made

        @pytest.mark.asyncio
        async def test_sync_fixture(box):
            await stripe.PaymentIntent.create_async(amount=5, currency="eur", api_key=KEY)
            assert len(box.journal) == 1

        @pytest.mark.asyncio
        async def test_async_fixture(async_box):
            async with httpx.AsyncClient() as client:
                answers = await asyncio.gather(*(client.get(URL, headers=HEADERS) for _ in range(5)))
            assert [answer.status_code for answer in answers] == [200] * 5
            await asyncio.to_thread(charge)
            assert len(async_box.journal) == 6
            async_box.webhooks.endpoint(lambda payload, headers: 200)
            assert [one.status for one in await async_box.webhooks.adeliver()] == [200]
            async_box.webhooks.duplicate()

        @pytest.mark.asyncio
        async def test_tasks_with_their_own_sandboxes():
            async def one(amount):
                async with StripeLike() as made:
                    for _ in range(3):
                        await stripe.PaymentIntent.create_async(amount=amount, currency="eur", api_key=KEY)
                        await asyncio.sleep(0)
                return {entry.params["amount"] for entry in made.journal}, len(made.journal)
            found = await asyncio.gather(*(one(amount) for amount in (1, 2, 3)))
            assert found == [({"1"}, 3), ({"2"}, 3), ({"3"}, 3)]
    """

FROZEN = """
        import freezegun, time_machine
        EVENT = {}

        def signed_at(box):
            box.webhooks.endpoint(lambda payload, headers: EVENT.update(headers))
            created = charge().created
            box.webhooks.deliver()
            return created, int(EVENT["Till-Signature"].split(",")[0][2:])

        @freezegun.freeze_time("2031-01-01")
        def test_freezegun_inside(box):
            assert signed_at(box) == (1924992000, 1924992000)

        def test_freezegun_outside():
            with freezegun.freeze_time("2031-01-01") as frozen:
                with StripeLike() as box:
                    assert signed_at(box) == (1924992000, 1924992000)
                    frozen.tick(60)
                    box.clock.advance(seconds=5)
                    assert charge().created == 1924992005
                    assert box.webhooks.deliver()[0].at == 1924992060

        @time_machine.travel(1924992000, tick=False)
        def test_time_machine_inside(box):
            assert signed_at(box) == (1924992000, 1924992000)

        def test_time_machine_outside():
            with time_machine.travel(1924992000, tick=False), StripeLike() as box:
                assert signed_at(box) == (1924992000, 1924992000)

        def test_the_sdk_verifies_what_was_signed_under_frozen_time():
            with StripeLike() as box, freezegun.freeze_time("2031-01-01"):
                seen = []
                def handler(payload, headers):
                    stripe.WebhookSignature.verify_header(payload, headers["Till-Signature"], "secret", 300)
                    seen.append(1)
                box.webhooks.endpoint(handler, "secret")
                charge()
                box.clock.advance(days=20)
                box.webhooks.deliver()
                assert seen == [1]
    """


def test_pytest_httpx_pytest_asyncio_freezegun_and_time_machine(pytester):
    run(pytester, HTTPX_MOCK + ASYNCIO + FROZEN).assert_outcomes(passed=12)
