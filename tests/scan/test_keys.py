"""Idempotency keys: every processor's own place for them, how the application repeats a call, and what is said of it."""

import pathlib
import textwrap

import pytest

from payproof.model import Confidence, Severity, Site, Verdict
from payproof.scan.engine import ScanOptions, scan


def sites(folder: pathlib.Path, code: str) -> list[Site]:
    (folder / "pyproject.toml").write_text("")
    (folder / "shop.py").write_text(textwrap.dedent(code))
    return list(scan([folder], ScanOptions(select=("idempotency",), cache=False)).sites)


def found(folder: pathlib.Path, code: str) -> list[Site]:
    return [site for site in sites(folder, code) if site.verdict is Verdict.VIOLATED]


def rules(folder: pathlib.Path, code: str) -> list[str]:
    return [site.rule for site in found(folder, code)]


STRIPE = "import stripe\nclient = stripe.StripeClient(KEY)\n"
PAYPAL = """\
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
client = PaypalServersdkClient()
"""
ADYEN = "import Adyen\nady = Adyen.Adyen()\n"
SQUARE = "from square import Square\nclient = Square(token=TOKEN)\n"
LEGACY_SQUARE = "from square.client import Client\nclient = Client(access_token=TOKEN)\n"
HTTP = "import requests\n"


@pytest.mark.parametrize(
    ("head", "bare", "keyed"),
    [
        (STRIPE, "stripe.Refund.create(charge=c)", "stripe.Refund.create(charge=c, idempotency_key=k)"),
        (STRIPE, "stripe.Refund.create(charge=c)", "stripe.Refund.create(charge=c, headers={'Idempotency-Key': k})"),
        (STRIPE, "client.v1.refunds.create(p)", "client.v1.refunds.create({'charge': c}, {'idempotency_key': k})"),
        (
            STRIPE,
            "client.refunds.create(params={'charge': c})",
            "client.refunds.create(params=p, options={'idempotency_key': k})",
        ),
        (
            STRIPE,
            "client.v2.money_management.outbound_payments.create({'amount': a})",
            "client.v2.money_management.outbound_payments.create({'amount': a}, {'idempotency_key': k})",
        ),
        (
            STRIPE,
            "client.raw_request('post', '/v1/refunds', charge=c)",
            "client.raw_request('post', '/v1/refunds', idempotency_key=k)",
        ),
        (
            STRIPE,
            "stripe.Charge.create(**{'amount': a})",
            "stripe.Charge.create(**{'amount': a, 'idempotency_key': k})",
        ),
        (
            STRIPE,
            "client.v1.charges.create(stripe.params.ChargeCreateParams(amount=a))",
            "client.v1.charges.create(stripe.params.ChargeCreateParams(amount=a), stripe.RequestOptions(idempotency_key=k))",
        ),
        (PAYPAL, "client.orders.create_order({'body': b})", "client.orders.create_order({'body': b, 'paypal_request_id': k})"),
        (
            PAYPAL,
            "client.payments.refund_captured_payment({'capture_id': c})",
            "client.payments.refund_captured_payment({'capture_id': c, 'paypal_request_id': k})",
        ),
        (ADYEN, "ady.checkout.payments_api.payments(r)", "ady.checkout.payments_api.payments(r, idempotency_key=k)"),
        (
            ADYEN,
            "ady.checkout.modifications_api.refund_captured_payment({}, c)",
            "ady.checkout.modifications_api.refund_captured_payment({}, c, idempotency_key=k)",
        ),
        (
            SQUARE,
            "client.refunds.refund_payment(amount_money=a)",
            "client.refunds.refund_payment(amount_money=a, idempotency_key=k)",
        ),
        (
            LEGACY_SQUARE,
            "client.payments.create_payment(body={'source_id': s})",
            "client.payments.create_payment(body={'source_id': s, 'idempotency_key': k})",
        ),
        (
            HTTP,
            "requests.post(f'https://api-m.paypal.com/v2/checkout/orders/{o}/capture', headers={'A': t})",
            "requests.post(f'https://api-m.paypal.com/v2/checkout/orders/{o}/capture', headers={'PayPal-Request-Id': k})",
        ),
        (
            HTTP,
            "requests.request('POST', 'https://api.stripe.com/v1/refunds', data={})",
            "requests.request('POST', 'https://api.stripe.com/v1/refunds', headers={'Idempotency-Key': k})",
        ),
        (
            HTTP,
            "requests.post('https://connect.squareup.com/v2/payments', json={'source_id': s})",
            "requests.post('https://connect.squareup.com/v2/payments', json={'source_id': s, 'idempotency_key': k})",
        ),
        (
            "import gocardless_pro\nclient = gocardless_pro.Client(access_token=T)\n",
            "client.payments.create(params={'amount': a})",
            "client.payments.create(params={'amount': a}, headers={'Idempotency-Key': k})",
        ),
        (
            "import mercadopago\nfrom mercadopago.config import RequestOptions\nsdk = mercadopago.SDK(T)\n",
            "sdk.payment().create({'transaction_amount': a})",
            "sdk.payment().create({'transaction_amount': a}, RequestOptions(custom_headers={'x-idempotency-key': k}))",
        ),
        (
            "from mollie.api.client import Client\nmollie = Client()\n",
            "mollie.payments.get(p).refunds.create({'amount': a})",
            "mollie.payments.get(p).refunds.create({'amount': a}, idempotency_key=k)",
        ),
        (
            "import asyncio, stripe\n",
            "asyncio.to_thread(stripe.Refund.create, charge=c)",
            "asyncio.to_thread(stripe.Refund.create, charge=c, idempotency_key=k)",
        ),
        (
            "import stripe\nfrom asgiref.sync import sync_to_async\n",
            "sync_to_async(stripe.Refund.create)(charge=c)",
            "sync_to_async(stripe.Refund.create)(charge=c, idempotency_key=k)",
        ),
    ],
)
def test_a_key_is_looked_for_where_the_processor_reads_it(tmp_path: pathlib.Path, head: str, bare: str, keyed: str) -> None:
    made = f"{head}\ndef pay(a, b, c, k, o, p, r, s, t):\n    "
    if "create(p)" not in bare:
        assert rules(tmp_path, made + bare) == ["idempotency-key-missing"]
    assert rules(tmp_path, made + keyed) == []


