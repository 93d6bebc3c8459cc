"""The endpoint table, read from the SDK's `*_service.py` files.

Each service method carries one request: `self._request("post", "/v1/charges/{charge}".format(...), params=params)`. Only
the files whose name or content speaks of the path asked for are parsed: all of them would take 0.25 s (stripe 16.1.0).
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence

from payproof.sandbox.stripe.schemas.outline import Class
from payproof.sandbox.stripe.schemas.sdk import Sdk, SdkError

_PATH = re.compile(rb'"/(v[12]/[a-z0-9_]+)')
_HOLE = re.compile(r"\{\w+\}")
_REQUESTS = ("_request", "_request_stream")


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint of the API, as the SDK calls it.

    `template` is the path with named holes (`"/v1/charges/{charge}/capture"`); `path_params` holds what stood in them, and is
    empty in the table itself. `service` and `operation` are the SDK's class and method (`"ChargeService"`, `"capture"`),
    `module` the service's module. `params_class` is the annotation of the parameters, `response_class` that of the answer
    (`"ListObject[Charge]"`), `base_address` one of "api", "files", "connect", "meter_events".
    """

    method: str
    template: str
    service: str
    operation: str
    module: str
    params_class: str
    response_class: str
    base_address: str
    path_params: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, hash=False)

    @property
    def version(self) -> str:
        """`"v1"` or `"v2"`."""
        return self.template.split("/")[1]


class Operations:
    """The endpoints of one SDK, parsed as far as they were asked for."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self._likely: dict[str, _Family] = {}
        self._families: dict[str, _Family] = {}

    def find(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint that answers `method` and `path` (without query), its `path_params` filled."""
        parts = path.partition("?")[0].removeprefix("/").split("/")
        family = "/".join(parts[:2])
        verb = method.upper()
        return self._guess(family).find(verb, parts) or self._family(family).find(verb, parts)

    def all(self) -> list[Endpoint]:
        """Return every endpoint, sorted by template and method."""
        found = [endpoint for family in self._modules for endpoint in self._family(family).endpoints]
        return sorted(found, key=lambda endpoint: (endpoint.template, endpoint.method))

    @functools.cached_property
    def _modules(self) -> Mapping[str, list[str]]:
        """Which service modules mention paths of a family (`"v1/charges"`). Reads all of them, 10 to 40 ms."""
        found: dict[str, list[str]] = {}
        for module in self._sdk.services():
            for family in set(_PATH.findall(self._sdk.source(module))):
                found.setdefault(family.decode(), []).append(module)
        if not found:
            raise SdkError(f"stripe {self._sdk.version} has no *_service.py files; its endpoints are unknown")
        return found

    def _guess(self, family: str) -> _Family:
        """The endpoints of a family that stand where the SDK usually puts them."""
        if family not in self._likely:
            version, _, word = family.partition("/")
            modules = self._sdk.services_named(version, word) if word.replace("_", "").isalnum() else []
            self._likely[family] = self._of_family(family, modules)
        return self._likely[family]

    def _family(self, family: str) -> _Family:
        if family not in self._families:
            self._families[family] = self._of_family(family, self._modules.get(family, ()))
        return self._families[family]

    def _of_family(self, family: str, modules: Iterable[str]) -> _Family:
        found: dict[tuple[str, str], Endpoint] = {}
        for module in modules:
            for endpoint in service_endpoints(self._sdk, module):
                if endpoint.template == f"/{family}" or endpoint.template.startswith(f"/{family}/"):
                    found.setdefault((endpoint.method, _HOLE.sub("{}", endpoint.template)), endpoint)
        return _Family(tuple(found.values()))


class _Family:
    """Endpoints whose paths begin alike, by method and number of path segments, those with fewer holes first."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self.endpoints = endpoints
        self._shelves: dict[tuple[str, int], list[tuple[Endpoint, tuple[str, ...]]]] = {}
        for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.template.count("{")):
            holes = tuple(endpoint.template.removeprefix("/").split("/"))
            self._shelves.setdefault((endpoint.method, len(holes)), []).append((endpoint, holes))

    def find(self, method: str, parts: Sequence[str]) -> Endpoint | None:
        """Return the endpoint that fits: `/v1/customers/search` before `/v1/customers/{customer}`."""
        for endpoint, holes in self._shelves.get((method, len(parts)), ()):
            values: dict[str, str] = {}
            for hole, part in zip(holes, parts, strict=True):
                if hole[0] == "{" and part != "":
                    values[hole[1:-1]] = urllib.parse.unquote(part)
                elif hole != part:
                    break
            else:
                return dataclasses.replace(endpoint, path_params=values) if values else endpoint
        return None


@functools.lru_cache(maxsize=512)
def service_endpoints(sdk: Sdk, module_name: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of one service module; raises `SdkError` if a request in it is not understood."""
    module = sdk.module(module_name)
    found: list[Endpoint] = []
    for name in module.class_names():
        class_ = module.class_(name)
        for method in class_.methods:
            found += [_endpoint(call, method, class_) for call in _requests(method)]
    return tuple(found)


def _requests(method: ast.FunctionDef) -> Iterator[ast.Call]:
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _REQUESTS:
            yield node


def _endpoint(call: ast.Call, method: ast.FunctionDef, class_: Class) -> Endpoint:
    verb, template = _literal(call, 0), _literal(call, 1)
    if verb is None or template is None:
        raise SdkError(f"{class_.module.name}: the request in {class_.name}.{method.name} is not understood")
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    base = keywords.get("base_address")
    return Endpoint(
        method=verb.upper(),
        template=template,
        service=class_.name,
        operation=method.name,
        module=class_.module.name,
        params_class=_params_class(method),
        response_class=_annotation(method.returns),
        base_address=str(base.value) if isinstance(base, ast.Constant) else "api",
    )


def _literal(call: ast.Call, position: int) -> str | None:
    """The text of an argument, `"...".format(...)` included."""
    if len(call.args) <= position:
        return None
    node = call.args[position]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        node = node.func.value
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _params_class(method: ast.FunctionDef) -> str:
    for argument in method.args.args + method.args.kwonlyargs:
        if argument.arg == "params":
            text = _annotation(argument.annotation)
            return text.removeprefix("Optional[").removesuffix("]") if text.startswith("Optional[") else text
    return ""


def _annotation(node: ast.expr | None) -> str:
    if node is None:
        return ""
    inner = [child for child in ast.walk(node) if isinstance(child, ast.Constant) and isinstance(child.value, str)]
    text = ast.unparse(node)
    for constant in inner:
        text = text.replace(repr(constant.value), str(constant.value))
    return text
