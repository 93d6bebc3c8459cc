"""Finds scenarios and reads them; every mistake in one is named by file and line."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from payproof import documents
from payproof.model import UsageError
from payproof.sandbox.core import faults
from payproof.sandbox.core.exchange import SandboxError

SUFFIX = ".yaml"
DEFAULT = "stripe"
"""The processor whose scenarios are listed unless another is named."""


class ScenarioError(SandboxError):
    """A scenario cannot go on, or something that it promised has not happened; the text names file and line."""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario: who acts (`customer`, `application`, `bank`, ...), what it does, and the line it stands on."""

    actor: str
    content: Mapping[str, Any]
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """A story: `name` is its file's stem, `family` what tests parametrize over, `path` how messages name its file."""

    name: str
    title: str
    family: str
    processor: str
    source: str
    steps: tuple[Step, ...]
    path: str

    def acts(self) -> tuple[str, ...]:
        """What the application is asked to do, each once, in the order of the story."""
        return tuple(dict.fromkeys(step.content["does"] for step in self.steps if step.actor == "application"))

    def where(self, step: Step) -> str:
        """Return how messages name a step."""
        return f"{self.path}:{step.line}"


def scenarios(family: str | None = None, *, processor: str = DEFAULT, folder: str | os.PathLike[str] | None = None) -> list[str]:
    """Return one processor's scenarios of a family (all of them for None), sorted, ready for `pytest.mark.parametrize`.

    They are names of scenarios that ship with payproof, or paths if `folder` says where others stand. `processor` is `"*"` for
    those of all. Raises `UsageError` for a family without a scenario, and `DocumentError` for a scenario that cannot be read.
    """
    every = {_identity(path, folder): load(path) for path in _files(folder)}
    found = {identity: scenario for identity, scenario in every.items() if processor in ("*", scenario.processor)}
    if every and not found:
        hint = documents.suggest(processor, {scenario.processor for scenario in every.values()})
        raise UsageError(f"there is no scenario of the processor {processor!r}{hint}")
    chosen = [identity for identity, scenario in found.items() if family in (None, scenario.family)]
    if not chosen:
        hint = documents.suggest(family or "", {scenario.family for scenario in found.values()})
        raise UsageError(f"there is no scenario{f' of the family {family!r}' if family else ''}{hint}")
    return sorted(chosen)


def load(scenario: str | os.PathLike[str]) -> Scenario:
    """Return a scenario by its name (`"dispute-lost"`) or by the path of its file.

    Raises `UsageError` for a name that does not exist, and `DocumentError` naming file and line for what it cannot play.
    """
    path = pathlib.Path(scenario)
    if path.suffix == SUFFIX:
        return _read(path.resolve())
    shipped = {file.stem: file for file in _files(None)}
    if str(scenario) not in shipped:
        hint = documents.suggest(str(scenario), shipped)
        raise UsageError(f"there is no scenario {str(scenario)!r}{hint or '; give the path of its file, or a name that ships'}")
    return _read(shipped[str(scenario)])


def _files(folder: str | os.PathLike[str] | None) -> list[pathlib.Path]:
    top = documents.data_folder("fixtures") / "scenarios" if folder is None else pathlib.Path(folder)
    if not top.is_dir():
        raise UsageError(f"there is no folder {documents.shown_path(top)} with scenarios")
    return sorted(top.glob(f"*{SUFFIX}"))


def _identity(path: pathlib.Path, folder: object) -> str:
    return path.stem if folder is None else str(path)


@functools.lru_cache(maxsize=256)
def _read(path: pathlib.Path) -> Scenario:
    content = documents.read(path, "scenario")
    name = documents.shown_path(path)
    lines = _lines(path.read_bytes())
    steps = tuple(
        Step(actor, what or {}, line) for step, line in zip(content["steps"], lines, strict=True) for actor, what in step.items()
    )
    made = Scenario(path.stem, content["title"], content["family"], content["processor"], content["source"], steps, name)
    _check(made)
    return made


def _lines(data: bytes) -> list[int]:
    """The line of each step."""
    root = yaml.compose(data.decode("utf-8"), Loader=yaml.SafeLoader)
    pairs: Iterator[Any] = iter(root.value if isinstance(root, yaml.MappingNode) else ())
    steps = next(value for key, value in pairs if key.value == "steps")
    return [item.start_mark.line + 1 for item in steps.value]


def _check(scenario: Scenario) -> None:
    """Refuse what the schema cannot see: faults that do not exist, globs that match nothing, stories without a turn."""
    for step in scenario.steps:
        try:
            _check_step(step)
        except SandboxError as error:
            raise documents.DocumentError(f"{scenario.where(step)}: {error}") from None
    if not scenario.acts():
        raise documents.DocumentError(f"{scenario.path}: the application never has its turn; add an 'application' step")


def _check_step(step: Step) -> None:
    if step.actor == "network" and "faults" in step.content:
        faults.Faults().chain([str(kind) for kind in step.content["faults"]], step.content.get("to"))
    if step.actor == "expect":
        for requests in step.content.get("requests", ()):
            faults.check_glob(requests["to"])
