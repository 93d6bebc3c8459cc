"""Every test of this folder runs once for each processor, in its active sandbox, and with no socket to the world."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from terms import EVERY, Terms, terms

from payproof.sandbox.processors import sandbox_class


@pytest.fixture(params=EVERY)
def name(request: pytest.FixtureRequest) -> str:
    """The processor."""
    return str(request.param)


@pytest.fixture
def own(name: str, socket_disabled: None) -> Iterator[Terms]:
    """The terms of the processor, with its active sandbox as `own.box`."""
    with sandbox_class(name)(strict=False) as box:
        yield terms(name)(box)
