import json

import pytest
import stripe
from tillpay import TillPay

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.processor import Outgoing
from payproof.sandbox.core.signing import MUST_BE_REFUSED, check_way, flipped, forgeries, must_be_refused

PAYLOAD = json.dumps({"id": "evt_1a", "amount": 1200}, indent=2).encode()
SECRET = "payproof_fake_secret"
NOW = 1_800_000_000


def accepted(name, monkeypatch):
    """Whether the official SDK's verification accepts the forgery `name`."""
    monkeypatch.setattr("time.time", lambda: NOW)
    payload, headers = check_way(name, forgeries(TillPay()))(Outgoing(PAYLOAD, (SECRET,), NOW, "https://shop.example/hook"))
    try:
        return stripe.WebhookSignature.verify_header(payload, headers.get("Till-Signature"), SECRET, 300)
    except stripe.SignatureVerificationError:
        return False


@pytest.mark.parametrize("name", [*MUST_BE_REFUSED, "v0-only"])
def test_the_official_sdk_refuses_what_must_be_refused(name, monkeypatch):
    assert name in must_be_refused(TillPay())
    assert accepted(name, monkeypatch) is False


def test_a_true_signature_is_accepted(monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW)
    header = TillPay().sign(PAYLOAD, [SECRET], NOW)["Till-Signature"]
    assert stripe.WebhookSignature.verify_header(PAYLOAD, header, SECRET, 300)


def test_a_future_timestamp_is_accepted_by_the_sdk_and_so_not_among_them(monkeypatch):
    assert accepted("future", monkeypatch) is True
    assert "future" not in must_be_refused(TillPay())


def test_an_unknown_forgery_is_refused_with_a_hint():
    ways = forgeries(TillPay())
    with pytest.raises(SandboxError, match=r"there is no forgery 'wrong_secret'; did you mean 'wrong-secret'\?"):
        check_way("wrong_secret", ways)
    with pytest.raises(SandboxError, match="there is no forgery 'qq'; known: wrong-secret, no-header, "):
        check_way("qq", ways)


@pytest.mark.parametrize("payload", [PAYLOAD, b'{"amount": 9}', b'{"a": "b"}', b'{"a": "\\u00e9"}', b'{"n": 10}', b"{}"])
def test_a_flipped_byte_leaves_valid_json(payload):
    altered = flipped(payload)
    assert altered != payload
    json.loads(altered)


def test_a_flipped_byte_alters_the_content_when_there_is_a_digit():
    assert json.loads(flipped(PAYLOAD)) == {"id": "evt_1a", "amount": 1900}


def test_a_scheme_without_a_date_has_no_stale_forgery_and_one_without_a_signature_only_its_own():
    till = TillPay()
    till.dated = False
    assert {"stale", "future"} & set(forgeries(till)) == set()
    assert "stale" not in must_be_refused(till) and "wrong-secret" in must_be_refused(till)
    till.signed = False
    assert list(forgeries(till)) == list(must_be_refused(till)) == ["v0-only"]


def test_what_a_processor_forges_takes_the_place_of_the_common_forgery():
    class Sealed(TillPay):
        def forgeries(self):
            return {"no-header": lambda true: (b"unsigned", {})}

    assert forgeries(Sealed())["no-header"](Outgoing(PAYLOAD, (SECRET,), NOW, ""))[0] == b"unsigned"
    assert must_be_refused(Sealed()).count("no-header") == 1
