"""How a test ended, and what that lets it say."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from payproof.model import Stance


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """Which way a test speaks, None when it says nothing; `why` is a few words for either."""

    stance: Stance | None
    why: str


def of(reports: Sequence[pytest.TestReport]) -> Outcome:
    """Return what the reports of one test, in order and over all its runs, let it say.

    A test that failed when it ran, or when its sandbox was left, speaks against. One that was skipped, is expected to fail,
    could not be set up or passed only on another run says nothing.
    """
    starts = [place for place, report in enumerate(reports) if report.when == "setup"]
    last = reports[starts[-1] :] if starts else []
    failed = next((report for report in last if report.failed), None)
    if failed is not None:
        if failed.when == "setup":
            return Outcome(None, "its set-up failed, so it did not run")
        return Outcome(Stance.AGAINST, f"failed{'' if failed.when == 'call' else ' when it was left'}: {_reason(failed)}")
    if any(hasattr(report, "wasxfail") for report in last):
        return Outcome(None, "it is expected to fail")
    if any(report.skipped for report in last):
        return Outcome(None, "it was skipped")
    if len(starts) > 1:
        return Outcome(None, "it passed only when it was run again")
    if not any(report.passed and report.when == "call" for report in last):
        return Outcome(None, "it did not run to its end")
    return Outcome(Stance.FOR, "passed")


def _reason(report: pytest.TestReport) -> str:
    """Return the kind of error a test failed with. Its text stays out: an assertion shows the values it compared."""
    crash = getattr(report.longrepr, "reprcrash", None)
    message = str(crash.message if crash is not None else report.longrepr).strip()
    kind = message.split(":", 1)[0].split("\n", 1)[0].strip()
    return kind if kind.replace(".", "").isidentifier() else "an error"
