"""One scan: files, sieve, facts, program, shapes, sites."""

from __future__ import annotations

import dataclasses
import datetime
import os
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from payproof import catalogue
from payproof.model import Integration, Rule, ScanCounts, ScanResult, Site, Unread, Verdict, Waiver
from payproof.revision import revision
from payproof.scan import files, models, shapes, source, waivers
from payproof.scan.cache import Cache
from payproof.scan.card_routes import CardRoutes
from payproof.scan.explore import explore
from payproof.scan.files import File, FileSet
from payproof.scan.globs import Globs
from payproof.scan.kinds import Kind
from payproof.scan.loading import Facts, facts_version
from payproof.scan.pins.manifests import is_manifest
from payproof.scan.pins.project import NO_PINS, Pins, collect
from payproof.scan.pins.sdks import sdks
from payproof.scan.program import Program
from payproof.scan.reading import LARGEST, open_regular, read_whole
from payproof.scan.secrets.scan import scan_secrets
from payproof.scan.shapes import Found, Project, Shape
from payproof.scan.sieve import Sieve, sieve
from payproof.scan.sites import to_sites

ProgressCall = Callable[[int, int, str], None]

_CHUNK = 4_000_000
_OVERLAP = 200


@dataclasses.dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan.

    `select` and `ignore` name rules or categories, `exclude` holds globs; `rule_dirs` are folders with rules and models of
    the user's; `maskers` are dotted names of functions that the project declares to mask; `per_path` maps globs to rules or
    categories ignored there; `waivers` is the waiver file (None: where it lies by default); `jobs` is the number of processes
    (None: as many as fit); `progress` is called with files done, files in all and the path under way; `today` is the date
    that expiries are compared with (None: the present one); `cache_root` is the project whose cache is used (None: that of
    the paths). With `sift` off every Python file counts as payment code: slow, and what shows how rules take code that has
    nothing to do with payments.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rule_dirs: tuple[pathlib.Path, ...] = ()
    maskers: tuple[str, ...] = ()
    per_path: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    waivers: pathlib.Path | None = None
    jobs: int | None = None
    cache: bool = True
    progress: ProgressCall | None = None
    today: datetime.date | None = None
    cache_root: pathlib.Path | None = None
    sift: bool = True


def scan(paths: Sequence[pathlib.Path], options: ScanOptions) -> ScanResult:
    """Look at the files of `paths` and return every site, waiver and file that could not be read.

    Nothing that is scanned is run or imported, and no connection is made. Raises `UsageError` for a path, rule, model or
    waiver file that cannot be used.
    """
    every = catalogue.load_rules(options.rule_dirs)
    rules = catalogue.find_rules(options.select, options.ignore, every)
    shapes.check_asks(rules)
    meaning = models.load(options.rule_dirs, options.maskers)
    chosen = files.discover(paths, options.exclude)
    run = _Scan(chosen, rules, {rule.id for rule in every}, meaning, options)
    run.look()
    run.judge()
    sites, used = run.waived()
    pack = catalogue.rule_pack(every, options.rule_dirs)
    return ScanResult(
        sites=tuple(sorted(sites, key=_order)),
        rules=rules,
        waivers=tuple(sorted(used, key=lambda waiver: (waiver.place, waiver.rules))),
        unread=tuple(sorted(run.unread.values(), key=lambda item: item.path)),
        counts=run.counts(),
        rule_pack=pack,
        revision=revision(chosen.root),
        partial=chosen.partial,
        payment_code=bool(run.surface) or any(site.verdict is Verdict.VIOLATED for site in sites),
        processors=run.processors(),
        integrations=tuple(sorted(set(run.integrations), key=lambda item: (item.place, item.route.value, item.note))),
    )


def _order(site: Site) -> tuple[object, ...]:
    return (site.place, site.rule, site.fingerprint, site.verdict.value, site.message)


