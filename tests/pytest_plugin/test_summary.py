"""The summary: a few lines, however many tests there are and however many processes ran them."""

from __future__ import annotations

from payproof.pytest_plugin import summary


def told(**changes: object) -> dict[str, object]:
    return {"spoken": [], "silent": [], "segment": "", "revision": "r1", "rule_pack": "p1", "error": "", **changes}


def test_support_is_counted_over_all_processes() -> None:
    first = told(spoken=[["money-exact", "for", "a"], ["sdk-current", "for", "a"]], segment="ledger/1.jsonl")
    second = told(spoken=[["money-exact", "for", "b"]], segment="ledger/2.jsonl")
    assert list(summary.lines([first, second])) == [
        "for: money-exact (2 tests), sdk-current (1 test)",
        "evidence: 2 segments in ledger (revision r1, rules p1)",
    ]


def test_processes_that_saw_two_states_of_the_code_say_so() -> None:
    found = list(summary.lines([told(segment="l/1.jsonl"), told(segment="l/2.jsonl", revision="r2")]))
    assert found == ["evidence: 2 segments in l (revision r1, rules p1; revision r2, rules p1)"]


def test_long_lists_are_cut_and_counted() -> None:
    silent = [[f"test_{number:02}", "money-exact", "it was skipped"] for number in range(13)]
    found = list(summary.lines([told(silent=silent)]))
    assert found[0] == "nothing shown: money-exact: test_00: it was skipped"
    assert found[10:] == ["... and 3 more like these"]


def test_a_lost_process_is_named_when_controls_were_at_stake() -> None:
    lost = {"lost": "gw1"}
    assert list(summary.lines([lost])) == []
    found = list(summary.lines([lost, told(silent=[["t", "money-exact", "it was skipped"]])]))
    assert found[-1] == "lost: gw1 crashed, so what it recorded for a control will not count"


def test_a_usage_error_is_all_that_is_said() -> None:
    usage = {"usage": "x.py::t: unknown control 'y' in the payproof marker"}
    assert list(summary.lines([usage, usage, told()])) == [f"ERROR: {usage['usage']}"]


def test_what_kept_evidence_from_being_written_is_said_once() -> None:
    broken = told(error="the ledger x cannot be written: No space left on device")
    assert list(summary.lines([broken, broken])) == ["not recorded: the ledger x cannot be written: No space left on device"]
