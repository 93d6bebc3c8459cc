"""A small project whose tests are run by an inner pytest, in this process or in one of its own."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Sequence

import hypothesis  # noqa: F401
import pytest
import stripe

import payproof.pytest_plugin.boxes
import payproof.pytest_plugin.recording  # noqa: F401
from payproof.ledger import reading
from payproof.model import Evidence
from payproof.sandbox import StripeSandbox

# pytester forgets every module that an inner run imports. What is imported here already is kept, so that inner runs in this
# process are quick and see one payproof and one SDK.
with StripeSandbox() as _box:
    _box.webhooks.endpoint(lambda payload, headers: 200)
    stripe.PaymentIntent.create(amount=1200, currency="eur", payment_method="pm_card_visa", confirm=True)
    _box.webhooks.deliver()
    _box.webhooks.forge(how="all")

PREFACE = """
import pytest
import stripe


def pay(**options):
    return stripe.PaymentIntent.create(amount=1200, currency="eur", **options)
"""


class Project:
    """A project in pytester's folder; `run` gives the inner run's result, `evidence` what its ledger then holds."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pytester = pytester
        self.root = pathlib.Path(pytester.path)
        # Whoever runs these tests without byte code would wait long for the inner processes to compile every plugin.
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        pytester.makepyprojecttoml('[tool.pytest.ini_options]\naddopts = "--strict-markers -p no:cacheprovider"\n')

    def tests(self, text: str, preface: str = PREFACE) -> None:
        self.pytester.makepyfile(test_shop=f"{preface}\n{text}")

    def run(self, *arguments: str, subprocess: bool = False) -> pytest.RunResult:
        if subprocess:
            return self.pytester.runpytest_subprocess(*arguments)
        return self.pytester.runpytest_inprocess(*arguments)

    def ledger(self, folder: str = ".payproof/ledger") -> reading.Reading:
        return reading.read(self.root / folder)

    def evidence(self) -> Sequence[Evidence]:
        found = self.ledger()
        assert found.problems == ()
        return found.evidence

    def said(self) -> list[tuple[str, str, str]]:
        """Return control, stance and test of everything in the ledger, sorted."""
        return sorted((piece.control, piece.stance.value, piece.subject.rpartition("::")[2]) for piece in self.evidence())


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(pytester, monkeypatch)


def summary_of(result: pytest.RunResult) -> list[str]:
    """Return the lines of payproof's section in the terminal."""
    lines = iter(result.outlines)
    if not any(line.strip("= ") == "payproof" for line in lines):
        return []
    return [line for line in itertools.takewhile(lambda line: not line.startswith("="), lines) if line]


@pytest.fixture
def summary() -> object:
    return summary_of
