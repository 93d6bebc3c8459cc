"""Scenarios: stories about payments, told in YAML, that a sandbox plays with the application under test.

    @pytest.mark.parametrize("scenario", scenarios("declines"))
    def test_a_declined_card_leaves_no_paid_order(stripe_sandbox, shop, scenario):
        stripe_sandbox.play(scenario, pay=lambda turn: shop.checkout(card=turn.card))

A scenario tells what the customer, the bank, the network, the clock and the webhooks do, when the application has its turn,
and what must have happened then. The ones that ship stand in `fixtures/scenarios/`; any other is played by its path.
"""

from payproof.sandbox.scenarios.reading import Scenario, ScenarioError, Step, load, scenarios
from payproof.sandbox.scenarios.story import Story, Turn, play

__all__ = ["Scenario", "ScenarioError", "Step", "Story", "Turn", "load", "play", "scenarios"]
