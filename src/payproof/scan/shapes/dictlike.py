"""Does code take the SDK's objects for dicts, which they are no longer?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from packaging.version import Version

from payproof.model import Place, Rule, Verdict
from payproof.scan import facts
from payproof.scan.models import Models
from payproof.scan.pins.releases import Order
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk
from payproof.scan.shapes import Found, Shape
from payproof.scan.statements import pieces

FAULTS = ("dict",)

SDK = "stripe"

SINCE = Version("15.0.0")
"""The release from which StripeObject is no dict: `.get()` raises AttributeError (run against 12.5.1, 15.0.0 and 16.1.0)."""

_METHODS = frozenset({"get", "keys", "items", "values", "pop", "setdefault"})
_GIVES = frozenset(
    """
    retrieve create modify update capture confirm cancel pay finalize_invoice void_invoice resume list search construct_event
    """.split()
)
_WORDS = (".get(", ".keys(", ".items(", ".values(", ".pop(", ".setdefault(", "isinstance(", "dict(", "dumps(", "**")


class DictlikeShape(Shape):
    name = "dictlike"
    asks = {"fault": FAULTS}

    def __init__(self, rules: Sequence[Rule], program: Program, models: Models) -> None:
        super().__init__(rules, program, models)
        self._sites: dict[tuple[str, Place], Found] = {}

    def found(self) -> list[Found]:
        return list(self._sites.values())

    def on_module(self, module: ModuleInfo) -> None:
        if SDK not in module.context:
            return
        roots = frozenset(_roots(module.facts.body))
        clients = {name for statement in module.facts.body for name in _clients(statement, roots)}
        for info in module.functions.values() if roots else ():
            if info.node.mentions(_WORDS):
                self._function(info, roots, clients)

    def _function(self, info: FunctionInfo, roots: frozenset[str], clients: Collection[str]) -> None:
        seen = _Seen(roots, set(clients))
        for piece in pieces(info.node.body):
            for what, span in seen.uses(piece):
                self._judge(info, what, Place(info.path, *span))
            seen.assign(piece)

    def _judge(self, info: FunctionInfo, what: str, place: Place) -> None:
        release = self.program.pins.release(SDK, info.path)
        order = release.releases.against(SINCE) if release is not None else Order.UNKNOWN
        for rule in self.rules:
            if order is Order.AT_LEAST and release is not None:
                text = f"{what}: since {SDK} {SINCE} its objects are no dicts, and {release.pin.specifier} is asked for."
                found = Found(rule, Verdict.VIOLATED, place, text, info.qualname, processor=SDK)
            elif order is Order.BELOW:
                found = Found(rule, Verdict.HOLDS, place, "Objects of the release asked for are dicts.", info.qualname)
            else:
                why = f"objects are no dicts since {SDK} {SINCE}, and no requirement or lock file says which release is used"
                found = Found(rule, Verdict.UNKNOWN, place, f"{what}.", info.qualname, why, SDK)
            self._sites.setdefault((rule.id, place), found)


class _Seen:
    """The names of one function that stand for the SDK's objects and clients, in the order of its statements."""

    def __init__(self, roots: frozenset[str], clients: set[str]) -> None:
        self._roots = roots
        self._clients = clients
        self._held: set[str] = set()

    def assign(self, piece: facts.Stmt | facts.Expr) -> None:
        """Follow what an assignment makes of its target."""
        if not isinstance(piece, facts.Assign) or len(piece.targets) != 1 or not isinstance(piece.targets[0], facts.Name):
            return
        name = piece.targets[0].id
        self._held.discard(name)
        self._clients.update(_clients(piece, self._roots))
        if piece.value is not None and self._is_object(piece.value):
            self._held.add(name)

    def uses(self, piece: facts.Stmt | facts.Expr) -> Iterator[tuple[str, facts.Span]]:
        """Yield where an object is used as only a dict can be, in words."""
        for node in walk(piece):
            if isinstance(node, facts.Call):
                told = self._call(node)
                if told:
                    yield told, node.span

    def _call(self, node: facts.Call) -> str:
        func = node.func
        if isinstance(func, facts.Attribute) and func.name in _METHODS and self._is_object(func.value):
            return f".{func.name}() is called on an object of the SDK"
        name = func.id if isinstance(func, facts.Name) else func.name if isinstance(func, facts.Attribute) else ""
        given = node.arguments[0].value if node.arguments else None
        if any(item.star == "**" and self._is_object(item.value) for item in node.arguments):
            return "an object of the SDK is unpacked with **"
        if given is None or not self._is_object(given):
            return ""
        if name == "isinstance" and len(node.arguments) > 1 and _names(node.arguments[1].value, "dict"):
            return "an object of the SDK is asked whether it is a dict"
        if name == "dict" and isinstance(func, facts.Name) and not node.arguments[0].keyword:
            return "an object of the SDK is turned into a dict by dict()"
        if name == "dumps" and not any(item.keyword in ("default", "cls") for item in node.arguments):
            return "an object of the SDK is written as JSON"
        return ""

    def _is_object(self, node: facts.Expr) -> bool:
        if isinstance(node, (facts.Awaited, facts.Bound)):
            return self._is_object(node.value)
        if isinstance(node, facts.Name):
            return node.id in self._held
        if isinstance(node, facts.Subscript):
            return isinstance(node.index, facts.Literal) and self._is_object(node.value)
        if isinstance(node, facts.Attribute):
            return self._is_object(node.value)
        if not isinstance(node, facts.Call) or not isinstance(node.func, facts.Attribute):
            return False
        root = _dotted(node.func.value).partition(".")[0]
        return node.func.name.removesuffix("_async") in _GIVES and root in self._roots | self._clients


def _roots(body: Sequence[facts.Stmt]) -> Iterator[str]:
    for node in walk(list(body)):
        if isinstance(node, facts.Import) and not node.is_from:
            yield from (alias.bound or alias.name for alias in node.names if alias.name == SDK)


def _clients(statement: object, roots: Collection[str]) -> Iterator[str]:
    """Yield the name that a statement gives to a client of the SDK."""
    if isinstance(statement, facts.Assign) and isinstance(statement.value, facts.Call):
        made = _dotted(statement.value.func)
        if made.partition(".")[0] in roots and made.endswith(".StripeClient"):
            yield from (target.id for target in statement.targets if isinstance(target, facts.Name))


def _names(node: facts.Expr, name: str) -> bool:
    return isinstance(node, facts.Name) and node.id == name


def _dotted(node: facts.Expr) -> str:
    if isinstance(node, facts.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.name}" if isinstance(node, facts.Attribute) else ""
