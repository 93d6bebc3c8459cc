"""Turns the SDK's type annotations into kinds of value.

What is understood is what stripe 10.12 to 16.1 write: `Optional`, `Union` and `|`, `Literal`, `List`, `Dict`, `NotRequired`,
`ExpandableField`, `ListObject`, `UntypedStripeObject`, names of classes (quoted or not), and the plain types. Anything else
raises `SdkError`, so that a new notation is noticed and not guessed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from payproof.sandbox.stripe.schemas import compounds, kinds
from payproof.sandbox.stripe.schemas.kinds import Kind
from payproof.sandbox.stripe.schemas.outline import Class
from payproof.sandbox.stripe.schemas.records import Field, Record
from payproof.sandbox.stripe.schemas.sdk import SdkError

_PLAIN: dict[str, Kind] = {
    "str": kinds.TEXT,
    "int": kinds.INTEGER,
    "float": kinds.NUMBER,
    "bool": kinds.BOOLEAN,
    "Decimal": kinds.DECIMAL,
    "Any": kinds.ANYTHING,
    "object": kinds.ANYTHING,
}
_NOT_PARAMETERS = ("TypedDict", "RequestOptions")
_LIST_CLASSES = ("ListObject", "SearchResultObject")

Check = Callable[[Mapping[str, Any], str, list[str]], None]


class Kinds:
    """Builds the kinds of one SDK. `check` verifies a whole Stripe object found inside another."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._records: dict[tuple[str, str], Record] = {}
        self._maps: dict[Kind, Kind] = {}

    def record(self, class_: Class) -> Record:
        """Return the record of a TypedDict or of an answer's class; one record per class."""
        key = (class_.module.name, class_.qualified_name)
        if key not in self._records:
            self._records[key] = Record(class_.qualified_name, lambda: self._fields(class_))
        return self._records[key]

    def _fields(self, class_: Class) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for base in class_.bases:
            found.update(self._inherited(base, class_))
        for name, annotation in class_.annotations.items():
            found[name] = self._field(annotation, class_)
        return found

    def _inherited(self, base: str, class_: Class) -> dict[str, Field]:
        """Fields of a base class; those of `RequestOptions` are options of the call, not parameters."""
        if base in _NOT_PARAMETERS or "[" in base or not _is_typed_dict(class_):
            return {}
        origin = (class_.parent or class_.module).resolve(base)
        if isinstance(origin, Class):
            return self._fields(origin)
        if not isinstance(origin, ast.Call) or len(origin.args) != 2 or not isinstance(origin.args[1], ast.Dict):
            raise SdkError(f"{class_.module.name}: the base {base} of {class_.qualified_name} is not understood")
        pairs = zip(origin.args[1].keys, origin.args[1].values, strict=True)
        return {str(key.value): self._field(value, class_) for key, value in pairs if isinstance(key, ast.Constant)}

    def _field(self, annotation: ast.expr, scope: Class) -> Field:
        node = _unquoted(annotation)
        head = _head(node)
        if isinstance(node, ast.Subscript) and head in ("NotRequired", "Required"):
            return Field(self.kind(node.slice, scope), head == "Required")
        kind = self.kind(node, scope)
        return Field(kind, not isinstance(kind, compounds.Nullable))

    def kind(self, annotation: ast.expr, scope: Class) -> Kind:
        """Return the kind that `annotation` means inside `scope`; raises `SdkError` if it is not understood."""
        node = _unquoted(annotation)
        if isinstance(node, ast.BinOp):
            return self._either(_alternatives(node), scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        dotted = ast.unparse(node)
        return _PLAIN.get(dotted) or self._named(dotted, scope)

    def _subscript(self, node: ast.Subscript, scope: Class) -> Kind:
        head, arguments = _head(node), _arguments(node)
        if head in ("Literal", "Union"):
            return self._either([node], scope)
        if head == "Optional":
            return compounds.Nullable(self.kind(arguments[0], scope))
        if head == "List":
            return compounds.ListOf(self.kind(arguments[0], scope))
        if head in ("Dict", "Mapping", "UntypedStripeObject"):
            return self._map_of(self.kind(arguments[-1], scope))
        if head == "ExpandableField":
            return compounds.Expandable(self.kind(arguments[0], scope))
        if head in _LIST_CLASSES:
            return _list_of(self.kind(arguments[0], scope))
        raise SdkError(f"{scope.module.name}: the annotation {ast.unparse(node)} is not understood")

    def _map_of(self, item: Kind) -> Kind:
        """One map per kind of item, so that `Dict[str, str] | UntypedStripeObject[str]` is one alternative."""
        return self._maps.setdefault(item, compounds.MapOf(item))

    def _either(self, nodes: Iterable[ast.expr], scope: Class) -> Kind:
        words, others, nullable = self._sorted(nodes, scope)
        emptyable = "" in words
        values = tuple(word for word in words if word != "")
        # Literal[...] | str is the SDK's notation for a list of words that may grow; Literal[''] | str is a text to unset.
        if values:
            is_open = kinds.TEXT in others
            others = [kind for kind in others if kind is not kinds.TEXT] + [kinds.Choice(values, open=is_open)]
        elif not others:
            others = [kinds.Choice(("",))]
        others = self._merged(others)
        kind = others[0] if len(others) == 1 else compounds.Either(tuple(others))
        kind = compounds.Emptyable(kind) if emptyable else kind
        return compounds.Nullable(kind) if nullable else kind

    def _merged(self, options: list[Kind]) -> list[Kind]:
        """Whole objects tell themselves apart by their `object` field: `Card | BankAccount` is one kind."""
        named = [kind for kind in options if isinstance(kind, compounds.Named)]
        if len(named) < 2:
            return options
        names = tuple(name for kind in named for name in kind.names)
        return [kind for kind in options if kind not in named] + [compounds.Named(names, self._check)]

    def _sorted(self, nodes: Iterable[ast.expr], scope: Class) -> tuple[list[Any], list[Kind], bool]:
        words: list[Any] = []
        others: list[Kind] = []
        nullable = False
        for node in _flattened(nodes):
            if isinstance(node, ast.Constant) and node.value is None:
                nullable = True
            elif isinstance(node, ast.Subscript) and _head(node) == "Literal":
                words += [ast.literal_eval(argument) for argument in _arguments(node)]
            else:
                kind = self.kind(node, scope)
                others += [kind] if kind not in others else []
        return words, others, nullable

    def _named(self, dotted: str, scope: Class) -> Kind:
        found = scope.resolve(dotted)
        if found is None:
            raise SdkError(f"{scope.module.name}: the name {dotted} in {scope.qualified_name} is not understood")
        if not isinstance(found, Class):
            return self.kind(found, scope)
        name = None if _is_typed_dict(found) else found.constant("OBJECT_NAME")
        return compounds.Named((name,), self._check) if name else self.record(found)


def _is_typed_dict(class_: Class) -> bool:
    return any(base in _NOT_PARAMETERS or base.startswith("_") for base in class_.bases)


def _list_of(item: Kind) -> Record:
    """A page of a list; `total_count` and the cursors of searches come with some lists only."""
    fields = {
        "object": Field(kinds.Choice(("list", "search_result")), True),
        "data": Field(compounds.ListOf(item), True),
        "has_more": Field(kinds.BOOLEAN, True),
        "url": Field(kinds.TEXT, True),
        "next_page": Field(compounds.Nullable(kinds.TEXT), False),
        "total_count": Field(compounds.Nullable(kinds.INTEGER), False),
    }
    return Record("list", lambda: fields)


def _unquoted(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _unquoted(ast.parse(node.value.strip(), mode="eval").body)
    return node


def _head(node: ast.expr) -> str:
    return ast.unparse(node.value) if isinstance(node, ast.Subscript) else ""


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _alternatives(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _alternatives(node.left) + _alternatives(node.right)
    return [node]


def _flattened(nodes: Iterable[ast.expr]) -> Iterable[ast.expr]:
    for node in nodes:
        bare = _unquoted(node)
        if isinstance(bare, ast.BinOp):
            yield from _flattened(_alternatives(bare))
        elif isinstance(bare, ast.Subscript) and _head(bare) == "Union":
            yield from _flattened(_arguments(bare))
        else:
            yield bare
