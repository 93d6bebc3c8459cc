"""The words of a processor that scenarios use: published test cards and event types."""

from __future__ import annotations

import fnmatch
import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from payproof.documents import suggest
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.scenarios.reading import Scenario, ScenarioError, Step

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

_TEST_VALUES = {"stripe": "payproof.sandbox.stripe.values"}
_SCHEMAS = {"stripe": "payproof.sandbox.stripe.schemas"}
"""Where a processor's test cards and event types are; a processor without has no such words to mistake."""


def check_words(box: Sandbox, scenario: Scenario) -> None:
    """Raise `ScenarioError` for the first card or event type of a scenario that its processor does not have."""
    for step in scenario.steps:
        try:
            if step.actor == "customer" and "card" in step.content:
                card_token(box, step.content["card"])
            for name in _events(step):
                _check_event(box, name)
        except SandboxError as error:
            raise ScenarioError(f"scenario {scenario.name!r}, {scenario.where(step)}: {error}") from error


def card_token(box: Sandbox, name: str) -> str:
    """Return the id that an application sends for a published test card; raises `SandboxError` if there is none."""
    home = _TEST_VALUES.get(box.processor.name)
    if home is None:
        raise SandboxError(f"the {box.processor.name} sandbox has no published test cards")
    known: Any = importlib.import_module(home).test_values()
    card = known.by_name.get(name)
    if card is None or not card.token:
        names = [name for name, card in known.by_name.items() if card.token]
        raise SandboxError(f"there is no test card {name!r} that has a token{suggest(name, names)}")
    return f"pm_card_{name}"


def _events(step: Step) -> Iterator[str]:
    if step.actor == "expect":
        for key in ("events", "no_events", "deliveries"):
            yield from step.content.get(key, ())
    if step.actor == "webhooks":
        for value in step.content.values():
            yield from value if isinstance(value, list) else ()
        yield from [step.content["duplicate"]] if "duplicate" in step.content else ()


def _check_event(box: Sandbox, name: str) -> None:
    home = _SCHEMAS.get(box.processor.name)
    if home is None:
        return
    known: Any = importlib.import_module(home).catalogue().event_types()
    if not fnmatch.filter(known, name):
        raise SandboxError(f"there is no event {name!r}{suggest(name, known)}")
