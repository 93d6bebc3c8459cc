from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from payproof.sandbox.stripe.schemas import Catalogue
from payproof.sandbox.stripe.schemas.compounds import Either, Expandable, ListOf, MapOf, Nullable
from payproof.sandbox.stripe.schemas.kinds import TEXT, Kind
from payproof.sandbox.stripe.schemas.records import Field, Record
from payproof.sandbox.stripe.schemas.trimming import Trimmer

INNER = Record("Inner", lambda: {"id": Field(TEXT, True)})


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        (INNER, {"id": "a", "new": 1}, {"id": "a"}),
        (Nullable(INNER), {"new": 1}, {}),
        (Nullable(INNER), None, None),
        (Expandable(INNER), "x_1", "x_1"),
        (ListOf(INNER), [{"new": 1}, "x_1"], [{}, "x_1"]),
        (MapOf(INNER), {"usd": {"id": "a", "new": 1}}, {"usd": {"id": "a"}}),
        (MapOf(TEXT), {"new": "1"}, {"new": "1"}),
        (Either((TEXT, INNER)), {"new": 1}, {}),
        (TEXT, {"new": 1}, {"new": 1}),
    ],
)
def test_what_is_unknown_is_taken_out_at_any_depth(kind: Kind, value: Any, left: Any) -> None:
    body = {"inner": value, "new": 1}
    Trimmer(lambda value: None).trim(Record("Outer", lambda: {"inner": Field(kind, False)}), body)
    assert body == {"inner": left}


def test_a_trimmed_object_is_as_the_sdk_declares_it(catalogue: Catalogue, example: Callable[..., Any]) -> None:
    for name in ("charge", "payment_intent", "dispute", "checkout.session"):
        record = catalogue._resources.record(name)
        assert record is not None
        body = {**example(record), "object": name}
        body.pop("deleted", None)
        whole = copy.deepcopy(body)
        assert catalogue.trim(_with_news(body)) == whole


def test_objects_inside_objects_pages_and_events_are_trimmed_too(catalogue: Catalogue) -> None:
    charge = {"object": "charge", "new": 1, "customer": {"object": "customer", "id": "cus_1", "new": 1}}
    left = {"object": "charge", "customer": {"object": "customer", "id": "cus_1"}}
    assert catalogue.trim(copy.deepcopy(charge)) == left
    assert catalogue.trim({"object": "list", "data": [copy.deepcopy(charge), 5]}) == {"object": "list", "data": [left, 5]}
    event = {"object": "event", "data": {"object": copy.deepcopy(charge)}, "new": 1}
    assert catalogue.trim(event) == {"object": "event", "data": {"object": left}}


def test_an_object_that_the_sdk_does_not_know_stays_as_it_is(catalogue: Catalogue) -> None:
    assert catalogue.trim({"object": "unicorn", "horn": 1}) == {"object": "unicorn", "horn": 1}


def _with_news(value: Any) -> Any:
    """Add a field that no SDK knows to every object with known fields."""
    if isinstance(value, list):
        return [_with_news(item) for item in value]
    if not isinstance(value, dict) or set(value) == {"key"} or "deleted" in value:
        return value
    return {**{name: _with_news(item) for name, item in value.items()}, "not_yet_invented": 1}
