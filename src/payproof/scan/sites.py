"""From what a shape found to sites: a code frame where something is wrong, and a fingerprint that survives moves.

A fingerprint speaks of the rule, the enclosing definition and the masked text of the line, and for a flow of the line that
it starts at. It holds no path and no line number. Equal mistakes have equal fingerprints: whoever compares counts them.
"""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Sequence

from payproof.model import Place, Site, Verdict
from payproof.scan.frames import frame, safe
from payproof.scan.reading import read_whole
from payproof.scan.shapes import Found


def to_sites(found: Sequence[Found], root: pathlib.Path) -> list[Site]:
    """Return the sites that `found` stands for, with frames for those that do not hold."""
    lines = _Lines(root)
    sites = []
    for item in sorted(found, key=_order):
        hide = tuple((text, "…") for text in item.hide)
        identity = "\0".join((item.rule.id, item.subject, lines.at(item.place, hide), lines.at(_source(item), hide)))
        shown = item.verdict is not Verdict.HOLDS
        sites.append(
            Site(
                rule=item.rule.id,
                verdict=item.verdict,
                place=item.place,
                message=safe(item.message),
                severity=item.severity or item.rule.severity,
                confidence=item.confidence or item.rule.confidence,
                subject=item.subject,
                reason=item.reason,
                processor=item.processor,
                steps=item.steps,
                frame=frame(lines.of(item.place.path), item.place.line, hide=hide) if shown else (),
                fingerprint=hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=10).hexdigest(),
            )
        )
    return sites


def _source(item: Found) -> Place:
    """Return where the flow starts that ends at this place, or the place itself."""
    return item.steps[0].place if item.steps and item.steps[-1].place == item.place else item.place


def _order(item: Found) -> tuple[object, ...]:
    return (item.place, item.rule.id, tuple((step.place, step.note) for step in item.steps), item.message)


class _Lines:
    """The lines of the files that sites stand in, each file read once."""

    def __init__(self, root: pathlib.Path) -> None:
        self._root = root
        self._held: dict[str, list[str]] = {}

    def of(self, path: str) -> list[str]:
        if path not in self._held:
            try:
                data = read_whole(self._root / path) or b""
            except OSError:
                data = b""
            self._held[path] = data.decode("utf-8", "replace").splitlines()
        return self._held[path]

    def at(self, place: Place, hide: Sequence[tuple[str, str]] = ()) -> str:
        """Return the masked text of a place's first line, without its white space."""
        lines = self.of(place.path)
        return "".join(safe(lines[place.line - 1], hide).split()) if 0 < place.line <= len(lines) else ""
