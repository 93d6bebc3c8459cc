"""A PayPal sandbox that checks its own answers, the unmodified SDK, and plain HTTP with a token."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import httpx
import pytest
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from payproof.sandbox import PayPalSandbox

# Helpers of this folder are imported by name.
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from paypal_asking import API, Api


@pytest.fixture
def box() -> Iterator[PayPalSandbox]:
    with PayPalSandbox(check_answers=True, allow_raw_cards=True) as made:
        yield made


@pytest.fixture
def paypal(box: PayPalSandbox) -> PaypalServersdkClient:
    """The SDK, as user code makes it."""
    credentials = ClientCredentialsAuthCredentials(o_auth_client_id=box.api_key, o_auth_client_secret=box.api_secret)
    return PaypalServersdkClient(client_credentials_auth_credentials=credentials)


@pytest.fixture
def api(box: PayPalSandbox) -> Iterator[Api]:
    """Plain HTTP with httpx."""
    granted = httpx.post(f"{API}/v1/oauth2/token", auth=("an id", "a secret"), data={"grant_type": "client_credentials"})
    token = granted.json()["access_token"]
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {token}"}) as client:
        yield Api(client, box)