@pytest.mark.parametrize(
    "code",
    [
        "stripe.Subscription.cancel(s)",
        "stripe.Refund.list(charge=c)",
        "stripe.PaymentIntent.retrieve(i)",
        "stripe.Customer.delete(c)",
        "client.v1.subscriptions.cancel(s)",
        "client.raw_request('get', '/v1/refunds')",
        "client.raw_request('post', '/v1/terminal/readers')",
    ],
)
def test_what_takes_no_key_or_pays_nothing_is_not_asked(tmp_path: pathlib.Path, code: str) -> None:
    assert sites(tmp_path, f"{STRIPE}\ndef go(c, i, s):\n    {code}") == []


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (SQUARE, "client.payments.complete(payment_id=p)"),
        (SQUARE, "client.subscriptions.cancel(subscription_id=p)"),
        (SQUARE, "client.invoices.cancel(invoice_id=p, version=1)"),
        (SQUARE, "client.payments.cancel_by_idempotency_key(idempotency_key=p)"),
        (PAYPAL, "client.orders.confirm_order({'id': p})"),
        (PAYPAL, "client.payments.void_payment({'authorization_id': p})"),
        ("import braintree\n", "braintree.Transaction.refund(p)"),
        ("import paypalrestsdk\n", "paypalrestsdk.Payment({'intent': 'sale'}).create()"),
        ("import requests\n", "requests.patch('https://api-m.paypal.com/v2/checkout/orders/1', json=p)"),
        ("import requests\n", "requests.post('https://api-m.paypal.com/v1/oauth2/token', data=p)"),
        ("import requests\n", "requests.post('https://api.stripe.com/v1/subscriptions/sub_1', data=p)"),
    ],
)
def test_other_calls_without_a_key_are_not_asked_either(tmp_path: pathlib.Path, head: str, code: str) -> None:
    assert sites(tmp_path, f"{head}\ndef go(p):\n    {code}") == []


