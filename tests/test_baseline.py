"""The baseline: one entry absorbs one finding, wherever lines, functions and files have moved, and nothing new."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest

from payproof import baseline
from payproof.baseline import Baseline
from payproof.documents import DocumentError
from payproof.model import (
    BaselineEntry,
    Confidence,
    Place,
    Rule,
    ScanResult,
    Severity,
    Site,
    Unread,
    UsageError,
    Verdict,
    Waiver,
)
from payproof.scan.engine import ScanOptions, scan

LEAK = "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef pay(card_number):\n    logger.info(card_number)\n"
RULE = Rule("leak", "t", "c", "retry", Severity.HIGH, Confidence.HIGH, (1,), (), "why", "fix", "flow", {}, "0.1.0")
OTHER = dataclasses.replace(RULE, id="other")


def site(path: str = "a.py", line: int = 1, print_: str = "f" * 20, rule: str = "leak", **more: object) -> Site:
    known = {"subject": "pay", "fingerprint": print_, "verdict": Verdict.VIOLATED}
    return Site(
        rule=rule, place=Place(path, line), message="m", severity=Severity.HIGH, confidence=Confidence.HIGH, **{**known, **more}
    )


def result(*sites: Site, **more: object) -> ScanResult:
    return ScanResult(sites, (RULE, OTHER), rule_pack="pack", **more)


def entry(path: str = "a.py", print_: str = "f" * 20, rule: str = "leak") -> BaselineEntry:
    return BaselineEntry(path, rule, "pay", print_)


def held(*entries: BaselineEntry) -> Baseline:
    return Baseline("b.yaml", "pack", entries)


def new(found: ScanResult) -> list[tuple[str, int]]:
    return [(each.place.path, each.place.line) for each in found.findings()]


def test_one_entry_absorbs_one_finding() -> None:
    found = baseline.apply(result(site(line=1), site(line=9)), held(entry()))
    assert new(found) == [("a.py", 9)]
    assert found.baseline is not None and (found.baseline.entries, found.baseline.stale) == (1, ())
    assert new(baseline.apply(result(site(line=1), site(line=9)), held(entry(), entry()))) == []


def test_equal_findings_keep_their_own_file_and_the_copy_is_new() -> None:
    found = result(site("a.py"), site("b.py"), site("c.py"))
    assert new(baseline.apply(found, held(entry("b.py"), entry("c.py")))) == [("a.py", 1)]


def test_a_moved_file_takes_its_findings_along() -> None:
    found = baseline.apply(result(site("new.py")), held(entry("old.py")))
    assert new(found) == []
    assert found.baseline is not None and found.baseline.stale == ()


def test_an_entry_is_for_its_rule_only() -> None:
    assert new(baseline.apply(result(site(rule="other")), held(entry()))) == [("a.py", 1)]


def test_waived_and_holding_sites_use_no_entry() -> None:
    waived = site(waiver=Waiver(("leak",), Place("a.py", 1), "ann", "why"))
    found = baseline.apply(result(waived, site(verdict=Verdict.HOLDS), site(line=5)), held(entry()))
    assert new(found) == []
    assert [each.baselined for each in found.sites] == [False, False, True]
    assert baseline.of_scan(result(waived, site(verdict=Verdict.UNKNOWN))) == ()


def test_what_is_no_longer_found_is_stale_where_the_scan_can_tell() -> None:
    def stale(found: ScanResult) -> tuple[BaselineEntry, ...]:
        applied = baseline.apply(found, held(entry(), entry("b.py", "e" * 20), entry("a.py", "d" * 20, "unasked")))
        assert applied.baseline is not None
        return applied.baseline.stale

    assert stale(result(site())) == (entry("b.py", "e" * 20),)
    assert stale(result(site(), partial=True)) == ()
    assert stale(result(site(), unread=(Unread("b.py", "?"),))) == ()


def test_renewing_keeps_what_is_found_or_not_known_and_adds_nothing() -> None:
    before = held(entry("old.py"), entry("gone.py", "e" * 20), entry("lost.py", "d" * 20), entry("x.py", "c" * 20, "retired"))
    found = result(site("new.py"), site("new.py", 9, "b" * 20), unread=(Unread("lost.py", "?"),))
    assert baseline.renewed(found, before, {"leak", "other"}) == (entry("lost.py", "d" * 20), entry("new.py"))


def test_a_written_baseline_is_read_back(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    strange = 'a "b"\n\x1b\x9b\u202e\udcff: {x}.py'
    entries = (*baseline.of_scan(result(site(strange))), entry("b.py"), entry("b.py"))
    baseline.write(tmp_path / "b.yaml", "pack", entries)
    text = (tmp_path / "b.yaml").read_text("utf-8")
    assert len(text.splitlines()) == 4 + len(entries)
    assert all(character.isprintable() for line in text.splitlines() for character in line)
    read = baseline.read(tmp_path / "b.yaml")
    assert (read.path, read.rule_pack, read.entries) == ("b.yaml", "pack", tuple(sorted(entries)))
    assert new(baseline.apply(result(site(strange)), read)) == []


def test_an_empty_baseline_is_one_too(tmp_path: pathlib.Path) -> None:
    baseline.write(tmp_path / "b.yaml", "pack", ())
    assert baseline.read(tmp_path / "b.yaml").entries == ()


def test_no_baseline_repeats_a_secret(tmp_path: pathlib.Path) -> None:
    card, key = "4242424242424242", "sk_live_" + "4eC39HqLyjWDarjtT1"
    nasty = dataclasses.replace(site(f"{card}.py"), subject=key)
    baseline.write(tmp_path / "b.yaml", "pack", baseline.of_scan(result(nasty)))
    text = (tmp_path / "b.yaml").read_text("utf-8")
    assert card not in text and key not in text
    assert new(baseline.apply(result(nasty), baseline.read(tmp_path / "b.yaml"))) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "format: payproof-baseline/2\nrule-pack: p\nfindings: []\n",
            "b.yaml:1: 'payproof-baseline/2' is not accepted in format",
        ),
        ("format: payproof-baseline/1\nfindings: []\n", "b.yaml:1: the key 'rule-pack' is missing"),
        (
            "format: payproof-baseline/1\nrule-pack: p\nfindings:\n- {path: a, rule: r, in: s, line: 3, fingerprint: ffffffff}\n",
            "b.yaml:4: unknown key 'line' in findings.0",
        ),
        ("<<<<<<< ours\n", "b.yaml:1: expected object, got string"),
    ],
)
def test_a_baseline_that_cannot_be_used_is_refused(
    text: str, message: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "b.yaml").write_text(text)
    with pytest.raises(DocumentError) as caught:
        baseline.read(tmp_path / "b.yaml")
    assert str(caught.value).startswith(message)


def test_a_baseline_that_is_missing_or_cannot_be_written_is_said(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"^b\.yaml: no such baseline; `payproof baseline write` makes one$"):
        baseline.read(tmp_path / "b.yaml")
    with pytest.raises(UsageError, match=r"^no/b\.yaml: cannot be written: No such file or directory$"):
        baseline.write(tmp_path / "no" / "b.yaml", "pack", ())


# With the real scan


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "leak.py").write_text(LEAK)
    return tmp_path


def scanned(project: pathlib.Path) -> ScanResult:
    return scan([project], ScanOptions(cache=False))


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "leak.py").write_text("# a comment\n\n" + LEAK),
        lambda root: (root / "leak.py").write_text(LEAK.replace("logger.info(", "logger.info(  ")),
        lambda root: ((root / "shop").mkdir(), (root / "leak.py").rename(root / "shop" / "billing.py")),
        lambda root: (root / "leak.py").write_text(LEAK + "\n\ndef add(a, b):\n    return a + b\n"),
    ],
)
def test_a_known_finding_stays_known_when_it_moves(project: pathlib.Path, edit) -> None:
    known = Baseline("b", "", baseline.of_scan(scanned(project)))
    assert len(known.entries) == 1
    edit(project)
    after = baseline.apply(scanned(project), known)
    assert after.findings() == () and after.baseline is not None and after.baseline.stale == ()


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "copy.py").write_text(LEAK),
        lambda root: (root / "leak.py").write_text(LEAK + "    logger.info(card_number)\n"),
        lambda root: (root / "leak.py").write_text(LEAK + "\n\ndef refund(card_number):\n    logger.info(card_number)\n"),
    ],
)
def test_a_copied_mistake_is_new(project: pathlib.Path, edit) -> None:
    known = Baseline("b", "", baseline.of_scan(scanned(project)))
    edit(project)
    assert len(baseline.apply(scanned(project), known).findings()) == 1


HELPER = "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef note(text):\n    logger.info(text)\n"
CALLER = "from log import note\n\n\ndef {name}(request):\n    {value} = request.POST['{value}']\n    note({value})\n"


def test_a_new_flow_into_a_known_sink_is_the_one_that_is_new(project: pathlib.Path) -> None:
    (project / "leak.py").unlink()
    (project / "log.py").write_text(HELPER)
    (project / "z.py").write_text(CALLER.format(name="old", value="card_number"))
    known = Baseline("b", "", baseline.of_scan(scanned(project)))
    (project / "a.py").write_text(CALLER.format(name="fresh", value="cvc"))
    logged = [each for each in baseline.apply(scanned(project), known).findings() if each.rule == "card-data-logged"]
    assert [each.steps[0].place.path for each in logged] == ["a.py"]
