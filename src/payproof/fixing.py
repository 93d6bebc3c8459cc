"""Fixes findings: proposes, proves by scanning the project as it would be, and writes.

A proposed file is scanned in a copy of the project. A fix is kept if its finding is gone and nothing else is found or unknown
that was not before; otherwise it is left to people, and says so. Nothing is written that was not proven.
"""

from __future__ import annotations

import collections
import dataclasses
import difflib
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from payproof import atomic, catalogue, git
from payproof.masking import mask
from payproof.model import PayproofError, Replacement, ScanResult, Site, Verdict
from payproof.project import Project
from payproof.scan.frames import safe
from payproof.scan.reading import read_whole
from payproof.scan.secrets.scan import secret_values

if TYPE_CHECKING:
    from payproof.scan.engine import ProgressCall
    from payproof.scan.rewriting import Attempt, Rewriting

UNPROVEN = "scanned again, the file as it would be is not better: the finding stays, or another takes its place"


@dataclasses.dataclass(frozen=True)
class FileFix:
    """One file as it is and as it would be, the findings that are gone then, and what each of their fixes would do alone."""

    path: str
    before: bytes
    after: bytes
    sites: tuple[Site, ...]
    alone: tuple[bytes, ...]

    def diff(self) -> Iterator[str]:
        """Yield the unified diff, line by line, fit to be printed: secrets are masked in it, so it is no patch to apply."""
        hidden = (*secret_values(self.path, self.before), *secret_values(self.path, self.after))
        old, new = (_shown(data, hidden) for data in (self.before, self.after))
        for line in difflib.unified_diff(old, new, f"a/{self.path}", f"b/{self.path}", lineterm=""):
            yield safe(line)


@dataclasses.dataclass(frozen=True)
class Fixes:
    """What can be fixed, file by file, what is left to people and why, and the scan that all of it rests on."""

    scan: ScanResult
    files: tuple[FileFix, ...] = ()
    left: tuple[tuple[Site, str], ...] = ()


def propose(
    project: Project,
    paths: Sequence[pathlib.Path],
    select: Sequence[str] = (),
    *,
    jobs: int | None = None,
    cache: bool = True,
    progress: ProgressCall | None = None,
) -> Fixes:
    """Return the proven fixes of the findings in `paths` for the rules and categories in `select` (none: all).

    The rest is as for `Project.scan`. Raises `UsageError` for a path or a name that is not known.
    """
    from payproof.scan.fixes import modules

    if select:
        catalogue.find_rules(select, (), catalogue.load_rules(project.settings.rules))
    before = project.scan(paths, jobs=jobs, cache=cache, progress=progress)
    wanted = {
        rule.id for rule in catalogue.find_rules((), (), before.rules) if not select or {rule.id, rule.category} & set(select)
    }
    by_file: dict[str, list[Site]] = collections.defaultdict(list)
    for site in before.findings():
        if site.rule in modules() and site.rule in wanted:
            by_file[site.place.path].append(site)
    return _Run(project, paths, before, jobs, cache).fixes(by_file)


