"""The facts of many files joined: modules, classes and functions found by name, and loaded only when something leads there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.pins.project import NO_PINS, Pins


@dataclasses.dataclass(eq=False)
class FunctionInfo:
    """A function or method; `qualname` is dotted within its module, `owner` the class it stands in."""

    module: ModuleInfo
    qualname: str
    node: facts.Function
    owner: ClassInfo | None = None

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def name(self) -> str:
        return self.node.name


@dataclasses.dataclass(eq=False)
class ClassInfo:
    module: ModuleInfo
    qualname: str
    node: facts.Class
    methods: dict[str, FunctionInfo] = dataclasses.field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def name(self) -> str:
        return self.node.name


@dataclasses.dataclass(eq=False)
class ModuleInfo:
    """One file of the program. `context` names the libraries that its text speaks of."""

    path: str
    facts: facts.Module
    context: frozenset[str]
    test_code: bool
    surface: bool
    functions: dict[str, FunctionInfo] = dataclasses.field(default_factory=dict)
    classes: dict[str, ClassInfo] = dataclasses.field(default_factory=dict)

    @property
    def package(self) -> tuple[str, ...]:
        """The folders that relative imports start from."""
        return tuple(self.path.split("/")[:-1])


Loader = Callable[[str], "ModuleInfo | None"]


class Program:
    """The modules of a project. `load` gives the facts of a path when they are first wanted, or None when it cannot."""

    def __init__(self, paths: Iterable[str], load: Loader, surface: Iterable[str] = (), pins: Pins = NO_PINS) -> None:
        self._load = load
        self.pins = pins
        """The releases of processors' SDKs that the project asks for."""
        self.surface_paths = frozenset(surface)
        self.modules: dict[str, ModuleInfo] = {}
        self._missing: set[str] = set()
        self._by_tail: dict[str, list[str]] = {}
        self._methods: dict[str, list[FunctionInfo]] = {}
        self._classes: dict[str, list[ClassInfo]] = {}
        self.callers: dict[FunctionInfo, dict[FunctionInfo, Place]] = {}
        """Which functions were seen to call a function, with one place where they do."""
        for path in paths:
            self._by_tail.setdefault(_tail(path), []).append(path)

    def module(self, path: str) -> ModuleInfo | None:
        """Return the module at `path`, loading it when needed."""
        found = self.modules.get(path)
        if found is not None or path in self._missing:
            return found
        loaded = self._load(path)
        if loaded is None:
            self._missing.add(path)
            return None
        self.modules[path] = loaded
        self._define(loaded)
        return loaded

    def _define(self, module: ModuleInfo) -> None:
        for info in _definitions(module, module.facts.body, "", None):
            if isinstance(info, ClassInfo):
                module.classes[info.qualname] = info
                if module.surface:
                    self._classes.setdefault(info.name, []).append(info)
            else:
                module.functions[info.qualname] = info
                if info.owner is not None and module.surface:
                    self._methods.setdefault(info.name, []).append(info)

    def find_module(self, dotted: str, asking: ModuleInfo, level: int = 0) -> str | None:
        """Return the path of the module that `dotted` names in an import of `asking`, or None.

        A relative import starts at the importing file's folder. An absolute one is any file whose path ends that way; the
        one nearest to the importing file wins.
        """
        parts = tuple(part for part in dotted.split(".") if part)
        if level:
            base = asking.package[: len(asking.package) - (level - 1)] if level > 1 else asking.package
            if level - 1 > len(asking.package):
                return None
            return self._exactly((*base, *parts))
        if not parts:
            return None
        found = self._nearest(parts, asking)
        if found is None and len(parts) > 2:
            # The project's root may itself be the package that the import names first.
            found = self._exactly(parts[1:])
        return found

    def _exactly(self, parts: tuple[str, ...]) -> str | None:
        if not parts:
            return None
        stem = "/".join(parts)
        for path in self._by_tail.get(parts[-1], ()):
            if path in (f"{stem}.py", f"{stem}/__init__.py"):
                return path
        return None

    def _nearest(self, parts: tuple[str, ...], asking: ModuleInfo) -> str | None:
        stem = "/".join(parts)
        best: tuple[int, int, str] | None = None
        for path in self._by_tail.get(parts[-1], ()):
            bare = path.removesuffix("/__init__.py").removesuffix(".py")
            if bare != stem and not bare.endswith("/" + stem):
                continue
            root = bare[: len(bare) - len(stem)].split("/")[:-1]
            # A top-level import must start at a folder that holds the importing file, or at the project's root.
            shared = _shared(tuple(root), asking.package)
            if len(parts) == 1 and shared != len(root):
                continue
            rank = (-shared, len(path), path)
            if best is None or rank < best:
                best = rank
        return best[2] if best else None

    def methods_named(self, name: str) -> list[FunctionInfo]:
        """Return the methods of this name in the payment surface."""
        return self._methods.get(name, [])

    def classes_named(self, name: str) -> list[ClassInfo]:
        """Return the classes of this bare name in the payment surface."""
        return self._classes.get(name, [])

    def paths(self) -> Iterator[str]:
        """Yield the paths of all Python files of the project, read or not."""
        for listed in self._by_tail.values():
            yield from listed

    def surface(self) -> Iterator[ModuleInfo]:
        """Yield the modules that payment words led to, in order of path."""
        for path in sorted(self.modules):
            if self.modules[path].surface:
                yield self.modules[path]


