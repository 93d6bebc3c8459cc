from __future__ import annotations

from typing import Any

import pytest

from payproof.sandbox.stripe.schemas.kinds import ANYTHING, BOOLEAN, DECIMAL, INTEGER, NUMBER, TEXT, Choice, Kind, Reading

COLOURS = Choice(("red", "green", "blue"))
GROWING = Choice(("red", "green"), open=True)


def _read(kind: Kind, value: Any, strict: bool = True) -> tuple[Any, list[tuple[str, str]]]:
    reading = Reading(strict)
    result = kind.read(value, "p", reading)
    assert all(problem.param == "p" for problem in reading.problems)
    return result, [(problem.code, problem.message) for problem in reading.problems]


def _verify(kind: Kind, value: Any) -> list[str]:
    found: list[str] = []
    kind.verify(value, "x.p", found)
    return found


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        (TEXT, "abc", "abc"),
        (TEXT, 5, "5"),
        (INTEGER, "1000", 1000),
        (INTEGER, "-5", -5),
        (INTEGER, 7, 7),
        (NUMBER, "12.5", 12.5),
        (NUMBER, 3, 3),
        (DECIMAL, "0.125", "0.125"),
        (BOOLEAN, "true", True),
        (BOOLEAN, "false", False),
        (BOOLEAN, "True", True),
        (BOOLEAN, "False", False),
        (BOOLEAN, False, False),
        (COLOURS, "green", "green"),
        (Choice((True,)), "true", True),
        (ANYTHING, {"content": b"x"}, {"content": b"x"}),
    ],
)
def test_form_text_becomes_its_real_type(kind: Kind, sent: Any, read: Any) -> None:
    result, problems = _read(kind, sent)
    assert result == read and type(result) is type(read)
    assert not problems


@pytest.mark.parametrize(
    ("kind", "sent", "code", "message"),
    [
        (TEXT, {"a": "b"}, "", "Invalid string: p must be a string, not object"),
        (INTEGER, "abc", "parameter_invalid_integer", "Invalid integer: abc"),
        (INTEGER, "10.5", "parameter_invalid_integer", "Invalid integer: 10.5"),
        (INTEGER, "--1", "parameter_invalid_integer", "Invalid integer: --1"),
        (INTEGER, "١٢", "parameter_invalid_integer", "Invalid integer: ١٢"),
        (INTEGER, True, "parameter_invalid_integer", "Invalid integer: true"),
        (INTEGER, ["1"], "parameter_invalid_integer", "Invalid integer: array"),
        (NUMBER, "abc", "", "Invalid decimal: abc"),
        (NUMBER, "nan", "", "Invalid decimal: nan"),
        (DECIMAL, "1,5", "", "Invalid decimal: 1,5"),
        (BOOLEAN, "yes", "", "Invalid boolean: yes"),
        (BOOLEAN, ["true"], "", "Invalid boolean: array"),
        (COLOURS, "pink", "", "Invalid p: must be one of red, green, or blue"),
        (GROWING, "pink", "", "Invalid p: must be one of red or green"),
    ],
)
def test_what_does_not_fit_is_refused_in_stripe_s_words(kind: Kind, sent: Any, code: str, message: str) -> None:
    result, problems = _read(kind, sent)
    assert problems == [(code, message)]
    assert result == sent


@pytest.mark.parametrize("kind", [TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, COLOURS])
def test_an_empty_value_cannot_unset_what_has_no_empty_value(kind: Kind) -> None:
    [(code, message)] = _read(kind, "")[1]
    assert code == "parameter_invalid_empty"
    assert message.startswith("You passed an empty string for 'p'. We assume empty values are an attempt to unset a parameter")


def test_a_word_unknown_to_the_sdk_passes_only_open_lists_and_only_when_told() -> None:
    assert _read(GROWING, "pink", strict=False) == ("pink", [])
    assert _read(COLOURS, "pink", strict=False)[1]


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (TEXT, "a", []),
        (TEXT, 1, ["x.p: expected string, got integer"]),
        (INTEGER, 1, []),
        (INTEGER, True, ["x.p: expected integer, got boolean"]),
        (INTEGER, "1", ["x.p: expected integer, got string"]),
        (NUMBER, 1.5, []),
        (NUMBER, None, ["x.p: expected number, got null"]),
        (DECIMAL, "1.5", []),
        (DECIMAL, 1.5, ["x.p: expected decimal string, got number"]),
        (BOOLEAN, True, []),
        (BOOLEAN, "true", ["x.p: expected boolean, got string"]),
        (COLOURS, "red", []),
        (COLOURS, "pink", ["x.p: unknown value pink; the SDK knows red, green, or blue"]),
        (GROWING, "pink", ["x.p: unknown value pink; the SDK knows red or green"]),
        (COLOURS, [], ["x.p: expected string, got array"]),
        (ANYTHING, object(), []),
    ],
)
def test_answers_are_checked(kind: Kind, value: Any, found: list[str]) -> None:
    assert _verify(kind, value) == found
