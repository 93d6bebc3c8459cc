from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest

from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.scenarios import ScenarioError, Turn, acting

Write = Callable[..., pathlib.Path]
Pay = Callable[[Turn], str]
PAID = "- application: {does: pay}\n"


class Foreign:
    """A sandbox of a processor without verbs."""

    class processor:
        name = "tillpay"
        roles = StripeSandbox().processor.roles

    store: dict[str, Any] = {"charge": {"ch_1": {"id": "ch_1", "captured": True, "status": "succeeded"}}}


def test_a_sandbox_without_a_verb_says_so() -> None:
    foreign: Any = Foreign()
    with pytest.raises(SandboxError, match="the tillpay sandbox has no verb 'dispute'"):
        acting.act(foreign, "bank", {"disputes": "general"}, "")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            "customer: {authenticates: succeed}",
            r"there is no payment that waits for the customer; there was: payment_intent pi_\w+ \(succeeded\)",
        ),
        ("customer: {checks_out: succeed}", "there is no open checkout session; there was: no checkout.session"),
        ("bank: {escalates: true}", "there is no open inquiry; there was: no dispute"),
        ("bank: {decides: won}", "there is no open dispute; there was: no dispute"),
        ("bank: {fails_refund: declined}", "there is no refund that can fail; there was: no refund"),
        (
            "bank: {settles: succeeded}",
            r"there is no payment or refund that is pending; there was: payment_intent pi_\w+ \(succeeded\)",
        ),
        ("network: {finishes: true}", "no request is in flight; plan the fault 'held' first"),
        ("webhooks: {deliver: all}", "there is no webhook endpoint"),
        ("webhooks: {retry: true}", "no delivery has failed, so none can be retried"),
        ("webhooks: {duplicate: charge.succeeded}", "no event of type 'charge.succeeded' was delivered yet"),
        ("webhooks: {drop: [charge.refunded]}", "1 pending event"),
        ("webhooks: {reorder: [charge.refunded]}", "there is nothing to put in front"),
        ("webhooks: {forge: all}", "no endpoint wants"),
    ],
)
def test_what_cannot_be_done_now_is_told(box: StripeSandbox, write: Write, pay: Pay, step: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"story\.yaml:8: .*{message}"):
        box.play(write(f"{PAID}- {step}\n"), pay=pay)


def test_the_clock_moves_and_webhooks_are_delivered_dropped_and_retried(box: StripeSandbox, write: Write, pay: Pay) -> None:
    answers = iter([500, 200, 200])
    box.webhooks.endpoint(lambda payload, headers: next(answers), events=["charge.succeeded", "payment_intent.succeeded"])
    began = box.clock.now()
    steps = """\
    - application: {does: pay}
    - webhooks: {drop: [payment_intent.succeeded]}
    - webhooks: {deliver: [charge.succeeded]}
    - webhooks: {retry: true}
    - expect:
        deliveries: {charge.succeeded: [500, 200], payment_intent.succeeded: []}
    - clock: {hours: 1, minutes: 1}
    """
    assert box.play(write(steps), pay=pay).finished
    assert box.clock.now() == began + 3_660


def test_what_is_pending_can_come_out_either_way(box: StripeSandbox, write: Write, pay: Pay) -> None:
    import stripe

    def refund(turn: Turn) -> None:
        stripe.Refund.create(payment_intent=box.journal.effects("payment_intent")[-1])

    steps = """\
    - customer: {card: pendingRefund}
    - application: {does: pay}
    - application: {does: refund, until: {refund: pending}}
    - bank: {settles: failed}
    - expect:
        objects: {refund: {status: failed}}
    """
    assert box.play(write(steps), pay=pay, refund=refund).finished
