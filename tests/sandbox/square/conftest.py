"""A Square sandbox that checks its own answers, the unmodified SDK, and plain HTTP."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import httpx
import pytest
from square import Square
from square.environment import SquareEnvironment

from payproof.sandbox import SquareSandbox

# Helpers of this folder are imported by name.
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from calling import API, Http


@pytest.fixture
def box() -> Iterator[SquareSandbox]:
    with SquareSandbox(check_answers=True) as made:
        yield made


@pytest.fixture
def square(box: SquareSandbox) -> Square:
    """The SDK, as user code makes it."""
    return Square(token=box.api_key, environment=SquareEnvironment.SANDBOX)


@pytest.fixture
def http(box: SquareSandbox) -> Iterator[Http]:
    """Plain HTTP with httpx."""
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {box.api_key}"}) as client:
        yield Http(client)
