"""The pauses of `squareup`: none below its sandbox, its own anywhere else; other sandboxes do not import it."""

from __future__ import annotations

import subprocess
import sys
import types

import httpx
from square.core import http_client

from payproof.sandbox import SquareSandbox
from payproof.sandbox.core.transports import square_sdk

OURS, THEIRS = "https://connect.squareupsandbox.com/v2/payments", "https://square.example/v2/payments"


def pause(url: str) -> float:
    response = httpx.Response(429, headers={"Retry-After": "7"}, request=httpx.Request("POST", url))
    return http_client._retry_timeout(response=response, retries=0)


def test_nobody_sleeps_below_the_sandbox() -> None:
    with SquareSandbox():
        assert (pause(OURS), pause(THEIRS)) == (0, 7)
    assert pause(OURS) == 7


def test_a_release_that_is_made_otherwise_is_left_alone() -> None:
    assert list(square_sdk.replacements(types.ModuleType("square.core.http_client"))) == []


def test_a_sandbox_of_another_processor_does_not_import_it() -> None:
    code = "import sys\nfrom payproof.sandbox import StripeSandbox\nwith StripeSandbox(): print('square' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"
