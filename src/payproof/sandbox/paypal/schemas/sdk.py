"""Reads model classes of paypal-server-sdk from their source: the SDK has one module for each, which declares its fields.

Nothing of the SDK is imported. A model says in `_names` what its fields are called in the API, in `_optionals` which may be
left out, and in its docstring which types they have (paypal-server-sdk 1 and 2, `models/*.py`).
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
from collections.abc import Mapping
from typing import Any

_ATTRIBUTE = re.compile(r"^ {8}(\w+) \(([^)]+)\): ", re.MULTILINE)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


@functools.cache
def read(folder: pathlib.Path, name: str) -> Mapping[str, Any]:
    """Return `{"fields": {...}}` of a model, `{"values": [...]}` of an enumeration, `{}` when the SDK has no such class."""
    path = folder / f"{module_of(name)}.py"
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text("utf-8"))
    found = next((node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), None)
    if found is None:
        return {}
    constants = _constants(found)
    if "_names" not in constants:
        return {"values": [value for key, value in constants.items() if not key.startswith("_") and isinstance(value, str)]}
    types = dict(_ATTRIBUTE.findall(ast.get_docstring(found, clean=False) or ""))
    optional = constants.get("_optionals", ())
    return {
        "fields": {
            wire: ("" if python in optional else "!") + types.get(python, "object")
            for python, wire in constants["_names"].items()
        }
    }


def module_of(name: str) -> str:
    """Return the name of the module that holds a class: `P24PaymentRequest` is in `p_24_payment_request`."""
    return "_".join(_WORDS.findall(name)).lower()


def _constants(found: ast.ClassDef) -> dict[str, Any]:
    constants: dict[str, Any] = {}
    for node in found.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                constants[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return constants
