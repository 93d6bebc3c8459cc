"""Reads Python source class by class: only what is asked for is parsed.

The SDK's modules are generated, up to 570 kB each, and mostly docstrings and nested classes of which a request needs a
few. `ast` over a whole module costs up to 60 ms; finding one class by its heading and parsing its own lines costs under 1.
That the result equals what `ast` says of the whole module is a test over the installed SDK.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping

_MEMBER = r"\n {%d}(?:(?P<kind>class|def|async def) +(?P<name>\w+)(?= *[(:])|(?P<decorator>@)\w|[^\s)\]}])"
_HEAD_END = re.compile(r"\n(?:class |@)")
_IMPORT = re.compile(r"\n *from (stripe[\w.]*) import (?:\(([^)]*)\)|([^\n]*))")
_IMPORTED_NAME = re.compile(r"(\w+)(?: +as +(\w+))?")
_COMMENT = re.compile(r"#[^\n]*")
_BASES = re.compile(r"class \w+(?:\((?P<bases>[^)]*)\))?:")


@functools.cache
def _member_pattern(indent: int) -> re.Pattern[str]:
    return re.compile(_MEMBER % indent)


@functools.cache
def _end_pattern(indent: int) -> re.Pattern[str]:
    return re.compile(rf"\n {{0,{indent}}}\S")


class Class:
    """One class of a module, with the range of source that is its body."""

    def __init__(self, module: Module, name: str, parent: Class | None, start: int, indent: int) -> None:
        heading = _BASES.match(module.text, start)
        if heading is None:
            raise ValueError(f"{module.name}: no class heading at character {start}")
        self.module = module
        self.name = name
        self.parent = parent
        bases = heading.group("bases") or ""
        self.bases = tuple(base.strip().strip('"') for base in bases.split(",") if base.strip())
        self._indent = indent
        self._start = heading.end()
        end = _end_pattern(indent).search(module.text, self._start)
        self._end = end.start() if end else len(module.text)

    @property
    def qualified_name(self) -> str:
        """The name with those of the classes around it: `"Charge.Outcome"`."""
        return f"{self.parent.qualified_name}.{self.name}" if self.parent else self.name

    @functools.cached_property
    def _members(self) -> tuple[str, dict[str, int], str]:
        """Own statements, where each nested class begins, and the synchronous methods."""
        text, indent = self.module.text, self._indent + 4
        own: list[str] = []
        nested: dict[str, int] = {}
        methods: list[str] = []
        marks = list(_member_pattern(indent).finditer(text, self._start, self._end))
        stops = [mark.start() for mark in marks[1:]] + [self._end]
        decorated = ""
        for mark, stop in zip(marks, stops, strict=True):
            kind, chunk = mark.group("kind"), text[mark.start() : stop]
            if mark.group("decorator"):
                decorated += chunk
                continue
            if kind == "class":
                nested[mark.group("name")] = mark.start() + 1 + indent
            elif kind == "def":
                methods.append(decorated + chunk)
            elif kind is None:
                own.append(chunk)
            decorated = ""
        return "".join(own), nested, "".join(methods)

    @functools.cached_property
    def annotations(self) -> dict[str, ast.expr]:
        """The annotated names of the class itself, in order; `ClassVar`s and private names left out."""
        return dict(_annotated(_parse_block(self._members[0])))

    @functools.cached_property
    def assignments(self) -> dict[str, ast.expr]:
        """The plain assignments of the class itself."""
        return dict(_assigned(_parse_block(self._members[0])))

    def constant(self, name: str) -> str | None:
        """Return the text that the class assigns to `name`, without parsing the rest of it."""
        pattern = rf"\n {{{self._indent + 4}}}{name}\b[^=]*=[\s(]*[\"']([^\"']*)[\"']"
        found = re.compile(pattern).search(self.module.text, self._start, self._end)
        return found.group(1) if found else None

    @functools.cached_property
    def methods(self) -> list[ast.FunctionDef]:
        """The synchronous methods."""
        return [node for node in _parse_block(self._members[2]) if isinstance(node, ast.FunctionDef)]

    def nested_names(self) -> list[str]:
        """The names of the classes directly inside this one."""
        return list(self._members[1])

    @functools.cached_property
    def _nested(self) -> dict[str, Class]:
        return {}

    def nested(self, name: str) -> Class | None:
        """Return the class `name` directly inside this one."""
        start = self._members[1].get(name)
        if start is None:
            return None
        if name not in self._nested:
            self._nested[name] = Class(self.module, name, self, start, self._indent + 4)
        return self._nested[name]

    def resolve(self, dotted: str) -> Class | ast.expr | None:
        """Return what `dotted` means in an annotation of this class: a class, or the value of an assignment."""
        first, *rest = dotted.split(".")
        found: Class | ast.expr | None = self.nested(first) or self.assignments.get(first) or self.module.resolve(first)
        for name in rest:
            if not isinstance(found, Class):
                return None
            found = found.nested(name) or found.assignments.get(name)
        return found


class Module:
    """The source of one module. `load` returns another module by its dotted name."""

    def __init__(self, name: str, text: str, load: Callable[[str], Module]) -> None:
        self.name = name
        self.text = "\n" + text
        self._load = load
        self._resolved: dict[str, Class | ast.expr | None] = {}

    def class_names(self) -> list[str]:
        """The names of the classes at the top level."""
        return [mark.group("name") for mark in _member_pattern(0).finditer(self.text) if mark.group("kind") == "class"]

    def resolve(self, name: str) -> Class | ast.expr | None:
        """Return what the global `name` means: a class of this or another module of the SDK, or an assigned value."""
        if name not in self._resolved:
            self._resolved[name] = self._own(name) or self._imported(name)
        return self._resolved[name]

    def class_(self, name: str) -> Class:
        """Return the top-level class `name`; raises `LookupError` if there is none."""
        found = self.resolve(name)
        if not isinstance(found, Class):
            raise LookupError(f"{self.name} has no class {name}")
        return found

    def _own(self, name: str) -> Class | ast.expr | None:
        heading = re.search(rf"\nclass {name}\b", self.text)
        if heading:
            return Class(self, name, None, heading.start() + 1, 0)
        assigned = re.search(rf"\n{name} = [\s\S]*?(?=\n[^\s)\]}}]|\Z)", self.text)
        return dict(_assigned(ast.parse(assigned.group()).body)).get(name) if assigned else None

    def _imported(self, name: str) -> Class | ast.expr | None:
        origin = self.imports.get(name)
        return self._load(origin[0]).resolve(origin[1]) if origin else None

    @functools.cached_property
    def imports(self) -> Mapping[str, tuple[str, str]]:
        """What the head of the module imports from the SDK: local name -> (module, name)."""
        stop = _HEAD_END.search(self.text)
        found: dict[str, tuple[str, str]] = {}
        for origin, grouped, single in _IMPORT.findall(self.text, 0, stop.start() if stop else len(self.text)):
            for name, alias in _IMPORTED_NAME.findall(_COMMENT.sub("", grouped or single)):
                found[alias or name] = (origin, name)
        return found


def _parse_block(text: str) -> list[ast.stmt]:
    if not text.strip():
        return []
    block = ast.parse(f"if 1:{text}").body[0]
    return block.body if isinstance(block, ast.If) else []


def _annotated(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        if not node.target.id.startswith("_") and not _is_class_variable(node.annotation):
            yield node.target.id, node.annotation


def _is_class_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "ClassVar"


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
