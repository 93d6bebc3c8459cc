"""Scenarios written for one test, and the simplest application that pays."""

from __future__ import annotations

import pathlib
import sys
import textwrap
from collections.abc import Callable, Iterator

import pytest
import stripe

from payproof.sandbox import StripeSandbox
from payproof.sandbox.scenarios import Turn

# The core's example processor `tillpay` is imported by name.
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "core"))

HEAD = """\
title: A story for one test
family: tests
processor: stripe
source: this test
since: 0.1.0
steps:
"""


@pytest.fixture
def box() -> Iterator[StripeSandbox]:
    # Not strict: the tests of this folder ask for complaints themselves.
    with StripeSandbox(strict=False) as made:
        yield made


@pytest.fixture
def write(tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    """Return a function that writes a scenario with these steps and returns its path."""

    def written(steps: str, name: str = "story", head: str = HEAD) -> pathlib.Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(head + textwrap.indent(textwrap.dedent(steps), "  "))
        return path

    return written


@pytest.fixture
def pay(monkeypatch: pytest.MonkeyPatch) -> Callable[[Turn], str]:
    monkeypatch.setattr(stripe, "max_network_retries", 0)
    return paid


def paid(turn: Turn) -> str:
    """Pay 12 euros with the customer's card; return the PaymentIntent's id, or what went wrong."""
    automatic = {"enabled": True, "allow_redirects": "never"}
    card = turn.card or "pm_card_visa"
    try:
        intent = stripe.PaymentIntent.create(
            amount=1200, currency="eur", payment_method=card, confirm=True, automatic_payment_methods=automatic
        )
    except stripe.StripeError as error:
        return type(error).__name__
    return str(intent.id)
