"""What holds card data or a kept body without saying so: mappings that card fields are read from, columns of stored webhooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from payproof.scan import facts
from payproof.scan.models import Models, card_word, tokens
from payproof.scan.program import ClassInfo, FunctionInfo, walk
from payproof.scan.values import MAPPING, Value

_READS = frozenset({"get", "pop", "setdefault"})

_KEPT_BODIES = frozenset({"body", "raw_body", "payload", "raw_payload", "raw_data"})

_TABLE_BASES = frozenset({"model", "models", "document", "base", "sqlmodel", "db", "declarative"})


def card_mappings(info: FunctionInfo, models: Models) -> Mapping[str, str]:
    """Return the names in a function that card data is read from by key, each with the key."""
    found: dict[str, str] = {}
    for node in walk(info.node.body):
        name, key = _read_of(node)
        if name and key and card_word(key, models.vocabulary):
            found.setdefault(name, key)
    return found


def _read_of(node: object) -> tuple[str, str]:
    """Return the name and the constant key of `name["key"]`, `name.get("key")` and `"key" in name`, else empty texts."""
    owner: object = None
    key: object = None
    if isinstance(node, facts.Subscript):
        owner, key = node.value, node.index
    elif isinstance(node, facts.Call) and isinstance(node.func, facts.Attribute) and node.func.name in _READS and node.arguments:
        owner, key = node.func.value, node.arguments[0].value
    elif isinstance(node, facts.Comparison) and node.operators in (["In"], ["NotIn"]):
        owner, key = node.rights[0], node.left
    if isinstance(owner, facts.Name) and isinstance(key, facts.Literal) and isinstance(key.value, str):
        return owner.id, key.value
    return "", ""


def reads_card_form(info: FunctionInfo, models: Models) -> bool:
    """Return whether a function reads a card field by its name from anything: a form, a body, a query."""
    for node in walk(info.node.body):
        key = None
        if isinstance(node, facts.Subscript):
            key = node.index
        elif isinstance(node, facts.Call) and isinstance(node.func, facts.Attribute) and node.func.name in _READS:
            key = node.arguments[0].value if node.arguments else None
        if isinstance(key, facts.Literal) and isinstance(key.value, str) and card_word(key.value, models.vocabulary):
            return True
    return False


def called_classes(info: FunctionInfo) -> set[str]:
    """Return the names that a function calls and that are written like a class."""
    called = {node.func.id for node in walk(info.node.body) if isinstance(node, facts.Call) and isinstance(node.func, facts.Name)}
    return {name for name in called if name[:1].isupper()}


def unmapped(value: Value) -> Value:
    """Return a mapping whose card data was left out."""
    fields = {key: item.without(MAPPING) for key, item in (value.fields or {}).items()}
    return dataclasses.replace(value.without(MAPPING), fields=fields)


def keeps_body(info: ClassInfo, name: str) -> bool:
    """Return whether the attribute `name` of a table that speaks of webhooks is the body of one."""
    if name not in _KEPT_BODIES or not is_table(info):
        return False
    words = {*tokens(info.name), *tokens(info.path.rsplit("/", 1)[-1])}
    return bool(words & {"webhook", "webhooks", "hook", "ipn"})


def is_table(info: ClassInfo) -> bool:
    """Return whether a class is a table, by the names of its bases."""
    words: set[str] = set()
    for base in info.node.bases:
        node = base.value
        name = node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else ""
        if base.keyword is None and name not in ("BaseModel", "ModelForm", "ModelSerializer"):
            words.update(tokens(name))
    return bool(words & _TABLE_BASES)