class _Run:
    """The proof of what is proposed."""

    def __init__(
        self, project: Project, paths: Sequence[pathlib.Path], before: ScanResult, jobs: int | None, cache: bool
    ) -> None:
        self.project = project
        self.jobs = jobs
        self.cache = cache
        self.before = before
        self.paths = [path.resolve().relative_to(project.root) for path in paths]
        self.left: list[tuple[Site, str]] = []

    def fixes(self, by_file: Mapping[str, Sequence[Site]]) -> Fixes:
        from payproof.scan.rewriting import Rewriting

        made: list[Rewriting] = []
        for path, sites in sorted(by_file.items()):
            try:
                data = read_whole(self.project.root / path)
            except OSError:
                data = None
            if data is None:
                self.left += [(site, "the file cannot be read any more") for site in sites]
                continue
            rewriting = Rewriting(path, data, sites)
            self.left += rewriting.left
            if rewriting.attempts:
                made.append(rewriting)
        kept = self._proven(made)
        done = tuple(
            FileFix(
                one.path,
                one.data,
                one.result(attempts),
                tuple(attempt.site for attempt in attempts),
                tuple(one.result([attempt]) for attempt in attempts),
            )
            for one, attempts in kept
            if attempts
        )
        return Fixes(self.before, done, tuple(sorted(self.left, key=lambda item: (item[0].place, item[0].rule))))

    def _proven(self, made: Sequence[Rewriting]) -> list[tuple[Rewriting, Sequence[Attempt]]]:
        """Return which attempts on each file stand the proof: all at once where that goes well, else one after the other."""
        chosen: list[tuple[Rewriting, Sequence[Attempt]]] = [(one, one.attempts) for one in made]
        if not made or self._holds(chosen):
            return chosen
        kept: list[tuple[Rewriting, Sequence[Attempt]]] = []
        for one in made:
            good: list[Attempt] = []
            for attempt in one.attempts:
                if self._holds([*kept, (one, [*good, attempt])]):
                    good.append(attempt)
                else:
                    self.left.append((attempt.site, UNPROVEN))
            kept.append((one, good))
        return kept

    def _holds(self, chosen: Sequence[tuple[Rewriting, Sequence[Attempt]]]) -> bool:
        replaced = {one.path: one.result(attempts) for one, attempts in chosen}
        if not all(replaced.values()):
            return False
        after = self.project.scan_as_if(self.paths, replaced, jobs=self.jobs, cache=self.cache)
        if {item.path for item in after.unread} - {item.path for item in self.before.unread}:
            return False
        allowed = _faults(self.before)
        allowed.subtract((attempt.site.place.path, attempt.site.rule) for _, attempts in chosen for attempt in attempts)
        return all(count <= allowed[key] for key, count in _faults(after).items())


def _faults(result: ScanResult) -> collections.Counter[tuple[str, str]]:
    """Count by file and rule what is violated, waived or not, or unknown."""
    return collections.Counter((site.place.path, site.rule) for site in result.sites if site.verdict is not Verdict.HOLDS)


def _shown(data: bytes, hidden: Iterable[tuple[str, str]]) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [safe(line, tuple(hidden)) for line in text.splitlines()]


def replacements(found: FileFix, after: bytes) -> tuple[Replacement, ...]:
    """Return the lines that one fix changes; none where what is put in could not be shown, since a secret stands beside it."""
    old, new = (data.decode("utf-8", "replace").splitlines(keepends=True) for data in (found.before, after))
    secrets = [value for value, _ in secret_values(found.path, after)]
    made = []
    for kind, start, end, first, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            text = "".join(new[first:last])
            if mask(text) != text or any(value in text for value in secrets):
                return ()
            made.append(Replacement(found.path, start + 1, end - start, text))
    return tuple(made)


def uncommitted(root: pathlib.Path, paths: Sequence[str]) -> frozenset[str]:
    """Return which of the paths differ from what is committed; none where git has no answer."""
    if not paths or not git.in_checkout(root):
        return frozenset()
    asked = (
        ("--literal-pathspecs", "ls-files", "-z", "--others", "--modified", "--", *paths),
        ("--literal-pathspecs", "diff", "--cached", "--name-only", "-z", "--relative", "--no-ext-diff", "HEAD", "--", *paths),
    )
    told = [git.ask(root, *question) for question in asked]
    return frozenset(os.fsdecode(path) for answer in told for path in (answer or b"").split(b"\0") if path)


def write(root: pathlib.Path, found: FileFix) -> None:
    """Put the fixed file in the place of the file. Raises `PayproofError` when it has changed meanwhile, or cannot be written."""
    path = root / found.path
    try:
        if read_whole(path) != found.before:
            raise PayproofError(f"{found.path}: has changed meanwhile; not written")
        mode = path.stat().st_mode
        atomic.write(path, found.after)
        path.chmod(mode & 0o7777)
    except OSError as error:
        raise PayproofError(f"{found.path}: cannot be written: {error.strerror or error}") from None
