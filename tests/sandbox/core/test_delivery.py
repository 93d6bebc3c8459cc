"""Webhooks into real Flask, Django, FastAPI and hand-written applications, and to a real server on loopback."""

import asyncio
import http.server
import json
import subprocess
import sys
import textwrap
import threading

import pytest
import stripe
from asking import pay
from tillpay import TillPaySandbox

from payproof.sandbox.core.delivery import check_url, is_loopback, kind_of
from payproof.sandbox.core.exchange import SandboxError

SECRET = "payproof_fake_endpoint_secret"


@pytest.fixture
def box():
    return TillPaySandbox()


def verified(payload, header):
    try:
        return stripe.WebhookSignature.verify_header(payload, header, SECRET, 300)
    except stripe.SignatureVerificationError:
        return False


def flask_app():
    import flask

    app = flask.Flask(__name__)

    @app.post("/hooks/till")
    def hook():
        if not verified(flask.request.get_data(), flask.request.headers.get("Till-Signature")):
            return "bad signature", 400
        kept = {"type": flask.request.get_json()["type"], "secure": flask.request.is_secure, "q": flask.request.args.get("q", "")}
        return kept, 202

    @app.post("/crash")
    def crash():
        raise ValueError("broken handler")

    return app


def test_flask(box):
    box.webhooks.endpoint(flask_app(), SECRET, path="/hooks/till?q=1")
    pay(box)
    (done,) = box.webhooks.deliver()
    assert done.status == 202
    assert json.loads(done.body) == {"type": "payment.paid", "secure": True, "q": "1"}
    assert {one.status for one in box.webhooks.forge(how="all")} == {400}


def test_flask_from_inside_a_running_event_loop(box):
    async def main():
        box.webhooks.endpoint(flask_app(), SECRET, path="/hooks/till")
        pay(box)
        return await box.webhooks.adeliver()

    assert [one.status for one in asyncio.run(main())] == [202]


def test_a_path_that_the_application_does_not_have(box):
    box.webhooks.endpoint(flask_app(), SECRET, path="/elsewhere")
    pay(box)
    assert box.webhooks.deliver()[0].status == 404


def test_a_crash_is_a_500_whether_the_framework_answers_or_raises(box):
    quiet, loud = flask_app(), flask_app()
    loud.testing = True
    box.webhooks.endpoint(quiet, SECRET, path="/crash")
    box.webhooks.endpoint(loud, SECRET, path="/crash")
    pay(box)
    first, second = box.webhooks.deliver()
    assert (first.status, first.error) == (500, "")
    assert (second.status, second.error) == (500, "ValueError: broken handler")


def fastapi_app():
    import fastapi

    app = fastapi.FastAPI()

    @app.post("/hooks/till")
    async def hook(request: fastapi.Request):
        if not verified(await request.body(), request.headers.get("till-signature")):
            raise fastapi.HTTPException(400)
        return {"type": json.loads(await request.body())["type"], "scheme": request.url.scheme, "host": request.url.hostname}

    @app.post("/threaded")
    def threaded(request: fastapi.Request):
        return {"thread": threading.current_thread().name}

    @app.post("/crash")
    async def crash():
        raise ValueError("broken handler")

    return app


def test_fastapi(box):
    box.webhooks.endpoint(fastapi_app(), SECRET, path="/hooks/till", host="shop.example")
    pay(box)
    (done,) = box.webhooks.deliver()
    assert (done.status, json.loads(done.body)) == (200, {"type": "payment.paid", "scheme": "https", "host": "shop.example"})
    assert {one.status for one in box.webhooks.forge(how="all")} == {400}


def test_fastapi_with_a_synchronous_handler_in_a_worker_thread(box):
    box.webhooks.endpoint(fastapi_app(), SECRET, path="/threaded")
    pay(box)
    assert box.webhooks.deliver()[0].status == 200


def test_fastapi_that_crashes(box):
    box.webhooks.endpoint(fastapi_app(), SECRET, path="/crash")
    pay(box)
    (failed,) = box.webhooks.deliver()
    assert (failed.status, failed.error) == (500, "ValueError: broken handler")


