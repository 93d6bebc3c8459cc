"""HTML templates: their start tags with attributes and positions, tags of the template language and all.

The standard library's parser takes quadratic time over hostile input and stumbles over `{% %}` between attributes; the fast
ones tell no positions. This one reads each character a bounded number of times, keeps what a tag of the template language
says where it stands inside a value, and never fails: whatever is no tag is text.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterator, Mapping

LARGEST = 1_000_000
"""Bytes beyond which a template is not read."""

_COMMENTS = (
    (re.compile(r"\{#"), re.compile(r"#\}")),
    (re.compile(r"\{%-? ?comment\b"), re.compile(r"\{%-? ?endcomment ?-?%\}")),
    (re.compile("<%--"), re.compile("--%>")),
)
_TEMPLATE_TAG = re.compile(r"\{%[^{}]{0,2000}?%\}|\{\{[^{}]{0,2000}?\}\}|<%[^<>]{0,2000}?%>")
_OPEN = re.compile(r"<([A-Za-z][A-Za-z0-9:-]*)")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*)))?")
_RAW = re.compile(r"(?i)</(script|style|textarea|title)")
_RAW_TAGS = frozenset({"script", "style", "textarea", "title"})
_QUOTES = str.maketrans({'"': "\x01", "'": "\x02", "<": "\x03", ">": "\x04", "=": "\x05", "/": "\x06", " ": "\x07", "\t": "\x07"})
_BACK = str.maketrans({"\x01": '"', "\x02": "'", "\x03": "<", "\x04": ">", "\x05": "=", "\x06": "/", "\x07": " "})


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """A start tag; `attributes` have lower-case names. `form` is the form tag it stands in; `text` is a script's content."""

    name: str
    attributes: Mapping[str, str]
    line: int
    column: int
    form: Tag | None = None
    text: str = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name, "").strip()


def tags(text: str) -> list[Tag]:
    """Return the start tags of a page, in order."""
    return list(_Reader(text).tags())


class _Reader:
    def __init__(self, text: str) -> None:
        for opening, closing in _COMMENTS:
            text = "".join(_without(text, opening, closing))
        # Inside a tag of the template language, quotes and brackets are none of HTML's.
        self._text = _TEMPLATE_TAG.sub(lambda found: found[0].translate(_QUOTES), text)
        self._starts = [0, *(found.end() for found in re.finditer("\n", self._text))]

    def tags(self) -> Iterator[Tag]:
        text, position = self._text, 0
        form: Tag | None = None
        while (position := text.find("<", position)) >= 0:
            if text.startswith("<!--", position):
                end = text.find("-->", position)
                if end < 0:
                    return
                position = end
                continue
            if text.startswith("</", position):
                if text[position + 2 : position + 6].lower() == "form":
                    form = None
                position += 2
                continue
            opened = _OPEN.match(text, position)
            if opened is None:
                position += 1
                continue
            name = opened[1].lower()
            attributes, end = self._attributes(opened.end())
            content = ""
            if name in _RAW_TAGS:
                closed = _RAW.search(text, end)
                stop = closed.start() if closed is not None else len(text)
                content, after = text[end:stop].translate(_BACK), stop
            else:
                after = end
            line = bisect.bisect_right(self._starts, position)
            tag = Tag(name, attributes, line, position - self._starts[line - 1] + 1, form, content)
            if name == "form":
                form = tag
            yield tag
            position = max(after, position + 1)

    def _attributes(self, position: int) -> tuple[dict[str, str], int]:
        text = self._text
        found: dict[str, str] = {}
        while position < len(text):
            match = _ATTRIBUTE.match(text, position)
            if match is None or match.end() == position:
                break
            # `{% if x %}name="y"`: what belongs to the template language is no part of the name.
            name = match[1].rpartition("}")[2].lower()
            if name and "{" not in name and "\x07" not in name:
                value = next((group for group in match.groups()[1:] if group is not None), "")
                found.setdefault(name, value.translate(_BACK))
            position = match.end()
        end = text.find(">", position)
        return found, end + 1 if end >= 0 else len(text)


def _without(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> Iterator[str]:
    """Yield a text with its comments blanked, lines kept. One that is not closed is none."""
    position = 0
    while (first := opening.search(text, position)) is not None:
        last = closing.search(text, first.end())
        if last is None:
            break
        yield text[position : first.start()]
        yield re.sub(r"[^\n]", " ", text[first.start() : last.end()])
        position = last.end()
    yield text[position:]
