"""Each fix, tried as a user tries it: proposed, proven by a scan, written; what is not certain is left, with its reason."""

from __future__ import annotations

import pathlib
import textwrap

import pytest

from payproof import catalogue
from payproof.fixing import propose
from payproof.project import Project
from payproof.scan.fixes import fixable, modules

HEAD = {
    "idempotency-key-misplaced": "from stripe import StripeClient\n\nclient = StripeClient(KEY)\n\n\n",
    "webhook-tolerance-off": "import stripe\n\n\n",
    "webhook-secret-default": "import os\n\nimport stripe\n\n\n",
    "processor-secret-in-source": "import os\n\n",
    "sample-key-in-source": "import os\n\n",
    "tls-check-off": "import requests\nimport stripe\n\n\n",
    "sdk-debug-log": "import logging\nimport os\n\nimport stripe\n\n",
    "webhook-compare-timing": "",
    "network-retries-unset": "import stripe\n\n",
}

HMAC = """\
import hashlib
import stripe
{imports}from flask import Flask, request

app = Flask(__name__)


@app.post("/stripe/webhook")
def stripe_webhook():
    expected = hmac.new(SECRET, request.data, hashlib.sha256).hexdigest()
    given = request.headers["Stripe-Signature"]
    if {check}:
        abort(400)
    orders.mark_paid(request.get_json()["id"])
    return "", 200
"""

HEADER = "def read(request, secret):\n    stripe.WebhookSignature.verify_header(request.body, request.sig, "
READ = "def read(request, secret):\n    return stripe.Webhook.construct_event(request.body, request.sig, "

