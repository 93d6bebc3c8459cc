"""Reads operations and models of squareup from their source; nothing of the SDK is imported.

An operation is a method of a `raw_client.py`, which says its verb, its path, the fields of its body (with the types of the
method's own parameters), its query and the model of its answer. Models are typed dictionaries in `requests/` and pydantic
classes in `types/`, one module for each (squareup 46).
"""

from __future__ import annotations

import ast
import functools
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

PLAIN = frozenset({"str", "int", "float", "bool", "object"})
_TRANSPARENT = frozenset({"Optional", "NotRequired", "Annotated"})
_LISTS = frozenset({"Sequence", "List"})


@functools.cache
def operations(folder: pathlib.Path, start: str) -> Mapping[str, Mapping[str, Any]]:
    """Return `{"POST /v2/payments": {"body": {field: type}, "query": [...], "answers": model}}` for paths below `start`.

    Types are written as `!str` (required), `Money`, `[Money]` (a list); ids in paths are `{}`. `start` is such as `/v2/payments`.
    """
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("raw_client.py"))]
    # Parsing all clients takes half a second.
    return {name: found for text in texts if f'"{start[1:]}' in text for name, found in _of_client(text)}


@functools.cache
def model(folder: pathlib.Path, name: str) -> Mapping[str, Any]:
    """Return `{"fields": {...}}` of a model, `{"values": [...]}` of an enumeration, `{}` for anything else."""
    home = _home(folder, name)
    if home is None:
        return {}
    for node in ast.parse(home.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {"fields": dict(_fields(node))}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return {"values": values} if (values := _values(node.value)) else {}
    return {}


def _home(folder: pathlib.Path, name: str) -> pathlib.Path | None:
    """Return a model's module: `catalog_v1id.py` in `requests/` holds `CatalogV1IdParams`, that in `types/` `CatalogV1Id`."""
    package = "requests" if name.endswith("Params") else "types"
    return _modules(folder / package).get(name.removesuffix("Params").lower())


@functools.cache
def _modules(package: pathlib.Path) -> Mapping[str, pathlib.Path]:
    return {path.stem.replace("_", ""): path for path in package.glob("*.py")}


def _of_client(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    # The first class is the synchronous client; the second repeats it.
    client = next((node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)), None)
    for method in client.body if client else ():
        call = next((node for node in ast.walk(method) if _is_request(node)), None)
        if isinstance(method, ast.FunctionDef) and isinstance(call, ast.Call):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            made = {"body": _body(method, given.get("json")), "query": _keys(given.get("params")), "answers": _answer(method)}
            verb = ast.literal_eval(given["method"])
            yield f"{verb} /{_path(call.args[0])}", made


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "request"


def _path(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)


def _keys(node: ast.expr | None) -> list[str]:
    return sorted(str(key.value) for key in node.keys if isinstance(key, ast.Constant)) if isinstance(node, ast.Dict) else []


def _body(method: ast.FunctionDef, node: ast.expr | None) -> dict[str, str]:
    if not isinstance(node, ast.Dict):
        return {}
    arguments = dict(zip((argument.arg for argument in method.args.kwonlyargs), method.args.kw_defaults, strict=True))
    annotations = {argument.arg: argument.annotation for argument in method.args.kwonlyargs}
    found = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = next((part.id for part in ast.walk(value) if isinstance(part, ast.Name) and part.id in annotations), None)
        if isinstance(key, ast.Constant) and name is not None:
            found[str(key.value)] = ("!" if arguments[name] is None else "") + _type(annotations[name])
    return found


def _answer(method: ast.AST) -> str:
    casts = (node for node in ast.walk(method) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return next((_type(node.args[0]) for node in casts if isinstance(node.func, ast.Attribute) and node.func.attr == "cast"), "")


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            text = ast.unparse(item.annotation)
            if "ClassVar" in text:
                continue
            alias = re.search(r"FieldMetadata\(alias='(\w+)'\)", text)
            optional = "NotRequired[" in text or "Optional[" in text
            yield alias.group(1) if alias else item.target.id, ("" if optional else "!") + _type(item.annotation)


def _type(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _type(ast.parse(node.value, mode="eval").body)
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rpartition(".")[2]
        inner = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        if outer in _TRANSPARENT:
            return _type(inner)
        return f"[{_type(inner)}]" if outer in _LISTS else "object"
    return node.id if isinstance(node, ast.Name) else "object"


def _values(node: ast.expr) -> list[str]:
    """Return the values of `Union[Literal[...], Any]`; other unions have none."""
    subscripts = (part for part in ast.walk(node) if isinstance(part, ast.Subscript))
    literals = [part.slice for part in subscripts if ast.unparse(part.value).endswith("Literal")]
    return [str(part.value) for literal in literals for part in ast.walk(literal) if isinstance(part, ast.Constant)]
