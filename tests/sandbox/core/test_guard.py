import pytest
from asking import pay, request
from tillpay import TillPaySandbox

from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import LiveKeyRefused, RawCardRefused, Request, SandboxError
from payproof.sandbox.core.guard import PROCESSOR_HOSTS, check_cards, masked, processor_of

LIVE = "sk_" + "live_" + "payproofsample000"
VISA = "4242" * 4


def raw(params, encoding="form", body=None):
    sent = form.encode(params).encode() if body is None else body
    return Request("POST", "h", "/v1/x", params, {}, sent, encoding, "tillpay")


@pytest.mark.parametrize(
    "asked",
    [
        request(params={"amount": 5}, credential=LIVE),
        request(params={"amount": 5}, credential=None, x_api_key=LIVE),
        request(params={"amount": 5, "api_key": LIVE}),
        request(params={"amount": 5}, credential="rk_" + "live_x"),
    ],
)
def test_a_live_key_is_refused_before_anything_happens(asked):
    box = TillPaySandbox()
    box.faults.next("500")
    with pytest.raises(LiveKeyRefused) as caught:
        box.handle(asked)
    assert str(caught.value) == (
        "POST /v1/payments carried a live key; a sandbox takes test keys only."
        " Take the live key out of the tests' environment and configure a test key"
    )
    assert not box.store
    assert box.problems == [str(caught.value)]
    assert box.journal[0].failure == str(caught.value)
    assert box.faults.unfired()


def test_a_refusal_that_the_application_swallows_is_told_on_leaving():
    with pytest.raises(SandboxError, match="TillPaySandbox: POST /v1/payments carried a live key"), TillPaySandbox() as box:
        try:
            box.handle(request(params={"amount": 5}, credential=LIVE))
        except Exception:
            pass


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"card": {"number": VISA}}, "card[number]"),
        ({"payment_method_data": {"card": {"number": "5555 5555 5555 4444"}}}, "payment_method_data[card][number]"),
        ({"card_number": "378282246310005"}, "card_number"),
        ({"pan": "6759649826438453"}, "pan"),
        ({"metadata": {"note": "card 4000-0000-0000-0002 exp 12/34"}}, "metadata[note]"),
        ({"description": VISA}, "description"),
        ({"lines": [{"text": VISA}]}, "lines[0][text]"),
    ],
)
def test_a_raw_card_number_is_refused_and_never_repeated(params, name):
    box = TillPaySandbox()
    with pytest.raises(RawCardRefused) as caught:
        pay(box, **params)
    text = str(caught.value)
    assert text.startswith("POST /v1/payments sent a raw card number (")
    assert f"as {name!r}. Send a token or a test payment method instead, or make the sandbox with allow_raw_cards=True" in text
    digits = "".join(character for character in text if character.isdigit())
    assert len(digits) <= 13
    assert not box.store
    assert VISA not in box.problems[0]


def test_json_numbers_and_queries_are_looked_at_too():
    with pytest.raises(RawCardRefused):
        check_cards(raw({"card": {"number": int(VISA)}}, "json", b'{"card": {"number": %s}}' % VISA.encode()))
    asked = {"q": VISA}
    with pytest.raises(RawCardRefused):
        check_cards(Request("GET", "h", "/v1/x", asked, {}, b"", "none", "tillpay", asked))


@pytest.mark.parametrize(
    "params",
    [
        {"metadata": {"order": "4539148803436467"}},
        {"created": {"gte": "1795400553000000"}},
        {"bank_account": {"account_number": "000123456789"}},
        {"phone": "+49 151 2345 6789 01"},
        {"card": {"number": "4242424242424241"}},
        {"card": {"last4": "4242"}},
        {"number": ""},
        {"amount": "123456789012"},
    ],
)
def test_other_long_numbers_are_let_through(params):
    check_cards(raw(params))


def test_raw_cards_may_be_allowed():
    box = TillPaySandbox(allow_raw_cards=True)
    assert pay(box, card={"number": VISA}).status == 200


def test_masking_keeps_what_a_test_needs():
    kept = masked(raw({"amount": "5", "card": {"number": VISA, "cvc": "123", "exp_month": "12"}, "metadata": {"order": "o-1"}}))
    assert kept.params == {
        "amount": "5",
        "card": {"number": "424242******4242", "cvc": "***", "exp_month": "12"},
        "metadata": {"order": "o-1"},
    }
    assert form.decode(kept.body)["card"] == {"number": "424242******4242", "cvc": "***", "exp_month": "12"}


def test_masking_of_json_multipart_and_queries():
    import json

    kept = masked(
        raw({"client_secret": "pi_1_secret_abc", "list": [True, 1.5, None]}, "json", b'{"client_secret": "pi_1_secret_abc"}')
    )
    assert json.loads(kept.body) == {"client_secret": "…", "list": [True, 1.5, None]}
    assert masked(raw({"password": "x"}, "multipart", b"password")).body == b""
    asked = {"client_secret": "pi_1_secret_abc", "expand": ["a"]}
    kept = masked(Request("GET", "h", "/v1/x", asked, {}, b"", "none", "tillpay", asked))
    assert kept.query == {"client_secret": "…", "expand": ["a"]}


def test_an_ordinary_request_is_kept_as_it_is():
    asked = raw({"amount": "5", "currency": "eur"})
    kept = masked(asked)
    assert kept.params is asked.params
    assert kept.body is asked.body


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("api.stripe.com", "Stripe"),
        ("API.STRIPE.COM.", "Stripe"),
        ("api-m.sandbox.paypal.com", "PayPal"),
        ("checkout-test.adyen.com", "Adyen"),
        ("abc-checkout-live.adyenpayments.com", "Adyen"),
        ("connect.squareup.com", "Square"),
        ("example.com", None),
        ("notadyen.com", None),
        ("stripe.com.example.com", None),
    ],
)
def test_processors_are_known_by_their_api_hosts(host, owner):
    assert processor_of(host) == owner


def test_every_known_host_is_lower_case():
    assert all(host == host.lower() and owner for host, owner in PROCESSOR_HOSTS.items())
