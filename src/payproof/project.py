"""A project and its proof: scan it, record what the scan said, and lay all evidence beside the checklist."""

from __future__ import annotations

import dataclasses
import datetime
import glob
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from payproof import atomic, baseline, catalogue, checklist, config
from payproof.baseline import Baseline
from payproof.catalogue import sample_beside
from payproof.changed import narrowed
from payproof.config import Config
from payproof.ledger import segments
from payproof.ledger.attestations import read_attestations
from payproof.ledger.reading import read as read_ledger
from payproof.ledger.scans import evidence_of_scan
from payproof.model import PayproofError, Report, ScanResult, UsageError
from payproof.report import renderer
from payproof.report.building import build
from payproof.report.reading import read as read_report
from payproof.revision import revision
from payproof.scan import files
from payproof.scan.change import read_change
from payproof.scan.shadow import shadow

if TYPE_CHECKING:
    from payproof.scan.engine import ProgressCall, ScanOptions

LAST_SCAN = "scan.json"
"""The last whole scan, kept in the ledger's folder so that a report can show sites and not only their counts.

It is no evidence: statuses rest on the ledger alone.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """A project with what it has configured."""

    root: pathlib.Path
    settings: Config

    @classmethod
    def of(cls, paths: Sequence[pathlib.Path]) -> Project:
        """Return the project that `paths` belong to. Raises `UsageError` for a missing path or a wrong configuration."""
        root = files.project_root(paths)
        return cls(root, config.load(root))

    def scan(
        self,
        paths: Sequence[pathlib.Path],
        known: Baseline | None = None,
        *,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        exclude: Sequence[str] = (),
        jobs: int | None = None,
        cache: bool = True,
        progress: ProgressCall | None = None,
        since: str | None = None,
    ) -> ScanResult:
        """Scan `paths` as the project has it configured; `select` and `jobs` overrule that, `ignore` and `exclude` add to it.

        Findings that `known` holds are marked as baselined. `since` names a commit: the scan is narrowed to what has changed
        after it. Raises `UsageError` as `engine.scan` and `read_change` do.
        """
        from payproof.scan import engine  # loads libcst, which a report does without

        options = self._options(select, ignore, exclude, jobs, cache, progress)
        change = read_change(self.root, since) if since is not None else None
        result = engine.scan(paths, options)
        result = result if known is None else baseline.apply(result, known)
        if change is None:
            return result
        with shadow(self.root, files.discover([self.root], options.exclude).files, change.before) as folder:
            then = dataclasses.replace(options, progress=None, cache_root=self.root)
            return narrowed(result, engine.scan([folder], then), change)

    def scan_as_if(
        self,
        paths: Sequence[pathlib.Path],
        replaced: Mapping[str, bytes | None],
        *,
        jobs: int | None = None,
        cache: bool = True,
        progress: ProgressCall | None = None,
    ) -> ScanResult:
        """Scan `paths`, relative to the root, as if the files in `replaced` held what it says (None: as if they were gone)."""
        from payproof.scan import engine

        options = dataclasses.replace(self._options((), (), (), jobs, cache, progress), cache_root=self.root)
        with shadow(self.root, files.discover([self.root], options.exclude).files, replaced) as folder:
            return engine.scan([folder / path for path in paths], options)

    def _options(
        self,
        select: Sequence[str],
        ignore: Sequence[str],
        exclude: Sequence[str],
        jobs: int | None,
        cache: bool,
        progress: ProgressCall | None,
    ) -> ScanOptions:
        from payproof.scan.engine import ScanOptions

        settings = self.settings
        return ScanOptions(
            select=tuple(select) or settings.select,
            ignore=(*settings.ignore, *ignore),
            exclude=(*settings.exclude, *exclude, *self._samples()),
            rule_dirs=settings.rules,
            maskers=settings.maskers,
            per_path=settings.per_path,
            waivers=settings.waivers,
            jobs=jobs or settings.jobs,
            cache=cache,
            progress=progress,
        )

    def _samples(self) -> Iterator[str]:
        """Yield a glob for each sample of the project's own rules and models: samples are full of mistakes on purpose."""
        for folder in self.settings.rules:
            documents = [*folder.glob("*.yaml"), *(folder / "models").glob("*.yaml")]
            for sample in sorted(path for path in map(sample_beside, documents) if path is not None):
                if sample.is_relative_to(self.root):
                    yield glob.escape(sample.relative_to(self.root).as_posix())

    def baseline_file(self) -> pathlib.Path:
        """Return where the project keeps its baseline, which need not be there."""
        return self.settings.baseline or self.root / baseline.FILE

    def baseline(self) -> Baseline | None:
        """Return the project's baseline, or None where it has none. Raises `UsageError` for one that cannot be used.

        One that is configured has to be there.
        """
        path = self.baseline_file()
        return baseline.read(path) if self.settings.baseline or path.is_file() else None

    def record(self, result: ScanResult, *, whole: bool) -> None:
        """Add what a scan says to the ledger; a `whole` one (all rules asked) is kept for reports to show its sites.

        Raises `PayproofError` when the ledger cannot be written.
        """
        pack = catalogue.load_rules(self.settings.rules)
        segments.write(self.settings.ledger, "scan", evidence_of_scan(result, catalogue.load_controls(), pack))
        if whole and result.payment_code and not result.partial:
            self._keep(result)

    def report(self, today: datetime.date, title: str = "payproof") -> Report:
        """Return the checklist by all evidence about the present revision and rules, with the sites of the last scan of it."""
        controls = catalogue.load_controls()
        pack = catalogue.rule_pack(catalogue.load_rules(self.settings.rules), self.settings.rules)
        state = revision(self.root)
        ledger = read_ledger(self.settings.ledger)
        evidence = (*ledger.evidence, *read_attestations(self.root, controls, today))
        scan, problems = self._last_scan(state, pack)
        return build(
            scan,
            checklist.judge(controls, evidence, state, pack),
            controls,
            ledger_problems=(*ledger.problems, *problems),
            revision=state,
            rule_pack=pack,
            title=title,
        )

    def _keep(self, result: ScanResult) -> None:
        path = self.settings.ledger / LAST_SCAN
        try:
            segments.prepare(self.settings.ledger)
            atomic.write(path, renderer("json")(build(result, pedantic=True)).encode())
        except OSError as error:
            raise PayproofError(f"the ledger {self.settings.ledger} cannot be written: {error.strerror or error}") from None

    def _last_scan(self, state: str, pack: str) -> tuple[ScanResult | None, tuple[str, ...]]:
        """Return the kept scan if it is of this revision and rule pack, and what is wrong with the file."""
        try:
            text = (self.settings.ledger / LAST_SCAN).read_text("utf-8")
            scan = read_report(text, LAST_SCAN).scan
        except FileNotFoundError:
            return None, ()
        except (OSError, UnicodeDecodeError) as error:
            return None, (f"{LAST_SCAN}: cannot be read: {error}",)
        except UsageError as error:
            return None, (f"{error}; scan again",)
        fits = scan is not None and (scan.revision, scan.rule_pack) == (state, pack)
        return (scan if fits else None), ()
