"""The demonstration on the real leaky shop: it finds, tests, reports, and overwrites nothing."""

from __future__ import annotations

import dataclasses
import importlib.util
import pathlib
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from payproof import demo
from payproof.cli import main
from payproof.model import Status, UsageError
from payproof.report.tally import tallies


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> demo.Demonstration:
    return demo.demonstrate(tmp_path_factory.mktemp("demo"))


def test_the_scan_finds_what_the_shop_is_annotated_with(shown: demo.Demonstration) -> None:
    annotated = {
        (path.name, number, rule.strip())
        for path in shown.folder.glob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "# finds: " in line
        for rule in line.partition("# finds: ")[2].split(",")
    }
    scan = shown.report.scan
    assert scan is not None
    assert annotated
    assert annotated <= {(site.place.path, site.place.line, site.rule) for site in scan.findings()}


def test_its_tests_speak_against_it(shown: demo.Demonstration) -> None:
    assert shown.tests == demo.Tests(run=14, failed=9)
    broken = {judgement.control.id for judgement in shown.report.judgements if judgement.status is Status.BROKEN}
    assert {"idempotency-keys", "webhook-authenticity", "webhook-replay-protection", "card-data-not-logged"} <= broken
    by_tests = [piece for judgement in shown.report.judgements for piece in judgement.evidence if "::" in piece.subject]
    assert {piece.revision for piece in by_tests} == {shown.report.revision}


def test_the_page_is_written_and_repeats_no_card(shown: demo.Demonstration) -> None:
    page = shown.page.read_text("utf-8")
    assert shown.page == shown.folder / "payproof-report.html"
    assert "payproof demonstration: a leaky shop" in page
    assert any(tally.violated for tally in tallies(shown.report))
    assert "4242424242424242" not in page


def test_nothing_is_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "mine.py").write_text("", "utf-8")
    with pytest.raises(UsageError, match="is not an empty folder; the demonstration overwrites nothing"):
        demo.copy_shop(tmp_path)
    with pytest.raises(UsageError, match="is not an empty folder"):
        demo.copy_shop(tmp_path / "mine.py")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_an_installation_without_the_shop_says_so(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SHOP", "no_such_shop")
    with pytest.raises(UsageError, match="lacks its no_such_shop shop; install it again"):
        demo.copy_shop(tmp_path / "new")


def test_without_the_extra_it_still_scans_and_reports(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name in demo.NEEDED else found(name, *more))
    made = demo.demonstrate(tmp_path / "shop")
    assert made.tests == demo.Tests(missing=("stripe", "flask"))
    assert made.report.scan is not None
    assert made.report.scan.findings()
    assert made.page.is_file()


def test_a_folder_that_holds_something_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "mine.py").write_text("", "utf-8")
    told = CliRunner().invoke(main, ["demo", "--into", str(tmp_path)])
    assert told.exit_code == 2
    assert told.stderr.endswith("is not an empty folder; the demonstration overwrites nothing\n")


def write_test(folder: pathlib.Path, text: str) -> pathlib.Path:
    (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n", "utf-8")
    (folder / "test_it.py").write_text(text, "utf-8")
    return folder


def test_how_tests_went_is_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")  # meant for other tests, so not handed on
    told = demo.run_tests(write_test(tmp_path, "def test_a(): pass\ndef test_b(): assert 0\ndef test_c(missing): pass\n"))
    assert (told.run, told.failed, told.missing) == (3, 1, ())
    assert told.trouble.startswith("1 of 3 broke down: failed on setup with ")


def test_tests_that_cannot_be_collected_are_trouble(tmp_path: pathlib.Path) -> None:
    told = demo.run_tests(write_test(tmp_path, "def broken(:\n"))
    assert (told.run, told.failed) == (0, 0)
    assert told.trouble.startswith("pytest ended with 2: ")


def test_tests_that_do_not_end_are_ended(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SECONDS", 0.01)
    assert demo.run_tests(write_test(tmp_path, "")).trouble == "they did not end within 0.01 seconds"


@pytest.fixture
def told(shown: demo.Demonstration, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on the demonstration that was made, its tests having gone as given."""

    def run(**tests: object) -> Result:
        made = dataclasses.replace(shown, tests=demo.Tests(**tests)) if tests else shown
        monkeypatch.setattr(demo, "demonstrate", lambda folder: made)
        return CliRunner().invoke(main, ["demo", "--into", "unused"])

    return run


def test_the_command_says_what_was_found_and_what_to_do(told: Callable[..., Result], shown: demo.Demonstration) -> None:
    lines = told().stdout.splitlines()
    assert told().exit_code == 0
    assert lines[0] == f"A small shop with mistakes lies in {shown.folder}."
    assert any(line.startswith("Scan       ") and " critical" in line for line in lines)
    assert "Tests      9 of 14 failed against the Stripe sandbox" in lines
    assert any(line.startswith("Checklist  36 controls: ") for line in lines)
    assert f"Report     {shown.page}  open it in a browser" in lines
    assert "  payproof scan .    in your own project" in lines
    assert any(line.startswith("  payproof explain ") for line in lines)


def test_missing_packages_are_named_with_their_remedy(told: Callable[..., Result]) -> None:
    result = told(missing=("stripe", "flask"))
    assert result.exit_code == 0
    assert (
        "Tests      not run: stripe and flask not installed; pip install 'payproof[demo]' brings what they need"
        in result.stdout.splitlines()
    )


def test_trouble_with_the_tests_sets_the_code(told: Callable[..., Result]) -> None:
    result = told(trouble="pytest ended with 4: usage")
    assert result.exit_code == 3
    assert "Tests      did not go as they should: pytest ended with 4: usage" in result.stdout.splitlines()
