"""Secrets are found in files of any type, and nothing of them is ever repeated."""

from __future__ import annotations

import dataclasses
import json

import pytest

from payproof import catalogue
from payproof.model import Confidence, Rule, Severity, Site, UsageError, Verdict
from payproof.scan.files import File
from payproof.scan.kinds import is_test_code, kind_of
from payproof.scan.secrets.scan import scan_secrets

RULES = tuple(rule for rule in catalogue.load_rules() if rule.shape == "secret")
REAL = next(rule for rule in RULES if rule.id == "processor-secret-in-source")
SAMPLE = next(rule for rule in RULES if rule.id == "sample-key-in-source")

CHANCE = "0f9Q2zK7vLwB3xJm5RtY8nPaG1hD6kSeC4uXiW0o"
HEX = "9f2c4e7ab1d08356c2e9f47a1b6d30587c1e9a4b2f6d8035"

LIVE = "sk_" + "live_" + CHANCE[:24]
TEST = "sk_" + "test_" + CHANCE[:24]
PAYPAL = "E" + CHANCE + CHANCE[::-1][:39]
DOCUMENTED = "sk_" + "test_" + "4eC39HqLyjWD" + "arjtT1zdp7dc"


def scan(text: str | bytes, path: str = "shop/settings.py", rules: tuple[Rule, ...] = RULES) -> list[Site]:
    data = text if isinstance(text, bytes) else text.encode()
    return scan_secrets(File(path, kind_of(path), is_test_code(path)), data, rules)


def violations(text: str | bytes, path: str = "shop/settings.py") -> list[Site]:
    return [site for site in scan(text, path) if site.verdict is Verdict.VIOLATED]


KEYS = {
    "stripe live": ("stripe", "live-mode secret key", f"stripe.api_key = '{LIVE}'", LIVE),
    "stripe test": ("stripe", "test-mode secret key", f"stripe.api_key = '{TEST}'", TEST),
    "stripe restricted": (
        "stripe",
        "live-mode secret key",
        'x = "rk_' + f'live_{CHANCE}{CHANCE}"',
        "rk_" + f"live_{CHANCE}{CHANCE}",
    ),
    "stripe organisation": ("stripe", "live-mode secret key", 'x = "sk_' + f'org_live_{CHANCE}"', "sk_" + f"org_live_{CHANCE}"),
    "webhook": ("stripe", "webhook signing secret", f"secret = 'whsec_{CHANCE[:32]}'", f"whsec_{CHANCE[:32]}"),
    "webhook, base64": ("stripe", "webhook signing secret", f"secret = 'whsec_{CHANCE[:30]}+/=='", f"whsec_{CHANCE[:30]}+/=="),
    "paypal": ("paypal", "client secret", f"paypalrestsdk.configure(client_secret='{PAYPAL}')", PAYPAL),
    "paypal env": ("paypal", "client secret", f'PAYPAL_SECRET: str = os.getenv("PAYPAL_SECRET", "{PAYPAL}")', PAYPAL),
    "paypal password": ("paypal", "API credential", "PAYPAL_API_PASSWORD = '8MK2PQ7VR4XT9WZ1'", "8MK2PQ7VR4XT9WZ1"),
    "paypal signature": (
        "paypal",
        "API credential",
        f"PAYPAL_API_SIGNATURE = 'A{CHANCE}.{CHANCE[:14]}'",
        f"A{CHANCE}.{CHANCE[:14]}",
    ),
    "braintree": ("braintree", "private key", f"braintree.Configuration(private_key='{HEX[:32]}')", HEX[:32]),
    "braintree camel": ("braintree", "private key", f'{{"braintree": {{"privateKey": "{HEX[:32]}"}}}}', HEX[:32]),
    "braintree token": (
        "braintree",
        "live-mode access token",
        f"x = 'access_token$production${HEX[:16]}${HEX[:32]}'",
        f"access_token$production${HEX[:16]}${HEX[:32]}",
    ),
    "adyen key": (
        "adyen",
        "API key",
        f"xapikey = 'AQE{CHANCE[:28]}-{CHANCE[:30]}=-{CHANCE[:16]}'",
        f"AQE{CHANCE[:28]}-{CHANCE[:30]}=-{CHANCE[:16]}",
    ),
    "adyen hmac": ("adyen", "HMAC key", f"ADYEN_HMAC_KEY = '{HEX}{HEX[::-1][:16]}'", f"{HEX}{HEX[::-1][:16]}"),
    "square": (
        "square",
        "access token",
        f"square = Client(access_token='EAAA{CHANCE}{CHANCE[:20]}')",
        f"EAAA{CHANCE}{CHANCE[:20]}",
    ),
    "square oauth": ("square", "live-mode OAuth secret", f"x = 'sq0csp-{CHANCE}{CHANCE[:3]}'", f"sq0csp-{CHANCE}{CHANCE[:3]}"),
    "razorpay": ("razorpay", "key secret", f"RAZORPAY_KEY_SECRET = '{CHANCE[:24]}'", CHANCE[:24]),
    "razorpay pair": (
        "razorpay",
        "key secret",
        f"razorpay.Client(auth=('rzp_live_{CHANCE[:14]}', '{CHANCE[:24]}'))",
        CHANCE[:24],
    ),
    "paystack": ("paystack", "live-mode secret key", "PAYSTACK = 'sk_" + f"live_{HEX[:40]}'", "sk_" + f"live_{HEX[:40]}"),
    "authorize.net": ("authorize.net", "transaction key", "authorizenet(transactionKey='8mK2pQ7vR4xT9wZ1')", "8mK2pQ7vR4xT9wZ1"),
    "mollie": ("mollie", "live-mode API key", f"mollie.set_api_key('live_{CHANCE[:30]}')", f"live_{CHANCE[:30]}"),
    "flutterwave": ("flutterwave", "live-mode secret key", f"x = 'FLWSECK-{HEX[:32]}-X'", f"FLWSECK-{HEX[:32]}-X"),
}


