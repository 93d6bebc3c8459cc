"""Does a line match an expression? For what a project knows of itself: a gateway of its own, a token of its own making.

The expression is read by RE2, which takes time in proportion to the text, whatever it is given: a rule of somebody's cannot
stall a scan. It is asked of every line of the files that `files` names by globs, of all text where it is left out. What a rule
of the category `hardcoded-secret` matches is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from payproof.model import Place, Rule, Unread, UsageError, Verdict
from payproof.scan.files import File
from payproof.scan.globs import Globs
from payproof.scan.kinds import Kind
from payproof.scan.models import Models
from payproof.scan.shapes import TEXT, FileShape, Found, Project, asked

SECRET = "hardcoded-secret"

MEMORY = 8_000_000
"""Bytes that an expression may take when it is compiled; a larger one is refused."""


class LineShape(FileShape):
    name = "line"
    asks = {"matches": TEXT, "files": TEXT}

    def __init__(self, rules: Sequence[Rule], models: Models) -> None:
        super().__init__(rules, models)
        self._asked = [(rule, _compiled(rule), _globs(rule)) for rule in rules]
        self._sites: list[Found] = []

    def look(self, file: File, data: bytes) -> Unread | None:
        """Ask every line of a text file."""
        mine = [(rule, expression) for rule, expression, files in self._asked if not files or files.covers(file.path)]
        if not mine or file.kind is Kind.BINARY or b"\0" in data[:8192]:
            return None
        lines = data.decode("utf-8", "replace").splitlines()
        matches = [
            (rule, number, match)
            for number, line in enumerate(lines, 1)
            for rule, expression in mine
            for match in expression.finditer(line)
            if match.group()
        ]
        # A frame shows neighbours too, so every site of a file hides every secret of it.
        hide = tuple(sorted({match.group() for rule, _, match in matches if rule.category == SECRET}, key=len, reverse=True))
        for rule, number, match in matches:
            place = Place(file.path, number, match.start() + 1, number, match.end() + 1)
            self._sites.append(Found(rule, Verdict.VIOLATED, place, f"{rule.title}.", hide=hide))
        return None

    def found(self, project: Project) -> list[Found]:
        return self._sites


def _globs(rule: Rule) -> Globs:
    try:
        return Globs(sorted(asked(rule, "files")))
    except UsageError as error:
        raise UsageError(f"{rule.path}: {error}") from None


def _compiled(rule: Rule) -> Any:
    expressions = asked(rule, "matches")
    if len(expressions) != 1:
        raise UsageError(f"{rule.path}: the shape 'line' asks for one 'matches', a regular expression")
    try:
        import re2
    except ImportError:
        raise UsageError(
            f"{rule.path}: 'matches' is a regular expression, which RE2 alone may read here: pip install 'payproof[re2]'"
        ) from None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        compiled = re2.compile(next(iter(expressions)), options=options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise UsageError(f"{rule.path}: 'matches' is no regular expression that RE2 reads: {reason}") from None
    if compiled.search("") is not None:
        raise UsageError(f"{rule.path}: 'matches' is met by nothing at all, so by every line")
    return compiled
