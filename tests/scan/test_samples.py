"""Every rule is tried on its own annotated sample, through the whole scan: what is marked is found, the rest stays silent."""

import pathlib
import re

import pytest

from payproof import catalogue, documents
from payproof.model import CATEGORIES, Confidence, Verdict
from payproof.scan.engine import ScanOptions, scan

SAMPLES = documents.data_folder("fixtures") / "code"
RULES = {rule.id: rule for rule in catalogue.load_rules()}
FILES = {path.stem: path for path in sorted(SAMPLES.iterdir()) if path.is_file()}
MARK = re.compile(r"(?:#|<!--)\s*(finds|misses): ([\w-]+(?:, [\w-]+)*)")
PLACED = re.compile(r"(?:#|<!--|\{#) file: ([\w./-]+)")


def marked(text: str, word: str) -> set[tuple[str, int]]:
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        for kind, names in MARK.findall(line):
            if kind == word:
                found |= {(name, number) for name in names.split(", ")}
    return found


def laid_out(rule: str, folder: pathlib.Path) -> str:
    """Put a sample where its first line says (`# file: shop/settings.py`), else under its own name; return its text."""
    sample = FILES[rule]
    text = sample.read_text("utf-8")
    named = PLACED.match(text)
    path = folder / (named[1] if named else sample.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text("")
    path.write_text(text, "utf-8")
    return text


def test_every_rule_has_a_sample_and_every_sample_a_rule() -> None:
    assert set(FILES) == set(RULES)
    assert len(FILES) == sum(path.is_file() for path in SAMPLES.iterdir())


def test_no_rule_is_called_like_a_category() -> None:
    """Both can be selected and ignored by name."""
    assert not set(RULES) & set(CATEGORIES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_sample(rule: str, tmp_path: pathlib.Path) -> None:
    text = laid_out(rule, tmp_path)
    result = scan([tmp_path], ScanOptions(cache=False))
    assert not result.unread
    found = {
        (site.rule, site.place.line)
        for site in result.sites
        if site.verdict is Verdict.VIOLATED and (site.rule == rule or site.confidence is not Confidence.LOW)
    }
    wanted = marked(text, "finds")
    assert any(name == rule for name, _ in wanted), "the sample shows nothing that its rule finds"
    missing = sorted(wanted - found)
    noisy = sorted(found - wanted)
    assert not missing, f"Missing: {missing}"
    assert not noisy, f"Noisy: {noisy}"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_known_misses_are_still_missed(rule: str, tmp_path: pathlib.Path) -> None:
    wanted = marked(laid_out(rule, tmp_path), "misses")
    result = scan([tmp_path], ScanOptions(cache=False))
    found = {(site.rule, site.place.line) for site in result.sites if site.verdict is Verdict.VIOLATED}
    assert not wanted & found, "a known miss is found now: mark it `finds`"
