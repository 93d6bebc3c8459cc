"""What the rules on masks, texts, free fields, debug logs and trackers say, word for word, and where they say nothing."""

import pathlib
import sysconfig
import textwrap

import pytest

from payproof.model import Confidence, Verdict
from payproof.scan.engine import ScanOptions, scan


def said(project: pathlib.Path, rule: str, **files: str) -> list[tuple[str, int, str]]:
    for name, code in files.items():
        (project / f"{name}.py").write_text(textwrap.dedent(code).lstrip())
    result = scan([project], ScanOptions(select=(rule,), cache=False))
    return [(site.verdict.value, site.place.line, site.message) for site in result.sites]


MASKS = [
    ("def mask_card(number):\n    return number[:-4] + '**'\n", "Of a card number of 16 digits this mask leaves 12 (number)."),
    (
        "def f(card_number):\n    masked = '**' + card_number[4:]\n",
        "Of a card number of 16 digits this mask leaves 12 (card_number).",
    ),
    (
        "def mask_pan(pan):\n    return '{}...{}'.format(pan[:9], pan[len(pan) - 4:])\n",
        "Of a card number of 16 digits this mask leaves 13 (pan).",
    ),
    (
        "def mask_pan(pan):\n    return pan.replace('', '*') + pan[-4:]\n",
        "Of a card number of 16 digits this mask leaves 16 (pan).",
    ),
    ("def f(card_number):\n    card_number.replace('4', '*')\n", "The masked text is thrown away: texts do not change in place."),
    (
        "import re\ndef f(card_number):\n    re.sub('[0-9]', '*', card_number)\n",
        "The masked text is thrown away: texts do not change in place.",
    ),
    (
        "import re\ndef f(text):\n    return re.compile(r'signature=[0-9]+').sub('', text)\n",
        "The expression masks digits only, and the value of signature is seldom made of digits alone.",
    ),
    (
        "import re\ndef mask(text):\n    return re.sub(r'\\d{16}', '*', text)\n",
        "The expression masks 16 digits in a row only: numbers of 15 or 19 digits, and those with spaces, stay.",
    ),
]


@pytest.mark.parametrize(("code", "message"), MASKS)
def test_a_mask_that_does_not_mask_is_told(code: str, message: str, project: pathlib.Path) -> None:
    told = said(project, "mask-ineffective-shown", shop="import stripe\n" + code)
    assert [(verdict, text) for verdict, _, text in told] == [("violated", message)]


@pytest.mark.parametrize(
    "code",
    [
        "def mask_card(number):\n    return '*' * (len(number) - 4) + number[-4:]\n",
        "def mask_card(number):\n    return number[:6] + '******' + number[-4:]\n",
        "def mask_card(number):\n    return number[:8] + '****' + number[-4:]\n",
        "def mask_card(number):\n    return number.replace(number[:-4], '*' * 12)\n",
        "def mask_card(number):\n    return hidden(number[:-2])\n",
        "def mask_phone(number):\n    return number[:-2] + '**'\n",
        "def split_card(number):\n    return number[:12] + ' ' + number[12:]\n",
        "import re\ndef f(text):\n    return re.sub(r'PWD=[^&]*', '', text)\n",
        "import re\ndef f(text):\n    return re.sub(r'CVV2=\\d+', '', text)\n",
        "import re\ndef parcel(text):\n    return re.sub(r'\\d{16}', '', text)\n",
        "def f(card_number):\n    card_number = card_number.replace(' ', '')\n",
    ],
)
def test_a_mask_that_masks_is_left_alone(code: str, project: pathlib.Path) -> None:
    assert not said(project, "mask-ineffective-shown", shop="import stripe\n" + code)


def test_free_fields_are_told_by_what_they_hold(project: pathlib.Path) -> None:
    code = """
    import stripe

    def pay(order, card_number, email):
        stripe.Refund.create(charge=order.charge, metadata={"card": card_number}, idempotency_key="a")
        stripe.Refund.create(charge=order.charge, metadata={"email": email}, idempotency_key="b")
        stripe.Refund.create(charge=order.charge, metadata={"order": order.id}, idempotency_key="c")
        stripe.StripeClient("k").v1.refunds.create(params={"metadata": {"card": card_number}}, options={"idempotency_key": "d"})
    """
    fine = "Nothing that does not belong there was seen in the free fields of this call."
    card = "Card data (the parameter card_number) is put into a free field of an object at stripe."
    assert said(project, "card-data-in-metadata", shop=code) == [
        ("violated", 4, card),
        ("holds", 5, fine),
        ("holds", 6, fine),
        ("violated", 7, card),
    ]
    assert said(project, "personal-data-in-metadata", shop=code)[1] == (
        "violated",
        5,
        "Personal data (email) is put into a free field of an object at stripe.",
    )


CREATE = """
import stripe

def sign_up(user):
    return stripe.Customer.create(email=user.email, idempotency_key=f"c-{user.id}").id
"""
DELETE = """
import stripe

def erase(user):
    stripe.Customer.delete(user.stripe_id)
"""


def test_a_customer_who_can_be_deleted_is_not_kept_for_ever(project: pathlib.Path) -> None:
    assert said(project, "personal-data-kept", create=CREATE) == [
        ("violated", 4, "A customer is created at stripe with personal data, and no code deletes one.")
    ]
    assert said(project, "personal-data-kept", erase=DELETE) == [
        ("holds", 4, "A customer is created here, and customers are deleted elsewhere in this code.")
    ]


