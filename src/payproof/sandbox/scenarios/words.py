"""The words of a processor that scenarios use: published test cards and event types."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import TYPE_CHECKING

from payproof.documents import suggest
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.scenarios.reading import Scenario, ScenarioError, Step

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


def check_words(box: Sandbox, scenario: Scenario) -> None:
    """Raise `ScenarioError` for the first card or event type of a scenario that its processor does not have."""
    for step in scenario.steps:
        try:
            if step.actor == "customer" and "card" in step.content:
                box.processor.test_value(step.content["card"])
            for name in _events(step):
                _check_event(box, name)
        except SandboxError as error:
            raise ScenarioError(f"scenario {scenario.name!r}, {scenario.where(step)}: {error}") from error


def _events(step: Step) -> Iterator[str]:
    if step.actor == "expect":
        for key in ("events", "no_events", "deliveries"):
            yield from step.content.get(key, ())
    if step.actor == "webhooks":
        for value in step.content.values():
            yield from value if isinstance(value, list) else ()
        yield from [step.content["duplicate"]] if "duplicate" in step.content else ()


def _check_event(box: Sandbox, name: str) -> None:
    known = box.processor.event_types()
    if known is not None and not fnmatch.filter(known, name):
        raise SandboxError(f"there is no event {name!r}{suggest(name, known)}")