def test_an_asgi_app_from_inside_a_running_event_loop(box):
    loops = []

    async def app(scope, receive, send):
        loops.append(asyncio.get_running_loop())
        message = await receive()
        assert verified(message["body"], dict(scope["headers"])[b"till-signature"].decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"o", "more_body": True})
        await send({"type": "http.response.body", "body": b"k"})
        assert await receive() == {"type": "http.disconnect"}

    async def main():
        box.webhooks.endpoint(app, SECRET)
        pay(box)
        (blocking,) = box.webhooks.deliver()
        pay(box)
        (awaited,) = await box.webhooks.adeliver()
        assert (blocking.body, awaited.body) == (b"ok", b"ok")
        assert loops[0] is not asyncio.get_running_loop()
        assert loops[1] is asyncio.get_running_loop()

    asyncio.run(main())


def test_the_threads_own_event_loop_is_left_alone(box):
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        box.webhooks.endpoint(fastapi_app(), SECRET, path="/hooks/till")
        pay(box)
        box.webhooks.deliver()
        assert asyncio.get_event_loop() is loop
        assert not loop.is_closed()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_an_app_that_never_answers(box):
    async def silent(scope, receive, send):
        return

    box.webhooks.endpoint(silent, SECRET)
    box.webhooks.endpoint(lambda environ, start_response: [], SECRET)
    pay(box)
    for failed in box.webhooks.deliver():
        assert (failed.status, failed.ok, failed.error) == (None, False, "the application never started its response")


def test_wsgi_write_and_close(box):
    closed = []

    class Body:
        def __iter__(self):
            return iter([b"two"])

        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("200 OK", [])(b"one ")
        return Body()

    box.webhooks.endpoint(app, SECRET)
    pay(box)
    assert box.webhooks.deliver()[0].body == b"one two"
    assert closed == [True]


DJANGO = """
    import json, sys
    sys.path.insert(0, sys.argv[1])
    import django
    from django.conf import settings
    from django.http import JsonResponse
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt
    import stripe

    settings.configure(
        DEBUG=False, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=True,
        MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    )
    django.setup()
    SECRET = "payproof_fake_endpoint_secret"

    def hook(request):
        import threading
        try:
            stripe.WebhookSignature.verify_header(request.body, request.headers.get("Till-Signature"), SECRET, 300)
        except stripe.SignatureVerificationError:
            return JsonResponse({}, status=400)
        main = threading.current_thread() is threading.main_thread()
        return JsonResponse({"type": json.loads(request.body)["type"], "main": main})

    urlpatterns = [path("hook/", csrf_exempt(hook)), path("protected/", hook)]

    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application
    from asking import pay
    from tillpay import TillPaySandbox

    for app in (get_wsgi_application(), get_asgi_application()):
        box = TillPaySandbox()
        box.webhooks.endpoint(app, SECRET, path="/hook/")
        pay(box)
        (done,) = box.webhooks.deliver()
        print(done.status, done.body.decode(), sorted({one.status for one in box.webhooks.forge(how="all")}))
        box.webhooks.endpoints[0].path = "/protected/"
        print(box.webhooks.duplicate()[0].status)

    import asyncio

    async def main():
        box = TillPaySandbox()
        box.webhooks.endpoint(app, SECRET, path="/hook/")
        pay(box)
        print(box.webhooks.deliver()[0].status)
        pay(box)
        print((await box.webhooks.adeliver())[0].status)

    asyncio.run(main())
"""


def test_django_through_wsgi_and_asgi_meets_csrf_and_host_checks_like_any_client(tmp_path):
    script = tmp_path / "site.py"
    script.write_text(textwrap.dedent(DJANGO))
    here = __file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, str(script), here], capture_output=True, text=True, timeout=60)
    good = '200 {"type": "payment.paid", "main": true} [400]'
    assert done.stdout.splitlines() == [good, "403", good, "403", "200", "200"], done.stderr


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        ok = verified(payload, self.headers.get("Till-Signature"))
        self.send_response(int(self.path.rpartition("/")[2]) if ok else 400)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(b"received")

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    made = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=lambda: made.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_a_url_on_this_machine(box, server):
    box.webhooks.endpoint(f"{server}/200", SECRET)
    box.webhooks.endpoint(f"{server}/302", SECRET)
    pay(box)
    with box:
        good, redirected = box.webhooks.deliver()
    assert (good.status, good.ok, good.body) == (200, True, b"received")
    assert (redirected.status, redirected.ok) == (302, False)
    assert box.problems == []


