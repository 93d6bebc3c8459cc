"""In continuous integration (`CI=true`) a test that would not be run fails: a skip there hides a part that was not installed.

Elsewhere a missing system part (a browser, say) is a skip, which pytest lists with its reason at the end.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest


def _insist(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        _, _, reason = report.longrepr if isinstance(report.longrepr, tuple) else ("", 0, str(report.longrepr))
        report.outcome = "failed"
        report.longrepr = f"not run, which CI does not accept: {reason.removeprefix('Skipped: ')}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    outcome = yield
    _insist(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, None]:
    outcome = yield
    _insist(outcome.get_result())
