"""Every file is parsed or named with the reason; none ends the scan."""

from __future__ import annotations

import ast
import subprocess
import sys

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payproof.model import Unread
from payproof.scan import source
from payproof.scan.source import Source, parse


def parsed(data: bytes) -> Source:
    found = parse("shop/a.py", data)
    assert isinstance(found, Source), found
    return found


def test_a_file_is_parsed_once_for_both_trees() -> None:
    found = parsed(b"import stripe\n\ncharge = stripe.Charge\n")
    assert found.path == "shop/a.py"
    assert found.lines == ["import stripe", "", "charge = stripe.Charge", ""]
    assert isinstance(found.module, libcst.Module)
    assert isinstance(found.tree, ast.Module)
    assert found.comments == {}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        ("# coding: latin-1\nx = '\u00e9'\n".encode("latin-1"), "# coding: latin-1\nx = '\u00e9'\n"),
        ("x = '\u20ac'\n".encode(), "x = '\u20ac'\n"),
        (b"", ""),
        (b"x = 1", "x = 1"),
        (b"\x0cx = 1\n", "\x0cx = 1\n"),
    ],
)
def test_encodings_and_line_ends(data: bytes, text: str) -> None:
    assert parsed(data).text == text


def test_lines_end_where_the_trees_end_them() -> None:
    found = parsed("x = 1\r\ny = '\x0c\x1c\u2028'\rz = 3\n".encode())
    assert found.lines == ["x = 1", "y = '\x0c\x1c\u2028'", "z = 3", ""]
    assert found.tree is not None
    assert found.tree.body[-1].lineno == 3


@pytest.mark.parametrize("data", [b"try: pass\nexcept A, B: pass\n", b"x = t'{a}'\n"])
def test_a_newer_python_is_read_without_the_standard_librarys_tree(data: bytes) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("the running Python knows it")
    assert parsed(data).tree is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\n\nprint 'x'\n", "not Python 3 (line 3: unexpected text at column 10)"),
        (b"x = (\n", "not Python 3 (line 2: unexpected text at column 1)"),
        (b"x = 1\n\n0777\n", "leading zeros in decimal integer literals are not permitted"),
        (b"x = 'a\n", "not Python 3 (line 1: a string does not end)"),
        (b"x = (\n" + b"y = f(1)\n" * 200, "not Python 3 (line 1: a bracket is never closed)"),
        (b"x = 1\ny = '\0'\n", "not Python (line 2: a null character)"),
        (b"x = 1\ny = '\xe9'\n", "not utf-8 text (line 2)"),
        (b"# coding: ascii\n\n\nx = '\xe9'\n", "not ascii text (line 4)"),
        (b"# coding: martian\n", "it declares an encoding that Python does not know, or two"),
        (b"\xef\xbb\xbf# coding: latin-1\n", "it declares an encoding that Python does not know, or two"),
        (b"# coding: rot13\nk = 1\n", "it declares the encoding rot13, which is none of text"),
        (b"x = " + b"(" * 3000 + b")" * 3000, "would overwhelm the parser (line 1: nested more than 120 deep in one statement)"),
        (b"x" * (source.LARGEST + 1), "larger than 2,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    found = parse("shop/a.py", data)
    assert isinstance(found, Unread)
    assert reason in found.reason
    assert (found.path, found.matters) == ("shop/a.py", True)


def test_a_bad_token_has_its_line() -> None:
    found = parse("a.py", b"x = 1\n\ny = `x`\n")
    assert isinstance(found, Unread)
    assert "(line 3: " in found.reason


@pytest.mark.parametrize("error", [RecursionError("too deep"), MemoryError(), libcst.CSTValidationError("no"), ValueError("odd")])
def test_a_parser_that_fails_costs_only_its_file(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise error

    monkeypatch.setattr(libcst, "parse_module", fail)
    found = parse("a.py", b"x = 1\n")
    assert isinstance(found, Unread)
    assert found.reason == f"the parser cannot read it ({type(error).__name__}: {error})"


def test_comments_are_kept_where_one_speaks_to_payproof() -> None:
    text = b"x = 1  # plain\ny = 2  # payproof: ignore[a-rule] ann: because\n"
    assert parsed(text).comments == {1: "# plain", 2: "# payproof: ignore[a-rule] ann: because"}


def test_warnings_of_the_scanned_code_stay_out_of_sight(recwarn: pytest.WarningsRecorder) -> None:
    parsed(b"x = '\\d' is 1\n")
    assert not list(recwarn)


def test_the_parser_is_imported_with_the_first_file_only() -> None:
    code = "import sys, payproof.scan.source, payproof.scan.waivers; print('libcst' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.strip() == "False"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_parsed_or_named(data: bytes) -> None:
    assert isinstance(parse("a.py", data), (Source, Unread))
