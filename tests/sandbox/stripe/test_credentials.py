"""API keys that Stripe does not take."""

import pytest
import requests
import stripe

from payproof.sandbox import LiveKeyRefused, StripeSandbox


def sample(prefix, tail="payproofsample"):
    return f"{prefix}_" + "test_" + tail


def test_any_test_key_is_taken(box):
    for key in (sample("sk"), sample("rk"), sample("sk", "another")):
        assert stripe.StripeClient(key).v1.customers.create({}).id.startswith("cus_")


def test_a_missing_key_is_401(box):
    answer = requests.get("https://api.stripe.com/v1/customers", timeout=1)
    assert answer.status_code == 401
    assert "You did not provide an API key" in answer.json()["error"]["message"]


def test_a_key_may_be_the_basic_user_name(box):
    answer = requests.get("https://api.stripe.com/v1/customers", auth=(sample("sk"), ""), timeout=1)
    assert answer.json()["object"] == "list"


def test_a_publishable_key_is_401(box):
    with pytest.raises(stripe.AuthenticationError, match="publishable API key") as caught:
        stripe.Customer.create(api_key=sample("pk"))
    assert caught.value.error.code == "secret_key_required"


@pytest.mark.parametrize(
    ("why", "text", "code"), [("invalid", "Invalid API Key provided", None), ("expired", "Expired API Key", "api_key_expired")]
)
def test_a_refused_key_is_401_and_not_repeated(box, why, text, code):
    key = sample("sk", "thiskeyisnomore")
    box.refuse_key(key, why)
    with pytest.raises(stripe.AuthenticationError, match=text) as caught:
        stripe.Customer.create(api_key=key)
    assert caught.value.error.code == code
    assert key not in str(caught.value)
    assert "more" in str(caught.value)


def test_only_an_account_can_be_acted_for(box):
    with pytest.raises(stripe.PermissionError, match="does not have access to account 'someone'") as caught:
        stripe.Customer.create(stripe_account="someone")
    assert caught.value.error.code == "account_invalid"


def test_a_live_key_never_gets_through():
    with StripeSandbox(strict=False), pytest.raises(LiveKeyRefused):
        stripe.Customer.create(api_key="sk_" + "live_" + "payproofsample")
