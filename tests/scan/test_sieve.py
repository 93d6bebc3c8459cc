"""The sieve keeps what can matter and lets the rest go."""

from __future__ import annotations

import pathlib

import pytest
import yaml

from payproof import documents
from payproof.model import UsageError
from payproof.scan import sieve as module
from payproof.scan.sieve import Line, Sieve, sieve


@pytest.mark.parametrize(
    "code",
    [
        "import stripe",
        "from paypalrestsdk import Payment",
        "import braintree as bt",
        "Adyen.Adyen()",
        "from square.client import Client",
        "from square import Square",
        "import razorpay",
        "PAYSTACK_URL",
        "from authorizenet import apicontractsv1",
        "url = 'https://api.authorize.net'",
        "def charge(card_number): ...",
        "CardNumber = 1",
        "form['cvc']",
        "cvv2",
        "security_code",
        "payment_intent.client_secret",
        "PaymentIntent",
    ],
)
def test_payment_code_is_kept(code: str) -> None:
    assert sieve().is_payment_python(code.encode())
    assert sieve().payment_words(code.encode())


@pytest.mark.parametrize(
    "code",
    ["", "def webhook(request): ...", "square = x * x", "payload = authorize(card)", "client_secret = oauth.secret", "success"],
)
def test_other_code_is_not(code: str) -> None:
    assert not sieve().is_payment_python(code.encode())


def test_payment_words_are_named() -> None:
    assert sieve().payment_words(b"import Stripe\ncard_number = cvc") == {"stripe", "card_number", "card_num", "cvc"}


def test_words_of_models_are_added() -> None:
    more = sieve().with_words(["Acme_Pay", "stripe"])
    assert more.payment_words(b"ACME_PAY.charge(); stripe") == {"acme_pay", "stripe"}
    assert not sieve().is_payment_python(b"ACME_PAY.charge()")


def test_processors_are_named() -> None:
    assert sieve().processors(b"import stripe, braintree\nfrom authorizenet import x") == {"stripe", "braintree", "authorize.net"}


def lines(text: str, live_only: bool = False) -> list[int]:
    return [line.number for line in sieve().secret_lines(text.encode(), live_only)]


def test_lines_with_an_anchor_are_kept() -> None:
    text = "import os\nkey = 'sk_" + "live_x'\n\nother = 1\nwhsec_\nEAAA eaaa\naqe\naccess_token$production$\n"
    assert lines(text) == [2, 5, 6, 8]


def test_only_live_anchors_are_asked_of_test_code() -> None:
    text = "'sk_" + "live_x'\n'sk_" + "test_x'\nwhsec_\nimport braintree\nprivate_key\n"
    assert lines(text, live_only=True) == [1]


def test_named_lines_are_kept_only_where_the_processor_is_mentioned() -> None:
    assert lines("private_key = 1\nclient_secret = 2\n") == []
    assert lines("import Braintree\nPRIVATE_KEY = 1\nclient_secret = 2\n") == [2]
    assert lines("import paypal\nprivate_key = 1\nclient_secret = 2\n") == [3]
    assert lines("url = 'authorize.net'\ntransaction_key = 1\n") == [2]


def test_a_line_comes_once_with_its_place() -> None:
    data = b"first\nwhsec_ and whsec_ and k_test_\nlast whsec_"
    assert list(sieve().secret_lines(data)) == [
        Line(2, 6, b"whsec_ and whsec_ and k_test_"),
        Line(3, 36, b"last whsec_"),
    ]


def test_of_a_long_line_only_what_surrounds_a_hit_is_kept() -> None:
    data = b"x\n" + b"a" * 50_000 + b"whsec_" + b"b" * 50_000 + b"whsec_" + b"c" * 10 + b"\nwhsec_"
    kept = list(sieve().secret_lines(data))
    assert [line.number for line in kept] == [2, 2, 3]
    assert all(b"whsec_" in line.data and len(line.data) < module.LONGEST_LINE for line in kept)
    assert all(data[line.start : line.start + len(line.data)] == line.data for line in kept)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"payment": [{"stem": "pay", "words": ["stripe"]}]}, "the stem 'pay' does not stand in 'stripe'"),
        ({"named": {"strpe": ["secret"]}}, "named: unknown processor 'strpe'; did you mean 'stripe'"),
        ({"payment": [{"words": ["Stripe"]}]}, "does not match"),
    ],
)
def test_a_broken_document_is_refused(
    change: dict[str, object], complaint: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = documents.data_folder("rules")
    document = yaml.safe_load((shipped / "sieve.yaml").read_text())
    (tmp_path / "sieve.yaml").write_text(yaml.safe_dump({**document, **change}))
    (tmp_path / "schema").symlink_to(shipped / "schema")
    monkeypatch.setattr(documents, "data_folder", lambda name: tmp_path)
    sieve.cache_clear()
    try:
        with pytest.raises(UsageError, match=complaint):
            sieve()
    finally:
        sieve.cache_clear()


def test_a_sieve_of_ones_own() -> None:
    own = Sieve([("", ["acme"])], {"acme": ["acme"]}, ["ACME-"], ["acme-test-"], {"acme": ["secret"]})
    assert own.payment_words(b"Acme") == {"acme"}
    assert [line.number for line in own.secret_lines(b"ACME-\nacme-test-\nsecret\nnone")] == [1, 2, 3]
