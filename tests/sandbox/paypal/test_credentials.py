"""OAuth: tokens for client credentials, on the application's own clock."""

from __future__ import annotations

import base64

import httpx
import pytest
import time_machine
from paypal_asking import API, Api, euros

from payproof.sandbox import LiveKeyRefused, PayPalSandbox

TOKEN = f"{API}/v1/oauth2/token"
GRANT = {"grant_type": "client_credentials"}
ORDER = {"intent": "CAPTURE", "purchase_units": [{"amount": euros("1.00")}]}


def test_any_client_with_a_secret_gets_a_bearer_token(box: PayPalSandbox) -> None:
    granted = httpx.post(TOKEN, auth=("an id", "a secret"), data=GRANT)
    body = granted.json()
    assert (granted.status_code, body["token_type"], body["expires_in"]) == (200, "Bearer", 32_400)
    assert "payproofsample" in body["access_token"]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        "Basic",
        "Basic ???",
        "Basic " + base64.b64encode(b"an id:").decode(),
        "Basic " + base64.b64encode(b"\xff:x").decode(),
    ],
)
def test_what_is_no_client_gets_none(box: PayPalSandbox, authorization: str) -> None:
    refused = httpx.post(TOKEN, headers={"Authorization": authorization} if authorization else {}, data=GRANT)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_another_grant_is_not_supported(box: PayPalSandbox) -> None:
    refused = httpx.post(TOKEN, auth=("an id", "a secret"), data={"grant_type": "password"})
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer A21AA"}, {"Authorization": "Basic eDp5"}])
def test_without_a_token_that_was_given_nothing_is_done(box: PayPalSandbox, header: dict[str, str]) -> None:
    refused = httpx.post(f"{API}/v2/checkout/orders", json=ORDER, headers=header)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert box.journal.effects() == []


def test_a_token_ages_by_the_application_s_clock_and_not_by_the_sandbox_s(box: PayPalSandbox, api: Api) -> None:
    box.clock.advance(days=90)
    assert api.order()
    with time_machine.travel(32_500 + __import__("time").time()):
        refused = api.post("/v2/checkout/orders", ORDER)
    assert (refused.status_code, refused.json()["error_description"]) == (401, "The token passed in was expired")


def test_a_client_that_is_refused_loses_its_tokens(box: PayPalSandbox, api: Api) -> None:
    box.refuse_key("an id")
    assert api.post("/v2/checkout/orders", ORDER).status_code == 401
    assert httpx.post(TOKEN, auth=("an id", "a secret"), data=GRANT).status_code == 401
    assert httpx.post(TOKEN, auth=("another", "a secret"), data=GRANT).status_code == 200


@pytest.mark.parametrize("host", ["api-m.paypal.com", "api.paypal.com"])
def test_the_hosts_where_money_is_real_are_refused(host: str) -> None:
    with PayPalSandbox(strict=False) as box:
        with pytest.raises(
            LiveKeyRefused, match=rf"carried the host {host}, where money is real; a sandbox takes test keys only"
        ):
            httpx.post(f"https://{host}/v1/oauth2/token", auth=("an id", "a secret"), data=GRANT)
        assert box.problems


def test_two_accounts_are_told_apart_by_their_tokens() -> None:
    with PayPalSandbox(seed=1) as ours, PayPalSandbox(seed=2) as theirs:
        for box in (ours, theirs):
            token = httpx.post(TOKEN, auth=(box.api_key, box.api_secret), data=GRANT).json()["access_token"]
            httpx.post(f"{API}/v2/checkout/orders", json=ORDER, headers={"Authorization": f"Bearer {token}"})
        assert [len(box.store["order"]) for box in (ours, theirs)] == [1, 1]
