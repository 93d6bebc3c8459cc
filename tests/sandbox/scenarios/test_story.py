from __future__ import annotations

import pathlib
from collections.abc import Callable

import pytest
import stripe

from payproof.model import UsageError
from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.scenarios import ScenarioError, Turn, scenarios

Write = Callable[..., pathlib.Path]
Pay = Callable[[Turn], str]

TWO_TURNS = """\
- customer: {card: visa_chargeDeclined}
- application: {does: pay, until: {payment_intent: requires_payment_method}}
- customer: {card: visa}
- application: {does: pay, with: {amount: 5}, until: {payment_intent: succeeded}}
- expect: {charges: 1}
"""


def test_the_story_stops_for_the_application_and_goes_on(box: StripeSandbox, write: Write, pay: Pay) -> None:
    story = box.play(write(TWO_TURNS))
    assert story.turn == Turn("pay", "pm_card_visa_chargeDeclined")
    pay(story.turn)
    turn = story.go_on()
    assert turn == Turn("pay", "pm_card_visa", {"amount": 5})
    pay(turn)
    story.finish()
    assert story.finished and story.turn is None and not box.unsettled()


def test_functions_take_the_application_s_turns(box: StripeSandbox, write: Write, pay: Pay) -> None:
    turns: list[Turn] = []
    story = box.play(write(TWO_TURNS), pay=lambda turn: (turns.append(turn), pay(turn)))
    assert story.finished
    assert [turn.card for turn in turns] == ["pm_card_visa_chargeDeclined", "pm_card_visa"]


def test_what_was_waited_for_and_did_not_come_is_told_with_what_was_asked(box: StripeSandbox, write: Write, pay: Pay) -> None:
    story = box.play(write("- application: {does: pay, until: {payment_intent: succeeded}}\n- clock: {days: 1}\n"))
    with pytest.raises(ScenarioError) as nothing:
        story.go_on()
    assert str(nothing.value).endswith(
        "story.yaml:7: it waited for a payment_intent that is succeeded; there was none. The application asked nothing"
    )
    declined = box.play(write("- application: {does: pay, until: {payment_intent: succeeded}}\n- clock: {days: 1}\n", "declined"))
    pay(Turn("pay", "pm_card_visa_chargeDeclined"))
    with pytest.raises(
        ScenarioError, match=r"there was payment_intent pi_\w+, which is requires_payment_method\. The application asked: "
    ):
        declined.go_on()


def test_only_the_latest_requests_are_told(box: StripeSandbox, write: Write) -> None:
    story = box.play(write("- application: {does: pay, until: {payment_intent: succeeded}}\n- clock: {days: 1}\n"))
    for _ in range(12):
        stripe.Customer.list()
    with pytest.raises(ScenarioError, match=r"The application asked: 2 earlier ones, #3 GET /v1/customers -> 200; #4 "):
        story.go_on()


def test_an_unfinished_story_cannot_be_finished(box: StripeSandbox, write: Write, pay: Pay) -> None:
    story = box.play(write(TWO_TURNS))
    pay(Turn("pay", story.card))
    with pytest.raises(ScenarioError) as error:
        story.finish()
    assert "story.yaml:10: the story waits for the application to pay (step 4 of 5); give play() a function pay=, " in str(
        error.value
    )


def test_a_story_left_in_the_middle_is_a_complaint(box: StripeSandbox, write: Write) -> None:
    box.play(write(TWO_TURNS))
    [complaint] = box.unsettled()
    assert "the story waits for the application to pay (step 2 of 5)" in complaint


def test_leaving_a_strict_sandbox_raises_what_a_story_promised(write: Write) -> None:
    with pytest.raises(SandboxError, match="the story waits for the application to pay"), StripeSandbox() as strict:
        strict.play(write(TWO_TURNS))


def test_promises_after_the_last_turn_are_checked_on_leaving(box: StripeSandbox, write: Write, pay: Pay) -> None:
    kept = box.play(write("- application: {does: pay, until: {payment_intent: succeeded}}\n- expect: {charges: 1}\n", "kept"))
    assert kept.turn
    pay(kept.turn)
    assert box.unsettled() == [] and kept.finished
    broken = box.play(write("- application: {does: pay}\n- expect: {charges: 1}\n", "broken"))
    [complaint] = box.unsettled()
    assert "broken.yaml:8: expected 1 charge(s) that took money; there were 0" in complaint
    assert broken.unkept() == []


def test_a_story_that_has_failed_does_not_complain_again(box: StripeSandbox, write: Write) -> None:
    story = box.play(write("- application: {does: pay, until: {payment_intent: succeeded}}\n- clock: {days: 1}\n"))
    with pytest.raises(ScenarioError):
        story.go_on()
    assert box.unsettled() == []


def test_what_the_application_raises_goes_to_the_test_and_the_story_can_go_on(box: StripeSandbox) -> None:
    def crash(turn: Turn) -> None:
        stripe.PaymentIntent.create(
            amount=1200, currency="eur", payment_method=turn.card, confirm=True, return_url="https://x.example"
        )

    with pytest.raises(stripe.CardError):
        box.play("declined-generic", pay=crash)
    assert box.unsettled() == []


def test_an_asynchronous_function_is_refused(box: StripeSandbox, write: Write) -> None:
    async def later(turn: Turn) -> None:
        raise AssertionError("never runs")

    with pytest.raises(
        ScenarioError, match=r"story\.yaml:8: pay= is asynchronous; leave it out, await it in the test and call go_on\(\)"
    ):
        box.play(write(TWO_TURNS), pay=later)


def test_a_function_for_what_is_never_asked_is_refused(box: StripeSandbox) -> None:
    with pytest.raises(UsageError, match=r"scenario 'refund-full' never asks the application to cancel; it asks to: pay, refund"):
        box.play("refund-full", cancel=lambda turn: None)


def test_a_scenario_of_another_processor_is_refused(box: StripeSandbox, write: Write) -> None:
    path = write("- application: {does: pay}\n- clock: {days: 1}\n")
    path.write_text(path.read_text().replace("processor: stripe", "processor: paypal"))
    with pytest.raises(UsageError, match=r"scenario 'story' is one of paypal; this is a stripe sandbox"):
        box.play(path)


def test_what_a_sandbox_cannot_do_is_told_by_file_and_line(box: StripeSandbox, write: Write) -> None:
    with pytest.raises(ScenarioError, match=r"story\.yaml:7: there is no captured payment; there was: no charge"):
        box.play(write("- bank: {disputes: general}\n- application: {does: pay}\n"))


def test_a_mistake_of_the_sandbox_itself_is_not_hidden(box: StripeSandbox, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box.clock, "advance", lambda **by: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        box.play(write("- clock: {days: 1}\n- application: {does: pay}\n"))
    assert box.unsettled() == []


@pytest.mark.parametrize("scenario", scenarios("declines"))
def test_a_family_in_one_line(box: StripeSandbox, pay: Pay, scenario: str) -> None:
    box.play(scenario, pay=pay)
    assert box.charges_for() == []
