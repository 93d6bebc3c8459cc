"""Request bodies and queries, in and out: nested forms (`card[exp][0]=1`), JSON objects and multipart.

Reading is strict: what two servers could read differently is refused with a `FormError` that names the field.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from payproof.sandbox.core.exchange import SandboxError

DEEPEST = 20
"""Nesting beyond which a field name is refused."""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_PART = re.compile(r"\[([^\[\]]*)\]")


class FormError(SandboxError):
    """A body or query that cannot be read; the text names the field."""


def decode(text: str | bytes) -> dict[str, Any]:
    """Return the fields of an urlencoded text as nested dicts and lists of strings.

    `a[]=x` appends to a list. A group whose keys are 0, 1, 2, ... becomes a list, any other group a dict. Raises `FormError`
    for a field that stands twice, that is both a value and a group, that has unbalanced brackets, or that is not UTF-8.
    """
    try:
        plain = text.decode("ascii") if isinstance(text, bytes) else text
        pairs = parse_qsl(plain, keep_blank_values=True, strict_parsing=True, errors="strict") if plain else []
    except UnicodeDecodeError:
        raise FormError("the form is not UTF-8 in percent-encoding") from None
    except ValueError as error:
        raise FormError(f"the form cannot be read: {_without_values(error)}") from None
    fields: dict[str, Any] = {}
    nested = False
    for name, value in pairs:
        parts = _parts(name)
        nested = nested or len(parts) > 1
        _put(fields, parts, value, name)
    return {name: _listed(value) for name, value in fields.items()} if nested else fields


def encode(params: Mapping[str, Any]) -> str:
    """Return `params` urlencoded the way processors' SDKs do: nested names, indexed lists, `true`/`false`, `""` for None."""
    return urlencode(list(_flat(params, "")))


def decode_body(content_type: str, body: bytes) -> tuple[dict[str, Any], str]:
    """Return the parameters of a request body and its encoding: `form`, `json`, `multipart`, or `none` without a body.

    A file part of a multipart body becomes a dict of `filename`, `content_type` and `content` (bytes). Raises `FormError`.
    """
    if not body:
        return {}, "none"
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("", "application/x-www-form-urlencoded"):
        return decode(body), "form"
    if kind == "application/json" or kind.endswith("+json"):
        return _json_object(body), "json"
    if kind == "multipart/form-data":
        return _multipart(content_type, body), "multipart"
    raise FormError(f"a body of type {kind!r} cannot be read; send a form, JSON or multipart/form-data")


def _without_values(error: ValueError) -> str:
    # parse_qsl quotes the offending field with its value, which may be a card number.
    return "a field has no '='" if "bad query field" in str(error) else "too many fields"


@functools.lru_cache(maxsize=2048)
def _parts(name: str) -> tuple[str, ...]:
    match = _NAME.match(name)
    if match is None:
        raise FormError(f"the field name {name!r} has unbalanced or misplaced brackets")
    parts = (match.group(1), *_PART.findall(match.group(2)))
    if len(parts) > DEEPEST:
        raise FormError(f"the field name {name[:40]!r}... is nested more than {DEEPEST} deep")
    return parts


def _put(fields: dict[str, Any], parts: tuple[str, ...], value: str, name: str) -> None:
    if len(parts) == 1:
        if name in fields:
            raise FormError(f"the field {name!r} {_clash(fields[name])}")
        fields[name] = value
        return
    group: Any = fields
    for part, after in itertools.pairwise(parts):
        group = _step(group, part, after, name)
    last = parts[-1]
    if last == "":
        group.append(value)
    elif last in group:
        raise FormError(f"the field {name!r} {_clash(group[last])}")
    else:
        group[last] = value


def _step(group: Any, part: str, after: str, name: str) -> Any:
    fresh: Any = [] if after == "" else {}
    if part != "":
        found = group.setdefault(part, fresh)
    else:
        # `items[][price]=..&items[][quantity]=..` fills one element until a field comes again.
        if not group or not isinstance(group[-1], dict) or after in group[-1]:
            group.append(fresh)
        found = group[-1]
    if type(found) is not type(fresh):
        raise FormError(f"the field {name!r} stands both as a value and as a group, or as a list and as a group")
    return found


def _clash(present: Any) -> str:
    return "stands twice" if isinstance(present, str) else "stands both as a value and as a group"


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return [_listed(item) for item in value]
    if not isinstance(value, dict):
        return value
    below = {key: _listed(item) for key, item in value.items()}
    if "0" in below and all(str(index) in below for index in range(len(below))):
        return [below[str(index)] for index in range(len(below))]
    return below


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _flat(item, f"{name}[{index}]")
    else:
        yield name, _leaf(value)


def _leaf(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise FormError("the body says it is JSON, but it is not") from None
    if not isinstance(value, dict):
        raise FormError(f"the JSON body must be an object, not {type(value).__name__}")
    return value


_DISPOSITION = re.compile(r'(name|filename)="((?:[^"\\]|\\.)*)"')


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise FormError("the multipart body has no boundary in its Content-Type")
    fields: dict[str, Any] = {}
    pieces = (b"\r\n" + body).split(b"\r\n--" + match.group(1).encode("latin-1"))
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise FormError("the multipart body does not end with its boundary")
    for piece in pieces[1:-1]:
        head, separator, content = piece.partition(b"\r\n\r\n")
        if not separator:
            raise FormError("a part of the multipart body has no headers")
        _put_part(fields, head.decode("utf-8", "replace"), content)
    return {name: _listed(value) for name, value in fields.items()}


def _put_part(fields: dict[str, Any], head: str, content: bytes) -> None:
    names = dict(_DISPOSITION.findall(head))
    if "name" not in names:
        raise FormError("a part of the multipart body has no name")
    value: Any
    if "filename" in names:
        kind = re.search(r"(?im)^content-type:\s*(\S+)", head)
        value = {"filename": names["filename"], "content_type": kind.group(1) if kind else "", "content": content}
    else:
        value = content.decode("utf-8", "replace")
    _put(fields, _parts(names["name"]), value, names["name"])
