"""What the installed SDK says of requests: read from its source, and the same in the table that ships."""

from __future__ import annotations

from typing import Any

import pytest

from payproof.sandbox.square import routes
from payproof.sandbox.square.schemas import checking, sdk, snapshot
from payproof.sandbox.square.schemas.shapes import TABLE, Shapes, from_table, shapes


def test_the_table_is_that_of_the_installed_sdk() -> None:
    assert TABLE.read_text("utf-8") == snapshot.written((route.method, route.template) for route in routes.every())


@pytest.mark.parametrize("known", [shapes(), from_table()], ids=["the SDK", "the table"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"note": None}, []),
        ({"source_id": None}, [("source_id", "MISSING_REQUIRED_PARAMETER")]),
        ({"source_id": 7}, [("source_id", "EXPECTED_STRING")]),
        ({"autocomplete": "yes"}, [("autocomplete", "EXPECTED_BOOLEAN")]),
        ({"amount_money": "12.00"}, [("amount_money", "EXPECTED_OBJECT")]),
        ({"amount_money": {"amount": "1200"}}, [("amount_money.amount", "EXPECTED_INTEGER")]),
        ({"amount_money": {"amount": True}}, [("amount_money.amount", "EXPECTED_INTEGER")]),
        ({"amount_money": {"currency": "usd"}}, [("amount_money.currency", "INVALID_ENUM_VALUE")]),
        ({"amount_mony": {}}, [("amount_mony", "UNKNOWN_BODY_PARAMETER")]),
        ({"app_fee_allocations": {}}, [("app_fee_allocations", "EXPECTED_ARRAY")]),
    ],
)
def test_a_request_is_held_against_its_method(known: Any, changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    body = {"source_id": "cnon:card-nonce-ok", "idempotency_key": "one", "amount_money": {"amount": 1, "currency": "USD"}}
    found = checking.check(known.operation("POST", "/v2/payments"), {**body, **changes}, known)
    assert [(problem.field, problem.code) for problem in found] == expected


def test_a_name_that_is_nearly_right_is_told() -> None:
    (found,) = checking.check(shapes().operation("POST", "/v2/orders"), {"ordr": {}})
    assert found.hint == "; did you mean 'order'?"


def test_items_of_lists_are_looked_at() -> None:
    line = {"name": "Book", "quantity": 1}
    body = {"order": {"location_id": "L1", "line_items": [{"quantity": "1"}, line]}}
    (found,) = checking.check(shapes().operation("POST", "/v2/orders"), body)
    assert (found.field, found.code) == ("order.line_items[1].quantity", "EXPECTED_STRING")


def test_an_answer_is_held_against_the_model_that_reads_it() -> None:
    model = shapes().operation("POST", "/v2/refunds").answers
    right = {"id": "one", "amount_money": {"amount": 1, "currency": "USD"}}
    assert checking.mistakes(model, {"refund": right}) == []
    assert checking.mistakes(model, {"refund": {**right, "state": 1}}) == ["refund.state: UNKNOWN_BODY_PARAMETER"]


def test_every_endpoint_is_one_of_the_sdk_s() -> None:
    for route in routes.every():
        operation = shapes().operation(route.method, route.template)
        assert set(route.answer.query) <= operation.query
        assert set(route.answer.without_effect) <= set(operation.body)
        assert route.answer.keyed == ("idempotency_key" in operation.body), route.template


def test_what_an_older_sdk_writes_otherwise_is_taken_from_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "operations", lambda folder, start: {})
    operation = Shapes("an older SDK").operation("GET", "/v2/payments")
    assert "cursor" in operation.query
