"""Joins a scan and the checklist into one `Report`: where low-confidence findings are set aside, and all text is masked."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import payproof
from payproof.masking import mask
from payproof.model import Confidence, Control, Judgement, Report, ScanResult, Site, Verdict
from payproof.report.evidence import said_once


def build(
    scan: ScanResult | None,
    judgements: Sequence[Judgement] = (),
    controls: Sequence[Control] = (),
    *,
    ledger_problems: Sequence[str] = (),
    revision: str = "",
    rule_pack: str = "",
    pedantic: bool = False,
    title: str = "payproof",
) -> Report:
    """Return the report of a scan, of a checklist, or of both.

    Every text is masked once more, whoever wrote it: no format needs to think of card numbers and keys. Violated sites of
    low confidence leave the scan and are counted in `Report.hidden`, unless `pedantic`. Revision and
    rule pack are the scan's when there is one. Raises `ValueError` for a site whose rule the scan does not list.
    """
    shown, hidden = (None, {}) if scan is None else _without_hidden(scan, pedantic)
    return Report(
        scan=_masked(shown),
        judgements=_masked(tuple(map(said_once, judgements))),
        controls=tuple(controls),
        ledger_problems=_masked(tuple(ledger_problems)),
        revision=revision or (scan.revision if scan else ""),
        rule_pack=rule_pack or (scan.rule_pack if scan else ""),
        version=payproof.__version__,
        title=title,
        pedantic=pedantic,
        hidden=hidden,
    )


def _without_hidden(scan: ScanResult, pedantic: bool) -> tuple[ScanResult, dict[str, int]]:
    asked = {rule.id for rule in scan.rules}
    for site in scan.sites:
        if site.rule not in asked:
            raise ValueError(f"{site.place}: a site of the rule {site.rule!r}, which the scan does not list as asked")
    if pedantic:
        return scan, {}
    hidden = collections.Counter(site.rule for site in scan.sites if _is_hidden(site))
    kept = tuple(site for site in scan.sites if not _is_hidden(site))
    return dataclasses.replace(scan, sites=kept), dict(sorted(hidden.items()))


def _is_hidden(site: Site) -> bool:
    doubtful = site.verdict is Verdict.VIOLATED and site.confidence is Confidence.LOW
    return doubtful and site.waiver is None and not site.baselined


_NEVER_SECRET = frozenset({"fingerprint", "revision", "rule_pack", "rules", "rule", "control"})
"""Fields of digests and ids, which masking could only damage, and of what payproof itself wrote."""


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_masked(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _masked(item) for key, item in value.items()}
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value) if field.name not in _NEVER_SECRET)
    masked = {name: (item, _masked(item)) for name, item in fields}
    changed = {name: after for name, (before, after) in masked.items() if after != before}
    return dataclasses.replace(value, **changed) if changed else value
