"""What would steer a terminal or a reader's eye is spelled out; what is plain stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payproof.report.visible import code_cells, code_line, paragraph, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain café 漢字", "plain café 漢字"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x9b\x7f\x00", "\\x9b\\x7f\\x00"),
        ("user\u202etxt\u2066\u200b", "user\\u202etxt\\u2066\\u200b"),
        ("caf\udce9.py", "caf\\xe9.py"),
        ("\ud800\uffff", "\\ud800\\uffff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_spells_out_what_cannot_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_every_text_becomes_printable(text: str) -> None:
    for shown in (visible(text), paragraph(text), code_line(text)):
        assert shown.isprintable()


def test_prose_is_joined_to_one_line() -> None:
    assert paragraph("  two\n   lines \x1b ") == "two lines \\x1b"


def test_tabs_in_code_reach_the_next_stop() -> None:
    assert code_line("\ta\tb\n") == "    a   b"
    assert code_cells("a\tb") == ["a", "   ", "b"]


def test_width_counts_terminal_cells() -> None:
    assert width("abc") == 3
    assert width("漢字") == 4
    assert width("e\u0301") == 1
