"""Where in a call an idempotency key, or a caller's reference, stands; and which HTTP calls pay."""

from __future__ import annotations

import fnmatch

from payproof.scan.flow.state import CallEvent
from payproof.scan.models import CallModel, Models
from payproof.scan.posts import Posts
from payproof.scan.values import Value

_BODIES = "json|data|body|content"
_HOLDING = frozenset({None, "json", "data", "body", "params", "request", "payload", "request_options"})
"""Arguments that may hold a reference among other fields; None for those without a name."""


def posts_of(event: CallEvent, model: CallModel, models: Models) -> Posts | None:
    """Return how the processor takes a raw HTTP call, where it is one that makes or moves a payment."""
    name = event.path.rsplit(".", 1)[-1]
    if not model.processor or model.http not in ("post", "any") or name in ("put", "patch"):
        return None
    if name == "request":
        method = event.argument("0|method")
        if method is None or not any(str(item).upper() == "POST" for item in method.constants or ()):
            return None
    urls = [model.note] if model.note else [text for item in event.arguments[:3] for text in _texts(item.value)]
    for entry in models.posts.get(model.processor, ()):
        if any(_pays(url, entry.paying) for url in urls):
            return entry
    return None


def _pays(url: str, paying: tuple[str, ...]) -> bool:
    path = url.split("?", 1)[0].rstrip("/")
    if path.endswith("{}") and "?" in url:
        path = path.removesuffix("{}")
    return any(fnmatch.fnmatchcase(path, f"*{pattern}") and not path.startswith("text") for pattern in paying)


def _texts(value: Value) -> list[str]:
    texts = [str(item) for item in value.constants or () if isinstance(item, str)]
    return texts + [path.removeprefix("text:") for path in value.paths() if path.startswith("text:")]


def placed(event: CallEvent, spec: str) -> Value | None:
    """Return the value that stands where `spec` says, or None."""
    where, _, name = spec.partition(":")
    if where.isdigit():
        return event.argument(where)
    if where == "keyword":
        return event.argument(name)
    if where == "options":
        return _entry(event.argument("options"), name) or _entry(_options(event), name)
    if where == "params":
        return _entry(_params(event), name)
    if where == "header":
        return _header(event.argument("headers"), name) or _header(
            _entry(event.argument("options") or _options(event), "headers"), name
        )
    if where == "body":
        return _entry(event.argument(_BODIES), name) or _entry(_entry(_params(event), "body"), name)
    if where == "metadata":
        return _entry(event.argument("metadata"), name) or _entry(_entry(_params(event), "metadata"), name)
    return _anywhere(event, name)


def hidden(event: CallEvent, spec: str) -> bool:
    """Return whether the argument that would hold what is looked for is passed but cannot be seen into."""
    where, _, _ = spec.partition(":")
    holders = {"options": ("options",), "header": ("headers",), "params": ("params",), "body": (_BODIES,)}.get(where, ())
    if any(_closed(event.argument(name)) for name in holders):
        return True
    if where in ("options", "params") and "params" not in {item.name for item in event.arguments}:
        plain = [item.value for item in event.arguments if item.name is None and not item.star]
        return any(_closed(value) for value in (plain[:1] if where == "params" else plain[1:]))
    if where == "header" and event.receiver.fields is not None and "headers" in event.receiver.fields:
        return True
    return where == "field" and any(_closed(item.value) for item in event.arguments if item.name in _HOLDING)


def _closed(value: Value | None) -> bool:
    """Return whether a value may hold entries that are not known."""
    if value is None or value.constants is not None:
        return False
    if value.fields is not None:
        return not value.sealed and "*" in value.fields
    # A text holds nothing, and neither does an object of a library's class that was made here and given nothing.
    return not value.paths() or not all(path.startswith("text:") or _made(path) for path in value.paths())


def _made(path: str) -> bool:
    return path.endswith("()") and not path.startswith("?") and path.rsplit(".", 1)[-1][:1].isupper()


def _params(event: CallEvent) -> Value | None:
    found = event.argument("params")
    if found is not None:
        return found
    plain = (item.value for item in event.arguments if item.name is None and not item.star and item.value.fields is not None)
    return next(plain, None)


def _options(event: CallEvent) -> Value | None:
    plain = [passed.value for passed in event.arguments if passed.name is None and not passed.star]
    return plain[-1] if len(plain) > 1 else None


def _header(headers: Value | None, name: str) -> Value | None:
    if headers is None:
        return None
    return next((value for key, value in (headers.fields or {}).items() if key.lower() == name.lower()), None)


def _entry(value: Value | None, name: str) -> Value | None:
    return (value.fields or {}).get(name) if value is not None else None


def _anywhere(event: CallEvent, name: str) -> Value | None:
    for passed in event.arguments:
        if passed.name == name:
            return passed.value
        found = _search(passed.value, name, 4)
        if found is not None:
            return found
    return None


def _search(value: Value, name: str, depth: int) -> Value | None:
    fields = value.fields or {}
    if name in fields:
        return fields[name]
    if depth == 0:
        return None
    return next((found for item in fields.values() if (found := _search(item, name, depth - 1)) is not None), None)