def is_abstract(info: FunctionInfo) -> bool:
    """Return whether a function does nothing but say that others must."""
    node = getattr(info, "node", None)
    body = (
        [item for item in node.body if not (isinstance(item, facts.Evaluate) and isinstance(item.value, facts.Literal))]
        if node
        else []
    )
    return all(isinstance(item, (facts.Jump, facts.Raise)) for item in body)


def types_a_dict(info: ClassInfo) -> bool:
    """Return whether a class only types a dict, so that nothing is in it but what it is made of."""
    bases = [base.value for base in info.node.bases]
    return any(getattr(base, "id", getattr(base, "name", "")) in ("TypedDict", "dict") for base in bases)


def _tail(path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def _shared(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    count = 0
    for left, right in zip(one, two, strict=False):
        if left != right:
            break
        count += 1
    return count


def _definitions(
    module: ModuleInfo, body: list[facts.Stmt], prefix: str, owner: ClassInfo | None
) -> Iterator[ClassInfo | FunctionInfo]:
    """Yield what a body defines, inside conditionals too; nested functions are found while their function runs."""
    for statement in body:
        if isinstance(statement, facts.Function):
            info = FunctionInfo(module, prefix + statement.name, statement, owner)
            if owner is not None:
                owner.methods.setdefault(statement.name, info)
            yield info
        elif isinstance(statement, facts.Class):
            made = ClassInfo(module, prefix + statement.name, statement)
            yield made
            yield from _definitions(module, statement.body, f"{made.qualname}.", made)
        else:
            for inner in blocks(statement):
                yield from _definitions(module, inner, prefix, owner)


def blocks(statement: facts.Stmt) -> Iterator[list[facts.Stmt]]:
    """Yield the bodies of a compound statement that is neither a function nor a class."""
    if isinstance(statement, (facts.If, facts.For, facts.While)):
        yield statement.body
        yield statement.orelse
    elif isinstance(statement, facts.Try):
        yield statement.body
        for handler in statement.handlers:
            yield handler.body
        yield statement.orelse
        yield statement.final
    elif isinstance(statement, facts.With):
        yield statement.body
    elif isinstance(statement, facts.Match):
        for case in statement.cases:
            yield case.body


def walk(node: object) -> Iterator[object]:
    """Yield `node` and every fact below it, outermost first."""
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
        return
    if node is None or isinstance(node, (str, int, float, bool, tuple)):
        return
    yield node
    for name in facts.fields_of(node):
        yield from walk(getattr(node, name))


def index(infos: Iterable[FunctionInfo]) -> Mapping[str, list[FunctionInfo]]:
    """Return the functions by bare name."""
    found: dict[str, list[FunctionInfo]] = {}
    for info in infos:
        found.setdefault(info.name, []).append(info)
    return found
