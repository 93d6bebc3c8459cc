from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.scenarios import ScenarioError, Turn
from payproof.sandbox.scenarios.expecting import broken
from payproof.sandbox.scenarios.looking import NOTHING, Since, field, shown

Write = Callable[..., pathlib.Path]
Pay = Callable[[Turn], str]


@pytest.mark.parametrize(
    "expected",
    [
        "objects: {payment_intent: {status: succeeded, amount_received: 1200, last_payment_error: null}}",
        "objects: {charge: {payment_method_details.card.checks.cvc_check: pass, outcome.type: authorized}}",
        "count: {payment_intent: 1, refund: 0}",
        "charges: 1",
        "events: [payment_intent.created, payment_intent.succeeded]",
        "no_events: [charge.refunded, customer.*]",
        "requests: [{to: POST /v1/payment_intents, times: 1, keys: 1, answers: [200]}]",
        "answer: {status: 200, replayed: false, body: {status: succeeded}}",
        "deliveries: {charge.succeeded: []}",
    ],
)
def test_a_promise_that_is_kept_is_silent(box: StripeSandbox, write: Write, pay: Pay, expected: str) -> None:
    assert box.play(write(f"- application: {{does: pay}}\n- expect: {{{expected}}}\n"), pay=pay).finished


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("objects: {refund: {status: succeeded}}", r"expected a refund; there was none"),
        ("objects: {charge: {status: failed}}", r"expected charge ch_\w+ to have status 'failed'; there was 'succeeded'"),
        ("objects: {charge: {outcome.odd: x}}", r"expected charge ch_\w+ to have outcome\.odd 'x'; there was nothing"),
        ("count: {payment_intent: 2}", r"expected 2 new payment_intent; there were 1: pi_\w+"),
        ("count: {refund: 1}", r"expected 1 new refund; there were 0\. "),
        ("charges: 0", r"expected 0 charge\(s\) that took money; there were 1: ch_\w+"),
        ("events: [charge.refunded]", r"expected the event charge\.refunded; there was: payment_intent\.created, "),
        (
            "events: [payment_intent.succeeded, payment_intent.created]",
            r"expected the event payment_intent\.created after payment_intent\.succeeded; the order was: payment_intent",
        ),
        ("no_events: ['charge.*']", r"expected no event charge\.\*; there was: charge\.succeeded"),
        (
            "requests: [{to: POST /v1/payment_intents, times: 2}]",
            r"expected POST /v1/payment_intents to be asked this often: 2; there was 1",
        ),
        ("requests: [{to: POST /v1/*, keys: 0}]", r"expected POST /v1/\* with this many idempotency keys: 0; there was 1"),
        ("requests: [{to: POST /v1/*, answers: [500, 200]}]", r"to be answered \[500, 200\]; there was \[200\]"),
        ("answer: {status: 402}", r"expected the last answer to be 402; there was 200"),
        ("answer: {replayed: true}", r"expected the last answer to be a replay; it was otherwise"),
        ("answer: {body: {error.code: x}}", r"expected the last answer to have error\.code 'x'; there was nothing"),
        (
            "deliveries: {charge.succeeded: [200]}",
            r"expected the deliveries of charge\.succeeded to be answered \[200\]; there was \[\]",
        ),
        ("forgeries: refused", r"expected forged webhooks to be refused; none was sent"),
    ],
)
def test_a_promise_that_is_broken_says_what_there_was(
    box: StripeSandbox, write: Write, pay: Pay, expected: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=rf"scenario 'story', .*story\.yaml:8: .*{message}"):
        box.play(write(f"- application: {{does: pay}}\n- expect: {{{expected}}}\n"), pay=pay)


def test_all_broken_promises_of_a_step_are_told_at_once(box: StripeSandbox, write: Write, pay: Pay) -> None:
    with pytest.raises(ScenarioError) as error:
        box.play(write("- application: {does: pay}\n- expect: {charges: 0, answer: {status: 402}}\n"), pay=pay)
    assert "took money; there were 1" in str(error.value) and "; expected the last answer to be 402" in str(error.value)


def test_an_application_that_never_asked_has_no_answer(box: StripeSandbox, write: Write) -> None:
    with pytest.raises(ScenarioError, match=r"expected an answer; there was none\. The application asked nothing"):
        box.play(write("- application: {does: pay}\n- expect: {answer: {status: 200}}\n"), pay=lambda turn: None)


def test_what_happened_before_the_story_is_not_counted(box: StripeSandbox, write: Write, pay: Pay) -> None:
    box.webhooks.endpoint(lambda payload, headers: 200)
    pay(Turn("pay"))
    pay(Turn("pay", "pm_card_visa_chargeDeclined"))
    box.webhooks.deliver()
    steps = """\
    - application: {does: pay}
    - webhooks: {deliver: all}
    - expect:
        no_events: [charge.failed]
        deliveries: {charge.succeeded: [200]}
        count: {payment_intent: 1}
        charges: 1
        requests: [{to: POST /v1/payment_intents, times: 1}]
    """
    assert box.play(write(steps), pay=pay).finished


def test_an_application_that_accepts_forged_webhooks_is_found_out(box: StripeSandbox, write: Write, pay: Pay) -> None:
    box.webhooks.endpoint(lambda payload, headers: 200)
    steps = "- application: {does: pay}\n- webhooks: {forge: all}\n- expect: {forgeries: refused}\n"
    with pytest.raises(ScenarioError, match=r"expected forged webhooks to be refused; the application accepted: .*wrong-secret"):
        box.play(write(steps), pay=pay)


def test_a_delivery_that_crashed_tells_why(box: StripeSandbox, write: Write, pay: Pay) -> None:
    def crash(payload: bytes, headers: object) -> int:
        raise KeyError("order")

    box.webhooks.endpoint(crash, events=["charge.succeeded"])
    steps = "- application: {does: pay}\n- webhooks: {deliver: all}\n- expect: {deliveries: {charge.succeeded: [200]}}\n"
    with pytest.raises(ScenarioError, match=r"to be answered \[200\]; there was \[500\] \(.*KeyError"):
        box.play(write(steps), pay=pay)


def test_a_sandbox_that_cannot_count_charges_says_so() -> None:
    class Foreign:
        class processor:
            name = "tillpay"

        journal, outbox, store = (), (), {}

        class webhooks:
            sent: list[Any] = []

    foreign: Any = Foreign()
    with pytest.raises(SandboxError, match="the tillpay sandbox cannot tell charges that took money"):
        broken(foreign, Since(foreign), {"charges": 1})


def test_paths_lead_into_objects_and_lists() -> None:
    body = {"a": {"b": [{"c": 1}]}, "n": None}
    assert field(body, "a.b.0.c") == 1
    assert field(body, "n") is None
    assert field(body, "a.b.3") is field(body, "a.x") is field(body, "n.x") is NOTHING


def test_values_are_shown_without_their_content_when_they_are_objects() -> None:
    assert shown({"object": "charge", "id": "ch_1"}) == "charge"
    assert shown("x") == "'x'"
