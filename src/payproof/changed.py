"""Narrows a scan of the whole project to what a change touched or opened."""

from __future__ import annotations

import dataclasses

from payproof import baseline
from payproof.baseline import Baseline
from payproof.model import Confidence, ScanChange, ScanResult, Site
from payproof.scan.change import Change


def narrowed(result: ScanResult, before: ScanResult, change: Change) -> ScanResult:
    """Return `result` with the sites on changed lines, those whose flow passes one, and the findings that were not `before`.

    `before` is the scan of the project as it was. So a finding counts that a change elsewhere has opened: a check that was
    deleted, a masker that no longer masks, a caller in another file. The others are counted. The scan is partial from then on:
    it speaks for no control.
    """
    old = baseline.apply(result, Baseline("", "", baseline.of_scan(before))).sites
    opened = {id(site) for site, held in zip(result.sites, old, strict=True) if not held.baselined}
    findings = {id(site) for site in result.findings()}
    kept = [site for site in result.sites if _touched(site, change) or (id(site) in findings and id(site) in opened)]
    shown = {id(site) for site in kept}
    elsewhere = sum(site.confidence is not Confidence.LOW for site in result.findings() if id(site) not in shown)
    use = ScanChange(change.since, change.commit, change.files, elsewhere)
    return dataclasses.replace(result, sites=tuple(kept), change=use, partial=True)


def _touched(site: Site, change: Change) -> bool:
    return change.touches(site.place) or any(change.touches(step.place) for step in site.steps)