@pytest.mark.parametrize("name", KEYS)
def test_each_kind_of_key_is_found_and_not_repeated(name: str) -> None:
    processor, what, line, value = KEYS[name]
    (site,) = violations(f"import os\n\n{line}\n")
    assert (site.rule, site.processor, site.place.line) == (REAL.id, processor, 3)
    assert what in site.message
    assert line[site.place.column - 1 : site.place.end_column - 1] == value
    assert value[12:] not in json.dumps(dataclasses.asdict(site), default=str)
    assert site.frame[1].text.count("…") == 1


@pytest.mark.parametrize("path", [".env", "deploy/values.yaml", "web/pay.js", "README.md", "docker-compose.yml", "notes"])
def test_files_of_any_type_are_read(path: str) -> None:
    assert [site.place.line for site in violations(f"# keys\nSTRIPE_SECRET_KEY={TEST}\n", path)] == [2]


def test_utf_16_is_read_and_binary_is_not() -> None:
    text = f"STRIPE={TEST}\n"
    assert violations(text.encode("utf-16"), ".env")
    assert not violations(b"\0\0" + text.encode(), "data")
    assert not violations(text, "logo.png")


def test_a_default_of_an_environment_variable_is_a_secret() -> None:
    (site,) = violations(f'KEY = os.environ.get("STRIPE_SECRET_KEY", "{TEST}")\n')
    assert site.message == (
        "A Stripe test-mode secret key stands here in plain text, given to STRIPE_SECRET_KEY. "
        "Whoever reads the repository can use it."
    )


def test_severity_and_confidence() -> None:
    live, test, named = violations(f"a = '{LIVE}'\nb = '{TEST}'\nbraintree = x(private_key='{HEX[:32]}')\n")
    assert (live.severity, live.confidence) == (Severity.CRITICAL, Confidence.HIGH)
    assert (test.severity, test.confidence) == (Severity.HIGH, Confidence.HIGH)
    assert (named.severity, named.confidence) == (Severity.CRITICAL, Confidence.MEDIUM)


def test_a_documented_sample_is_its_own_rule() -> None:
    (site,) = violations(f"stripe.api_key = '{DOCUMENTED}'\n")
    assert (site.rule, site.severity) == (SAMPLE.id, Severity.LOW)
    assert site.message == (
        "A sample Stripe test-mode secret key from Stripe's own documents stands here, given to stripe.api_key. "
        "Everyone knows it."
    )
    assert scan(f"stripe.api_key = '{DOCUMENTED}'\n", rules=(REAL,)) == []