@pytest.mark.parametrize(
    ("head", "code", "message"),
    [
        (
            STRIPE,
            "client.v1.refunds.create({'charge': c, 'idempotency_key': k})",
            "is passed among the parameters: it goes into the body",
        ),
        (
            STRIPE,
            "stripe.Refund.create(charge=c, metadata={'idempotency_key': k})",
            "stands in the metadata, where it protects nothing",
        ),
        (
            HTTP,
            "requests.post('https://api-m.paypal.com/v2/checkout/orders', headers={'Idempotency-Key': k})",
            "The header Idempotency-Key means nothing to paypal: a key is read from PayPal-Request-Id.",
        ),
        (
            STRIPE,
            "stripe.Refund.create(charge=c, options={'idempotency_key': k})",
            "passed as idempotency_key in the options, where stripe does not look for it; idempotency_key is read",
        ),
    ],
)
def test_a_key_in_the_wrong_place_is_told_where_it_belongs(tmp_path: pathlib.Path, head: str, code: str, message: str) -> None:
    (site,) = found(tmp_path, f"{head}\ndef pay(c, k):\n    {code}")
    assert site.rule == "idempotency-key-misplaced"
    assert message in site.message


@pytest.mark.parametrize(
    ("key", "rule", "message"),
    [
        ("uuid.uuid4().hex", "idempotency-key-unstable", "is made fresh by"),
        ("str(time.time())", "idempotency-key-unstable", "is built from the clock"),
        ("f'{order.id}-{os.getpid()}'", "idempotency-key-ephemeral", "is built from getpid, which is another one"),
        ("'charge'", "idempotency-key-shared", "is a constant"),
        ("f'{order.amount}-{order.currency}'", "idempotency-key-shared", "is built from amount and currency alone"),
        ("None", "idempotency-key-missing", "without an idempotency key of the application's: a second run"),
        ("''", "idempotency-key-missing", "charges money without an idempotency key"),
    ],
)
def test_what_is_wrong_with_a_key_is_said(tmp_path: pathlib.Path, key: str, rule: str, message: str) -> None:
    call = f"stripe.Charge.create(amount=order.amount, idempotency_key={key})"
    (site,) = found(tmp_path, f"import os, time, uuid\nimport stripe\ndef pay(order):\n    {call}")
    assert site.rule == rule
    assert message in site.message


def test_a_key_of_a_one_time_token_is_a_doubt_only(tmp_path: pathlib.Path) -> None:
    (site,) = found(
        tmp_path, "import stripe\ndef pay(nonce):\n    stripe.Charge.create(source=nonce, idempotency_key=f'pay-{nonce}')"
    )
    assert (site.rule, site.confidence) == ("idempotency-key-ephemeral", Confidence.LOW)
    assert "a token that the customer's browser makes anew" in site.message


FRESH = """\
import uuid
import stripe
from tenacity import retry

def new_key():
    return str(uuid.uuid4())

{decorator}
def pay(order{more}):
    return stripe.Charge.create(amount=order.amount, idempotency_key={key})

def checkout(order):
    pay(order{passed})
"""


@pytest.mark.parametrize(
    ("decorator", "more", "key", "passed", "confidence"),
    [
        ("@retry", "", "new_key()", "", Confidence.HIGH),
        ("", "", "new_key()", "", Confidence.MEDIUM),
        ("@retry", ", key", "key", ", new_key()", None),
    ],
)
def test_a_fresh_key_counts_by_where_the_repeat_begins(
    tmp_path: pathlib.Path, decorator: str, more: str, key: str, passed: str, confidence: Confidence | None
) -> None:
    made = found(tmp_path, FRESH.format(decorator=decorator, more=more, key=key, passed=passed))
    assert [(site.rule, site.confidence) for site in made] == ([("idempotency-key-unstable", confidence)] if confidence else [])


def test_a_fresh_key_for_each_of_a_batch_is_a_doubt_only(tmp_path: pathlib.Path) -> None:
    code = """\
    import uuid
    import stripe

    def pay_all(orders):
        for order in orders:
            stripe.Charge.create(amount=order.amount, idempotency_key=str(uuid.uuid4()))
    """
    (site,) = found(tmp_path, code)
    assert (site.rule, site.confidence) == ("idempotency-key-unstable", Confidence.LOW)


RETRIED = "import stripe\n{imports}\n{decorator}\ndef pay(amount):\n    {body}\n"
CHARGE = "stripe.Charge.create(amount=amount)"


