"""The baseline: findings that a project had when it began to look, so that only new ones stop a build.

It is a multiset of fingerprints. A fingerprint speaks of the rule, the enclosing definition and the masked text of the line,
never of a line number or a path: entries survive moves of lines, of functions and of files, and one entry absorbs one
finding, so that a copied mistake is new. No entry holds code or a secret.
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
from collections.abc import Collection, Iterable, Sequence

from payproof import atomic, documents
from payproof.masking import mask
from payproof.model import BaselineEntry, BaselineUse, ScanResult, Site, UsageError, Verdict

FILE = ".payproof-baseline.yaml"
"""Where a project's baseline lies unless it is configured to lie elsewhere."""

FORMAT = "payproof-baseline/1"

_HEAD = """\
# Findings that are known. Only others set payproof's exit code; `payproof baseline update` takes out what is gone.
format: {format}
rule-pack: {pack}
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Baseline:
    """What a baseline file holds: the rule pack it was made with, and its entries, sorted. `path` is as messages name it."""

    path: str
    rule_pack: str
    entries: tuple[BaselineEntry, ...] = ()


def read(path: pathlib.Path) -> Baseline:
    """Return the baseline that the file at `path` holds. Raises `UsageError` for one that is missing or cannot be used."""
    shown = documents.shown_path(path)
    if not path.is_file():
        raise UsageError(f"{shown}: no such baseline; `payproof baseline write` makes one")
    held = documents.read(path, "baseline")
    entries = (BaselineEntry(one["path"], one["rule"], one["in"], one["fingerprint"]) for one in held["findings"])
    return Baseline(shown, held["rule-pack"], tuple(sorted(entries)))


def write(path: pathlib.Path, rule_pack: str, entries: Iterable[BaselineEntry]) -> None:
    """Write a baseline, one entry to a line and sorted, so that two branches' baselines merge as text. Raises `UsageError`."""
    lines = [_line(entry) for entry in sorted(entries)]
    text = (
        _HEAD.format(format=FORMAT, pack=json.dumps(rule_pack)) + ("findings:\n" if lines else "findings: []\n") + "".join(lines)
    )
    try:
        atomic.write(path, text.encode())
    except OSError as error:
        raise UsageError(f"{documents.shown_path(path)}: cannot be written: {error.strerror or error}") from None


def _line(entry: BaselineEntry) -> str:
    named = (("path", entry.path), ("rule", entry.rule), ("in", entry.subject), ("fingerprint", entry.fingerprint))
    return f"- {{{', '.join(f'{key}: {json.dumps(value, ensure_ascii=False)}' for key, value in named)}}}\n"


def entry_of(site: Site) -> BaselineEntry:
    """Return the entry that stands for a finding; its path and subject are spelled so that a file can hold and show them."""
    return BaselineEntry(_spelled(site.place.path), site.rule, _spelled(site.subject), site.fingerprint)


def _spelled(text: str) -> str:
    plain = text if text.isprintable() else "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)
    return mask(plain)


def of_scan(result: ScanResult) -> tuple[BaselineEntry, ...]:
    """Return an entry for each violated site that nobody waived, those of low confidence too, sorted."""
    return tuple(sorted(entry_of(site) for site in _violated(result)))


def _violated(result: ScanResult) -> list[Site]:
    return [site for site in result.sites if site.verdict is Verdict.VIOLATED and site.waiver is None]


def apply(result: ScanResult, baseline: Baseline) -> ScanResult:
    """Return the scan with the findings that `baseline` holds marked as such, and with what of it is stale.

    Of findings with the same fingerprint those in the file that an entry names are taken first, then any. An entry is stale if
    its rule was asked, no finding is left for it, and the scan can tell: the whole project was scanned, its file was read.
    """
    taken = _assigned(_violated(result), baseline.entries)
    sites = tuple(dataclasses.replace(site, baselined=True) if id(site) in taken else site for site in result.sites)
    left = collections.Counter(baseline.entries) - collections.Counter(taken.values())
    stale = tuple(entry for entry in sorted(left.elements()) if _can_tell(entry, result))
    use = BaselineUse(baseline.path, baseline.rule_pack, len(baseline.entries), stale)
    return dataclasses.replace(result, sites=sites, baseline=use)


def _assigned(sites: Sequence[Site], entries: Iterable[BaselineEntry]) -> dict[int, BaselineEntry]:
    """Return the entry that absorbs each site, by the site's identity; others are not in it."""
    free: dict[str, list[BaselineEntry]] = collections.defaultdict(list)
    for entry in entries:
        free[entry.fingerprint].append(entry)
    taken: dict[int, BaselineEntry] = {}
    for same_file in (True, False):
        for site in sites:
            offered = free[site.fingerprint]
            path = _spelled(site.place.path)
            found = next((entry for entry in offered if entry.rule == site.rule and (not same_file or entry.path == path)), None)
            if found is not None and id(site) not in taken:
                offered.remove(found)
                taken[id(site)] = found
    return taken


def _can_tell(entry: BaselineEntry, result: ScanResult) -> bool:
    asked = {rule.id for rule in result.rules}
    unread = {_spelled(item.path) for item in result.unread}
    return not result.partial and entry.rule in asked and entry.path not in unread


def renewed(result: ScanResult, baseline: Baseline, known_rules: Collection[str]) -> tuple[BaselineEntry, ...]:
    """Return the entries of `baseline` that are still needed, with the paths they have now.

    What is found is kept under its present path; what `result` cannot tell of is kept as it is; what is stale, or of a rule
    that is no more, goes. Nothing is added.
    """
    taken = _assigned(_violated(result), baseline.entries)
    found = [entry_of(site) for site in result.sites if id(site) in taken]
    left = collections.Counter(baseline.entries) - collections.Counter(taken.values())
    kept = [entry for entry in left.elements() if entry.rule in known_rules and not _can_tell(entry, result)]
    return tuple(sorted([*found, *kept]))
