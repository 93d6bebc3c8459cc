"""A frame shows code, and nothing that must not be shown."""

from __future__ import annotations

from payproof.model import FrameLine
from payproof.scan.frames import WIDEST, frame, safe

LINES = ["one", "two", "three", "four"]


def test_a_frame_is_a_line_with_its_neighbours() -> None:
    assert frame(LINES, 2) == (FrameLine(1, "one"), FrameLine(2, "two"), FrameLine(3, "three"))
    assert frame(LINES, 1) == (FrameLine(1, "one"), FrameLine(2, "two"))
    assert frame(LINES, 4, context=0) == (FrameLine(4, "four"),)


def test_a_line_that_is_not_there_gives_nothing() -> None:
    assert frame(LINES, 9) == ()
    assert frame([], 1) == ()


def test_cards_keys_and_escapes_are_masked() -> None:
    assert safe("pay('4242424242424242', cvc='314')\x1b[31m\r\n") == "pay('424242******4242', cvc='***')"
    assert safe("key = 'sk_" + "live_payproofSample01'") == "key = 'sk_live_…'"


def test_hidden_texts_go_even_when_control_characters_stand_in_them() -> None:
    assert safe("a hid\u200bden b hidden c", [("hidden", "…")]) == "a … b … c"


def test_long_lines_are_cut() -> None:
    assert len(safe("x" * 10_000)) == WIDEST
    assert safe("x" * 10_000).endswith("…")
