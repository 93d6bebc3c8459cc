"""Idempotency: the same key once gives one effect, however the first answer was lost."""

from __future__ import annotations

import pytest
from terms import Answered, Lost, Terms


def effects(own: Terms) -> int:
    """How many times money was moved by `ask`."""
    return len(own.box.store.get(own.effect, {}))


def check_repeat(own: Terms, answer: Answered, first: str = "") -> None:
    """The answer is what the processor gives to a repeat: the first result, or its own word for it."""
    if own.repeat is not None:
        assert Answered(answer.status, answer.code) == own.repeat
        return
    assert answer.code == "" and first in ("", answer.id)
    assert own.box.journal[-1].replayed


def test_the_same_key_twice_is_one_effect(own: Terms) -> None:
    first, second = own.ask("one"), own.ask("one")
    assert (first.code, effects(own)) == ("", 1)
    check_repeat(own, second, first.id)


def test_two_keys_are_two_effects_and_so_are_two_requests_without_one(own: Terms) -> None:
    own.ask("one"), own.ask("two")
    assert effects(own) == 2
    own.ask(None), own.ask(None)
    assert effects(own) == 4


def test_the_same_key_with_another_amount_gets_the_processors_own_answer(own: Terms) -> None:
    first = own.ask("one", 500)
    second = own.ask("one", 700)
    assert effects(own) == 1
    if own.mismatch is None:
        assert (second.code, second.id) == ("", first.id)
    else:
        assert Answered(second.status, second.code) == own.mismatch


def test_a_key_in_flight_gets_the_processors_own_answer(own: Terms) -> None:
    own.ask(None)
    before = effects(own)
    held = own.box.hold(own.on)
    with pytest.raises(Lost):
        own.ask("one")
    second = own.ask("one")
    assert Answered(second.status, second.code) == own.in_flight
    held.finish()
    check_repeat(own, own.ask("one"))
    assert effects(own) == before + 1


def test_a_lost_answer_and_a_repeat_are_one_effect(own: Terms) -> None:
    own.ask(None)
    for fault in ("lost-after", "timeout-after"):
        before = effects(own)
        own.box.faults.next(fault, own.on)
        with pytest.raises(Lost):
            own.ask(fault)
        assert effects(own) == before + 1
        check_repeat(own, own.ask(fault))
        assert effects(own) == before + 1


def test_the_clock_moves_retention(own: Terms) -> None:
    if own.retention is None:
        assert own.ask("one").id == own.ask("one").id
        return
    own.ask("one")
    own.box.clock.advance(seconds=own.retention - 1)
    own.ask("one")
    assert effects(own) == 1
    own.box.clock.advance(seconds=1)
    own.ask("one")
    # A day later the money may be out of reach; the request was executed all the same.
    assert list(own.box.journal)[-1].executed
