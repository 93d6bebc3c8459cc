from __future__ import annotations

import pytest

from payproof.sandbox.stripe.schemas.problems import kind_of, one_of, shown, unknown_parameter

FAKE_KEY = "sk_" + "test_" + "payproofsample"


@pytest.mark.parametrize("value", [FAKE_KEY, "4242424242424242", "4242 4242 4242 4242", 4242424242424242, "pi_1_secret_2"])
def test_what_looks_like_a_secret_is_not_repeated(value: object) -> None:
    assert shown(value) == "(not repeated)"


def test_other_values_are_shown_and_long_ones_cut() -> None:
    assert shown("risk_level") == "risk_level"
    assert shown("a" * 70) == "a" * 60 + "..."
    assert shown({"a": 1}) == "object"


def test_words_are_listed_as_stripe_lists_them() -> None:
    assert one_of(["a"]) == "a"
    assert one_of(["a", "b"]) == "a or b"
    assert one_of(["a", "b", "c"]) == "a, b, or c"


def test_json_types_have_names() -> None:
    values = (True, "a", 1, 1.5, {}, [], None, b"")
    assert [kind_of(value) for value in values] == ["boolean", "string", "integer", "number", "object", "array", "null", "bytes"]


def test_an_unknown_parameter_names_the_nearest_known_one() -> None:
    known = ["amount", "currency"]
    assert unknown_parameter("amout", "amout", known).message == "Received unknown parameter: amout. Did you mean amount?"
    assert unknown_parameter("a[0][amout]", "amout", known).message.endswith("a[0][amout]. Did you mean a[0][amount]?")
    assert unknown_parameter("zzz", "zzz", known).message == "Received unknown parameter: zzz"


def test_a_card_number_for_a_parameter_name_is_not_repeated() -> None:
    problem = unknown_parameter("4242424242424242", "4242424242424242", [])
    assert "4242" not in problem.message + problem.param
