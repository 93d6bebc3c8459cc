"""Square's published test values: tokens that pay or fail, and amounts that are disputed. Read from `test_values.yaml`."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from payproof import documents
from payproof.sandbox.core.exchange import SandboxError

TABLE = pathlib.Path(__file__).with_name("test_values.yaml")
DEFAULT = "cnon:card-nonce-ok"


@dataclass(frozen=True, slots=True)
class TestValue:
    """What a token does.

    `source` is what pays: `CARD`, `CARD_ON_FILE`, `BANK_ACCOUNT`. `code` refuses the payment, with HTTP `status`.
    """

    __test__ = False

    name: str
    source: str = "CARD"
    code: str = ""
    status: int = 402


@functools.cache
def test_values() -> Mapping[str, TestValue]:
    """Return all of them by name; read once per process."""
    content = documents.read(TABLE, None)
    return {name: TestValue(name, **entry) for name, entry in content["values"].items()}


@functools.cache
def disputed_amounts() -> Mapping[int, str]:
    """Return the reason of the dispute that an amount (in minor units) leads to."""
    return {int(amount): reason for amount, reason in documents.read(TABLE, None)["disputed_amounts"].items()}


def named(name: str) -> TestValue:
    """Return a test value; raises `SandboxError` when there is none of that name."""
    found = test_values().get(name or DEFAULT)
    if found is None:
        raise SandboxError(f"there is no test value {name!r}{documents.suggest(name, test_values())}")
    return found