CASES = {
    "idempotency-key-misplaced": [
        (
            "def pay(o):\n    client.v1.payment_intents.create({'amount': o.amount, 'idempotency_key': o.key})\n",
            "def pay(o):\n    client.v1.payment_intents.create({'amount': o.amount}, options={'idempotency_key': o.key})\n",
        ),
        (
            "def pay(o):\n    client.v1.refunds.create({'idempotency_key': o.key, 'charge': o.id}, {'stripe_account': o.to})\n",
            "def pay(o):\n    client.v1.refunds.create({'charge': o.id}, {'stripe_account': o.to, 'idempotency_key': o.key})\n",
        ),
        (
            """\
            def pay(o):
                return client.v1.payment_intents.create(
                    params={
                        "amount": o.amount,  # in cents
                        "idempotency_key": o.key,
                    },
                )
            """,
            """\
            def pay(o):
                return client.v1.payment_intents.create(
                    params={
                        "amount": o.amount,  # in cents
                    },
                    options={"idempotency_key": o.key},
                )
            """,
        ),
    ],
    "webhook-tolerance-off": [
        (
            READ.rstrip() + "\n        secret,  # ours\n        tolerance=0,\n    )\n",
            READ.rstrip() + "\n        secret,  # ours\n    )\n",
        ),
        (
            READ + "secret, tolerance=0)\n",
            READ + "secret)\n",
        ),
        (
            READ + "secret, None)\n",
            READ + "secret)\n",
        ),
        (
            READ + "secret, 0, request.key)\n",
            READ + "secret, 300, request.key)\n",
        ),
        (
            HEADER + "secret)\n",
            HEADER + "secret, tolerance=300)\n",
        ),
        (
            HEADER + "secret, None)  # why\n",
            HEADER + "secret, 300)  # why\n",
        ),
    ],
    "webhook-secret-default": [
        (
            """\
            def read(request):
                secret = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
                return stripe.Webhook.construct_event(request.body, request.sig, secret)
            """,
            """\
            def read(request):
                secret = os.environ["STRIPE_WEBHOOK_SECRET"]
                return stripe.Webhook.construct_event(request.body, request.sig, secret)
            """,
        ),
        (
            "SECRET = os.environ.get('STRIPE_WEBHOOK_SECRET', '')\n\n\n" + READ.replace(", secret", "") + "SECRET)\n",
            "SECRET = os.environ['STRIPE_WEBHOOK_SECRET']\n\n\n" + READ.replace(", secret", "") + "SECRET)\n",
        ),
    ],
    "processor-secret-in-source": [
        ("KEY = os.environ.get('STRIPE_KEY', '{key}')  # why\n", "KEY = os.environ['STRIPE_KEY']  # why\n"),
        ("KEY = os.getenv('STRIPE_KEY', '{key}')\n", "KEY = os.environ['STRIPE_KEY']\n"),
        (
            "import environ\n\nenv = environ.Env()\nKEY = env('STRIPE_KEY', default='{key}')\n",
            "import environ\n\nenv = environ.Env()\nKEY = env('STRIPE_KEY')\n",
        ),
        (
            "from decouple import config\n\nKEY = config('STRIPE_KEY', '{key}', cast=str)\n",
            "from decouple import config\n\nKEY = config('STRIPE_KEY', cast=str)\n",
        ),
    ],
    "sample-key-in-source": [
        ("KEY = os.environ.get('STRIPE_KEY', '{sample}')\n", "KEY = os.environ['STRIPE_KEY']\n"),
    ],
    "tls-check-off": [
        (
            "def ask(id):\n    return requests.get('https://api-m.paypal.com/v2/' + id, verify=False, timeout=3)\n",
            "def ask(id):\n    return requests.get('https://api-m.paypal.com/v2/' + id, timeout=3)\n",
        ),
        (
            "def start():\n    # behind a proxy\n    stripe.verify_ssl_certs = False\n    stripe.api_key = KEY\n",
            "def start():\n    # behind a proxy\n    stripe.api_key = KEY\n",
        ),
        (
            "def start():\n    # behind a proxy\n    stripe.verify_ssl_certs = False\n",
            "def start():\n    pass\n    # behind a proxy\n",
        ),
    ],
    "sdk-debug-log": [
        ("stripe.log = 'debug'\nstripe.api_key = KEY\n", "stripe.api_key = KEY\n"),
        ("# to see more\nos.environ['STRIPE_LOG'] = 'debug'\nx = 1\n", "# to see more\nx = 1\n"),
        ("logging.getLogger('stripe').setLevel(logging.DEBUG)\nx = 1\n", "x = 1\n"),
    ],
    "network-retries-unset": [
        ("stripe.api_key = KEY  # why\nx = 1\n", "stripe.api_key = KEY  # why\nstripe.max_network_retries = 2\nx = 1\n"),
        ("client = stripe.StripeClient(KEY)\n", "client = stripe.StripeClient(KEY, max_network_retries=2)\n"),
        (
            "client = stripe.StripeClient(KEY, max_network_retries=0)\n",
            "client = stripe.StripeClient(KEY, max_network_retries=2)\n",
        ),
    ],
    "webhook-compare-timing": [
        (
            HMAC.format(imports="import hmac\n", check="expected != given"),
            HMAC.format(imports="import hmac\n", check="not hmac.compare_digest(expected, given)"),
        ),
        (
            HMAC.format(imports="import hmac\n", check="not (expected == given)"),
            HMAC.format(imports="import hmac\n", check="not (hmac.compare_digest(expected, given))"),
        ),
    ],
}

