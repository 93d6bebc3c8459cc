"""The demonstration: a small shop with mistakes is copied, scanned, tested against the sandbox and reported on.

Nothing of the user's is read or run: the shop ships with payproof, and only its own tests run, in a process of their own.
"""

from __future__ import annotations

import dataclasses
import datetime
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

from payproof.documents import data_folder
from payproof.model import PayproofError, Report, UsageError
from payproof.project import Project
from payproof.report import renderer

SHOP = "flask_leaky"
"""The shop of `fixtures/shops/` that is shown."""

NEEDED = ("stripe", "flask")
"""What the shop's tests import; the extra `demo` installs it."""

TITLE = "payproof demonstration: a leaky shop"

REPORT = "payproof-report.html"

SECONDS = 300
"""How long the shop's tests may take."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tests:
    """How the shop's tests went. `trouble` says why they told nothing, or is empty; `missing` names absent packages."""

    run: int = 0
    failed: int = 0
    missing: tuple[str, ...] = ()
    trouble: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Demonstration:
    """What came of it: where the shop lies, its report as data and as a page, and how its tests went."""

    folder: pathlib.Path
    report: Report
    page: pathlib.Path
    tests: Tests


def demonstrate(folder: pathlib.Path) -> Demonstration:
    """Copy the shop to `folder`, which must be new or empty, scan and test it, and write its report there.

    Raises `UsageError` for a folder that holds something, or an installation without the shop.
    """
    copy_shop(folder)
    project = Project.of([folder])
    project.record(project.scan([folder]), whole=True)
    tests = run_tests(folder)
    report = project.report(datetime.date.today(), TITLE)
    return Demonstration(folder, report, _write_page(folder, report), tests)


def copy_shop(folder: pathlib.Path) -> None:
    """Copy the shop to `folder`. Raises `UsageError` when that holds something already."""
    source = data_folder("fixtures") / "shops" / SHOP
    if not source.is_dir():
        raise UsageError(f"this installation of payproof lacks its {SHOP} shop; install it again")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is not an empty folder; the demonstration overwrites nothing")
    left = shutil.ignore_patterns("__pycache__", ".payproof*", ".pytest_cache", "*.pyc")
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=left)


def missing_packages() -> tuple[str, ...]:
    """Return which packages that the shop's tests need are not installed."""
    return tuple(name for name in NEEDED if importlib.util.find_spec(name) is None)


def run_tests(folder: pathlib.Path) -> Tests:
    """Run the tests of the shop in `folder` in a process of their own; they leave their evidence in its ledger."""
    missing = missing_packages()
    if missing:
        return Tests(missing=missing)
    results = folder / ".payproof" / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={results}"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Tests(trouble=f"they did not end within {SECONDS} seconds")
    if done.returncode not in (0, 1):
        lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
        return Tests(trouble=f"pytest ended with {done.returncode}: {lines[-1] if lines else 'no output'}")
    return outcome_of(results)


def outcome_of(results: pathlib.Path) -> Tests:
    """Return how a run of pytest went by the JUnit XML that it wrote."""
    suite = ElementTree.parse(results).getroot().find("testsuite")
    if suite is None:
        return Tests(trouble="pytest reported nothing")
    count, failed, broken = (int(suite.get(name, "0")) for name in ("tests", "failures", "errors"))
    error = suite.find("testcase/error")
    trouble = f"{broken} of {count} broke down: {error.get('message', '')}" if error is not None else ""
    return Tests(count, failed, trouble=trouble)


def _environment() -> dict[str, str]:
    # Options that the caller's shell sets for pytest are meant for other tests.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_CORE_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def _write_page(folder: pathlib.Path, report: Report) -> pathlib.Path:
    page = folder / REPORT
    try:
        page.write_text(renderer("html")(report), "utf-8")
    except OSError as error:
        raise PayproofError(f"{page}: cannot be written: {error.strerror or error}") from None
    return page
