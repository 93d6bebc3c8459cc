"""Gathers the evidence of marked tests in one process and writes its segment of the ledger."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import importlib.metadata
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from payproof import catalogue, config
from payproof.ledger.segments import Segment
from payproof.model import Control, Evidence, PayproofError, Place, Stance, UsageError, Witness
from payproof.pytest_plugin import markers, outcomes, traces
from payproof.revision import revision, root_of
from payproof.sandbox.core import active

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

SDKS: Mapping[str, tuple[str, ...]] = {
    "adyen": ("Adyen",),
    "braintree": ("braintree",),
    "paypal": ("paypal-server-sdk", "paypalrestsdk"),
    "square": ("squareup",),
    "stripe": ("stripe",),
}
"""The distributions that hold a processor's SDKs."""


@dataclasses.dataclass(frozen=True, slots=True)
class Circumstances:
    """What all evidence of one run has in common."""

    root: pathlib.Path
    rootpath: pathlib.Path
    revision: str
    rule_pack: str


@dataclasses.dataclass(slots=True)
class _Run:
    """One marked test in progress."""

    item: pytest.Item
    controls: tuple[str, ...]
    reports: list[pytest.TestReport] = dataclasses.field(default_factory=list)
    watched: dict[int, traces.Watched] = dataclasses.field(default_factory=dict)

    def use(self, box: Sandbox) -> None:
        self.watched.setdefault(id(box), traces.watch(box))

    def traces(self) -> collections.Counter[str]:
        return sum((watched.traces() for watched in self.watched.values()), collections.Counter())


def start(settings: pytest.Config, controls: Mapping[str, Control]) -> Recorder:
    """Return a recorder for the tests of `settings`. Raises `pytest.UsageError` when the configuration is wrong.

    The revision is taken now, before tests run: that is the code they have imported.
    """
    root = root_of(settings.rootpath)
    try:
        own = config.load(root)
        pack = catalogue.rule_pack(catalogue.load_rules(own.rules), own.rules)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    given = settings.getoption("payproof_ledger")
    folder = pathlib.Path(given) if given else own.ledger
    worker = getattr(settings, "workerinput", {}).get("workerid", "")
    segment = Segment(folder, f"tests-{worker}" if worker else "tests")
    return Recorder(controls, segment, Circumstances(root, settings.rootpath, revision(root), pack))


class Recorder:
    """Watches marked tests, and writes what each says when it has ended."""

    def __init__(self, controls: Mapping[str, Control], segment: Segment, circumstances: Circumstances) -> None:
        self._controls = controls
        self._segment = segment
        self._circumstances = circumstances
        self._run: _Run | None = None
        self._spoken: list[tuple[str, str, str]] = []
        self._silent: list[tuple[str, str, str]] = []
        self._error = ""

    @contextlib.contextmanager
    def watching(self, item: pytest.Item) -> Iterator[None]:
        """Watch everything that happens to one item, from its set-up to its last tear-down, re-runs included."""
        controls = markers.controls_of(item)
        if not controls:
            yield
            return
        run = self._run = _Run(item, controls)
        for box in list(active.STACK):
            run.use(box)
        active.WATCHERS.append(run.use)
        try:
            yield
        finally:
            active.WATCHERS.remove(run.use)
            self._run = None
        self._settle(run)

    def heard(self, report: pytest.TestReport) -> None:
        """Take note of a report about the item that is watched."""
        if self._run is not None:
            self._run.reports.append(report)

    def finish(self) -> dict[str, Any]:
        """Seal the segment and return, in plain data, what the terminal summary has to say."""
        path = None
        with self._telling():
            path = self._segment.close()
        return {
            "spoken": [list(entry) for entry in self._spoken],
            "silent": [list(entry) for entry in self._silent],
            "segment": _shown(path, self._circumstances.root) if path else "",
            "revision": self._circumstances.revision,
            "rule_pack": self._circumstances.rule_pack,
            "error": self._error,
        }

    def _settle(self, run: _Run) -> None:
        outcome = outcomes.of(run.reports)
        found = run.traces()
        for name in run.controls:
            needed = self._controls[name].shown_by
            why = outcome.why
            if outcome.stance is Stance.FOR and not any(found[kind] for kind in needed):
                seen = f"the sandbox saw {traces.describe(found)}" if run.watched else "no sandbox was used"
                why = f"needs {traces.describe_needed(needed)}; {seen}"
            elif outcome.stance is not None:
                self._write(run, name, outcome, found)
                continue
            self._silent.append((run.item.nodeid, name, why))

    def _write(self, run: _Run, control: str, outcome: outcomes.Outcome, found: Mapping[str, int]) -> None:
        stance = outcome.stance
        if stance is None:
            return
        seen = f"the sandbox saw {traces.describe(found)}" if run.watched else "no sandbox was used"
        evidence = Evidence(
            control=control,
            witness=Witness.TESTS,
            stance=stance,
            subject=run.item.nodeid,
            summary=f"{outcome.why}; {seen}",
            revision=self._circumstances.revision,
            rule_pack=self._circumstances.rule_pack,
            place=self._place(run.item),
            sdks=_sdks(sorted({watched.box.processor.name for watched in run.watched.values()})),
            details=dict(sorted(found.items())),
        )
        with self._telling():
            self._segment.write(evidence)
            self._spoken.append((control, stance.value, run.item.nodeid))

    def _place(self, item: pytest.Item) -> Place | None:
        path, line, _ = item.location
        try:
            relative = (self._circumstances.rootpath / path).resolve().relative_to(self._circumstances.root)
        except ValueError:
            return None
        return Place(relative.as_posix(), (line or 0) + 1)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        # Tests that ran well must not fail because the ledger is full or read-only; the summary says it instead.
        try:
            yield
        except PayproofError as error:
            self._error = str(error)


def _sdks(processors: Sequence[str]) -> dict[str, str]:
    found = {}
    for name in (name for processor in processors for name in SDKS.get(processor, ())):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _shown(path: pathlib.Path, root: pathlib.Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