class _Scan:
    """The state of one scan under way."""

    def __init__(
        self, chosen: FileSet, rules: tuple[Rule, ...], known: set[str], meaning: models.Models, options: ScanOptions
    ) -> None:
        self.chosen = chosen
        self.rules = rules
        self.known = known
        self.meaning = meaning
        self.options = options
        self.unread: dict[str, Unread] = {item.path: item for item in chosen.unread}
        self.surface: list[str] = []
        self.sites: list[Site] = []
        self.code_waivers: list[waivers.CodeWaiver] = []
        self.tests_not_asked = 0
        self.bytes = 0
        self.words: Sieve = sieve().with_words(meaning.sieve_words())
        self.integrations: list[Integration] = []
        self.whole: FileSet | None = None if chosen.partial else chosen
        self.readers = [
            kind(asking, meaning)
            for name, kind in shapes.file_shapes().items()
            if (asking := [rule for rule in rules if rule.shape == name])
        ]
        cache = Cache(options.cache_root or chosen.root, facts_version(), options.cache)
        self.facts = Facts(chosen.root, cache, meaning.context, {file.path: file.test for file in chosen.files})
        self.program: Program | None = None

    # Every file, once

    def look(self) -> None:
        """Read every file once: its secrets, whether it speaks of payments, and whether it waives anything."""
        total = len(self.chosen.files)
        for done, file in enumerate(self.chosen.files):
            if self.options.progress is not None:
                self.options.progress(done, total, file.path)
            self._look_at(file)
        if self.options.progress is not None:
            self.options.progress(total, total, "")

    def _look_at(self, file: File) -> None:
        if file.kind is Kind.BINARY:
            return
        try:
            data = read_whole(self.chosen.root / file.path)
        except OSError as error:
            self.unread[file.path] = Unread(file.path, f"cannot be read: {error.strerror or error}")
            return
        if data is None:
            concerns = self._concerns(file)
            self.unread[file.path] = Unread(file.path, f"is larger than {LARGEST:,} bytes", concerns)
            return
        self.bytes += len(data)
        self.sites += scan_secrets(file, data, self.rules, self.words)
        for reader in self.readers if not file.test else ():
            unread = reader.look(file, data)
            if unread is not None:
                self.unread.setdefault(file.path, unread)
        if file.kind is Kind.PYTHON:
            self._sift(file, data)
        elif waivers.MARK in data and (file.kind in (Kind.TEMPLATE, Kind.CONFIG) or is_manifest(file.path)):
            self.code_waivers.extend(waivers.collect_lines(file.path, data, file.kind is Kind.TEMPLATE))

    def _concerns(self, file: File) -> bool:
        """Return whether a file that is too large to be read as a whole holds a word that anything is asked about."""
        try:
            with open_regular(self.chosen.root / file.path) as stream:
                tail = b""
                while chunk := stream.read(_CHUNK):
                    data = tail + chunk
                    if self.words.is_payment_python(data) or next(iter(self.words.secret_lines(data)), None) is not None:
                        return True
                    tail = data[-_OVERLAP:]
        except OSError:
            return True
        return False

    def _sift(self, file: File, data: bytes) -> None:
        if not self.options.sift or self.words.is_payment_python(data):
            if file.test:
                self.tests_not_asked += 1
            else:
                self.surface.append(file.path)
        if waivers.MARK in data:
            parsed = source.parse(file.path, data)
            if isinstance(parsed, Unread):
                self.unread.setdefault(file.path, parsed)
            else:
                self.code_waivers.extend(waivers.collect(parsed))

    # What the payment code does

    def judge(self) -> None:
        """Interpret the payment code for the shapes that the rules ask for, then judge the files of other kinds."""
        pins = self._pins()
        self._judge_code(pins)
        code = tuple(self.program.surface()) if self.program is not None else ()
        seen = Project(bool(self.surface), self.chosen.partial, pins, self.facts.module, code)
        self._keep([found for reader in self.readers for found in reader.found(seen)])
        self.integrations += [item for reader in self.readers for item in reader.integrations()]
        for item in self.facts.unread.values():
            self.unread.setdefault(item.path, item)

    def _pins(self) -> Pins:
        if not self.surface and not self.readers:
            return NO_PINS
        pins = collect(self.chosen.root, [file.path for file in self._project().files if not file.test], sdks())
        for item in pins.unread:
            self.unread.setdefault(item.path, item)
        return pins

    def _judge_code(self, pins: Pins) -> None:
        kinds = shapes.shapes()
        wanted = {name: [rule for rule in self.rules if rule.shape == name] for name in kinds}
        if not self.surface or not any(wanted.values()):
            return
        self.facts.surface = frozenset(self.surface)
        self.facts.prepare(self.surface, self.options.jobs or os.cpu_count() or 1)
        program = self.program = Program(self._python_paths(), self.facts.module, self.surface, pins)
        made: list[Shape] = [kinds[name](rules, program, self.meaning) for name, rules in wanted.items() if rules]
        made.append(CardRoutes((), program, self.meaning))
        troubles = explore(program, self.meaning, made)
        self.facts.keep()
        self._keep([found for shape in made for found in shape.found()])
        self.integrations += [item for shape in made for item in shape.integrations()]
        for item in (*self.facts.unread.values(), *troubles):
            self.unread.setdefault(item.path, item)

    def _python_paths(self) -> Iterable[str]:
        return [file.path for file in self._project().files if file.kind is Kind.PYTHON]

    def _project(self) -> FileSet:
        """Return all files of the project, whatever part of it is looked at."""
        if self.whole is None:
            self.whole = files.discover([self.chosen.root], self.options.exclude)
        return self.whole

    def _keep(self, found: Sequence[Found]) -> None:
        asked = {file.path for file in self.chosen.files}
        tests = {file.path for file in self.chosen.files if file.test}
        mine = [item for item in found if item.place.path in asked and item.place.path not in tests]
        self.sites += to_sites(mine, self.chosen.root)

    # What it comes to

    def waived(self) -> tuple[list[Site], list[Waiver]]:
        """Return the sites with their waivers, less what is ignored by path, and the waivers met."""
        kept = self._without_ignored(_once(self.sites))
        today = self.options.today or datetime.date.today()
        listed = waivers.read_file(self.chosen.root, self.options.waivers, today)
        asked = {rule.id for rule in self.rules}
        return waivers.apply(kept, [*self.code_waivers, *listed], asked, self.known, self.chosen.partial)

    def _without_ignored(self, sites: list[Site]) -> list[Site]:
        for pattern, names in self.options.per_path.items():
            here = Globs([pattern])
            gone = {rule.id for rule in self.rules} - {rule.id for rule in catalogue.find_rules((), names, self.rules)}
            sites = [site for site in sites if site.rule not in gone or not here.covers(site.place.path)]
        return sites

    def counts(self) -> ScanCounts:
        python = [file for file in self.chosen.files if file.kind is Kind.PYTHON]
        analysed = len(self.facts.analysed & {file.path for file in python})
        return ScanCounts(
            files=len(self.chosen.files),
            python_files=len(python),
            analysed=analysed,
            irrelevant=len(python) - len(self.surface) - self.tests_not_asked,
            excluded=self.chosen.excluded,
            test_files=sum(file.test for file in python),
            tests_not_asked=self.tests_not_asked,
            bytes=self.bytes,
            maskers=len(self.options.maskers),
        )

    def processors(self) -> tuple[str, ...]:
        """Return the processors that the payment code speaks of."""
        if self.program is None:
            return ()
        spoken = {name for module in self.program.surface() for name in module.context}
        return tuple(sorted({self.meaning.processors[name] for name in spoken if name in self.meaning.processors}))


def _once(sites: Sequence[Site]) -> list[Site]:
    """Return the sites without exact repeats, in order."""
    return list(dict.fromkeys(sites))
