"""PayPal's published test values, and the sandbox's own words for what a payer's account does. Read from `test_values.yaml`."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass

from payproof import documents
from payproof.sandbox.core.exchange import SandboxError

TABLE = pathlib.Path(__file__).with_name("test_values.yaml")
DEFAULT = "paypal"


@dataclass(frozen=True, slots=True)
class TestValue:
    """What pays, and what becomes of it.

    `source` is `paypal` or `card`. `issue` refuses the payment with 422; `response_code` declines it with a capture that is
    DECLINED; `pending` leaves it pending for this reason.
    """

    __test__ = False

    name: str
    source: str = "paypal"
    issue: str = ""
    response_code: str = ""
    pending: str = ""

    @property
    def pays(self) -> bool:
        """Whether money arrives, now or later."""
        return not self.issue and not self.response_code


@functools.cache
def test_values() -> Mapping[str, TestValue]:
    """Return all of them by name; read once per process."""
    content = documents.read(TABLE, None)
    return {name: TestValue(name, **entry) for name, entry in content["values"].items()}


def named(name: str) -> TestValue:
    """Return a test value; raises `SandboxError` when there is none of that name."""
    found = test_values().get(name or DEFAULT)
    if found is None:
        raise SandboxError(f"there is no test value {name!r}{documents.suggest(name, test_values())}")
    return found


def of_card(holder: str) -> TestValue:
    """Return what the name on a card does: a rejection trigger declines, any other name pays."""
    return test_values().get(holder) or test_values()["visa"]
