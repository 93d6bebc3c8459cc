"""`payproof explain PATH:LINE`: what was asked there, and why it holds, does not, or was never asked."""

from __future__ import annotations

import pathlib

import pytest

VIEWS = """\
import logging

import stripe

logger = logging.getLogger(__name__)


def pay(request):
    number = request.POST["card_number"]
    logger.info("card %s", number)


def list_all():
    logger.info("nothing to see")
    return 1
"""


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text("[tool.payproof]\n", "utf-8")
    (tmp_path / "views.py").write_text(VIEWS, "utf-8")
    return tmp_path


def test_a_violation_is_explained_with_its_flow(run, project: pathlib.Path) -> None:
    told = run("explain", "views.py:10")
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0].startswith("views.py:10  ")
    at = next(number for number, line in enumerate(lines) if line.startswith("  violated  card-data-logged  "))
    assert lines[at + 1] == "    at        views.py:10"
    assert lines[at + 2].startswith("    because   ")
    assert any(line.startswith("    fix       ") for line in lines)
    assert any(line.startswith("    flow      views.py:9  ") for line in lines)


def test_a_line_that_a_flow_passes_names_it_too(run, project: pathlib.Path) -> None:
    lines = run("explain", "views.py:9").out.splitlines()
    assert any(line.startswith("  violated  raw-card-received") for line in lines)
    assert any(line.startswith("  violated  card-data-logged") for line in lines)


def test_what_holds_is_explained(run, project: pathlib.Path) -> None:
    lines = run("explain", "views.py:14").out.splitlines()
    assert any(line.startswith("  holds  card-data-logged  ") for line in lines)
    assert not any(line.startswith("  violated") for line in lines)


def test_a_waived_violation_says_by_whom(run, project: pathlib.Path) -> None:
    waived = VIEWS.replace("number)\n", "number)  # payproof: ignore[card-data-logged] dana: a test shop\n")
    (project / "views.py").write_text(waived, "utf-8")
    assert "    waived    dana: a test shop" in run("explain", "views.py:10").out.splitlines()


def test_a_line_of_no_interest_names_the_nearest_place(run, project: pathlib.Path) -> None:
    lines = run("explain", "views.py:1").out.splitlines()
    assert lines[0].endswith(" rules asked, and none applies to this line")
    assert lines[1].startswith("  the nearest place that a rule applies to is line 3 (sdk-outdated, unknown)")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("add.py", "def add(a, b):\n    return a + b\n", "  the file was set aside: by its words it cannot concern payments"),
        ("idle.py", "STRIPE = True  # payments by stripe\n", "  no rule applies to any line of this file"),
        ("test_idle.py", "import stripe\n\nstripe.Charge.create()\n", "  it is test code, which is asked less than other code"),
    ],
)
def test_silence_is_explained(run, project: pathlib.Path, name: str, text: str, why: str) -> None:
    (project / name).write_text(text, "utf-8")
    told = run("explain", f"{name}:1")
    assert told.code == 0
    assert why in told.out.splitlines()


def test_an_excluded_file_is_said_to_be_excluded(run, project: pathlib.Path) -> None:
    (project / "pyproject.toml").write_text('[tool.payproof]\nexclude = ["views.py"]\n', "utf-8")
    assert "  the file was left out: an exclude pattern covers it" in run("explain", "views.py:10").out.splitlines()


def test_a_file_that_was_not_read_says_why(run, project: pathlib.Path) -> None:
    (project / "broken.py").write_text("import stripe\ndef (:\n", "utf-8")
    told = run("explain", "broken.py:1")
    assert told.code == 3
    assert any(line.startswith("  the file was not read: ") for line in told.out.splitlines())
