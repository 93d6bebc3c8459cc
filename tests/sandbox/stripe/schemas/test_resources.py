from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from payproof.sandbox.stripe.schemas import Catalogue
from payproof.sandbox.stripe.schemas.records import Record


def _record(catalogue: Catalogue, name: str) -> Record:
    record = catalogue._resources.record(name)
    assert record is not None
    return record


def _names(catalogue: Catalogue) -> list[str]:
    """All objects; `file_upload` is an older name of `file`, kept by the SDK for reading only."""
    return sorted(catalogue.object_names() - {"file_upload"})


@pytest.fixture
def charge(catalogue: Catalogue, example: Callable[..., Any]) -> dict[str, Any]:
    body: dict[str, Any] = example(_record(catalogue, "charge"))
    assert catalogue.check_object(body) == []
    return body


def test_an_example_of_every_object_is_accepted(catalogue: Catalogue, example: Callable[..., Any]) -> None:
    for name in _names(catalogue):
        body = {**example(_record(catalogue, name)), "object": name}
        body.pop("deleted", None)
        assert catalogue.check_object(body) == [], name


def test_of_every_object_an_absent_field_and_a_wrong_type_are_noticed(catalogue: Catalogue, example: Callable[..., Any]) -> None:
    for name in _names(catalogue):
        record = _record(catalogue, name)
        body = {**example(record), "object": name}
        body.pop("deleted", None)
        for field in set(record.required) - {"object"}:
            without = {key: value for key, value in body.items() if key != field}
            assert catalogue.check_object(without) == [f"{name}.{field}: absent"]
            if record.fields[field].kind.word != "any":
                assert catalogue.check_object({**body, field: None}) != [], f"{name}.{field}"


def test_an_unknown_field_is_noticed_at_any_depth(catalogue: Catalogue, charge: dict[str, Any]) -> None:
    charge["surprise"] = 1
    charge["outcome"]["surprise"] = 1
    assert sorted(catalogue.check_object(charge)) == ["charge.outcome.surprise: unknown field", "charge.surprise: unknown field"]


def test_an_unknown_status_is_noticed(catalogue: Catalogue, charge: dict[str, Any]) -> None:
    charge["status"] = "captured"
    [problem] = catalogue.check_object(charge)
    assert problem.startswith("charge.status: unknown value captured; the SDK knows ")


def test_an_object_inside_another_is_checked_too(catalogue: Catalogue, charge: dict[str, Any]) -> None:
    charge["customer"] = {"object": "customer", "id": "cus_1"}
    assert "charge.customer.created: absent" in catalogue.check_object(charge)
    charge["customer"] = {"object": "customer", "id": "cus_1", "deleted": True}
    assert catalogue.check_object(charge) == []


def test_of_several_possible_objects_the_one_that_is_there_is_checked(catalogue: Catalogue, example: Callable[..., Any]) -> None:
    customer = example(_record(catalogue, "customer"))
    customer.pop("deleted", None)
    card = {**example(_record(catalogue, "card")), "id": 5}
    card.pop("deleted", None)
    assert catalogue.check_object({**customer, "default_source": card}) == [
        "customer.default_source.id: expected string, got integer"
    ]


def test_the_object_of_an_event_is_checked(catalogue: Catalogue, example: Callable[..., Any], charge: dict[str, Any]) -> None:
    event = {**example(_record(catalogue, "event")), "type": "charge.succeeded"}
    event["data"] = {"object": {**charge, "amount": "12"}, "previous_attributes": None}
    assert catalogue.check_object(event) == ["event.data.object.amount: expected integer, got string"]


def test_a_page_is_checked_with_its_items(catalogue: Catalogue, charge: dict[str, Any]) -> None:
    page = {"object": "list", "data": [charge, {**charge, "paid": 1}, 5], "has_more": False}
    assert catalogue.check_object(page) == [
        "list.url: absent",
        "list.data[1].paid: expected boolean, got integer",
        "list.data[2]: expected object, got integer",
    ]
    assert catalogue.check_object({"object": "list", "data": {}, "has_more": False, "url": "/v1", "odd": 1}) == [
        "list.odd: unknown field",
        "list.data: expected array, got object",
    ]
    assert catalogue.check_object({"data": [], "next_page_url": None, "previous_page_url": None}) == []


def test_an_object_that_the_sdk_does_not_have_is_named(catalogue: Catalogue) -> None:
    assert catalogue.check_object({"object": "unicorn"}) == ["unicorn: the SDK has no object unicorn"]
    assert catalogue.check_object({}) == ["body: the SDK has no object null"]
    assert catalogue.check_object({"object": "customer", "deleted": True}) == ["customer.id: absent"]


def test_the_event_types_are_those_of_the_sdk(catalogue: Catalogue) -> None:
    types = catalogue.event_types()
    assert {"payment_intent.succeeded", "charge.dispute.closed", "checkout.session.completed"} <= types
    assert len(types) >= 237
