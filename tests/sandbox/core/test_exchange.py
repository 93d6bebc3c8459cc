import pytest
from asking import request

from payproof.model import PayproofError
from payproof.sandbox.core import exchange
from payproof.sandbox.core.exchange import Answer, ConnectionLost, Refused, Request


def test_a_request_is_printed_without_values_or_credentials():
    shown = repr(request(params={"amount": "1200", "card": {"number": "4242424242424242"}}))
    assert shown == "<Request POST /v1/payments with amount, card>"
    assert repr(Request("GET", "h", "/x", {}, {}, b"", "none", "p")) == "<Request GET /x with no parameters>"


def test_a_frozen_answer_does_not_follow_the_object():
    obj = {"id": "pay_1", "status": "paid", "lines": [1]}
    answer = Answer(200, obj, {"A": "b"}).frozen()
    obj["status"] = "refunded"
    obj["lines"].append(2)
    assert answer.body == {"id": "pay_1", "status": "paid", "lines": [1]}
    assert answer.payload() == b'{"id": "pay_1", "status": "paid", "lines": [1]}'
    assert answer.headers == {"A": "b"}


def test_bytes_are_sent_as_they_are_and_text_as_utf8():
    assert Answer(200, b"<html>").payload() == b"<html>"
    assert Answer(200, b"<html>").frozen().payload() == b"<html>"
    assert Answer(200, {"name": "Zoë"}).payload() == '{"name": "Zoë"}'.encode()


def test_headers_are_added_to_a_copy():
    first = Answer(200, {}, {"A": "1"})
    assert first.with_headers({"B": "2"}).headers == {"A": "1", "B": "2"}
    assert first.headers == {"A": "1"}


def test_failures_say_whether_the_work_was_done():
    assert ConnectionLost("gone", executed=True).executed
    refusal = Refused(Answer(402, {}), executed=True)
    assert (str(refusal), refusal.answer.status, refusal.executed) == ("refused with HTTP 402", 402, True)


@pytest.mark.parametrize("name", ["NotImitated", "HostRefused", "LiveKeyRefused", "RawCardRefused"])
def test_every_error_of_a_sandbox_is_one_family(name):
    assert issubclass(getattr(exchange, name), exchange.SandboxError)
    assert issubclass(exchange.SandboxError, PayproofError)
