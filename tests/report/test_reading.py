"""JSON of payproof comes back as the report it was; anything else is refused in one line."""

from __future__ import annotations

import json

import jsonschema
import pytest

from payproof.documents import schema_of
from payproof.model import Report, UsageError
from payproof.report import renderer
from payproof.report.building import build
from payproof.report.plain_data import to_plain
from payproof.report.reading import read


def test_round_trip(report: Report) -> None:
    assert read(renderer("json")(report)) == report


def test_round_trip_without_scan(judgements) -> None:
    report = build(None, judgements, revision="r")
    assert read(renderer("json")(report)) == report


def test_the_schema_describes_what_is_written(report: Report, hostile_report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of("report"))
    for each in (report, hostile_report, build(None)):
        jsonschema.Draft202012Validator(schema_of("report")).validate(json.loads(renderer("json")(each)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "old.json: is not JSON"),
        ("[]", "old.json: the document is not as payproof/1 has it"),
        ('{"format": "payproof/2"}', "old.json: "),
    ],
)
def test_anything_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, "old.json")
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_what_is_no_json_value_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        to_plain({"a": {1}})
