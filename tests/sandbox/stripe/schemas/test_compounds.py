from __future__ import annotations

from typing import Any

import pytest

from payproof.sandbox.stripe.schemas.compounds import Either, Emptyable, Expandable, ListOf, MapOf, Named, Nullable
from payproof.sandbox.stripe.schemas.kinds import BOOLEAN, INTEGER, TEXT, Choice, Kind, Reading
from payproof.sandbox.stripe.schemas.records import Field, Record

CARD = Record("Card", lambda: {"object": Field(Choice(("card",)), True), "number": Field(TEXT, True)})
BANK = Record("Bank", lambda: {"object": Field(Choice(("bank_account",)), True), "routing": Field(TEXT, True)})


def _read(kind: Kind, value: Any) -> tuple[Any, list[tuple[str, str, str]]]:
    reading = Reading()
    result = kind.read(value, "p", reading)
    return result, [(problem.code, problem.param, problem.message) for problem in reading.problems]


def _verify(kind: Kind, value: Any) -> list[str]:
    found: list[str] = []
    kind.verify(value, "x.p", found)
    return found


@pytest.mark.parametrize("sent", [["1", "2"], {"0": "1", "1": "2"}, {"5": "2", "3": "1"}])
def test_a_list_is_read_from_any_way_to_write_it(sent: Any) -> None:
    assert _read(ListOf(INTEGER), sent) == ([1, 2], [])


def test_items_are_named_as_stripe_names_them() -> None:
    assert _read(ListOf(INTEGER), ["1", "x"])[1] == [("parameter_invalid_integer", "p[1]", "Invalid integer: x")]


@pytest.mark.parametrize("sent", ["card", {"a": "1"}])
def test_what_is_no_list_is_refused(sent: Any) -> None:
    assert _read(ListOf(TEXT), sent)[1] == [("", "p", "Invalid array")]


def test_what_is_no_map_is_refused() -> None:
    assert _read(MapOf(TEXT), "card")[1] == [("", "p", "Invalid object")]


def test_a_map_reads_its_values_and_keeps_empty_ones() -> None:
    assert _read(MapOf(INTEGER), {"a": "1", "b": ""}) == ({"a": 1, "b": ""}, [])
    assert _read(MapOf(INTEGER), {"a": "x"})[1] == [("parameter_invalid_integer", "p[a]", "Invalid integer: x")]


@pytest.mark.parametrize("kind", [ListOf(TEXT), MapOf(TEXT), CARD])
def test_empty_is_refused_unless_it_unsets(kind: Kind) -> None:
    assert [code for code, _, _ in _read(kind, "")[1]] == ["parameter_invalid_empty"]
    assert _read(Emptyable(kind), "") == ("", [])


def test_null_is_read_only_where_it_is_a_value() -> None:
    assert _read(Nullable(INTEGER), None) == (None, [])
    assert _read(Nullable(INTEGER), "3") == (3, [])
    assert _verify(Nullable(INTEGER), None) == []
    assert _verify(Nullable(INTEGER), "3") == ["x.p: expected integer, got string"]


@pytest.mark.parametrize(
    ("kind", "sent", "read"),
    [
        (Either((Choice(("now",)), INTEGER)), "now", "now"),
        (Either((Choice(("now",)), INTEGER)), "17", 17),
        (Either((BOOLEAN, Choice(("recurring",)))), "true", True),
        (Either((TEXT, CARD)), "tok_1", "tok_1"),
        (Either((CARD, BANK, TEXT)), {"object": "bank_account", "routing": "1"}, {"object": "bank_account", "routing": "1"}),
    ],
)
def test_the_first_alternative_that_fits_reads_the_value(kind: Kind, sent: Any, read: Any) -> None:
    assert _read(kind, sent) == (read, [])


def test_the_nearest_alternative_explains_what_is_wrong() -> None:
    problems = _read(Either((CARD, BANK, TEXT)), {"object": "bank_account"})[1]
    assert problems == [("parameter_missing", "p[routing]", "Missing required param: p[routing].")]
    assert _read(Either((CARD, TEXT)), ["x"])[1] == [("", "p", "Invalid object")]


def test_a_list_of_answers_is_checked_item_by_item() -> None:
    assert _verify(ListOf(TEXT), ["a", 1]) == ["x.p[1]: expected string, got integer"]
    assert _verify(ListOf(TEXT), {}) == ["x.p: expected array, got object"]
    assert _verify(MapOf(TEXT), {"a": 1}) == ["x.p.a: expected string, got integer"]
    assert _verify(MapOf(TEXT), []) == ["x.p: expected object, got array"]
    assert _verify(Either((TEXT, ListOf(TEXT))), [1]) == ["x.p[0]: expected string, got integer"]
    assert _verify(Emptyable(INTEGER), "") == []


def test_an_expandable_field_holds_an_id_or_the_object() -> None:
    kind = Expandable(Named(("customer",), lambda body, where, found: found.append(f"{where}: checked")))
    assert _verify(kind, "cus_1") == []
    assert _verify(kind, {"object": "customer"}) == ["x.p: checked"]
    assert _verify(kind, {"object": "charge"}) == ["x.p: expected an object of customer, got charge"]
    assert _verify(kind, 5) == ["x.p: expected object, got integer"]
