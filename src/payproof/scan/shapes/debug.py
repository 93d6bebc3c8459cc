"""Is a library's log of whole requests and answers switched on?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from payproof.model import Confidence, Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.aliases import dotted, everything, imported
from payproof.scan.flow.state import Frame
from payproof.scan.models import Models, tokens
from payproof.scan.program import ModuleInfo, Program, blocks, walk
from payproof.scan.shapes import Found, Shape, processor_of

_DEVELOPING = frozenset({"debug", "development", "dev", "local", "test", "testing", "verbose"})

_DEBUG_VALUES = ("DEBUG", "debug", 10)

_ROOTS = ("stripe", "paypalrestsdk")
"""SDKs that log bodies at debug level and whose loggers take the level of the root."""


class DebugShape(Shape):
    name = "debug"
    asks = {}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}

    def on_module(self, module: ModuleInfo) -> None:
        names = imported(module)
        held = _loggers(module.facts.body, names)
        for node, span in _unguarded(module.facts.body):
            for message, confidence in self._switched_on(node, names, held):
                self._add(module, Place(module.path, *(getattr(node, "span", None) or span)), message, confidence)

    def _add(self, module: ModuleInfo, place: Place, message: str, confidence: Confidence | None) -> None:
        processor = processor_of(Frame(module, None, ()), self.models)
        for rule in self.rules:
            found = Found(rule, Verdict.VIOLATED, place, message, processor=processor, confidence=confidence)
            self._sites.setdefault((rule.id, place), found)

    def _switched_on(
        self, node: object, names: Mapping[str, str], held: Mapping[str, str]
    ) -> Iterator[tuple[str, Confidence | None]]:
        if isinstance(node, facts.Assign) and node.value is not None:
            for target in node.targets:
                what = self._assigned(target, node.value, names)
                if what:
                    yield f"{what} is switched on: whole requests and answers are logged.", None
        elif isinstance(node, facts.Call):
            yield from self._called(node, names, held)
        elif isinstance(node, facts.Mapping):
            for name in self._configured(node):
                yield f"The logger {name} is set to debug: whole requests and answers are logged.", None

    def _assigned(self, target: facts.Expr, value: facts.Expr, names: Mapping[str, str]) -> str:
        literal = value.value if isinstance(value, facts.Literal) else None
        if isinstance(target, facts.Attribute):
            path = dotted(target, names)
            if path and isinstance(literal, str) and f"{path}={literal}" in self.models.debug.attributes:
                return path
            tail = ".".join(path.split(".")[-2:])
            if tail in self.models.debug.attributes and isinstance(literal, int) and literal:
                return tail
        if isinstance(target, facts.Subscript) and isinstance(target.index, facts.Literal):
            variable = target.index.value
            known = variable in self.models.debug.environment and dotted(target.value, names) == "os.environ"
            return str(variable) if known and literal in _DEBUG_VALUES else ""
        return ""

    def _called(
        self, node: facts.Call, names: Mapping[str, str], held: Mapping[str, str]
    ) -> Iterator[tuple[str, Confidence | None]]:
        name = node.func.name if isinstance(node.func, facts.Attribute) else ""
        if name == "setLevel" and isinstance(node.func, facts.Attribute) and node.arguments:
            logger = _logger(node.func.value, names) or (
                held.get(node.func.value.id, "") if isinstance(node.func.value, facts.Name) else ""
            )
            if logger in self.models.debug.loggers and _debug(node.arguments[0].value):
                yield f"The logger {logger} is set to debug: whole requests and answers are logged.", None
        elif dotted(node.func, names) == "logging.basicConfig":
            level = next((item.value for item in node.arguments if item.keyword == "level"), None)
            sdk = next((root for root in _ROOTS if any(path.split(".")[0] == root for path in names.values())), "")
            if sdk and level is not None and _debug(level):
                text = f"All logs are set to debug, that of {sdk} with them: whole requests and answers are logged."
                yield text, Confidence.MEDIUM
        elif name == "setdefault" and len(node.arguments) == 2 and dotted(node.func, names) == "os.environ.setdefault":
            key, value = (item.value.value if isinstance(item.value, facts.Literal) else None for item in node.arguments)
            if key in self.models.debug.environment and value in _DEBUG_VALUES:
                yield f"{key} is switched on: whole requests and answers are logged.", None
        else:
            yield from self._keywords(node)

    def _keywords(self, node: facts.Call) -> Iterator[tuple[str, Confidence | None]]:
        func = node.func
        name = func.id if isinstance(func, facts.Name) else func.name if isinstance(func, facts.Attribute) else ""
        if "Logging" not in name:
            return
        for item in node.arguments:
            if item.keyword in self.models.debug.keywords and _on(item.value):
                yield f"{name} is told {item.keyword}: what it logs is not masked.", None

    def _configured(self, node: facts.Mapping) -> Iterator[str]:
        """Yield the loggers that a dict for `logging.config` sets to debug."""
        for entry in node.entries:
            name = entry.key.value if isinstance(entry.key, facts.Literal) else None
            if name in self.models.debug.loggers and isinstance(entry.value, facts.Mapping):
                for inner in entry.value.entries:
                    if isinstance(inner.key, facts.Literal) and inner.key.value == "level" and _debug(inner.value):
                        yield str(name)

    def found(self) -> list[Found]:
        return list(self._sites.values())


def _unguarded(body: Sequence[facts.Stmt]) -> Iterator[tuple[object, facts.Span]]:
    """Yield every fact that runs outside development as well, with the span of its statement."""
    for statement in body:
        if isinstance(statement, facts.If) and _developing(statement.test):
            for node in walk(list(statement.orelse)):
                yield node, statement.span
            continue
        inner = list(blocks(statement))
        if isinstance(statement, (facts.Function, facts.Class)):
            inner.append(statement.body)
        if inner:
            for part in inner:
                yield from _unguarded(part)
        else:
            for node in walk(statement):
                yield node, statement.span


def _developing(test: facts.Expr) -> bool:
    named = [node for node in walk(test) if isinstance(node, (facts.Name, facts.Attribute, facts.Literal))]
    words: set[str] = set()
    for node in named:
        text = node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else node.value
        words.update(tokens(str(text)))
    return not words.isdisjoint(_DEVELOPING)


def _loggers(body: Sequence[facts.Stmt], names: Mapping[str, str]) -> Mapping[str, str]:
    """Return the names that hold a logger made by its name, with that name."""
    found: dict[str, str] = {}
    for node in everything(body):
        if isinstance(node, facts.Assign) and node.value is not None and isinstance(node.targets[0], facts.Name):
            logger = _logger(node.value, names)
            if logger:
                found[node.targets[0].id] = logger
    return found


def _logger(node: object, names: Mapping[str, str]) -> str:
    if not isinstance(node, facts.Call) or dotted(node.func, names) != "logging.getLogger" or not node.arguments:
        return ""
    first = node.arguments[0].value
    return first.value if isinstance(first, facts.Literal) and isinstance(first.value, str) else ""


def _debug(node: facts.Expr) -> bool:
    if isinstance(node, facts.Literal):
        return node.value in _DEBUG_VALUES and not isinstance(node.value, bool)
    return isinstance(node, (facts.Attribute, facts.Name)) and getattr(node, "name", getattr(node, "id", "")) == "DEBUG"


def _on(node: facts.Expr) -> bool:
    if isinstance(node, facts.Literal):
        return node.value is True
    return isinstance(node, facts.Sequence) and bool(node.items)