@pytest.mark.parametrize(
    "line",
    [
        "stripe.api_key = 'sk_test_...'",
        "stripe.api_key = 'sk_test_123'",
        "webhook_secret = 'whsec_123'",
        "webhook_secret = 'whsec_xxx'",
        "KEY = 'sk_live_XXXXXXXXXXXXXXXXXXXX'",
        "braintree = dict(private_key='use_your_private_key')",
        f"STRIPE_PUBLISHABLE_KEY = 'pk_test_{CHANCE}'",
        f"SECRET_KEY = 'pk_test_{CHANCE}'  # stripe",
        f"price = 'price_{CHANCE}'  # stripe",
        f"BRAINTREE_MERCHANT_ID = '{HEX[:16]}'",
        f"BRAINTREE_PUBLIC_KEY = '{HEX[:16]}'",
        f"SECRET_KEY = 'django-insecure-{CHANCE}'  # stripe paypal",
        f"GOOGLE_CLIENT_SECRET = '{PAYPAL}'  # paypal",
        f"JWT_PRIVATE_KEY = '{HEX[:32]}'  # braintree",
        f"SLACK_HMAC_KEY = '{HEX}{HEX[::-1][:16]}'  # adyen",
        "No signing secret: set the whsec_ value of your stripe endpoint",
        f"RESEND_WEBHOOK_SECRET = 'whsec_{CHANCE[:32]}'",
        f"examples=['whsec_{CHANCE[:32]}'],",
        f"facebook = 'EAAA{CHANCE}{CHANCE[:20]}'",
        f'"integrity": "sha512-AQE{CHANCE}{CHANCE}=="',
        f"razorpay_order_secret_name = 'order_{CHANCE[:10]}'",
    ],
)
def test_look_alikes_stay_silent(line: str) -> None:
    assert violations(f"{line}\n") == []


def test_an_example_below_its_heading_stays_silent() -> None:
    assert violations(f'"examples": [\n  "whsec_{CHANCE[:32]}"\n]\n', "openapi.json") == []


@pytest.mark.parametrize("path", ["tests/test_pay.py", "tests/.env", "web/pay.spec.ts"])
def test_only_live_keys_are_asked_of_test_code(path: str) -> None:
    text = f"a = '{TEST}'\nb = 'whsec_{CHANCE[:32]}'\nc = '{LIVE}'\nd = '{DOCUMENTED}'\nbraintree(private_key='{HEX[:32]}')\n"
    assert [site.place.line for site in violations(text, path)] == [3]


def test_what_is_read_from_outside_holds() -> None:
    text = (
        "STRIPE_SECRET_KEY = os.environ['STRIPE_SECRET_KEY']\n"
        "HOOK = os.getenv('STRIPE_WEBHOOK_SECRET', '')\n"
        "PUBLIC = os.environ['STRIPE_PUBLISHABLE_KEY']\n"
        "SECRET_KEY = os.environ['DJANGO_SECRET_KEY']\n"
        "# os.environ['STRIPE_SECRET_KEY']\n"
        f"STRIPE = os.environ.get('STRIPE_SECRET_KEY', '{TEST}')\n"
    )
    sites = scan(text)
    assert [(site.place.line, site.verdict) for site in sites] == [(1, Verdict.HOLDS), (2, Verdict.HOLDS), (6, Verdict.VIOLATED)]
    assert sites[0].message == "STRIPE_SECRET_KEY is read from outside the code."
    assert [site.verdict for site in scan(text, "tests/test_settings.py")] == []


def test_the_fingerprint_follows_the_line_and_tells_nothing_of_the_key() -> None:
    (first,) = violations(f"stripe.api_key = '{LIVE}'\n")
    (moved,) = violations(f"\n\n    stripe.api_key = '{LIVE}'\n", "elsewhere.py")
    (rolled,) = violations("stripe.api_key = 'sk_" + f"live_{CHANCE[::-1][:24]}'\n")
    (other,) = violations(f"STRIPE_KEY = '{LIVE}'\n")
    assert first.fingerprint == moved.fingerprint == rolled.fingerprint != other.fingerprint


def test_keys_on_neighbouring_lines_are_masked_in_each_frame() -> None:
    values = [LIVE, "whsec_" + CHANCE[:32], HEX[:32]]
    sites = violations(f"a = '{values[0]}'; b = '{values[1]}'\nbraintree(private_key='{values[2]}')\n")
    assert len(sites) == 3
    shown = json.dumps([dataclasses.asdict(site) for site in sites], default=str)
    assert not [value for value in values if value[10:] in shown]


def test_a_key_in_a_minified_line_has_its_column() -> None:
    text = "é" * 3000 + f"'{LIVE}'" + "x" * 3000
    (site,) = violations(text, "bundle.min.js")
    assert text[site.place.column - 1 : site.place.end_column - 1] == LIVE


def test_no_rule_no_question() -> None:
    assert scan(f"'{LIVE}'", rules=()) == []


@pytest.mark.parametrize("ask", [{"shape": "secret", "keys": "all"}, {"shape": "secret", "key": "real"}])
def test_a_rule_that_asks_wrongly_is_refused(ask: dict[str, object]) -> None:
    rule = dataclasses.replace(REAL, ask=ask, path="rules/mine.yaml")
    with pytest.raises(
        UsageError, match=r"rules/mine\.yaml: the shape 'secret' takes the key 'keys' only, which is one of real, sample"
    ):
        scan("x", rules=(rule,))