def test_a_url_where_nobody_listens(box):
    box.webhooks.endpoint("http://127.0.0.1:9/hook", SECRET)
    pay(box)
    (failed,) = box.webhooks.deliver()
    assert failed.status is None
    assert failed.error.startswith("ConnectionRefusedError: ")
    assert not failed.ok


def test_webhooks_stay_on_this_machine_unless_told(box):
    with pytest.raises(SandboxError) as caught:
        box.webhooks.endpoint("https://shop.example/hook")
    assert str(caught.value) == (
        "webhooks go to this machine only; shop.example is another host. Say allow_remote=True when you mean it"
    )
    assert box.webhooks.endpoint("https://shop.example/hook", allow_remote=True).kind == "url"
    for url in ("ftp://127.0.0.1/x", "127.0.0.1:80/x", "http:///x"):
        with pytest.raises(SandboxError, match=r"is no URL that a webhook can be sent to; write http://127\.0\.0\.1:PORT/PATH"):
            check_url(url, allow_remote=True)


def test_loopback_names():
    assert all(map(is_loopback, ["localhost", "LOCALHOST.", "shop.localhost", "127.0.0.1", "127.8.8.8", "::1"]))
    assert not any(map(is_loopback, ["localhost.example", "10.0.0.1", "0.0.0.0", "example.com", "127.0.0.1.nip.example"]))


class Response:
    status_code = 418
    content = b"teapot"


@pytest.mark.parametrize(("result", "status"), [(None, 200), (204, 204), (503, 503), (Response(), 418)])
def test_what_a_callable_may_return(box, result, status):
    async def asynchronous(payload, headers):
        await asyncio.sleep(0)
        return result

    box.webhooks.endpoint(lambda payload, headers: result, SECRET)
    box.webhooks.endpoint(asynchronous, SECRET)
    pay(box)
    assert [one.status for one in box.webhooks.deliver()] == [status, status]
    pay(box)
    assert [one.status for one in asyncio.run(box.webhooks.adeliver())] == [status, status]


@pytest.mark.parametrize("result", [True, "200", 42, {"ok": True}])
def test_what_a_callable_may_not_return(box, result):
    async def asynchronous(payload, headers):
        return result

    for target in (lambda payload, headers: result, asynchronous):
        fresh = TillPaySandbox()
        fresh.webhooks.endpoint(target, SECRET)
        pay(fresh)
        with pytest.raises(SandboxError, match="a webhook callable returns an HTTP status, a response or None"):
            fresh.webhooks.deliver()


def test_an_async_callable_that_raises(box):
    async def handler(payload, headers):
        raise ValueError("no")

    box.webhooks.endpoint(handler, SECRET)
    pay(box)
    assert box.webhooks.deliver()[0].error == "ValueError: no"


def test_a_framework_test_client_as_target(box):
    client = flask_app().test_client()
    box.webhooks.endpoint(lambda payload, headers: client.post("/hooks/till", data=payload, headers=headers), SECRET)
    pay(box)
    assert box.webhooks.deliver()[0].status == 202


class Falconlike:
    def __call__(self, env, start_response):
        start_response("200 OK", [])
        return []


def anything(*args):
    return 200


def test_how_a_target_is_called_is_read_from_its_parameters():
    assert kind_of(flask_app()) == "wsgi"
    assert kind_of(Falconlike()) == "wsgi"
    assert kind_of(fastapi_app()) == "asgi"
    assert kind_of(lambda payload, headers, extra=None: 200) == "call"
    assert kind_of("http://127.0.0.1/x") == "url"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (7, "a webhook cannot be delivered to 7; give a WSGI app, an ASGI app, a callable or a URL"),
        (dict, "cannot tell how to call <class 'dict'>; say kind='wsgi', kind='asgi' or kind='call'"),
        (anything, "cannot tell how to call <function anything"),
        (
            lambda a: 1,
            "a webhook target takes (payload, headers), (environ, start_response) or (scope, receive, send); <function",
        ),
    ],
)
def test_a_target_that_cannot_be_called_is_refused(box, target, message):
    with pytest.raises(SandboxError) as caught:
        box.webhooks.endpoint(target)
    assert str(caught.value).startswith(message)


def test_the_kind_may_be_said(box):
    assert box.webhooks.endpoint(anything, kind="call").kind == "call"
