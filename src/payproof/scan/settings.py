"""Settings of a project: which files hold them, for which surroundings, and what Python ones assign."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator

from payproof.model import Place
from payproof.scan import facts
from payproof.scan.models import tokens
from payproof.scan.program import ModuleInfo, walk
from payproof.scan.statements import simple_statements


class Profile(enum.Enum):
    """What settings are for, as their file and class are called."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    ANY = "any"


_PRODUCTION = frozenset({"prod", "production", "live", "prd"})
_DEVELOPMENT = frozenset(
    """
    dev devel development develop local localhost test tests testing ci debug devstack sandbox example examples demo demos sample
    samples template dist e2e playground testapp staging stage stg review docs doc tutorial tutorials vagrant docker
    """.split()
)
_SETTINGS = re.compile(r"(?:^|/)(?:[^/]*(?:settings?|config(?:uration)?)[^/]*|(?:settings?|conf(?:ig)?)/(?:[^/]+/)?[^/]+)\.py$")


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a Python file assigns: `value` is its expression, `profile` what it is for."""

    name: str
    value: facts.Expr
    place: Place
    profile: Profile
    subject: str = ""

    @property
    def constant(self) -> str | int | float | bool | None:
        """Its value where that is written down, else None."""
        return self.value.value if isinstance(self.value, facts.Literal) else None


def is_settings(path: str) -> bool:
    """Return whether a Python file holds settings by its name."""
    return _SETTINGS.search(path.lower()) is not None


def profile_of(path: str, *names: str) -> Profile:
    """Return what a file, and a class or section of it, is for. The innermost name that says so counts."""
    *folders, name = path.split("/")
    for text in (*reversed(names), name, *reversed(folders)):
        words = set(tokens(text))
        if words & _DEVELOPMENT:
            return Profile.DEVELOPMENT
        if words & _PRODUCTION:
            return Profile.PRODUCTION
    return Profile.ANY


def settings_of(module: ModuleInfo, words: tuple[str, ...]) -> Iterator[Setting]:
    """Yield what a module sets: names at its top and in classes, `config["NAME"]`, and keywords in capitals.

    `words` are lower-case parts of the names that matter: functions that hold none are passed over.
    """
    for subject, statement in simple_statements(module.facts.body, words):
        place = Place(module.path, *statement.span)
        classes = tuple(part for part in subject.split(".") if part)
        for name, value in _given(statement):
            yield Setting(name, value, place, profile_of(module.path, *classes), subject)


def _given(statement: facts.Stmt) -> Iterator[tuple[str, facts.Expr]]:
    if isinstance(statement, facts.Assign) and statement.value is not None and not statement.operator:
        for target in statement.targets:
            if isinstance(target, facts.Name):
                yield target.id, statement.value
            elif isinstance(target, facts.Subscript) and isinstance(target.index, facts.Literal):
                yield str(target.index.value), statement.value
    for node in walk(statement):
        if isinstance(node, facts.Argument) and node.keyword and node.keyword.isupper():
            yield node.keyword, node.value