@pytest.mark.parametrize(
    ("imports", "decorator", "body", "words"),
    [
        ("import tenacity", "@tenacity.retry", CHARGE, "a decorator retries it"),
        ("import backoff", "@backoff.on_exception(backoff.expo, Exception)", CHARGE, "a decorator retries it"),
        ("import stamina", "@stamina.retry(on=OSError)", CHARGE, "a decorator retries it"),
        ("from celery import shared_task", "@shared_task(autoretry_for=(OSError,))", CHARGE, "its task is retried"),
        ("from huey import h", "@h.task(retries=2)", CHARGE, "its task is retried"),
        ("import dramatiq", "@dramatiq.actor", CHARGE, "its task is retried"),
        (
            "from retry.api import retry_call",
            "",
            f"pass\nretry_call(stripe.Charge.create, 1)  # {CHARGE}",
            "retry.api.retry_call retries it",
        ),
        (
            "",
            "",
            f"while True:\n        try:\n            return {CHARGE}\n        except OSError:\n            pass",
            "it stands in a retry loop",
        ),
    ],
)
def test_a_call_that_the_code_repeats_has_a_rule_of_its_own(
    tmp_path: pathlib.Path, imports: str, decorator: str, body: str, words: str
) -> None:
    (site,) = found(tmp_path, RETRIED.format(imports=imports, decorator=decorator, body=body))
    assert (site.rule, site.severity, site.confidence) == ("idempotency-key-missing-retried", Severity.CRITICAL, Confidence.HIGH)
    assert f"it can run again ({words}) and then acts twice" in site.message


@pytest.mark.parametrize(
    ("imports", "decorator", "body", "words"),
    [
        ("from celery import shared_task", "@shared_task", CHARGE, "a queue can deliver its task twice"),
        (
            "from celery import shared_task",
            "@shared_task(max_retries=0, autoretry_for=(OSError,))",
            CHARGE,
            "a queue can deliver",
        ),
        ("", "@no_retry", CHARGE, "a second run of this code"),
    ],
)
def test_a_call_that_can_merely_come_twice_is_missing_a_key(
    tmp_path: pathlib.Path, imports: str, decorator: str, body: str, words: str
) -> None:
    (site,) = found(tmp_path, RETRIED.format(imports=imports, decorator=decorator, body=body))
    assert site.rule == "idempotency-key-missing"
    assert words in site.message


