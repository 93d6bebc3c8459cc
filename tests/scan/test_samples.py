"""Every rule is tried on its own annotated sample, through the whole scan: what is marked is found, the rest stays silent."""

import pathlib
import re

import pytest

from payproof import catalogue, documents
from payproof.model import CATEGORIES, Confidence, Verdict
from payproof.scan.engine import ScanOptions, scan

SAMPLES = documents.data_folder("fixtures") / "code"
RULES = {rule.id: rule for rule in catalogue.load_rules()}
MARK = re.compile(r"#\s*(finds|misses): ([\w-]+(?:, [\w-]+)*)")


def marked(text: str, word: str) -> set[tuple[str, int]]:
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        for kind, names in MARK.findall(line):
            if kind == word:
                found |= {(name, number) for name in names.split(", ")}
    return found


def test_every_rule_has_a_sample_and_every_sample_a_rule() -> None:
    assert {path.stem for path in SAMPLES.glob("*.py")} == set(RULES)


def test_no_rule_is_called_like_a_category() -> None:
    """Both can be selected and ignored by name."""
    assert not set(RULES) & set(CATEGORIES)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_sample(rule: str, tmp_path: pathlib.Path) -> None:
    text = (SAMPLES / f"{rule}.py").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / f"{rule}.py").write_text(text, "utf-8")
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
    text = (SAMPLES / f"{rule}.py").read_text("utf-8")
    wanted = marked(text, "misses")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / f"{rule}.py").write_text(text, "utf-8")
    result = scan([tmp_path], ScanOptions(cache=False))
    found = {(site.rule, site.place.line) for site in result.sites if site.verdict is Verdict.VIOLATED}
    assert not wanted & found, "a known miss is found now: mark it `finds`"
