from __future__ import annotations

import ast

import pytest

from payproof.sandbox.stripe.schemas import sdk
from payproof.sandbox.stripe.schemas.outline import Class, Module

SOURCE = '''
# -*- coding: utf-8 -*-
from stripe._other import Other as Another
from typing import Optional
from typing_extensions import TYPE_CHECKING

if TYPE_CHECKING:
    from stripe.params._thing_params import (
        ThingParams,  # noqa: F401
    )

_Base = TypedDict("_Base", {"from": str})


@decorated
class Thing(
    Resource["Thing"],
    Other["Thing"],
):
    """
    A thing. class of things is spoken of here, and

    class Fake of a docstring
    """

    OBJECT_NAME: ClassVar[Literal["thing"]] = (
        "thing"
    )

    class Part(StripeObject):
        class Piece(StripeObject):
            size: int

        piece: Optional[Piece]
        """
        Note: a docstring.
        """
        _inner_class_types = {"piece": Piece}

    part: Optional[Part]
    names: List[
        str
    ]

    @classmethod
    def create(cls, **params) -> "Thing":
        return cls

    async def create_async(cls) -> "Thing":
        return cls


class Later(Thing):
    pass
'''


@pytest.fixture
def module() -> Module:
    other = Module("stripe._other", "class Other(StripeObject):\n    id: str\n", lambda name: other)
    return Module("stripe._thing", SOURCE, lambda name: other)


def test_only_the_class_s_own_fields_are_its_fields(module: Module) -> None:
    thing = module.class_("Thing")
    assert {name: ast.unparse(node) for name, node in thing.annotations.items()} == {
        "part": "Optional[Part]",
        "names": "List[str]",
    }
    assert thing.nested_names() == ["Part"]
    assert [method.name for method in thing.methods] == ["create"]
    assert thing.bases[0].startswith('Resource["Thing')


def test_nested_classes_know_their_names_and_fields(module: Module) -> None:
    piece = module.class_("Thing").resolve("Part.Piece")
    assert isinstance(piece, Class)
    assert piece.qualified_name == "Thing.Part.Piece"
    assert list(piece.annotations) == ["size"]


def test_constants_are_read_without_parsing_the_class(module: Module) -> None:
    assert module.class_("Thing").constant("OBJECT_NAME") == "thing"
    assert module.class_("Later").constant("OBJECT_NAME") is None


def test_names_resolve_through_imports_and_assignments(module: Module) -> None:
    later = module.class_("Later")
    found = later.resolve("Another")
    assert isinstance(found, Class) and found.name == "Other"
    assert isinstance(later.resolve("_Base"), ast.Call)
    assert later.resolve("Nowhere") is None
    assert module.imports["ThingParams"] == ("stripe.params._thing_params", "ThingParams")


def test_a_class_that_is_not_there_is_named(module: Module) -> None:
    with pytest.raises(LookupError, match=r"stripe\._thing has no class Nothing"):
        module.class_("Nothing")


def test_the_outline_of_the_installed_sdk_equals_what_ast_says() -> None:
    found = sdk.installed()
    compared = 0
    for path in sorted(found.folder.rglob("_*.py")):
        source = path.read_text("utf-8")
        if path.name.startswith("__") or "File generated from our OpenAPI spec" not in source[:200]:
            continue
        if path.name.startswith("_stripe_client") or "events" in path.parts:
            continue
        dotted = ".".join(("stripe", *path.relative_to(found.folder).with_suffix("").parts))
        module = found.module(dotted)
        classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
        assert module.class_names() == [node.name for node in classes], dotted
        compared += sum(_compare(module.class_(node.name), node) for node in classes)
    # stripe 13.2.1 has the fewest, 6,478; 16.1.0 has 9,200.
    assert compared >= 6_478


def _compare(outlined: Class, parsed: ast.ClassDef) -> int:
    where = f"{outlined.module.name}.{outlined.qualified_name}"
    fields = [(node.target.id, ast.dump(node.annotation)) for node in parsed.body if _is_field(node)]
    assert [(name, ast.dump(node)) for name, node in outlined.annotations.items()] == fields, where
    nested = [node for node in parsed.body if isinstance(node, ast.ClassDef)]
    assert outlined.nested_names() == [node.name for node in nested], where
    methods = {node.name for node in parsed.body if isinstance(node, ast.FunctionDef)}
    assert {node.name for node in outlined.methods} == methods, where
    inner = [(outlined.nested(node.name), node) for node in nested]
    return 1 + sum(_compare(one, node) for one, node in inner if one is not None)


def _is_field(node: ast.stmt) -> bool:
    named = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_")
    return named and not ast.unparse(node.annotation).startswith("ClassVar")
