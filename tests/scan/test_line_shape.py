"""Rules of a project's own that match lines: by RE2 or not at all, and never showing what is secret."""

from __future__ import annotations

import pathlib
import sys
import time

import pytest

from payproof.model import ScanResult, UsageError
from payproof.report import format_names, renderer
from payproof.report.building import build
from payproof.scan.engine import ScanOptions, scan

pytest.importorskip("re2", reason="needs RE2: pip install google-re2")

RULE = """\
id: house-token
title: A token of our own gateway stands in the code
control: secrets-kept-out-of-code
category: {category}
severity: high
confidence: high
cwe: [798]
pci: ["6.2.4"]
why: Whoever reads the repository can charge customers through our own gateway with it.
fix: Read it from the environment.
since: 1.0.0
ask:
  shape: line
  matches: '{matches}'
{more}"""


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "audit").mkdir()
    (tmp_path / "shop.py").write_text("a = 1\nTOKEN, OTHER = 'hg_abc123', 'hg_def456'\n")
    (tmp_path / "deploy.sh").write_text("export TOKEN=hg_xyz789\n")
    (tmp_path / "test_shop.py").write_text("TOKEN = 'hg_abc123'\n")
    (tmp_path / "blob.py").write_bytes(b"\0hg_abc123\n")
    return tmp_path


def scanned(
    project: pathlib.Path, matches: str = "hg_[a-z0-9]+", category: str = "hardcoded-secret", more: str = ""
) -> ScanResult:
    (project / "audit" / "house-token.yaml").write_text(RULE.format(matches=matches, category=category, more=more))
    return scan([project], ScanOptions(cache=False, rule_dirs=(project / "audit",), select=("house-token",)))


def places(result: ScanResult) -> list[tuple[str, int, int, int]]:
    return [(site.place.path, site.place.line, site.place.column, site.place.end_column) for site in result.findings()]


def test_every_match_in_every_text_is_found(project: pathlib.Path) -> None:
    assert places(scanned(project)) == [("deploy.sh", 1, 14, 23), ("shop.py", 2, 17, 26), ("shop.py", 2, 30, 39)]


def test_files_narrow_it(project: pathlib.Path) -> None:
    assert {path for path, *_ in places(scanned(project, more='  files: ["*.sh"]\n'))} == {"deploy.sh"}


@pytest.mark.parametrize("name", format_names())
def test_a_secret_that_matches_is_never_shown(project: pathlib.Path, name: str) -> None:
    shown = renderer(name)(build(scanned(project)))
    assert "house-token" in shown
    assert not any(secret in shown for secret in ("hg_abc123", "hg_def456", "hg_xyz789"))


def test_code_that_matches_is_shown(project: pathlib.Path) -> None:
    assert "hg_abc123" in renderer("text")(build(scanned(project, category="idempotency")))


def test_no_expression_can_stall_a_scan(project: pathlib.Path) -> None:
    (project / "shop.py").write_text("x = '" + "a" * 50_000 + "!'\n")
    before = time.process_time()
    assert places(scanned(project, "(a+)+b|(a|aa)+c|(.*a){20}d")) == []
    assert time.process_time() - before < 20, "exponential: with backtracking this never ends"


@pytest.mark.parametrize(
    ("matches", "message"),
    [
        ("hg_(", "'matches' is no regular expression that RE2 reads: missing ): hg_("),
        ("(a)\\1", "'matches' is no regular expression that RE2 reads: invalid escape sequence: \\1"),
        ("(?=a)b", "'matches' is no regular expression that RE2 reads: invalid perl operator: (?="),
        ("((a{100}){100}){100}", "'matches' is no regular expression that RE2 reads: "),
        ("a*", "'matches' is met by nothing at all, so by every line"),
    ],
)
def test_an_expression_that_cannot_be_used_is_refused(project: pathlib.Path, matches: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        scanned(project, matches)
    assert str(caught.value).startswith(f"audit/house-token.yaml: {message}")


def test_other_mistakes_are_named(project: pathlib.Path) -> None:
    with pytest.raises(UsageError, match=r"house-token\.yaml: the pattern '!x' cannot be negated; list what to leave out only$"):
        scanned(project, more='  files: ["!x"]\n')
    text = RULE.format(matches="x", category="idempotency", more="").replace("  matches: 'x'\n", "")
    (project / "audit" / "house-token.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"the shape 'line' asks for one 'matches', a regular expression$"):
        scan([project], ScanOptions(cache=False, rule_dirs=(project / "audit",)))


def test_without_re2_the_rule_is_refused(project: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(UsageError) as caught:
        scanned(project)
    assert str(caught.value) == (
        "audit/house-token.yaml: 'matches' is a regular expression, which RE2 alone may read here: pip install 'payproof[re2]'"
    )
