from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from tillpay import TillPay

from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.scenarios import ScenarioError
from payproof.sandbox.scenarios.words import check_words

Write = Callable[..., pathlib.Path]
PAID = "- application: {does: pay}\n"


class Foreign:
    """A sandbox of a processor without published test cards and event types."""

    processor = TillPay()


def test_a_card_is_given_by_its_published_name(box: StripeSandbox) -> None:
    assert box.processor.test_value("visa") == "pm_card_visa"
    assert box.processor.test_value("chargeDeclined") == "pm_card_chargeDeclined"


@pytest.mark.parametrize("name", ["viza", "discover_debit"])
def test_a_card_that_has_no_token_is_refused_before_anything_is_played(box: StripeSandbox, write: Write, name: str) -> None:
    began = box.clock.now()
    with pytest.raises(ScenarioError, match=rf"story\.yaml:9: there is no test card '{name}' that has a token"):
        box.play(write(f"- clock: {{days: 1}}\n{PAID}- customer: {{card: {name}}}\n"))
    assert box.clock.now() == began


@pytest.mark.parametrize(
    "step",
    [
        "expect: {events: [charge.suceeded]}",
        "expect: {no_events: [charge.suceeded]}",
        "expect: {deliveries: {charge.suceeded: [200]}}",
        "webhooks: {deliver: [charge.suceeded]}",
        "webhooks: {duplicate: charge.suceeded}",
    ],
)
def test_an_event_that_does_not_exist_is_refused_with_the_nearest_name(box: StripeSandbox, write: Write, step: str) -> None:
    with pytest.raises(
        ScenarioError, match=r"story\.yaml:8: there is no event 'charge\.suceeded'; did you mean 'charge\.succeeded'"
    ):
        box.play(write(f"{PAID}- {step}\n"))


def test_a_processor_without_such_words_says_so_or_is_not_asked(box: StripeSandbox, write: Write) -> None:
    foreign: Any = Foreign()
    with pytest.raises(SandboxError, match="the tillpay sandbox has no published test cards"):
        foreign.processor.test_value("visa")
    check_words(foreign, box.play(write(f"{PAID}- expect: {{events: [charge.refunded]}}\n")).scenario)
