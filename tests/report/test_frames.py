"""A frame shows the lines around a site and marks exactly its range."""

from __future__ import annotations

import dataclasses

import pytest

from payproof.model import FrameLine, Place, Site
from payproof.report.frames import ShownLine, frame_of


def framed(finding: Site, place: Place, *lines: tuple[int, str]) -> tuple[ShownLine, ...]:
    return frame_of(dataclasses.replace(finding, place=place, frame=tuple(FrameLine(*line) for line in lines)))


@pytest.fixture
def finding(scan_report) -> Site:
    return scan_report.scan.findings()[0]


def test_marks_the_range_within_one_line(finding: Site) -> None:
    assert framed(finding, Place("a.py", 2, 5, 2, 8), (1, "x"), (2, "pay(abc)")) == (
        ShownLine(1, "x", "", ""),
        ShownLine(2, "pay(", "abc", ")"),
    )


def test_marks_every_line_of_a_long_range_from_its_first_character(finding: Site) -> None:
    shown = framed(finding, Place("a.py", 1, 3, 3, 2), (1, "a pay("), (2, "   x,"), (3, ") + 1"))
    assert [(line.before, line.marked, line.after) for line in shown] == [
        ("a ", "pay(", ""),
        ("   ", "x,", ""),
        ("", ")", " + 1"),
    ]


def test_an_unknown_end_marks_to_the_end_of_the_line(finding: Site) -> None:
    assert framed(finding, Place("a.py", 1, 3), (1, "a pay()"))[0].marked == "pay()"


def test_tabs_before_the_range_are_widened(finding: Site) -> None:
    assert framed(finding, Place("a.py", 1, 2, 1, 5), (1, "\tpay()")) == (ShownLine(1, "    ", "pay", "()"),)


@pytest.mark.parametrize("text", ["", "a", "masked"])
def test_a_line_that_masking_shortened_is_still_shown(finding: Site, text: str) -> None:
    assert framed(finding, Place("a.py", 1, 40, 1, 60), (1, text))[0].text == text


def test_a_range_ends_with_its_masked_secret(finding: Site) -> None:
    masked = framed(finding, Place("a.py", 1, 5, 1, 30), (1, 'get("…")  # and more text'))
    assert masked == (ShownLine(1, "get(", '"…', '")  # and more text'),)
    first_of_two = framed(finding, Place("a.py", 1, 5, 2, 2), (1, 'get("…",'))
    assert first_of_two == (ShownLine(1, "get(", '"…",', ""),)


def test_escape_codes_in_code_are_spelled_out(finding: Site) -> None:
    assert framed(finding, Place("a.py", 1, 1, 1, 3), (1, "a\x1b[2Jb"))[0].text == "a\\x1b[2Jb"
