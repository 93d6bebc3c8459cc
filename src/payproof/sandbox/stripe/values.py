"""Stripe's published test values: cards, tokens, bank accounts, and what each of them does. Read from `test_values.yaml`."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from payproof import documents
from payproof.sandbox.core.exchange import SandboxError

TABLE = pathlib.Path(__file__).with_name("test_values.yaml")
SCHEMA = "test-values"


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a charge is refused, as the error and the charge's outcome tell it."""

    name: str
    code: str
    message: str
    decline_code: str | None = None
    param: str | None = None
    advice_code: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class DisputePlan:
    """The dispute that a payment with this test value leads to."""

    reason: str
    inquiry: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True)
class TestCard:
    """One published test card. `attach` and `charge` name the decline of those two acts, if any.

    `three_d_secure` is `not_enrolled`, `not_supported`, `optional`, `optional_error`, `required`, `always`, `unless_set_up`,
    `already_set_up` or `lookup_error`. `refund` is `""`, `pending` or `fails`.
    """

    __test__ = False

    name: str
    number: str
    aliases: tuple[str, ...] = ()
    token: bool = True
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    attach: str | None = None
    charge: str | None = None
    only_with_cvc: bool = False
    blocked: bool = False
    risk: str = "normal"
    cvc_check: str = "pass"
    line1_check: str = "pass"
    postal_code_check: str = "pass"
    three_d_secure: str = "optional"
    dispute: DisputePlan | None = None
    fraud_warning: str | None = None
    refund: str = ""
    available: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class TestAccount:
    """One published test bank account: `outcome` is `succeeds`, `fails`, `disputed` or `stays` (in processing)."""

    __test__ = False

    number: str
    outcome: str
    code: str = ""
    message: str = ""
    dispute: DisputePlan | None = None


@dataclass(frozen=True, slots=True)
class TestValues:
    """All of them, indexed the ways requests name them."""

    __test__ = False

    declines: Mapping[str, Decline]
    cards: tuple[TestCard, ...]
    by_name: Mapping[str, TestCard]
    by_number: Mapping[str, TestCard]
    accounts: Mapping[str, Mapping[str, TestAccount]]
    delays: Mapping[str, int] = field(default_factory=dict)

    def token(self, identifier: str) -> TestCard | None:
        """Return the card behind a published `pm_card_…` or `tok_…`, or None."""
        for prefix in ("pm_card_", "tok_"):
            if identifier.startswith(prefix):
                card = self.by_name.get(identifier[len(prefix) :])
                return card if card is not None and card.token else None
        return None


@functools.cache
def test_values() -> TestValues:
    """Return the published test values; read once per process."""
    # The table is ours and a test holds it against its schema; checking it here would cost 0.1 s for jsonschema's import.
    content = documents.read(TABLE, None)
    cards = tuple(_card(entry) for entry in content["cards"])
    return TestValues(
        declines={name: Decline(name, **entry) for name, entry in content["declines"].items()},
        cards=cards,
        by_name={name: card for card in cards for name in card.names},
        by_number={card.number: card for card in cards},
        accounts={
            kind: {number: _account(number, entry) for number, entry in entries.items()}
            for kind, entries in content["bank_accounts"].items()
        },
        delays=content["delays"],
    )


def payment_method(name: str) -> str:
    """Return the id that an application sends for a published test card; raises `SandboxError` when it has none."""
    known = test_values().by_name
    card = known.get(name)
    if card is None or not card.token:
        names = [name for name, card in known.items() if card.token]
        raise SandboxError(f"there is no test card {name!r} that has a token{documents.suggest(name, names)}")
    return f"pm_card_{name}"


def decline(name: str) -> Decline:
    """Return the decline called `name` in `test_values.yaml`."""
    return test_values().declines[name]


def delay(name: str) -> int:
    """Return the seconds after which the clock carries out what `name` stands for in `test_values.yaml`."""
    return test_values().delays[name]


def passes_luhn(number: str) -> bool:
    """Whether the check digit of a card number is right."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _card(entry: Mapping[str, Any]) -> TestCard:
    return TestCard(**{**entry, "aliases": tuple(entry.get("aliases", ())), "dispute": _dispute(entry)})


def _account(number: str, entry: Mapping[str, Any]) -> TestAccount:
    return TestAccount(**{**entry, "number": number, "dispute": _dispute(entry)})


def _dispute(entry: Mapping[str, Any]) -> DisputePlan | None:
    plan = entry.get("dispute")
    return None if plan is None else DisputePlan(**plan)