def test_who_retries_is_found_through_the_functions_that_lead_there(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe
    from tenacity import retry

    def charge(amount):
        stripe.Charge.create(amount=amount)

    def book(amount):
        charge(amount)

    @retry
    def pay(amount):
        book(amount)
    """
    assert rules(tmp_path, code) == ["idempotency-key-missing-retried"]


def test_a_function_that_is_queued_with_retries_is_retried(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe
    from rq import Queue, Retry

    def charge(amount):
        stripe.Charge.create(amount=amount)

    def later(amount):
        Queue().enqueue(charge, amount, retry=Retry(max=3, interval=60))
    """
    (site,) = found(tmp_path, code)
    assert site.rule == "idempotency-key-missing-retried"
    assert "it is called by what retries it" in site.message


HORIZON = "import stripe\n{head}\n{decorator}\ndef pay(self, order):\n    {body}\n"
KEYED = "stripe.Charge.create(amount=order.amount, idempotency_key=order.key)"


@pytest.mark.parametrize(
    ("head", "decorator", "body", "hours"),
    [
        ("from datetime import timedelta", "@retry(stop=stop_after_delay(timedelta(days=2)))", KEYED, 48),
        ("", "@retry(stop=stop_after_attempt(13), wait=wait_fixed(3 * 3600))", KEYED, 36),
        ("", "@retry(stop=stop_after_attempt(4), wait=wait_exponential(max=86400))", KEYED, 72),
        ("", "@backoff.on_exception(backoff.expo, Exception, max_time=180_000)", KEYED, 50),
        ("", "@retry(stop_max_attempt_number=3, wait_fixed=86_400_000)", KEYED, 48),
        ("", "@app.task(max_retries=2, default_retry_delay=86400)", f"{KEYED}\n    raise self.retry()", 48),
        ("", "@app.task(bind=True)", f"{KEYED}\n    raise self.retry(countdown=36000)", 30),
        ("", "@app.task(autoretry_for=(E,), retry_backoff=True, retry_backoff_max=36000)", KEYED, 30),
        ("", "@huey.task(retries=3, retry_delay=36000)", KEYED, 30),
        ("", "@dramatiq.actor(max_age=108_000_000)", KEYED, 30),
        ("", "@dramatiq.actor(max_retries=3, min_backoff=36_000_000)", KEYED, 70),
        ("", "@dramatiq.actor", KEYED, 0),
        ("", "@retry(stop=stop_after_delay(600))", KEYED, 0),
        ("", "@retry(stop=stop_after_delay(LONG))", KEYED, 0),
    ],
)
def test_retries_are_held_against_the_hours_that_a_key_is_kept(
    tmp_path: pathlib.Path, head: str, decorator: str, body: str, hours: int
) -> None:
    made = found(tmp_path, HORIZON.format(head=head, decorator=decorator, body=body))
    if hours:
        (site,) = made
        assert site.rule == "idempotency-key-outlived"
        assert f"Retries go on for {hours} hours; stripe keeps a key for 24 hours" in site.message
    else:
        assert made == []


ONCE = "stripe.Charge.create(amount=1, idempotency_key=key)"
AGAIN = "stripe.Refund.create(charge=c, idempotency_key=key)"


def test_a_queue_s_own_intervals_are_summed_up(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe
    from rq import Queue, Retry

    def charge(order):
        stripe.Charge.create(amount=order.amount, idempotency_key=order.key)

    def later(order):
        Queue().enqueue(charge, order, retry=Retry(max=2, interval=[3600, 26 * 3600]))
    """
    (site,) = found(tmp_path, code)
    assert (site.rule, "for 27 hours" in site.message) == ("idempotency-key-outlived", True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "stripe.Charge.create(amount=1, idempotency_key=key)\n    stripe.Refund.create(charge=c, idempotency_key=key)",
            "Refund.create carries the key that Charge.create was made with",
        ),
        (
            "stripe.Charge.create(amount=1, idempotency_key=o.key)\n    stripe.Refund.create(charge=c, idempotency_key=o.key)",
            "Refund.create carries the key",
        ),
        (
            "for one in c:\n        stripe.Refund.create(charge=one, idempotency_key=key)",
            "Every turn of the loop calls Refund.create with the same key",
        ),
        (
            "stripe.Charge.create(amount=1, idempotency_key=key)\n    stripe.Refund.create(charge=c, idempotency_key=key + 'r')",
            "",
        ),
        ("for one in c:\n        stripe.Refund.create(charge=one, idempotency_key=one.key)", ""),
        (
            f"if o:\n        return {ONCE}\n    {AGAIN}",
            "",
        ),
        (
            f"if o:\n        {ONCE}\n    else:\n        {AGAIN}",
            "",
        ),
    ],
)
def test_one_key_for_two_operations(tmp_path: pathlib.Path, body: str, message: str) -> None:
    made = found(tmp_path, f"import stripe\ndef pay(c, o, key):\n    {body}")
    assert [(site.rule, message in site.message) for site in made] == ([("idempotency-key-reused", True)] if message else [])


def test_the_number_of_the_attempt_in_a_key_undoes_it(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def pay(order):
        for attempt in range(3):
            key = f"{order.id}-{attempt}"
            try:
                return stripe.Charge.create(amount=order.amount, idempotency_key=key)
            except stripe.APIConnectionError:
                continue
    """
    (site,) = found(tmp_path, code)
    assert site.rule == "idempotency-key-unstable"
    assert "The number of the attempt is in the idempotency key" in site.message


def test_a_processor_without_keys_is_named_and_asked_for_a_reference(tmp_path: pathlib.Path) -> None:
    (site,) = found(tmp_path, "import braintree\ndef pay(p):\n    braintree.Transaction.sale({'amount': p})")
    assert site.rule == "payment-reference-missing"
    assert "charges money with nothing by which braintree, which takes no key, knows a repeat" in site.message


def test_a_key_that_callers_may_pass_is_not_known(tmp_path: pathlib.Path) -> None:
    (site, *_) = [
        site
        for site in sites(tmp_path, "import stripe\ndef pay(**params):\n    stripe.Charge.create(**params)")
        if site.rule == "idempotency-key-missing"
    ]
    assert (site.verdict, site.reason) == (Verdict.UNKNOWN, "whether a key is passed depends on callers that were not seen")
    assert "takes its key from elsewhere" in site.message


def test_the_older_paypal_sdk_carries_its_key_in_a_header_of_the_request(tmp_path: pathlib.Path) -> None:
    code = """\
    from paypalcheckoutsdk.core import PayPalHttpClient
    from paypalcheckoutsdk.orders import OrdersCaptureRequest

    client = PayPalHttpClient(environment)

    def capture(order):
        request = OrdersCaptureRequest(order)
        client.execute(request)

    def capture_well(order, key):
        request = OrdersCaptureRequest(order)
        request.headers["PayPal-Request-Id"] = key
        client.execute(request)
    """
    assert [(site.rule, site.place.line) for site in found(tmp_path, code)] == [("idempotency-key-missing", 8)]


def test_a_key_with_a_part_that_nothing_is_known_of_is_not_of_amounts_alone(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def back(rows, amount):
        for row in rows.all():
            stripe.Refund.create(charge=row.charge, amount=amount, idempotency_key=f"{amount}-{row.id}")
    """
    assert rules(tmp_path, code) == []


def test_a_client_in_the_settings_is_known_by_its_tail(tmp_path: pathlib.Path) -> None:
    code = """\
    from django.conf import settings

    gateway = settings.GATEWAY  # braintree

    def pay(amount):
        gateway.transaction.sale({"amount": amount})
    """
    assert rules(tmp_path, code) == ["payment-reference-missing"]


def test_a_reference_inside_a_dumped_body_is_seen(tmp_path: pathlib.Path) -> None:
    code = """\
    import json
    import requests

    def pay(amount, reference):
        body = {"amount": amount, "reference": reference}
        requests.post("https://api.paystack.co/transfer", data=json.dumps(body))
    """
    assert rules(tmp_path, code) == []


WRAPPED = """\
import stripe

class Service:
    def refund(self, charge, **params):
        return stripe.Refund.create(charge=charge, **params)

def one(charge):
    Service().refund(charge, idempotency_key=f"refund-{charge}")

def two(charge):
    Service().refund(charge, reason="duplicate")
"""


def test_a_wrapper_that_some_callers_give_a_key_is_judged_where_they_do_not(tmp_path: pathlib.Path) -> None:
    assert [(site.rule, site.place.line) for site in found(tmp_path, WRAPPED)] == [("idempotency-key-missing", 11)]


def test_a_random_id_of_a_record_is_stored(tmp_path: pathlib.Path) -> None:
    code = """\
    import uuid
    import stripe

    class Order(Base):
        id: Mapped[str]

    def pay(session, amount):
        order = Order(id=str(uuid.uuid4()))
        session.add(order)
        stripe.Charge.create(amount=amount, idempotency_key=f"charge-{order.id}")
    """
    assert rules(tmp_path, code) == []


def test_a_function_that_speaks_of_a_retry_does_not_make_one(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def retry_payment(order):
        stripe.Charge.create(amount=order.amount)

    def view(order):
        retry_payment(order)
    """
    assert rules(tmp_path, code) == ["idempotency-key-missing"]


def test_a_random_id_of_an_imported_record_is_stored(tmp_path: pathlib.Path) -> None:
    code = """\
    import uuid
    import stripe
    from shop.models import Order

    def pay(session, amount):
        order = Order(id=uuid.uuid4())
        session.add(order)
        stripe.Charge.create(amount=amount, idempotency_key=f"charge-{order.id}")
        return uuid.UUID(str(uuid.uuid4()))
    """
    assert rules(tmp_path, code) == []


def test_the_id_of_what_an_amount_came_of_is_no_amount(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def back(total):
        for price in total:
            stripe.Refund.create(charge=price.charge, amount=price.cents, idempotency_key=f"{price.cents}-{price.id}")
    """
    assert rules(tmp_path, code) == []


def test_an_attempt_after_a_decline_is_another_operation(tmp_path: pathlib.Path) -> None:
    code = """\
    import stripe

    def pay(order):
        for attempt in range(3):
            try:
                return stripe.Charge.create(amount=order.amount, idempotency_key=f"{order.id}-{attempt}")
            except stripe.CardError:
                continue
    """
    assert rules(tmp_path, code) == []
