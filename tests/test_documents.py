"""YAML documents: what cannot be used is named by file, line and remedy, with libyaml and without."""

from __future__ import annotations

import pathlib

import pytest
import yaml

from payproof import documents
from payproof.documents import DocumentError
from payproof.model import UsageError

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
RULE = (documents.data_folder("rules") / "idempotency-key-missing.yaml").read_text("utf-8")


@pytest.fixture(autouse=True, params=LOADERS, ids=lambda loader: loader.__name__)
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LOADER", request.param)


def parse(text: str | bytes, schema: str | None = None) -> object:
    return documents.parse(text if isinstance(text, bytes) else text.encode(), "x.yaml", schema)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, r"^x\.yaml:1: is nested too deeply$"),
        ("\n" + "- " * 100 + "1", r"^x\.yaml:2: is nested too deeply$"),
        ("a: [", r"^x\.yaml:\d: is not YAML: .*expected"),
        ("a: 1\n\tb: 2", r"^x\.yaml:2: is not YAML: "),
        ("a: 1\n---\nb: 2", r"^x\.yaml:2: is not YAML: but found another document$"),
        ("a: !!python/name:os.system x", r"^x\.yaml:1: is not YAML: could not determine a constructor for the tag"),
        ("a: \x01", r"^x\.yaml: is not YAML: .*characters are not allowed$"),
        (b"a: 1\nb: \xff", r"^x\.yaml:2: is not UTF-8$"),
        ("a: &x 1\nb: *x", r"^x\.yaml:1: anchors and aliases are not accepted here$"),
        ("\n\nb: *x", r"^x\.yaml:3: anchors and aliases are not accepted here$"),
        ("a: 1\na: 2", r"^x\.yaml:2: the key 'a' stands twice$"),
        ("1: 2", r"^x\.yaml:1: a key must be text; put '1' in quotes$"),
        ("x: " + "y" * documents.LARGEST, r"^x\.yaml: is larger than 1,000,000 bytes$"),
    ],
)
def test_what_is_no_document_of_ours_is_refused_by_line(text: str | bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity:", "severety:", r"^x\.yaml:\d+: unknown key 'severety'; did you mean 'severity'\?$"),
        (
            "category: idempotency",
            "category: idempotncy",
            r"^x\.yaml:\d+: 'idempotncy' is not accepted in category; did you mean",
        ),
        ("since: 0.1.0", "since: 1", r"^x\.yaml:\d+: expected string in since, got integer$"),
        ("\nsince: 0.1.0", "", r"^x\.yaml:1: the key 'since' is missing$"),
        ("id: ", "id: -", r"^x\.yaml:\d+: .* in id$"),
    ],
)
def test_what_breaks_a_schema_is_refused_by_line_with_a_remedy(old: str, new: str, message: str) -> None:
    assert old in RULE
    with pytest.raises(DocumentError, match=message):
        parse(RULE.replace(old, new), "rule")


def test_dates_stay_text_and_an_empty_document_is_none() -> None:
    assert parse("a: 2026-11-20\nb: [1, 2.5, true, null, text]") == {"a": "2026-11-20", "b": [1, 2.5, True, None, "text"]}
    assert parse("") is None


def test_a_file_that_cannot_be_read_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DocumentError, match=r"^none\.yaml: cannot be read: No such file or directory$"):
        documents.read(tmp_path / "none.yaml", None)


def test_an_installation_without_its_data_says_so() -> None:
    with pytest.raises(UsageError, match=r"^this installation of payproof lacks its nothing/ folder; install it again$"):
        documents.data_folder("nothing")


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("severety", ["severity", "since"], "; did you mean 'severity'?"),
        ("zzz", ["b", "a"], "; known: a, b"),
        ("zzz", [f"option {number}" for number in range(9)], ""),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_word_is_suggested(word: str, known: list[str], said: str) -> None:
    assert documents.suggest(word, known) == said


def test_a_content_that_was_checked_is_not_checked_again(tmp_path: pathlib.Path) -> None:
    path = documents.data_folder("rules") / "webhook-unchecked.yaml"
    assert documents.read_once(path, "rule") is documents.read_once(path, "rule")
    assert documents.read_once(path, "rule") == documents.read(path, "rule")
    changed = tmp_path / path.name
    changed.write_bytes(path.read_bytes())
    first = documents.read_once(changed, "rule")
    changed.write_bytes(path.read_bytes().replace(b"critical", b"medium"))
    assert (first["severity"], documents.read_once(changed, "rule")["severity"]) == ("critical", "medium")
    with pytest.raises(DocumentError, match=r"absent\.yaml: cannot be read: "):
        documents.read_once(tmp_path / "absent.yaml", "rule")
