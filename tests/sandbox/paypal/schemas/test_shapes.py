"""Shapes of requests: read from the installed SDK, or from the table that is made of it."""

from __future__ import annotations

import importlib
import pathlib
import pkgutil
import re

import paypalserversdk
import pytest

from payproof import documents
from payproof.sandbox.paypal import routes, schemas
from payproof.sandbox.paypal.schemas import sdk, snapshot
from payproof.sandbox.paypal.schemas.shapes import PLAIN, TABLE, Field, Shapes

shapes = importlib.import_module("payproof.sandbox.paypal.schemas.shapes")
MODELS = pathlib.Path(paypalserversdk.__file__).parent / "models"


def test_every_model_of_the_sdk_is_found_by_its_name_and_has_types() -> None:
    modules = [found.name for found in pkgutil.iter_modules([str(MODELS)])]
    assert len(modules) > 300
    for module in modules:
        (name,) = re.findall(r"^class (\w+)\(", (MODELS / f"{module}.py").read_text("utf-8"), re.MULTILINE)
        read = sdk.read(MODELS, name)
        assert read.get("fields") or read.get("values"), name
        assert "!object" not in read.get("fields", {}).values(), name


def test_every_model_that_endpoints_name_exists_and_leads_somewhere() -> None:
    known = schemas.shapes()
    for name in routes.models():
        assert known.fields(name) is not None, name
    assert [name for name, model in known.reachable(routes.models()).items() if not model] == []


def test_the_table_is_current() -> None:
    assert TABLE.read_text("utf-8") == snapshot.written(routes.models()), "run python -m payproof.sandbox.paypal.schemas.snapshot"


def test_without_the_sdk_the_table_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "PACKAGE", "nothing_of_the_kind")
    shapes.shapes.cache_clear()
    try:
        assert not shapes.installed()
        found = shapes.shapes()
        assert found.source.startswith("paypal-server-sdk 2.")
        assert found.reachable(["OrderRequest"]) == shapes.from_table().reachable(["OrderRequest"])
        with pytest.raises(LookupError, match="paypal-server-sdk is not installed"):
            shapes._folder()
    finally:
        shapes.shapes.cache_clear()
    assert schemas.shapes().reachable(["OrderRequest"]) == found.reachable(["OrderRequest"])


def test_what_an_older_sdk_has_no_model_for_is_taken_from_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "order_request.py").write_text((MODELS / "order_request.py").read_text("utf-8"))
    monkeypatch.setattr(shapes, "_folder", lambda: tmp_path)
    older = Shapes("an older SDK")
    assert older.fields("OrderRequest") == schemas.shapes().fields("OrderRequest")
    assert older.fields("PlanRequest") == shapes.from_table().fields("PlanRequest") is not None
    assert older.fields("VerifyWebhookSignature") is not None
    assert older.fields("NoSuchModel") is None


def test_a_name_that_the_sdk_does_not_have_is_no_model() -> None:
    assert sdk.read(MODELS, "NoSuchModel") == {} == sdk.read(MODELS, "Orderrequest")
    assert schemas.shapes().fields("NoSuchModel") is None


OWN = Shapes(
    "a test",
    {
        "Letter": {
            "fields": {"to": "!str", "pages": "int", "sheets": "List[Sheet]", "kind": "Kind", "price": "float", "any": "object"}
        },
        "Sheet": {"fields": {"text": "!str", "signed": "bool"}},
        "Kind": {"values": ["AIR", "SEA"]},
    },
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"to": "x"}, []),
        ({"to": "x", "pages": 1, "sheets": [{"text": "a", "signed": True}], "kind": "AIR", "price": 1, "any": [1]}, []),
        ({}, [("/to", "MISSING_REQUIRED_PARAMETER")]),
        ({"to": None}, [("/to", "MISSING_REQUIRED_PARAMETER")]),
        ({"to": 1}, [("/to", "INVALID_PARAMETER_SYNTAX")]),
        ({"to": "x", "pages": "1"}, [("/pages", "INVALID_PARAMETER_SYNTAX")]),
        ({"to": "x", "pages": True}, [("/pages", "INVALID_PARAMETER_SYNTAX")]),
        ({"to": "x", "kind": "ROAD"}, [("/kind", "INVALID_PARAMETER_VALUE")]),
        ({"to": "x", "sheets": {}}, [("/sheets", "INVALID_PARAMETER_SYNTAX")]),
        ({"to": "x", "sheets": [{"txt": "a"}]}, [("/sheets/0/text", "MISSING_REQUIRED_PARAMETER"), ("/sheets/0/txt", "unknown")]),
        ([], [("/", "INVALID_PARAMETER_SYNTAX")]),
    ],
)
def test_a_body_is_held_against_its_model(body: object, expected: list[tuple[str, str]]) -> None:
    assert [(problem.field, problem.issue) for problem in schemas.check("Letter", body, OWN)] == expected


def test_an_unknown_field_is_told_with_the_nearest() -> None:
    (problem,) = schemas.check("Letter", {"to": "x", "page": 1}, OWN)
    assert problem.hint == "; did you mean 'pages'?"
    assert schemas.mistakes("Letter", {"page": 1}, OWN) == ["/page: unknown"]


def test_fields_are_read_as_they_are_written() -> None:
    fields = OWN.fields("Letter")
    assert fields is not None
    assert fields["sheets"] == Field("Sheet", many=True, required=False)
    assert fields["to"] == Field("str", many=False, required=True)


def test_our_own_table_names_only_types_that_there_are() -> None:
    for name, model in shapes.own().items():
        for text in model.get("fields", {}).values():
            kind = text.removeprefix("!").removeprefix("List[").removesuffix("]")
            assert kind in PLAIN or schemas.shapes().fields(kind) is not None or schemas.shapes().values(kind), f"{name}: {kind}"
    assert documents.read(TABLE, None)["version"]
