"""Every type of the installed SDK is understood, and understood as Python's own typing understands it."""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Iterator

import pytest

from payproof.sandbox.stripe.schemas import Catalogue, sdk
from payproof.sandbox.stripe.schemas.annotations import Kinds
from payproof.sandbox.stripe.schemas.kinds import BOOLEAN, INTEGER, TEXT, Choice, Kind
from payproof.sandbox.stripe.schemas.outline import Class, Module
from payproof.sandbox.stripe.schemas.records import Record
from payproof.sandbox.stripe.schemas.sdk import SdkError

MAJOR = int(sdk.installed().version.split(".")[0])
REQUEST_OPTIONS = {
    "api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries", "idempotency_key", "content_type",
    "headers",
}  # fmt: skip


def _kind(annotation: str) -> Kind:
    module = Module(
        "stripe._x", "class Scope(StripeObject):\n    class Inner(StripeObject):\n        id: str\n", lambda name: module
    )
    return Kinds(lambda body, where, found: None).kind(ast.parse(annotation, mode="eval").body, module.class_("Scope"))


def _reachable(kind: Kind, seen: dict[int, Record]) -> None:
    if isinstance(kind, Record):
        if id(kind) in seen:
            return
        seen[id(kind)] = kind
        for field in kind.fields.values():
            _reachable(field.kind, seen)
    for name in ("inner", "item"):
        if hasattr(kind, name):
            _reachable(getattr(kind, name), seen)
    for option in getattr(kind, "options", ()):
        _reachable(option, seen)


def test_plain_types() -> None:
    assert _kind("str") is TEXT
    assert _kind("int") is INTEGER
    assert _kind("'bool'") is BOOLEAN


def test_a_literal_with_str_is_an_open_choice() -> None:
    opened, closed = _kind("Union[Literal['a', 'b'], str]"), _kind("Literal['a', 'b']")
    assert isinstance(opened, Choice) and opened.open and opened.values == ("a", "b")
    assert isinstance(closed, Choice) and not closed.open


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        ("Optional[List[str]]", "Nullable ListOf Text"),
        ("Literal['']|str", "Emptyable Text"),
        ("Literal['', 'a']", "Emptyable Choice"),
        ("Literal['']", "Emptyable Choice"),
        ("Literal['']|Dict[str, str]|UntypedStripeObject[str]", "Emptyable MapOf Text"),
        ("Dict[str, Any]", "MapOf Anything"),
        ("ExpandableField['Scope']", "Expandable Record"),
        ("Union[int, Literal['now']]", "Either Integer Choice"),
        ("Optional[Decimal]", "Nullable DecimalText"),
        ("ListObject['Scope.Inner']", "Record"),
    ],
)
def test_combinations(annotation: str, words: str) -> None:
    assert " ".join(_shape(_kind(annotation))) == words


def _shape(kind: Kind) -> Iterator[str]:
    yield type(kind).__name__
    for name in ("inner", "item"):
        if hasattr(kind, name):
            yield from _shape(getattr(kind, name))
    for option in getattr(kind, "options", ()):
        yield from _shape(option)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("Set[str]", r"stripe\._x: the annotation Set\[str\] is not understood"),
        ("Missing", r"stripe\._x: the name Missing in Scope is not understood"),
        ("Scope.Missing", r"stripe\._x: the name Scope\.Missing in Scope is not understood"),
    ],
)
def test_what_is_not_understood_is_named(annotation: str, message: str) -> None:
    with pytest.raises(SdkError, match=message):
        _kind(annotation)


def test_a_base_that_is_not_understood_is_named() -> None:
    module = Module("stripe._x", "_Base = something()\nclass Odd(_Base):\n    id: str\n", lambda name: module)
    with pytest.raises(SdkError, match=r"stripe\._x: the base _Base of Odd is not understood"):
        Kinds(lambda body, where, found: None).record(module.class_("Odd")).fields


def test_the_parameters_of_every_endpoint_are_understood(catalogue: Catalogue) -> None:
    endpoints = catalogue.endpoints()
    seen: dict[int, Record] = {}
    tops = [catalogue.params_record(endpoint) for endpoint in endpoints]
    for top in tops:
        _reachable(top, seen)
    # stripe 10.12.1 has 499, 116, 2,648 and 8,562; 16.1.0 has 648, 148, 4,268 and 12,995.
    assert len(endpoints) >= (648 if MAJOR >= 16 else 499)
    assert sum(bool(top.required) for top in tops) >= (148 if MAJOR >= 16 else 116)
    assert len(seen) >= (4_268 if MAJOR >= 16 else 2_648)
    assert sum(len(record.fields) for record in seen.values()) >= (12_995 if MAJOR >= 16 else 8_562)


@pytest.mark.skipif(MAJOR < 13, reason="stripe.params exists from stripe 13.0.0")
def test_every_module_of_stripe_params_is_understood() -> None:
    found = sdk.installed()
    kinds = Kinds(lambda body, where, problems: None)
    seen: dict[int, Record] = {}
    paths = [path for path in (found.folder / "params").rglob("_*.py") if not path.name.startswith("__")]
    for path in paths:
        module = found.module(".".join(("stripe", *path.relative_to(found.folder).with_suffix("").parts)))
        for name in module.class_names():
            _reachable(kinds.record(module.class_(name)), seen)
    # stripe 16.1.0: 809 modules; 5,416 TypedDicts written as classes, and 3 written as calls that are bases of others.
    assert len(paths) >= (809 if MAJOR >= 16 else 700)
    assert len(seen) >= (5_416 if MAJOR >= 16 else 4_000)


def test_every_resource_class_is_understood(catalogue: Catalogue) -> None:
    seen: dict[int, Record] = {}
    for name in catalogue.object_names():
        record = catalogue._resources.record(name)
        assert record is not None
        _reachable(record, seen)
    fields = [field for record in seen.values() for field in record.fields.values()]
    # stripe 10.12.1 has 135, 1,519, 6,578 and 4,162; 16.1.0 has 181, 2,806, 11,165 and 7,130.
    assert len(catalogue.object_names()) >= (181 if MAJOR >= 16 else 135)
    assert len(seen) >= (2_786 if MAJOR >= 16 else 1_519)
    assert len(fields) >= (11_165 if MAJOR >= 16 else 6_578)
    assert sum(not field.required for field in fields) >= (7_091 if MAJOR >= 16 else 4_162)


def test_parameters_are_the_keys_that_the_sdk_s_own_typed_dicts_have(catalogue: Catalogue) -> None:
    for endpoint in catalogue.endpoints():
        class_ = catalogue._params_class(endpoint)
        imported = functools.reduce(getattr, class_.qualified_name.split("."), importlib.import_module(class_.module.name))
        record = catalogue.params_record(endpoint)
        own = set(imported.__annotations__) - (REQUEST_OPTIONS if _has_options(class_) else set())
        assert set(record.fields) == own, endpoint
        assert set(record.required) == set(imported.__required_keys__), endpoint


def _has_options(class_: Class) -> bool:
    return "RequestOptions" in class_.bases


def test_fields_are_the_annotations_that_the_sdk_s_own_classes_have(catalogue: Catalogue) -> None:
    for name in sorted(catalogue.object_names()):
        class_ = catalogue._resources.class_of(name)
        assert class_ is not None
        imported = getattr(importlib.import_module(class_.module.name), class_.name)
        own = {key for key in vars(imported)["__annotations__"] if not key.startswith("_")} - {"OBJECT_NAME", "OBJECT_NAME_ALT"}
        assert set(catalogue.fields(name)) == own, name
