"""Which functions something outside of the program calls: a framework, a queue, a command line, a processor."""

from __future__ import annotations

import enum

from payproof.scan import facts
from payproof.scan.flow.state import Frame, State
from payproof.scan.flow.statements import Flow
from payproof.scan.models import Models, tokens
from payproof.scan.program import ClassInfo, FunctionInfo
from payproof.scan.values import ClassRef, External, ImportRef


class Entrance(enum.Enum):
    """Who calls a function. A hook is what nothing but its looks tells to be called from outside."""

    VIEW = "view"
    HOOK = "hook"
    WEBHOOK = "webhook"
    TASK = "task"
    COMMAND = "command"
    NONE = "none"


_PLAIN_DECORATORS = frozenset(
    """
    property cached_property hybrid_property classmethod staticmethod abstractmethod contextmanager asynccontextmanager
    lru_cache cache cached memoize wraps overload override final dataclass atomic retry on_exception on_predicate
    sync_to_async async_to_sync deprecated singledispatch total_ordering beartype typechecked validator field_validator
    model_validator computed_field jit no_type_check setter getter deleter traced trace timed measure log_call synchronized
    """.split()
)
_VIEW_WORDS = frozenset(
    "view views viewset resource mutation handler endpoint serializer form api controller consumer page plugin admin".split()
)
_COMMAND_BASES = frozenset({"BaseCommand", "Command", "AppCommand"})
_HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "dispatch", "form_valid", "clean", "perform_create"})


class Entrances:
    """Tells how functions are entered. Decorators and bases are resolved through the program, not by a list of its names."""

    def __init__(self, flow: Flow, models: Models) -> None:
        self._flow = flow
        self._models = models
        self._known: dict[FunctionInfo, Entrance] = {}

    def of(self, info: FunctionInfo) -> Entrance:
        """Return who calls a function from outside of the program, as far as its looks tell."""
        found = self._known.get(info)
        if found is None:
            found = self._known[info] = self._look(info)
        return found

    def _look(self, info: FunctionInfo) -> Entrance:
        # Imported here: `shapes` reads every shape when it is asked for them.
        from payproof.scan.flow.routes import takes_request
        from payproof.scan.shapes import named_for_webhooks

        spoken = bool(info.module.context & set(self._models.processors))
        route = self._decorated(info)
        if route is Entrance.TASK:
            return route
        request = takes_request(info) and not info.name.startswith("_")
        if spoken and (request or route is Entrance.VIEW) and named_for_webhooks(info, self._models):
            return Entrance.WEBHOOK
        if route is not Entrance.NONE:
            return route
        if info.owner is not None:
            by_class = self._by_class(info, info.owner)
            if by_class is not Entrance.NONE:
                return by_class
        # It may be a view that a table of routes names, or a helper of one: that it has callers tells.
        plain = [parameter.name for parameter in info.node.parameters if parameter.name not in ("self", "cls")]
        return Entrance.HOOK if request and plain[:1] in (["request"], ["req"]) else Entrance.NONE

    def _decorated(self, info: FunctionInfo) -> Entrance:
        found = Entrance.NONE
        for decorator in info.node.decorators:
            name = decorator_name(decorator)
            kind = self._of_decorator(info, decorator, name)
            if kind in (Entrance.TASK, Entrance.VIEW):
                return kind
            found = kind if found is Entrance.NONE else found
        return found

    def _of_decorator(self, info: FunctionInfo, decorator: facts.Expr, name: str) -> Entrance:
        func = decorator.func if isinstance(decorator, facts.Call) else decorator
        frame = Frame(info.module, None, ())
        value = self._flow.evaluate(func, frame, State(dict(self._flow.module_globals(info.module))))
        for path in value.paths():
            for model in self._models.call(path, info.module.context):
                if model.task:
                    return Entrance.TASK
                if model.route:
                    return Entrance.VIEW
        if name in ("command", "cli", "group"):
            return Entrance.COMMAND
        outside = bool(value.refs) and all(isinstance(ref, (External, ImportRef)) for ref in value.refs)
        plain = name in _PLAIN_DECORATORS or "retry" in name
        return Entrance.HOOK if outside and not plain else Entrance.NONE

    def _by_class(self, info: FunctionInfo, owner: ClassInfo) -> Entrance:
        names = self.outer_bases(owner)
        if not names:
            return Entrance.NONE
        last = {name.rsplit(".", 1)[-1] for name in names}
        if last & _COMMAND_BASES and info.name in ("handle", "handle_noargs"):
            return Entrance.COMMAND
        words = {word for name in last for word in tokens(name)}
        if words & _VIEW_WORDS:
            asked = info.name in _HTTP_METHODS or info.name == "mutate"
            return Entrance.VIEW if asked else Entrance.HOOK
        return Entrance.NONE

    def outer_bases(self, owner: ClassInfo, depth: int = 0) -> set[str]:
        """Return the dotted names of the classes outside of the program that a class comes of."""
        found: set[str] = set()
        for base in self._flow.bases(owner):
            if isinstance(base, ClassRef):
                found |= self.outer_bases(base.info, depth + 1) if depth < 6 else set()
            elif isinstance(base, External):
                found.add(base.path)
            elif isinstance(base, ImportRef):
                found.add(base.dotted)
        return found


def decorator_name(decorator: facts.Expr) -> str:
    """Return the last name of a decorator, called or not; "" when it has none."""
    node = decorator.func if isinstance(decorator, facts.Call) else decorator
    return node.name if isinstance(node, facts.Attribute) else node.id if isinstance(node, facts.Name) else ""