def test_texts_of_objects_name_what_they_show(project: pathlib.Path) -> None:
    code = """
    import stripe
    from dataclasses import dataclass

    @dataclass
    class Card:
        card_number: str
        brand: str

    class Row:
        def __repr__(self):
            return "<Row %s>" % self.card_number

        def __str__(self):
            return mask(self.card_number) + self.card_number[-4:]
    """
    assert [told[1:] for told in said(project, "card-data-in-repr", shop=code)] == [
        (6, "The text of Card shows card_number, as that of all its fields."),
        (11, "__repr__ of Row shows card_number."),
    ]


DEBUGGING = [
    ("import stripe\nstripe.log = 'debug'\n", "stripe.log is switched on: whole requests and answers are logged."),
    (
        "import os, stripe\nos.environ['STRIPE_LOG'] = 'debug'\n",
        "STRIPE_LOG is switched on: whole requests and answers are logged.",
    ),
    (
        "import os, stripe\nos.environ.setdefault('STRIPE_LOG', 'debug')\n",
        "STRIPE_LOG is switched on: whole requests and answers are logged.",
    ),
    (
        "import logging, stripe\nlogging.getLogger('stripe').setLevel(10)\n",
        "The logger stripe is set to debug: whole requests and answers are logged.",
    ),
    (
        "import stripe\nLOGGING = {'loggers': {'http.client': {'level': 'DEBUG'}}}\n",
        "The logger http.client is set to debug: whole requests and answers are logged.",
    ),
    (
        "import stripe\nfrom http.client import HTTPSConnection\nHTTPSConnection.debuglevel = 1\n",
        "HTTPSConnection.debuglevel is switched on: whole requests and answers are logged.",
    ),
    (
        "import logging\ndef main():\n    import stripe\n    logging.basicConfig(level='DEBUG')\n",
        "All logs are set to debug, that of stripe with them: whole requests and answers are logged.",
    ),
    (
        "import paypalserversdk\nRequestLoggingConfiguration(log_body=True)\n",
        "RequestLoggingConfiguration is told log_body: what it logs is not masked.",
    ),
]


@pytest.mark.parametrize(("code", "message"), DEBUGGING)
def test_debug_logs_are_told(code: str, message: str, project: pathlib.Path) -> None:
    assert [told[2] for told in said(project, "sdk-debug-log", shop=code)] == [message]


@pytest.mark.parametrize(
    "code",
    [
        "import stripe\nstripe.log = 'info'\n",
        "import stripe\nfrom django.conf import settings\nif settings.DEBUG:\n    stripe.log = 'debug'\n",
        "import logging, os, stripe\nlogging.getLogger('stripe').setLevel(os.environ['LEVEL'])\n",
        "import logging, stripe\nlogging.getLogger('shop').setLevel(logging.DEBUG)\n",
        "import logging, stripe\nlogging.basicConfig(level=logging.INFO)\n",
        "import logging, braintree\nlogging.basicConfig(level=logging.DEBUG)\n",
        "import paypalserversdk\nRequestLoggingConfiguration(log_body=False, headers_to_unmask=[])\n",
    ],
)
def test_quiet_logs_are_left_alone(code: str, project: pathlib.Path) -> None:
    assert not said(project, "sdk-debug-log", shop=code)


CARD = "import stripe\n\ndef pay(request):\n    return request.POST['card_number'][-4:]\n"
TOKEN = "import stripe\n\ndef pay(request):\n    return request.POST['payment_method']\n"
SENTRY = "import sentry_sdk\n\nsentry_sdk.init(dsn='x')\nsentry_sdk.init(**OPTIONS)\nsentry_sdk.init(before_send=drop)\n"
LOGURU = "from loguru import logger\n\nlogger.add('x')\nlogger.add('x', diagnose=False)\nlogger.add('x', diagnose=DEBUG)\n"


def test_a_tracker_matters_where_card_data_passes(project: pathlib.Path) -> None:
    assert said(project, "tracker-unscrubbed", shop=CARD, settings=SENTRY) == [
        ("violated", 3, "sentry_sdk.init sends variables with card data in them (card_number, shop.py:4)."),
        ("unknown", 4, "sentry_sdk.init takes settings that cannot be seen."),
        ("holds", 5, "sentry_sdk.init is told what to leave out."),
    ]
    assert not said(project, "tracker-unscrubbed", shop=TOKEN)


def test_a_traceback_matters_where_card_data_passes(project: pathlib.Path) -> None:
    assert [told[:2] for told in said(project, "traceback-shows-variables", shop=CARD, main=LOGURU)] == [
        ("violated", 3),
        ("holds", 4),
        ("unknown", 5),
    ]
    assert "shows variables with card data in them" in said(project, "traceback-shows-variables")[0][2]
    assert not said(project, "traceback-shows-variables", shop=TOKEN)


def test_code_that_has_nothing_to_do_with_payments_is_left_alone(tmp_path: pathlib.Path) -> None:
    """The standard library with the sieve switched off: nothing of medium or high confidence."""
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    (tmp_path / "pyproject.toml").write_text("")
    for name in ("logging/__init__.py", "http/client.py", "email/message.py", "smtplib.py", "urllib/request.py", "getpass.py"):
        (tmp_path / name.replace("/", "_")).write_bytes((library / name).read_bytes())
    result = scan([tmp_path], ScanOptions(cache=False, sift=False))
    assert result.counts.irrelevant == 0
    assert not [site for site in result.sites if site.verdict is Verdict.VIOLATED and site.confidence is not Confidence.LOW]
