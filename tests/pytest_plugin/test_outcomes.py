"""Which way a test speaks: passed for, failed against, and everything else for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from payproof.pytest_plugin import outcomes


def report(when: Any, outcome: Any, longrepr: Any = None, **more: object) -> pytest.TestReport:
    return pytest.TestReport("test_x.py::test_y", ("test_x.py", 1, "test_y"), {}, outcome, longrepr, when, **more)


SETUP, PASSED, LEFT = report("setup", "passed"), report("call", "passed"), report("teardown", "passed")
FAILED = report("call", "failed", "E assert 1 == 2\nmore")
BROKEN_SETUP = report("setup", "failed", "no database")
BROKEN_TEARDOWN = report("teardown", "failed", "the fault '500' was planned and never fired")


@pytest.mark.parametrize(
    ("reports", "stance", "why"),
    [
        ([SETUP, PASSED, LEFT], "for", "passed"),
        ([SETUP, FAILED, LEFT], "against", "failed: an error"),
        ([SETUP, PASSED, BROKEN_TEARDOWN], "against", "failed when it was left: an error"),
        ([SETUP, PASSED, FAILED, LEFT], "against", "failed: an error"),
        ([BROKEN_SETUP, LEFT], None, "its set-up failed, so it did not run"),
        ([report("setup", "skipped", "not today"), LEFT], None, "it was skipped"),
        ([SETUP, report("call", "skipped", "not today"), LEFT], None, "it was skipped"),
        ([SETUP, report("call", "skipped", "x", wasxfail="x"), LEFT], None, "it is expected to fail"),
        ([SETUP, report("call", "passed", wasxfail="x"), LEFT], None, "it is expected to fail"),
        ([SETUP, FAILED, LEFT, SETUP, PASSED, LEFT], None, "it passed only when it was run again"),
        ([SETUP, PASSED, LEFT, SETUP, FAILED, LEFT], "against", "failed: an error"),
        ([SETUP, LEFT], None, "it did not run to its end"),
        ([], None, "it did not run to its end"),
        ([SETUP, report("call", "failed", "AssertionError: assert 'a value' == 'b'"), LEFT], "against", "failed: AssertionError"),
        ([SETUP, report("call", "failed", "shop.errors.Refused: order 7"), LEFT], "against", "failed: shop.errors.Refused"),
        ([SETUP, report("call", "failed", ""), LEFT], "against", "failed: an error"),
    ],
)
def test_outcomes(reports: list[pytest.TestReport], stance: str | None, why: str) -> None:
    found = outcomes.of(reports)
    assert (found.stance and found.stance.value, found.why) == (stance, why)
