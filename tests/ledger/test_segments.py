"""Segments: what is written can be read back, and every damage is seen, named and costs what spoke for a control."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payproof.ledger import reading, records, segments
from payproof.model import Evidence, Place, Stance, Witness


def piece(stance: Stance = Stance.FOR, subject: str = "tests/test_shop.py::test_once", **more: object) -> Evidence:
    return dataclasses.replace(
        Evidence(
            control="idempotency-keys",
            witness=Witness.TESTS,
            stance=stance,
            subject=subject,
            summary="3 requests, 1 of them repeated",
            revision="0" * 40,
            rule_pack="abc123",
            recorded="2026-11-20T10:00:00Z",
            sdks={"stripe": "16.1.0"},
            details={"mutation": 3},
            place=Place("tests/test_shop.py", 12),
        ),
        **more,  # type: ignore[arg-type]
    )


FOR, AGAINST = piece(), piece(Stance.AGAINST, "tests/test_shop.py::test_twice")


def written(folder: pathlib.Path, *pieces: Evidence) -> pathlib.Path:
    path = segments.write(folder, "tests", pieces)
    assert path is not None
    return path


def test_what_is_written_is_read(tmp_path: pathlib.Path) -> None:
    path = written(tmp_path, FOR, AGAINST)
    assert reading.read(tmp_path) == reading.Reading((FOR, AGAINST), (), 1)
    assert path.name.startswith("tests-")


def test_two_writers_write_two_segments(tmp_path: pathlib.Path) -> None:
    assert written(tmp_path, FOR) != written(tmp_path, AGAINST)
    found = reading.read(tmp_path)
    assert ({piece.stance for piece in found.evidence}, found.segments) == ({Stance.FOR, Stance.AGAINST}, 2)


def test_a_ledger_that_is_not_there_holds_nothing(tmp_path: pathlib.Path) -> None:
    assert reading.read(tmp_path / "none") == reading.Reading()


def test_nothing_to_say_writes_nothing(tmp_path: pathlib.Path) -> None:
    assert segments.write(tmp_path / "ledger", "tests", []) is None
    assert not (tmp_path / "ledger").exists()


def test_the_ledger_keeps_itself_out_of_git(tmp_path: pathlib.Path) -> None:
    written(tmp_path / ".payproof" / "ledger", FOR)
    assert (tmp_path / ".payproof" / ".gitignore").read_text().endswith("\n*\n")
    written(tmp_path / "elsewhere", FOR)
    assert (tmp_path / "elsewhere" / ".gitignore").read_text().endswith("\n*\n")


def test_a_gitignore_of_the_users_stays(tmp_path: pathlib.Path) -> None:
    (tmp_path / ".gitignore").write_text("!keep\n")
    written(tmp_path, FOR)
    assert (tmp_path / ".gitignore").read_text() == "!keep\n"


def test_evidence_without_a_time_is_stamped(tmp_path: pathlib.Path) -> None:
    written(tmp_path, piece(recorded=""))
    (found,) = reading.read(tmp_path).evidence
    assert found.recorded.startswith("20")
    assert found.recorded.endswith("Z")


def test_no_card_number_and_no_key_is_written(tmp_path: pathlib.Path) -> None:
    card = "4242" * 4
    key = "sk_" + "live_" + "payproofsample00000000000"
    written(
        tmp_path,
        piece(subject=f"test_pay[{card}]", summary=f"sent {key}", details={"seen": [card], card: {"inner": key}}),
    )
    text = next(tmp_path.glob("*.jsonl")).read_text()
    assert card not in text
    assert key not in text
    assert reading.read(tmp_path).problems == ()


def test_a_segment_left_by_a_crash_speaks_only_against(tmp_path: pathlib.Path) -> None:
    segment = segments.Segment(tmp_path, "tests")
    segment.write(FOR)
    segment.write(AGAINST)
    found = reading.read(tmp_path)
    assert found.evidence == (AGAINST,)
    assert found.problems == (
        f"{segment.path.name}: has no seal: its writer crashed, or its end was cut off",
        f"{segment.path.name}: damaged, so 1 of its statements for a control are set aside",
    )


def test_a_block_that_raises_leaves_no_seal(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ZeroDivisionError), segments.Segment(tmp_path, "tests") as segment:
        segment.write(FOR)
        1 / 0
    assert reading.read(tmp_path).evidence == ()


def test_a_block_that_ends_well_seals(tmp_path: pathlib.Path) -> None:
    with segments.Segment(tmp_path, "tests") as segment:
        segment.write(FOR)
    assert reading.read(tmp_path).problems == ()


def changed(line: str, **changes: object) -> str:
    record = json.loads(line)
    return json.dumps({**record, **changes})


def without_revision(line: str) -> str:
    record = json.loads(line)
    del record["evidence"]["revision"]
    return json.dumps(record)


CHANGED = "was changed, or a line before it was changed, removed or moved"
DAMAGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "end cut": (lambda lines: lines[:3], ": has no seal: its writer crashed, or its end was cut off"),
    "middle cut": (lambda lines: [lines[0], *lines[2:]], f":2: {CHANGED}"),
    "word changed": (lambda lines: [lines[0].replace("1 of", "0 of"), *lines[1:]], f":1: {CHANGED}"),
    "lines swapped": (lambda lines: [lines[1], lines[0], *lines[2:]], f":1: {CHANGED}"),
    "line added": (lambda lines: [*lines, lines[1]], ":5: stands after the seal"),
    "count": (
        lambda lines: [*lines[:3], lines[3].replace('"count":3', '"count":7')],
        ":4: the seal counts 7 statements, the segment holds 3",
    ),
    "head": (lambda lines: [*lines[:3], records.seal_line(3, "0" * 64)[:-1]], ":4: the seal does not fit the line before it"),
    "half a line": (lambda lines: [*lines[:3], lines[3][:30]], ":4: is not JSON"),
}
BAD_LINES: dict[str, tuple[Callable[[str], str], str]] = {
    "no JSON": (lambda line: "evidence: yes", "is not JSON"),
    "deep JSON": (lambda line: "[" * 100_000, "is not JSON"),
    "no UTF-8": (lambda line: line.replace("tests/", "\udcff/"), "is not UTF-8"),
    "other format": (lambda line: changed(line, format=9), "is of format 9, which this version of payproof does not read"),
    "unknown witness": (
        lambda line: line.replace('"tests"', '"rumour"'),
        "evidence.witness is not as the ledger's schema has it (enum)",
    ),
    "attestation": (
        lambda line: line.replace('"tests"', '"attestation"'),
        "evidence.witness is not as the ledger's schema has it (enum)",
    ),
    "missing key": (without_revision, "evidence is not as the ledger's schema has it (required)"),
    "neither": (lambda line: '{"format":1}', "holds neither evidence nor a seal"),
    "both": (lambda line: changed(line, seal={}), "holds neither evidence nor a seal"),
    "list": (lambda line: "[1]", "holds neither evidence nor a seal"),
}


def damaged(folder: pathlib.Path, damage: Callable[[list[str]], list[str]], expected: str) -> None:
    path = written(folder, AGAINST, FOR, piece(subject="third"))
    content = "".join(f"{line}\n" for line in damage(path.read_text().splitlines()))
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    found = reading.read(folder)
    assert f"{path.name}{expected}" in found.problems
    assert {piece.stance for piece in found.evidence} == {Stance.AGAINST}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_named_and_drops_what_spoke_for(tmp_path: pathlib.Path, name: str) -> None:
    damaged(tmp_path, *DAMAGES[name])


@pytest.mark.parametrize("name", BAD_LINES)
def test_every_line_that_is_no_record_is_named(tmp_path: pathlib.Path, name: str) -> None:
    spoil, expected = BAD_LINES[name]
    damaged(tmp_path, lambda lines: [lines[0], spoil(lines[1]), *lines[2:]], f":2: {expected}")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_single_byte_can_change_unseen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    path = written(folder, FOR, AGAINST)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 2))
    content[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[place]))
    before = reading.read(folder)
    path.write_bytes(bytes(content))
    after = reading.read(folder)
    if not after.problems:
        assert after.evidence == before.evidence  # JSON admits other spellings of the same: white space and escapes.
    else:
        assert all(piece.stance is Stance.AGAINST for piece in after.evidence)


def test_a_segment_that_cannot_be_read_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "x.jsonl").mkdir()
    (problem,) = reading.read(tmp_path).problems
    assert problem == "x.jsonl: cannot be read: Is a directory; nothing of it counts"


def test_a_ledger_that_is_no_folder_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ledger").write_text("")
    assert reading.read(tmp_path / "ledger").problems == ("ledger: cannot be read: Not a directory",)


def test_a_segment_beyond_all_measure_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, AGAINST)
    monkeypatch.setattr(reading, "LARGEST", 10)
    assert reading.read(tmp_path).problems == (f"{path.name}: is larger than 10 bytes; nothing of it counts",)


def test_an_empty_segment_has_no_seal(tmp_path: pathlib.Path) -> None:
    (tmp_path / "x.jsonl").touch()
    assert reading.read(tmp_path).problems[0] == "x.jsonl: has no seal: its writer crashed, or its end was cut off"


def test_a_ledger_that_cannot_be_written_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(segments.LedgerError, match=r"^the ledger .*file/ledger cannot be written: Not a directory$"):
        segments.write(tmp_path / "file" / "ledger", "tests", [FOR])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"subject": ""}, r"^evidence\.subject is not as the ledger's schema has it \(minLength\)$"),
        ({"revision": ""}, r"^evidence\.revision is not as"),
        ({"details": {"x": object()}}, "^cannot be written as JSON: Object of type object is not JSON serializable$"),
        ({"details": {"x": float("nan")}}, "^cannot be written as JSON: "),
    ],
)
def test_evidence_that_breaks_the_schema_is_not_written(tmp_path: pathlib.Path, change: dict[str, object], expected: str) -> None:
    with pytest.raises(records.RecordError, match=expected):
        segments.write(tmp_path, "tests", [piece(**change)])
    assert not list(tmp_path.glob("*.jsonl"))
