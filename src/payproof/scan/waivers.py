"""Accepted exceptions: `# payproof: ignore[rule-id] owner: reason` on a line of a statement, or an entry of the waiver file.

A waiver without owner and reason, of an unknown rule, past its day, or that waives nothing any more counts against the scan.
"""

from __future__ import annotations

import ast
import dataclasses
import datetime
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from payproof import documents
from payproof.model import Place, Site, UsageError, Verdict, Waiver
from payproof.scan.globs import Globs

MARK = b"payproof:"
"""What a file's bytes hold when it may waive something."""

FILE = ".payproof-waivers.yaml"

_COMMENT = re.compile(r"#\s*payproof:\s*(?P<rest>.*)")
_IN_MARKUP = re.compile(r"(?:<!--|\{#)-?\s*payproof:\s*(?P<rest>.*?)\s*(?:-?-->|-?#\}|$)")
_IGNORE = re.compile(r"ignore\s*(?:\[(?P<rules>[^\]]*)\])?\s*(?P<rest>.*)")


class Commented(Protocol):
    """What is needed of a parsed file: its path, its tree where there is one, and its comments by line."""

    @property
    def path(self) -> str: ...
    @property
    def tree(self) -> ast.Module | None: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def comments(self) -> Mapping[int, str]: ...


@dataclasses.dataclass(frozen=True, slots=True)
class CodeWaiver:
    """A waiver and what it covers: lines of its own file, or every file that its globs cover."""

    waiver: Waiver
    first: int = 0
    last: int = 0
    paths: Globs | None = None

    def covers(self, site: Site) -> bool:
        if site.rule not in self.waiver.rules:
            return False
        if self.paths is not None:
            return self.paths.covers(site.place.path)
        place = site.place
        return place.path == self.waiver.place.path and place.line <= self.last and max(place.end_line, place.line) >= self.first


def collect(source: Commented) -> tuple[CodeWaiver, ...]:
    """Return the waivers in a file's comments, malformed ones with what is wrong with them."""
    spans = list(_statements(source.tree)) if source.tree is not None else []
    found = []
    for line, text in sorted(source.comments.items()):
        match = _COMMENT.search(text)
        if match is not None:
            alone = source.lines[line - 1].lstrip().startswith("#")
            first, last = _covered(line, spans, alone)
            found.append(CodeWaiver(_read(match["rest"], Place(source.path, line)), first, last))
    return tuple(found)


def collect_lines(path: str, data: bytes, markup: bool) -> tuple[CodeWaiver, ...]:
    """Return the waivers in a file that is no Python: `<!-- payproof: ... -->` or `{# payproof: ... #}` in `markup`, else `#`.

    One covers its own line, and the next where it stands alone.
    """
    comment = _IN_MARKUP if markup else _COMMENT
    found = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        match = comment.search(line)
        if match is not None:
            alone = not line[: match.start()].strip() and not line[match.end() :].strip()
            found.append(CodeWaiver(_read(match["rest"], Place(path, number)), number, number + alone))
    return tuple(found)


def _read(text: str, place: Place) -> Waiver:
    match = _IGNORE.match(text.strip())
    if match is None:
        return Waiver((), place, problem="is not understood; write `# payproof: ignore[rule-id] owner: reason`")
    rules = tuple(name.strip() for name in (match["rules"] or "").split(",") if name.strip())
    owner, colon, reason = match["rest"].partition(":")
    problem = ""
    if not rules:
        problem = "names no rule; write `# payproof: ignore[rule-id] owner: reason`"
    elif not colon or not owner.strip() or not reason.strip():
        problem = "gives no owner and reason; write `# payproof: ignore[rule-id] owner: reason`"
    return Waiver(rules, place, owner.strip() if colon else "", reason.strip(), problem=problem)


def _covered(line: int, spans: Sequence[tuple[int, int]], alone: bool) -> tuple[int, int]:
    """Return the lines of the statement, or header of one, that a comment stands in; one `alone` on its line covers the next."""
    below = [span for span in spans if span[0] == line + 1]
    if alone and below:
        return max(below, key=lambda span: span[1])
    around = [span for span in spans if span[0] <= line <= span[1]]
    return min(around, key=lambda span: span[1] - span[0]) if around else (line, line)


def _statements(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield the lines of simple statements, and of the headers of compound ones with their decorators."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None) or getattr(node, "cases", None)
        first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
        if not body:
            yield first, node.end_lineno or node.lineno
            continue
        inner = body[0]
        start = getattr(inner, "lineno", None) or inner.pattern.lineno
        decorators = [decorator.lineno for decorator in getattr(inner, "decorator_list", ())]
        yield first, max(first, min([start, *decorators]) - 1)


def read_file(root: pathlib.Path, path: pathlib.Path | None, today: datetime.date) -> tuple[CodeWaiver, ...]:
    """Return the waivers of the waiver file: `path`, or the project's own where it has one.

    Raises `UsageError` for a file that is named and missing, or that cannot be used.
    """
    chosen = path if path is not None else root / FILE
    if not chosen.is_file():
        if path is not None:
            raise UsageError(f"{documents.shown_path(chosen)}: no such waiver file")
        return ()
    document = documents.read(chosen, "waivers")
    return tuple(_listed(entry, chosen.name, today) for entry in document["waivers"])


def _listed(entry: Mapping[str, str], name: str, today: datetime.date) -> CodeWaiver:
    expires = entry.get("expires", "")
    problem = ""
    if expires:
        try:
            problem = f"expired on {expires}" if datetime.date.fromisoformat(expires) < today else ""
        except ValueError:
            raise UsageError(f"{name}: {expires!r} is not a day") from None
    waiver = Waiver((entry["rule"],), Place(name, 1), entry["owner"], entry["reason"], expires, "file", problem)
    return CodeWaiver(waiver, paths=Globs([entry["path"]]))


def apply(
    sites: Sequence[Site], waivers: Sequence[CodeWaiver], asked: Collection[str], known: Collection[str], partial: bool = False
) -> tuple[list[Site], list[Waiver]]:
    """Return the sites with the waivers that cover them, and every waiver, with its problem where it has one.

    A waiver whose rules were `asked` and that covers no violation is stale; a `partial` scan cannot tell that of the waiver
    file's entries. An expired or malformed waiver waives nothing.
    """
    used: set[int] = set()
    kept = []
    for site in sites:
        covering = _covering(site, waivers, used) if site.verdict is Verdict.VIOLATED else None
        kept.append(dataclasses.replace(site, waiver=covering.waiver) if covering is not None else site)
    return kept, [_judged(item, index in used, asked, known, partial) for index, item in enumerate(waivers)]


def _covering(site: Site, waivers: Sequence[CodeWaiver], used: set[int]) -> CodeWaiver | None:
    for index, item in enumerate(waivers):
        if item.covers(site):
            used.add(index)
            if not item.waiver.problem:
                return item
    return None


def _judged(item: CodeWaiver, used: bool, asked: Collection[str], known: Collection[str], partial: bool) -> Waiver:
    waiver = item.waiver
    unknown = [name for name in waiver.rules if name not in known]
    if waiver.problem:
        return waiver
    if unknown:
        return dataclasses.replace(waiver, problem=f"names the unknown rule {unknown[0]!r}{documents.suggest(unknown[0], known)}")
    unseen = partial and item.paths is not None
    if not used and not unseen and all(name in asked for name in waiver.rules):
        return dataclasses.replace(waiver, problem="waives nothing any more; take it out")
    return waiver
