"""Tries a rule on its annotated sample: `# finds: <id>` stands on each line where it must speak, all others stay silent.

`# misses: <id>` stands where the rule is known to fall short. A first line `# file: shop/settings.py` says where in a project
the sample is to stand. Marks are comments of Python, YAML, HTML or Jinja.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import tempfile

from payproof.model import Confidence, ScanResult, Verdict
from payproof.scan import engine

MARK = re.compile(r"(?:#|<!--)\s*(finds|misses): ([\w-]+(?:, [\w-]+)*)")
PLACED = re.compile(r"(?:#|<!--|\{#) file: ([\w./-]+)")

Marked = tuple[tuple[str, int], ...]
"""Rules with the 1-based lines of a sample."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """What came of a sample: where it is `missing` a finding or `noisy`, and which known misses are `found_after_all`.

    `shows` is false for a sample without a line that its own rule is to find. `unread` says why it could not be read, or `""`.
    """

    missing: Marked
    noisy: Marked
    found_after_all: Marked
    shows: bool
    unread: str = ""


def marked(text: str, word: str) -> frozenset[tuple[str, int]]:
    """Return the rules and lines that a sample marks with `word`, which is "finds" or "misses"."""
    return frozenset(
        (name, number)
        for number, line in enumerate(text.splitlines(), 1)
        for kind, names in MARK.findall(line)
        if kind == word
        for name in names.split(", ")
    )


def try_sample(sample: pathlib.Path, rule: str = "", options: engine.ScanOptions | None = None) -> Tried:
    """Scan a sample by itself and compare. Findings of low confidence count for `rule`, the sample's own, only.

    Raises `UsageError` as `engine.scan` does, and `OSError` for a sample that cannot be read.
    """
    text = sample.read_text("utf-8")
    result = _scanned(text, sample.name, dataclasses.replace(options or engine.ScanOptions(), cache=False))
    every = {(site.rule, site.place.line) for site in result.sites if site.verdict is Verdict.VIOLATED}
    found = {
        (site.rule, site.place.line)
        for site in result.sites
        if site.verdict is Verdict.VIOLATED and (site.rule == rule or site.confidence is not Confidence.LOW)
    }
    wanted = marked(text, "finds")
    return Tried(
        missing=tuple(sorted(wanted - found)),
        noisy=tuple(sorted(found - wanted)),
        found_after_all=tuple(sorted(marked(text, "misses") & every)),
        shows=not rule or any(name == rule for name, _ in wanted),
        unread=next((item.reason for item in result.unread if item.matters), ""),
    )


def _scanned(text: str, name: str, options: engine.ScanOptions) -> ScanResult:
    with tempfile.TemporaryDirectory(prefix="payproof-") as folder:
        root = pathlib.Path(folder).resolve()
        (root / "pyproject.toml").touch()
        placed = PLACED.match(text)
        path = (root / (placed[1] if placed else name)).resolve()
        path = path if path.is_relative_to(root) else root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return engine.scan([root], options)
