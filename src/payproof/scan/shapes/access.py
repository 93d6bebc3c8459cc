"""Who may call a view: what guards it, and whether that lets everybody in, every customer, or staff alone."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from payproof.scan import facts
from payproof.scan.flow.routes import hooks, inherited, name_of
from payproof.scan.models import tokens
from payproof.scan.program import FunctionInfo, Program, walk


class Access(enum.IntEnum):
    """Who gets in. Not knowing counts as staff: what cannot be seen is not reported."""

    ANYBODY = 0
    CUSTOMERS = 1
    STAFF = 2


_STAFF = frozenset(
    """
    staff admin administrator superuser permission permissions permitted perm perms role roles scope scopes owner manager
    internal operator backoffice moderator merchant seller vendor host organizer organiser policy policies cashier employee
    support agent api apikey
    """.split()
)
_LOGGED_IN = frozenset(
    """
    login logged authenticated authentication auth authenticate jwt token tokens session user users current account member
    customer credentials bearer principal identity protected secure secured guard require required
    """.split()
)
_LISTS = ("permission_classes", "authentication_classes")
_OPEN = frozenset({"AllowAny", "IsAuthenticatedOrReadOnly"})
_NEUTRAL = frozenset(
    """
    route get post put patch delete api_view csrf_exempt csrf_protect require_post require_http_methods require_get
    never_cache transaction atomic method_decorator action extend_schema swagger_auto_schema wraps expose limit
    throttle_classes parser_classes ensure_csrf_cookie staticmethod classmethod property non_atomic_requests cors cross_origin
    doc response marshal_with expects view_config override check_rate_limit ratelimit
    """.split()
)


def access_to(info: FunctionInfo, program: Program) -> Access:
    """Return who gets in to a view, as far as its decorators, classes, parameters, router and body tell."""
    found = [_decorated(info), _classed(info, program), _named(_depended(info, program)), _body(info)]
    return max(found)


def _decorated(info: FunctionInfo) -> Access:
    nodes = list(info.node.decorators)
    if info.owner is not None:
        nodes += info.owner.node.decorators
    best = Access.ANYBODY
    for decorator in nodes:
        func = decorator.func if isinstance(decorator, facts.Call) else decorator
        names = [name_of(node) for node in walk(decorator) if name_of(node)]
        names += [str(node.value) for node in walk(decorator) if isinstance(node, facts.Literal) and _word(node.value)]
        names = [name for name in names if name not in _LISTS]
        told = _named(names)
        # A decorator of an unknown kind may well guard.
        unknown = name_of(func).lower() not in _NEUTRAL and told is Access.ANYBODY and not _OPEN & set(names)
        best = max(
            best, Access.STAFF if unknown and name_of(func) not in ("permission_classes", "authentication_classes") else told
        )
    return best


def _word(value: object) -> bool:
    return isinstance(value, str) and not value.startswith("/") and len(value) < 40


def _classed(info: FunctionInfo, program: Program) -> Access:
    """Return what the class of a view says: its mixins, its permissions; without any, the project's defaults decide."""
    owner = info.owner
    if owner is None:
        return Access.ANYBODY
    bases = [name_of(node) for base in owner.node.bases for node in walk(base.value)]
    names = [name for name in bases if "mixin" in name.lower() or "permission" in name.lower() or "auth" in name.lower()]
    says = False
    for statement in owner.node.body:
        if isinstance(statement, facts.Assign) and statement.value is not None:
            for target in map(name_of, statement.targets):
                if target in (
                    "permission_classes",
                    "authentication_classes",
                    "decorators",
                    "method_decorators",
                    "permission_required",
                ):
                    says = says or target == "permission_classes"
                    names += [name_of(node) for node in walk(statement.value)]
                    names += [str(node.value) for node in walk(statement.value) if isinstance(node, facts.Literal)]
    if any(name in owner.methods for name in ("get_permissions", "dispatch", "check_permissions", "has_permission", "test_func")):
        return Access.STAFF
    plain = {"View", "MethodView", "Resource", "RequestHandler", "TemplateView", "FormView", "HTTPEndpoint"}
    known = plain | {"APIView", "GenericAPIView", "ViewSet", "ModelViewSet", "GenericViewSet"}
    if not says and not set(bases) <= plain | {""} and _named(names) is Access.ANYBODY:
        # REST framework's defaults stand in the settings, and a base class of the project's may say more.
        return Access.STAFF if not set(bases) & known else Access.CUSTOMERS
    return _named(names)


def _depended(info: FunctionInfo, program: Program) -> list[str]:
    names: list[str] = []
    for parameter in info.node.parameters:
        parts = [part for part in (parameter.default, parameter.annotation) if part is not None]
        if any({"Depends", "Security"} & set(map(name_of, walk(part))) for part in parts):
            names += [name_of(node) for part in parts for node in walk(part)]
        elif parameter.name in ("user", "current_user", "admin", "principal"):
            names.append(parameter.name)
    names += [name_of(node) for found, _ in inherited(info, program) for node in walk(found)]
    for decorator in info.node.decorators:
        if isinstance(decorator, facts.Call):
            for argument in decorator.arguments:
                if argument.keyword in ("dependencies", "auth", "permission", "guards", "permissions"):
                    names += [name_of(node) for node in walk(argument.value)] or ["auth"]
    names += [hook.name for hook in hooks(info)]
    return names


def _body(info: FunctionInfo) -> Access:
    """Return what a view's own body asks of who calls."""
    names = [name_of(node) for node in walk(info.node.body)]
    literals = [str(node.value) for node in walk(info.node.body) if isinstance(node, facts.Literal) and _word(node.value)]
    text = {word for name in names for word in tokens(name)}
    asked = {"is_staff", "is_superuser", "has_perm", "has_permission", "is_admin", "check_permission", "user_has_permission"}
    if asked & set(names) or {"permission", "permissions", "admin", "staff", "role", "roles"} & text:
        return Access.STAFF
    if {"compare_digest", "authorization", "check_password"} & {name.lower() for name in (*names, *literals)}:
        return Access.STAFF
    if {"current_user", "session", "user", "g"} & set(names) or {"login", "authenticated"} & text:
        return Access.CUSTOMERS
    return Access.ANYBODY


def _named(names: Iterable[str]) -> Access:
    words = {word for name in names if name not in _OPEN for word in tokens(name)}
    if words & _STAFF:
        return Access.STAFF
    return Access.CUSTOMERS if words & _LOGGED_IN else Access.ANYBODY


def names_owner(functions: Iterable[FunctionInfo]) -> bool:
    """Return whether functions hold what they work on against the one who asks: a user, an owner, a session."""
    words = {"user", "owner", "customer", "current_user", "session", "account", "buyer", "member", "profile", "patient", "guest"}
    for function in functions:
        for node in walk(function.node.body):
            if isinstance(node, facts.Argument) and node.keyword and words & set(tokens(node.keyword)):
                return True
            if isinstance(node, facts.Comparison):
                sides = {word for side in (node.left, *node.rights) for item in walk(side) for word in tokens(name_of(item))}
                if words & sides:
                    return True
    return False