LEFT = {
    "idempotency-key-misplaced": [
        (
            "def pay(o):\n    params = {'amount': 1, 'idempotency_key': o.key}\n    client.v1.payment_intents.create(params)\n",
            "the parameters are not written out in this call",
        ),
        (
            "def pay(o, more):\n    client.v1.payment_intents.create({'idempotency_key': o.key}, more)\n",
            "the options are not written out in this call",
        ),
        (
            "def pay(o, more):\n    client.v1.payment_intents.create({'idempotency_key': o.key}, {**more})\n",
            "the options are not written out in this call",
        ),
        (
            "def pay(o):\n    client.v1.payment_intents.create({'idempotency_key': 1}, {'idempotency_key': o.key})\n",
            "the options hold a key already",
        ),
    ],
    "webhook-tolerance-off": [
        (
            "OFF = 0\n\n\n" + READ + "secret, tolerance=OFF)\n",
            "the tolerance comes from elsewhere",
        ),
        (
            "MORE = {'tolerance': 0}\n\n\n" + READ + "secret, **MORE)\n",
            "arguments are passed on with a star",
        ),
    ],
    "webhook-secret-default": [
        (
            "def read(request):\n    return stripe.Webhook.construct_event(request.body, request.sig, '')\n",
            "the value is not the default of a setting that is read here: read it from outside, by hand",
        ),
    ],
    "processor-secret-in-source": [
        ("KEY = '{key}'\n", "the value is not the default of a setting that is read here: read it from outside, by hand"),
        (
            "def get(a, b):\n    return b\n\n\nKEY = get('STRIPE_KEY', '{key}')\n",
            "the value is not the default of a setting that is read here: read it from outside, by hand",
        ),
        (
            "from os import getenv\nimport os as o\n\nKEY = getenv('STRIPE_KEY', '{key}')\n",
            "`os` is not imported under its own name",
        ),
        ("KEY = os.getenv('STRIPE_KEY',\n    '{key}',  # ask dana\n)\n", "a comment would be lost"),
    ],
    "sample-key-in-source": [
        ("KEY = '{sample}'\n", "the value is not the default of a setting that is read here: read it from outside, by hand"),
    ],
    "tls-check-off": [
        (
            "OFF = False\n\n\ndef ask(id):\n    requests.get('https://api-m.paypal.com/v1/' + id, verify=OFF)\n",
            "the switch is not written out in this call",
        ),
        ("def start():\n    stripe.verify_ssl_certs = 0\n", "the switch is not written out as `False` in this place"),
        (
            "def start():\n    stripe.verify_ssl_certs = False; stripe.api_key = KEY\n",
            "the statement shares its line with others",
        ),
    ],
    "sdk-debug-log": [
        ("logging.basicConfig(level=logging.DEBUG)\n", "only a line of its own that switches one log on is taken out"),
    ],
    "network-retries-unset": [
        ("a = stripe.api_key = KEY\n", "where the SDK is set up cannot be made out"),
        ("NONE = 0\nclient = stripe.StripeClient(KEY, max_network_retries=NONE)\n", "the number of retries comes from elsewhere"),
    ],
    "webhook-compare-timing": [
        (
            HMAC.format(imports="import hmac\n", check="not (expected == given == given)"),
            "more than two values are compared",
        ),
    ],
}

SECRETS = {"{key}": "sk_test_" + "MadeUpDefault0f9Q2z", "{sample}": "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc"}


def text_of(rule: str, body: str) -> str:
    text = HEAD[rule] + textwrap.dedent(body)
    if "from os import getenv" in body:
        text = textwrap.dedent(body)
    for name, value in SECRETS.items():
        text = text.replace(name, value)
    return text


def every(cases: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(rule, before, after) for rule, pairs in cases.items() for before, after in pairs]


@pytest.fixture
def project(tmp_path: pathlib.Path) -> Project:
    (tmp_path / "pyproject.toml").write_text("")
    return Project.of([tmp_path])


@pytest.mark.parametrize(("rule", "before", "after"), every(CASES))
def test_what_is_certain_is_fixed(rule: str, before: str, after: str, project: Project) -> None:
    (project.root / "shop.py").write_text(text_of(rule, before))
    fixes = propose(project, [project.root], [rule], cache=False)
    assert [reason for _, reason in fixes.left] == []
    (found,) = fixes.files
    assert {site.rule for site in found.sites} == {rule}
    assert found.after.decode() == text_of(rule, after)


@pytest.mark.parametrize(("rule", "body", "reason"), every(LEFT))
def test_what_is_not_certain_is_left_and_says_why(rule: str, body: str, reason: str, project: Project) -> None:
    (project.root / "shop.py").write_text(text_of(rule, body))
    fixes = propose(project, [project.root], [rule], cache=False)
    assert fixes.files == ()
    assert [(site.rule, why) for site, why in fixes.left] == [(rule, reason)]


def test_every_fix_answers_rules_that_exist_and_has_cases() -> None:
    known = {rule.id for rule in catalogue.load_rules()}
    assert set(modules()) <= known
    assert set(CASES) == set(LEFT) == set(modules())
    assert all(summary and not summary.endswith(".") for summary in fixable().values())
