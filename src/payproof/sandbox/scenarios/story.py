"""Plays a scenario: everybody's steps in order, the application's when its turn comes."""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from payproof.model import UsageError
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.scenarios import acting
from payproof.sandbox.scenarios.expecting import broken, unreached
from payproof.sandbox.scenarios.looking import Since, asked
from payproof.sandbox.scenarios.reading import Scenario, ScenarioError, Step, load
from payproof.sandbox.scenarios.words import check_words

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """The application's turn: what it is asked to do (`act`), the customer's `card` (`""` for none), and further `arguments`.

    `card` is what a test sends in place of a card: Stripe's `pm_card_...`.
    """

    act: str
    card: str = ""
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)


Act = Callable[[Turn], object]


class Story:
    """One scenario being played.

    `turn` is set while the application is to act; `go_on` says that it has. A story that is left unfinished, or whose
    expectations do not hold, is a complaint of its sandbox.
    """

    def __init__(self, box: Sandbox, scenario: Scenario, acts: Mapping[str, Act]) -> None:
        self.scenario = scenario
        self.turn: Turn | None = None
        self.card = ""
        self._box = box
        self._acts = acts
        self._since = Since(box)
        self._place = 0
        self._failed = False

    @property
    def finished(self) -> bool:
        """Whether every step has been played."""
        return self._place == len(self.scenario.steps)

    def go_on(self) -> Turn | None:
        """The application has had its turn: check what it led to and play on; return its next turn, or None at the end.

        Raises `ScenarioError` when the application did not get where the story waits for it, a step cannot be played, or an
        expectation does not hold.
        """
        if self.turn is not None:
            self._taken(self._step)
        while not self.finished and self.turn is None:
            self._play(self._step)
        return self.turn

    def finish(self) -> None:
        """Play to the end. Raises `ScenarioError` as `go_on` does, and when the application has a further turn."""
        if self.go_on() is not None:
            raise self._error(self._step, self._waiting())

    def unkept(self) -> list[str]:
        """Return what this story still promises: nothing, a broken expectation, or where it stopped."""
        if self._failed or self.finished:
            return []
        rest = self.scenario.steps[self._place + (self.turn is not None) :]
        if any(step.actor != "expect" for step in rest):
            return [str(self._error(self._step, self._waiting()))]
        try:
            self.finish()
        except ScenarioError as error:
            return [str(error)]
        return []

    @property
    def _step(self) -> Step:
        return self.scenario.steps[self._place]

    def _waiting(self) -> str:
        act = self.turn.act if self.turn else self._step.actor
        return (
            f"the story waits for the application to {act} (step {self._place + 1} of {len(self.scenario.steps)}); "
            f"give play() a function {act}=, or call go_on() when it has. {asked(self._since)}"
        )

    def _play(self, step: Step) -> None:
        if step.actor == "application":
            self._ask(step)
            return
        problems: list[str] = []
        try:
            if step.actor == "expect":
                problems = broken(self._box, self._since, step.content)
            elif "card" in step.content:
                self.card = self._box.processor.test_value(step.content["card"])
            else:
                acting.act(self._box, step.actor, step.content, self.card)
        except SandboxError as error:
            raise self._error(step, str(error)) from error
        except Exception:
            self._failed = True
            raise
        self._hold(step, problems)
        self._place += 1

    def _ask(self, step: Step) -> None:
        self.turn = Turn(step.content["does"], self.card, step.content.get("with", {}))
        act = self._acts.get(self.turn.act)
        if act is None:
            return
        result = act(self.turn)
        if inspect.iscoroutine(result):
            result.close()
            raise self._error(step, f"{self.turn.act}= is asynchronous; leave it out, await it in the test and call go_on()")
        self._taken(step)

    def _taken(self, step: Step) -> None:
        self._hold(step, unreached(self._box, step.content.get("until", {})))
        self.turn = None
        self._place += 1

    def _hold(self, step: Step, problems: list[str]) -> None:
        if problems:
            raise self._error(step, f"{'; '.join(problems)}. {asked(self._since)}")

    def _error(self, step: Step, text: str) -> ScenarioError:
        self._failed = True
        return ScenarioError(f"scenario {self.scenario.name!r}, {self.scenario.where(step)}: {text}")


def play(box: Sandbox, scenario: str | os.PathLike[str] | Scenario, acts: Mapping[str, Act]) -> Story:
    """Play a scenario in a sandbox as far as the application's first turn that no function of `acts` takes.

    Raises `UsageError` for a scenario that does not exist, is of another processor, or never asks for an act that is given;
    `ScenarioError` for a card or an event that the processor does not have, and as `Story.go_on` does.
    """
    found = scenario if isinstance(scenario, Scenario) else load(scenario)
    if found.processor != box.processor.name:
        raise UsageError(f"scenario {found.name!r} is one of {found.processor}; this is a {box.processor.name} sandbox")
    for act in acts:
        if act not in found.acts():
            raise UsageError(
                f"scenario {found.name!r} never asks the application to {act}; it asks to: {', '.join(found.acts())}"
            )
    check_words(box, found)
    story = Story(box, found, acts)
    box.promises.append(story.unkept)
    story.go_on()
    return story
