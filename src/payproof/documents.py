"""Reads payproof's YAML documents: every mistake in one is named by file, line and remedy.

Rules, models, controls, scenarios and waiver files are YAML. They are read without aliases, tags or duplicate keys, checked
against a JSON schema from `rules/schema/`, and handed on as plain dicts and lists. The folders `rules/` and `fixtures/` are
found beside the package in a wheel and beside `src/` in an editable install or a source tree.
"""

from __future__ import annotations

import difflib
import functools
import json
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from payproof.model import UsageError

LARGEST = 1_000_000
"""Bytes beyond which a YAML document is refused."""

DEEPEST = 40
"""Nesting beyond which a YAML document is refused."""

# libyaml reads the same documents about ten times as fast; not every installation of PyYAML has it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

KeyPath = tuple[object, ...]


class DocumentError(UsageError):
    """A YAML document that cannot be used; the text reads `rules/x.yaml:7: what is wrong`."""


def data_folder(name: str) -> pathlib.Path:
    """Return the folder `rules` or `fixtures` that belongs to this installation.

    Raises `UsageError` when the installation lacks it.
    """
    package = pathlib.Path(__file__).resolve().parent
    for candidate in (package / "data" / name, package.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(f"this installation of payproof lacks its {name}/ folder; install it again")


def shown_path(path: pathlib.Path) -> str:
    """Return how messages name `path`: relative to the current directory or to payproof's own data, else its last parts."""
    for base in (pathlib.Path.cwd(), data_folder("rules").parent):
        try:
            return path.resolve().relative_to(base.resolve()).as_posix()
        except ValueError:
            continue
    return "/".join(path.parts[-2:])


def read(path: pathlib.Path, schema: str | None) -> Any:
    """Return the content of the YAML document at `path` as dicts, lists, strings, numbers, booleans and None.

    `schema` names a file of `rules/schema/` (without `.json`) that the content must meet; None skips that check.
    Raises `DocumentError` naming file and line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{shown_path(path)}: cannot be read: {error.strerror}") from None
    return parse(data, shown_path(path), schema)


def read_once(path: pathlib.Path, schema: str) -> Any:
    """As `read`, but a content that was read before under the same name is not checked again: do not change what it returns."""
    try:
        return _parsed(path.read_bytes(), shown_path(path), schema)
    except OSError as error:
        raise DocumentError(f"{shown_path(path)}: cannot be read: {error.strerror}") from None


@functools.lru_cache(maxsize=1_000)
def _parsed(data: bytes, name: str, schema: str) -> Any:
    return parse(data, name, schema)


def parse(data: bytes, name: str, schema: str | None) -> Any:
    """As `read`, for the bytes of a document that messages call `name`."""
    if len(data) > LARGEST:
        raise DocumentError(f"{name}: is larger than {LARGEST:,} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{name}:{data[: error.start].count(10) + 1}: is not UTF-8") from None
    lines: dict[KeyPath, int] = {}
    value = _compose(text, name, lines)
    if schema is not None:
        _check(value, name, schema, lines)
    return value


def _compose(text: str, name: str, lines: dict[KeyPath, int]) -> Any:
    try:
        _refuse_aliases_and_depth(text, name)
        loader = _LOADER(text)
        try:
            node = loader.get_single_node()
            return None if node is None else _build(loader, node, (), name, lines)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        if "nesting" in (error.problem or ""):
            # libyaml from 0.2.6 on has a limit of its own and may meet it while it looks ahead of the events.
            raise DocumentError(f"{name}:{line}: is nested too deeply") from None
        raise DocumentError(f"{name}:{line}: is not YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        raise DocumentError(f"{name}: is not YAML: {error.reason}") from None


def _refuse_aliases_and_depth(text: str, name: str) -> None:
    # Depth is judged by events, because composing recurses, with libyaml even beyond Python's guard.
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DocumentError(f"{name}:{line}: anchors and aliases are not accepted here")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise DocumentError(f"{name}:{line}: is nested too deeply")


def _build(loader: Any, node: yaml.Node, path: KeyPath, name: str, lines: dict[KeyPath, int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, name, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*path, index), name, lines) for index, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return str(node.value)
    try:
        return loader.construct_object(node)
    except ValueError as error:
        raise DocumentError(f"{name}:{line}: {error}") from None


def _mapping(loader: Any, node: yaml.MappingNode, path: KeyPath, name: str, lines: dict[KeyPath, int]) -> Any:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, str):
            raise DocumentError(f"{name}:{line}: a key must be text; put {key_node.value!r} in quotes")
        if key in found:
            raise DocumentError(f"{name}:{line}: the key {key!r} stands twice")
        below = (*path, key)
        lines[below] = line
        found[key] = _build(loader, value_node, below, name, lines)
    return found


@functools.cache
def schema_of(name: str) -> Mapping[str, Any]:
    """Return the JSON schema `name` of `rules/schema/`."""
    loaded: dict[str, Any] = json.loads((data_folder("rules") / "schema" / f"{name}.json").read_text("utf-8"))
    return loaded


@functools.cache
def _validator(name: str) -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(schema_of(name))


def _check(value: Any, name: str, schema: str, lines: Mapping[KeyPath, int]) -> None:
    errors = sorted(_validator(schema).iter_errors(value), key=lambda error: [str(part) for part in error.absolute_path])
    if errors:
        raise DocumentError(_explain(_deepest(errors[0]), name, lines))


def _deepest(error: Any) -> Any:
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error


def _explain(error: Any, name: str, lines: Mapping[KeyPath, int]) -> str:
    path: KeyPath = tuple(error.absolute_path)
    where = f"{name}:{_line_of(path, lines)}"
    under = f" in {'.'.join(str(part) for part in path)}" if path else ""
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))[0]
        return f"{name}:{_line_of((*path, unknown), lines)}: unknown key {unknown!r}{under}{suggest(unknown, known)}"
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))[0]
        return f"{where}: the key {missing!r} is missing{under}"
    if error.validator == "enum":
        options = [str(option) for option in error.validator_value]
        return f"{where}: {error.instance!r} is not accepted{under}{suggest(str(error.instance), options)}"
    if error.validator == "type":
        return f"{where}: expected {_kinds(error.validator_value)}{under}, got {_kind(error.instance)}"
    return f"{where}: {error.message}{under}"


def _line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _kinds(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else " or ".join(value)


def _kind(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
    return names.get(type(value), type(value).__name__)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the known word nearest to `word`, or what is known when few, or `""`."""
    options = sorted(known)
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    if 0 < len(options) <= 8:
        return f"; known: {', '.join(options)}"
    return ""
