"""Turns what a scan found into evidence: when a scan may speak, for which controls, and how far."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping, Sequence

from payproof.model import Confidence, Control, Evidence, Rule, ScanResult, Site, Stance, Verdict, Witness


def evidence_of_scan(result: ScanResult, controls: Iterable[Control], pack: Sequence[Rule] = ()) -> list[Evidence]:
    """Return what `result` says for and against `controls`, one piece for each rule that has something to say.

    A violated site without a waiver speaks against its control, unless its confidence is low. A rule speaks *for* its
    control when one of its sites holds, nothing of it speaks against, every file that matters was read and the whole
    project was scanned; only in part when any site of the control is unknown, waived or of low confidence, or when rules
    of the control were not asked. `pack` holds all rules that could have been asked; without it, those asked are taken
    for all. Where there is no site there is no evidence.
    """
    sites: dict[str, list[Site]] = collections.defaultdict(list)
    for site in result.sites:
        sites[site.rule].append(site)
    return [piece for control in controls for piece in _of_control(control, result, sites, pack)]


def _of_control(
    control: Control, result: ScanResult, sites: Mapping[str, Sequence[Site]], pack: Sequence[Rule]
) -> Iterator[Evidence]:
    asked = [rule for rule in result.rules if rule.control == control.id]
    own = {rule.id: sites.get(rule.id, ()) for rule in asked}
    names = {rule.id for rule in asked}
    not_asked = sorted(rule.id for rule in pack if rule.control == control.id and rule.id not in names)
    full = not not_asked and not any(_weakens(site) for found in own.values() for site in found)
    looked_everywhere = not result.partial and not any(unread.matters for unread in result.unread)
    for rule, found in own.items():
        broken = [site for site in found if _breaks(site)]
        if broken:
            yield _evidence(control, Stance.AGAINST, rule, found, result, broken[0], full=True)
        elif looked_everywhere and any(site.verdict is Verdict.HOLDS for site in found):
            yield _evidence(control, Stance.FOR, rule, found, result, None, full=full, not_asked=not_asked)


def _breaks(site: Site) -> bool:
    return site.verdict is Verdict.VIOLATED and site.waiver is None and site.confidence is not Confidence.LOW


def _weakens(site: Site) -> bool:
    return site.verdict is Verdict.UNKNOWN or site.waiver is not None or site.confidence is Confidence.LOW


def _evidence(
    control: Control,
    stance: Stance,
    rule: str,
    sites: Sequence[Site],
    result: ScanResult,
    worst: Site | None,
    *,
    full: bool,
    not_asked: Sequence[str] = (),
) -> Evidence:
    counts = _counts(sites)
    details: dict[str, object] = {**counts, **({"not_asked": list(not_asked)} if not_asked else {})}
    return Evidence(
        control=control.id,
        witness=Witness.SCAN,
        stance=stance,
        subject=rule,
        summary=_summary(counts, not_asked),
        revision=result.revision,
        rule_pack=result.rule_pack,
        full=full,
        place=worst.place if worst else None,
        details=details,
    )


def _counts(sites: Sequence[Site]) -> dict[str, int]:
    """Count sites by what is said of each; every site counts once, so that the numbers add up to `sites`."""
    found = collections.Counter(_kind(site) for site in sites)
    return {"sites": len(sites), **{kind: found[kind] for kind in ("hold", "violated", "doubtful", "waived", "unknown")}}


def _kind(site: Site) -> str:
    if site.waiver is not None:
        return "waived"
    if site.verdict is Verdict.VIOLATED:
        return "doubtful" if site.confidence is Confidence.LOW else "violated"
    return "hold" if site.verdict is Verdict.HOLDS else "unknown"


def _summary(counts: Mapping[str, int], not_asked: Sequence[str]) -> str:
    words = {
        "hold": "hold",
        "violated": "violated",
        "doubtful": "violated with low confidence",
        "waived": "waived",
        "unknown": "unknown",
    }
    parts = [f"{counts[kind]} {word}" for kind, word in words.items() if counts[kind]]
    sites = f"{counts['sites']} {'site' if counts['sites'] == 1 else 'sites'}: {', '.join(parts)}"
    return f"{sites}; not asked: {', '.join(not_asked)}" if not_asked else sites
