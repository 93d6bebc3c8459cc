"""Writes JSON that is safe to print: what would steer a terminal is escaped, the text stays the same JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from payproof.report.visible import visible

_NOT_PLAIN = re.compile(r"[^\n -~]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def written(document: Any) -> str:
    """Return `document` as indented JSON ending in a newline.

    Characters that `visible` would spell out stand as JSON escapes, which only strings can hold. A lone surrogate (a byte
    of a file name that is no UTF-8) is spelled out, since strict readers refuse it.
    """
    text = json.dumps(_without_surrogates(document), indent=2, ensure_ascii=False)
    return _NOT_PLAIN.sub(_escaped, text) + "\n"


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character.isprintable():
        return character
    code = ord(character)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: visible(match.group()), value)
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_surrogates(item) for item in value]
    return value
