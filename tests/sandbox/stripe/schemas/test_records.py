from __future__ import annotations

import pytest

from payproof.sandbox.stripe.schemas import Catalogue
from payproof.sandbox.stripe.schemas.compounds import Nullable
from payproof.sandbox.stripe.schemas.kinds import INTEGER, TEXT, Reading
from payproof.sandbox.stripe.schemas.records import Field, Record
from payproof.sandbox.stripe.schemas.sdk import SdkError

INNER = Record("Inner", lambda: {"number": Field(TEXT, True)})
OUTER = Record(
    "Outer", lambda: {"amount": Field(INTEGER, True), "card": Field(INNER, False), "note": Field(Nullable(TEXT), False)}
)


def test_nested_parameters_are_named_as_stripe_names_them() -> None:
    reading = Reading()
    values = OUTER.read_fields({"card": {"numbr": "1"}, "more": "2"}, "", reading)
    assert [(problem.code, problem.param) for problem in reading.problems] == [
        ("parameter_unknown", "card[numbr]"),
        ("parameter_missing", "card[number]"),
        ("parameter_unknown", "more"),
        ("parameter_missing", "amount"),
    ]
    assert values == {"card": {"numbr": "1"}, "more": "2"}


def test_an_answer_is_checked_field_by_field() -> None:
    found: list[str] = []
    OUTER.verify({"amount": "1", "card": {}, "note": None, "odd": 1}, "outer", found)
    assert found == ["outer.amount: expected integer, got string", "outer.card.number: absent", "outer.odd: unknown field"]
    found.clear()
    OUTER.verify([], "outer", found)
    assert found == ["outer: expected object, got array"]


def test_fields_are_worked_out_only_when_needed() -> None:
    asked: list[str] = []
    record = Record("Lazy", lambda: asked.append("built") or {})  # type: ignore[func-returns-value]
    assert not asked
    assert not record.fields and not record.fields
    assert asked == ["built"]


def test_field_types_of_a_real_object(catalogue: Catalogue) -> None:
    fields = catalogue.fields("charge")
    assert (fields["amount"].kind, fields["amount"].nullable) == ("integer", False)
    assert (fields["customer"].kind, fields["customer"].nullable) == ("expandable", True)
    assert set(fields["status"].values) == {"succeeded", "pending", "failed"}
    outcome = fields["outcome"]
    assert (outcome.kind, outcome.nullable) == ("object", True)
    assert outcome.fields()["type"].kind == "string"
    assert (fields["metadata"].kind, fields["refunds"].kind) == ("map", "object")
    items = catalogue.fields("subscription")["default_tax_rates"]
    assert items.kind == "array" and not items.fields()


def test_an_object_that_the_sdk_does_not_have_has_no_fields_to_ask_for(catalogue: Catalogue) -> None:
    with pytest.raises(SdkError, match=r"stripe [\d.]+ has no object 'unicorn'"):
        catalogue.fields("unicorn")
