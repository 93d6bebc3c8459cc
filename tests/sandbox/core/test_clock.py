import time

import pytest
import time_machine

from payproof.sandbox.core.clock import Clock
from payproof.sandbox.core.exchange import SandboxError

START = 1_800_000_000


def test_it_starts_at_the_applications_time_when_first_read():
    clock = Clock()
    with time_machine.travel(START, tick=False):
        assert clock.now() == START
    assert clock.now() == START


def test_it_does_not_move_by_itself():
    with time_machine.travel(START, tick=False) as traveller:
        clock = Clock()
        clock.now()
        traveller.shift(3600)
        assert int(time.time()) == START + 3600
        assert clock.now() == START


def test_advance_adds_up_its_units():
    assert Clock(START).advance(days=1, hours=2, minutes=3, seconds=4) == START + 86_400 + 7_200 + 180 + 4


def test_work_runs_in_order_each_at_its_own_second():
    clock = Clock(START)
    seen = []
    clock.at(START + 20, lambda: seen.append(("b", clock.now())))
    clock.at(START + 10, lambda: seen.append(("a", clock.now())))
    clock.at(START + 20, lambda: seen.append(("c", clock.now())))
    clock.at(START + 31, lambda: seen.append(("late", clock.now())))
    clock.advance(seconds=30)
    assert seen == [("a", START + 10), ("b", START + 20), ("c", START + 20)]
    assert clock.now() == START + 30
    assert [task.when for task in clock.due()] == [START + 31]


def test_work_scheduled_by_work_runs_when_it_falls_due():
    clock = Clock(START)
    seen = []
    clock.after(10, lambda: clock.after(10, lambda: seen.append(clock.now())))
    clock.advance(seconds=15)
    assert seen == []
    clock.advance(seconds=5)
    assert seen == [START + 20]


def test_cancelled_work_does_not_run():
    clock = Clock(START)
    seen = []
    clock.after(5, lambda: seen.append(1)).cancel()
    assert clock.due() == ()
    clock.advance(days=1)
    assert seen == []


def test_work_that_fails_leaves_the_clock_at_its_second_and_the_rest_scheduled():
    clock = Clock(START)
    seen = []

    def fail():
        raise ValueError("no")

    clock.after(5, fail)
    clock.after(9, lambda: seen.append(clock.now()))
    with pytest.raises(ValueError, match="no"):
        clock.advance(seconds=20)
    assert clock.now() == START + 5
    clock.advance(seconds=20)
    assert seen == [START + 9]


def test_hooks_run_after_every_advance():
    clock = Clock(START)
    seen = []
    clock.on_advance.append(lambda: seen.append(clock.now()))
    clock.after(5, lambda: seen.append("work"))
    clock.advance(seconds=10)
    assert seen == ["work", START + 10]


def test_it_never_moves_back():
    clock = Clock(START)
    with pytest.raises(SandboxError, match="moves only forward; it was told to move by -5 seconds"):
        clock.advance(seconds=-5)
    with pytest.raises(SandboxError, match=f"it stands at {START} and was told to go to {START - 1}"):
        clock.advance_to(START - 1)
    with pytest.raises(SandboxError, match=f"scheduled for {START - 1}, but the sandbox clock already stands at {START}"):
        clock.at(START - 1, lambda: None)
