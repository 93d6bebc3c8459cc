"""Faults strike below the SDK: its own errors are raised, its own answers read."""

from __future__ import annotations

import pytest
from terms import Answered, Lost, Terms

from payproof.sandbox.core import faults

EXECUTED = {"lost-after", "timeout-after", "500-after", "malformed", "slow"}


@pytest.mark.parametrize("kind", [kind for kind in faults.KINDS if kind != "held"])
def test_each_kind_executes_or_not_as_it_says(own: Terms, kind: str) -> None:
    own.ask(None)
    before = len(own.box.store[own.effect])
    plan = own.box.faults.next(kind, own.on)
    try:
        answer = own.ask("one")
    except Lost:
        answer = Answered(0)
    assert plan.fired == [kind]
    assert len(own.box.store[own.effect]) == before + (kind in EXECUTED)
    if kind[:3].isdigit():
        assert answer.code
    entry = list(own.box.journal)[-1]
    assert entry.fault == kind
    assert own.ask("two").code == ""


@pytest.mark.parametrize("kind", ["500", "429", "503", "lost-before", "timeout-before", "reset"])
def test_what_was_never_executed_may_be_asked_again_with_the_same_key(own: Terms, kind: str) -> None:
    own.ask(None)
    before = len(own.box.store[own.effect])
    own.box.faults.next(kind, own.on)
    try:
        own.ask("one")
    except Lost:
        pass
    assert own.ask("one").code == ""
    assert len(own.box.store[own.effect]) == before + 1
