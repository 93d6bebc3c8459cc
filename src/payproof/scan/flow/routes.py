"""What a framework calls, and what it lets run before that: routes, requests, hooks and dependencies of routers."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from payproof.scan import facts
from payproof.scan.program import FunctionInfo, ModuleInfo, Program, walk

_ROUTES = frozenset({"post", "get", "put", "patch", "delete", "route", "api_route", "websocket"})
_BEFORE = ("before_request", "before_app_request")
_REQUESTS = frozenset({"Request", "HttpRequest", "WSGIRequest"})

FIRST = ("setup", "prepare", "initial", "check_permissions", "dispatch")
"""Methods of a view that run before the one that answers."""

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head"})


def is_route(info: FunctionInfo) -> bool:
    """Return whether a decorator makes a function answer to an address, as `@app.post("/paid")` does."""
    return any(True for _ in _addresses(info))


def _addresses(info: FunctionInfo) -> Iterator[facts.Call]:
    for decorator in info.node.decorators:
        if not isinstance(decorator, facts.Call) or not decorator.arguments:
            continue
        first = decorator.arguments[0].value
        address = first.value if isinstance(first, facts.Literal) else None
        if name_of(decorator.func) in _ROUTES and isinstance(address, str) and (not address or address.startswith("/")):
            yield decorator


def takes_request(info: FunctionInfo) -> bool:
    """Return whether a function is handed a request, or reads the framework's current one."""
    for parameter in info.node.parameters:
        if parameter.name in ("request", "req"):
            return True
        if parameter.annotation is not None and not _REQUESTS.isdisjoint(map(name_of, walk(parameter.annotation))):
            return True
        if any("Depends" in map(name_of, walk(part)) for part in (parameter.default, parameter.annotation) if part is not None):
            return True
    return any(_current_request(node) for node in walk(info.node.body))


def name_of(node: object) -> str:
    """Return the last name of a dotted name, or ""."""
    return node.id if isinstance(node, facts.Name) else node.name if isinstance(node, facts.Attribute) else ""


def _current_request(node: object) -> bool:
    if isinstance(node, facts.Attribute) and isinstance(node.value, facts.Name):
        return (
            (node.value.id == "request")
            or (node.value.id == "self" and node.name == "request")
            or (node.value.id == "frappe" and node.name in ("request", "form_dict"))
        )
    return False


def routers(info: FunctionInfo) -> list[str]:
    """Return the names of the objects that a function is registered at: `hooks` for `@hooks.post("/paid")`."""
    return [
        call.func.value.id
        for call in _addresses(info)
        if isinstance(call.func, facts.Attribute) and isinstance(call.func.value, facts.Name)
    ]


def hooks(info: FunctionInfo) -> Iterator[FunctionInfo]:
    """Yield the functions of the same module that run before every route of the object that `info` is registered at."""
    at = set(routers(info))
    for other in info.module.functions.values():
        for decorator in other.node.decorators:
            if isinstance(decorator, facts.Attribute) and decorator.name in _BEFORE and name_of(decorator.value) in at:
                yield other


def inherited(info: FunctionInfo, program: Program) -> Iterator[tuple[facts.Expr, ModuleInfo]]:
    """Yield what the router of a route depends on, as `APIRouter(dependencies=[...])` and `include_router` say."""
    at = set(routers(info))
    if not at:
        return
    for statement in info.module.facts.body:
        made = statement.value if isinstance(statement, facts.Assign) else None
        if isinstance(statement, facts.Assign) and isinstance(made, facts.Call) and at & set(map(name_of, statement.targets)):
            yield from ((item, info.module) for item in dependencies(made))
    stem = info.path.rsplit("/", 1)[-1].removesuffix(".py")
    for module, call in _inclusions(program):
        included = call.arguments[0].value
        owner = name_of(included.value) if isinstance(included, facts.Attribute) else ""
        if name_of(included) in at and owner in ("", stem):
            yield from ((item, module) for item in dependencies(call))


@functools.lru_cache(maxsize=1)
def _inclusions(program: Program) -> tuple[tuple[ModuleInfo, facts.Call], ...]:
    """Return every `include_router(router, dependencies=[...])` of the payment code."""
    return tuple(
        (module, node)
        for module in program.surface()
        for node in walk(module.facts.body)
        if isinstance(node, facts.Call) and name_of(node.func) == "include_router" and node.arguments
    )


def dependencies(call: facts.Call) -> Iterator[facts.Expr]:
    """Yield what the `dependencies=[Depends(...)]` of a call name."""
    for argument in call.arguments:
        if argument.keyword == "dependencies" and isinstance(argument.value, facts.Sequence):
            for item in argument.value.items:
                found = dependency(item)
                if found is not None:
                    yield found


def dependency(node: object) -> facts.Expr | None:
    """Return what `Depends(...)` or `Security(...)` names, or None for anything else."""
    if not isinstance(node, facts.Call) or not node.arguments:
        return None
    return node.arguments[0].value if name_of(node.func) in ("Depends", "Security") else None
