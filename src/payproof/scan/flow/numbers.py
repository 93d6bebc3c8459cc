"""Which numbers are floats: what arithmetic, conversions and declared types tell of them.

The label "float" says that a number is a binary fraction, "cut-float" that one was cut to an integer, "decimal" that it is
exact. Nothing is said of numbers of which nothing is known.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.flow.texts import text_labels, told_apart
from payproof.scan.models import CallModel, tokens
from payproof.scan.program import ClassInfo
from payproof.scan.values import FLOATS, Label, Value

DIVIDED = "a division"
"""The note of floats that come of dividing minor units."""

FACTOR = "a float factor"
"""The note of floats that come of a literal beside an amount."""

_MINOR = frozenset({"cents", "cent", "kobo", "paise", "pence", "minor", "satang"})
_OF_PROCESSOR = frozenset({"minor-units", "request-body", "request-data", "request-field"})
_FLOAT_COLUMNS = frozenset({"FloatField", "Float", "REAL", "Double", "DOUBLE", "FLOAT"})
_EXACT_COLUMNS = frozenset({"DecimalField", "Numeric", "DECIMAL", "MoneyField", "Decimal", "condecimal"})


def computed(operator: str, parts: Sequence[Value], place: Place) -> frozenset[Label]:
    """Return the labels of an arithmetic operation's result; "hundredfold" marks what becomes minor units by `* 100`."""
    labels: frozenset[Label] = frozenset().union(*(part.deep_labels() for part in parts))
    if operator == "Modulo" and parts[0].text() is not None:
        return text_labels(parts, place)
    if any("decimal" in part.kinds() for part in parts):
        return frozenset(label for label in labels if label.kind not in FLOATS)
    if operator == "Divide" and len(parts) == 2 and _minor_units(parts[0]):
        return labels | {Label("float", place, DIVIDED)}
    if operator == "Add":
        labels |= told_apart(parts, place)
    if operator not in ("Multiply", "Add", "Subtract") or not any(label.kind == "amount" for label in labels):
        return labels
    known = [part.constants for part in parts if part.constants]
    if operator == "Multiply" and len(known) == 1 and known[0] == (100,):
        labels |= {Label("hundredfold", place, "times 100")}
    if 0 < len(known) < len(parts) and any(isinstance(item, float) for constants in known for item in constants):
        labels |= {Label("float", place, FACTOR)}
    return labels


def _minor_units(value: Value) -> bool:
    """Return whether a value is an amount in minor units, as processors send them and columns of cents hold them."""
    if not any(label.kind == "amount" for label in value.labels):
        return False
    if value.kinds() & _OF_PROCESSOR:
        return True
    return any(not _MINOR.isdisjoint(tokens(label.note)) for label in value.labels if label.kind == "amount")


def turned(value: Value, model: CallModel, name: str, count: int, place: Place) -> Value:
    """Return what becomes of a value's labels in a call whose model says what it turns them into."""
    if name == "round" and count > 1:
        # A float with two digits is still a float.
        return value
    labels = set(value.labels)
    for turn in model.turns:
        old, _, new = turn.partition(":")
        for label in value.labels:
            # What the call gives by itself is not turned by it.
            if label.kind == old and label.place != place:
                labels.discard(label)
                if new:
                    labels.add(dataclasses.replace(label, kind=new))
    return dataclasses.replace(value, labels=frozenset(labels))


def declared_number(annotation: facts.Expr | None, value: facts.Expr | None = None) -> str:
    """Return "float" or "decimal" where an annotation, or the column that a class body assigns, says so, else ""."""
    names = _names(value) | (_names(annotation) if annotation is not None else set())
    if names & _EXACT_COLUMNS:
        return "decimal"
    if names & _FLOAT_COLUMNS or "float" in _names(annotation):
        return "float"
    return ""


def declared_in(info: ClassInfo, name: str) -> str:
    """Return what `declared_number` says of the field `name` of a class of the program."""
    for statement in info.node.body:
        if isinstance(statement, facts.Assign) and any(
            isinstance(node, facts.Name) and node.id == name for node in statement.targets
        ):
            return declared_number(statement.annotation, statement.value)
    return ""


def _names(node: object) -> set[str]:
    """Return the names in a type or a column's declaration, however it is nested."""
    if isinstance(node, facts.Name):
        return {node.id}
    if isinstance(node, facts.Attribute):
        return {node.name}
    if isinstance(node, facts.Literal) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, facts.Subscript):
        return _names(node.value) | _names(node.index)
    if isinstance(node, facts.Sequence):
        return {name for item in node.items for name in _names(item)}
    if isinstance(node, facts.Operation):
        return {name for item in node.operands for name in _names(item)}
    if isinstance(node, facts.Call):
        return _names(node.func) | {name for item in node.arguments if item.keyword is None for name in _names(item.value)}
    return set()
