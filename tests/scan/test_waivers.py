"""Waivers in code and in the waiver file: what they cover, and when they count against the scan."""

import datetime
import pathlib

import pytest

from payproof.model import UsageError
from payproof.scan.engine import ScanOptions, scan

LEAK = "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef f(card_number):\n    logger.info({call})\n"
DAY = datetime.date(2030, 1, 1)


def run(folder: pathlib.Path, **options: object):
    return scan([folder], ScanOptions(cache=False, today=DAY, **options))


@pytest.fixture
def project(tmp_path: pathlib.Path):
    (tmp_path / "pyproject.toml").write_text("")

    def write(comment: str, before: str = "") -> pathlib.Path:
        (tmp_path / "leak.py").write_text(
            f"import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef pay(card_number):\n{before}"
            f"    logger.info(\n        '%s',\n        card_number,{comment}\n    )\n"
        )
        return tmp_path

    return write


def test_a_waiver_on_any_line_of_the_statement_covers_it(project) -> None:
    result = run(project("  # payproof: ignore[card-data-logged] ann: a test card of our own"))
    assert not result.findings()
    (waiver,) = result.waivers
    assert (waiver.owner, waiver.reason, waiver.problem) == ("ann", "a test card of our own", "")
    (site,) = [site for site in result.sites if site.waiver is not None]
    assert site.rule == "card-data-logged"


def test_a_waiver_on_the_line_above_covers_the_statement(project) -> None:
    result = run(project("", before="    # payproof: ignore[card-data-logged] ann: accepted until the rewrite\n"))
    assert not result.findings()


def test_a_waiver_of_another_rule_covers_nothing_and_is_stale(project) -> None:
    result = run(project("  # payproof: ignore[secret-logged] ann: wrong rule"))
    assert result.findings()
    assert result.waivers[0].problem == "waives nothing any more; take it out"


def test_a_waiver_of_a_rule_that_was_not_asked_is_not_stale(project) -> None:
    result = run(project("  # payproof: ignore[secret-logged] ann: wrong rule"), ignore=("secret-logged",))
    assert result.waivers[0].problem == ""


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("  # payproof: ignore[card-data-logged]", "gives no owner and reason"),
        ("  # payproof: ignore[card-data-logged] ann:", "gives no owner and reason"),
        ("  # payproof: ignore", "names no rule"),
        ("  # payproof: ignore[] ann: why", "names no rule"),
        ("  # payproof: skip", "is not understood"),
        ("  # payproof: ignore[card-data-loged] ann: why", "unknown rule 'card-data-loged'; did you mean 'card-data-logged'?"),
    ],
)
def test_a_malformed_waiver_waives_nothing_and_says_why(project, comment: str, problem: str) -> None:
    result = run(project(comment))
    assert result.findings()
    assert problem in result.waivers[0].problem


def write_file(folder: pathlib.Path, text: str) -> None:
    (folder / ".payproof-waivers.yaml").write_text(text)


ENTRY = "waivers:\n  - rule: card-data-logged\n    path: '*.py'\n    owner: ann\n    reason: accepted\n"


def test_the_waiver_file_covers_by_path(project) -> None:
    folder = project("")
    write_file(folder, ENTRY)
    result = run(folder)
    assert not result.findings()
    assert result.waivers[0].source == "file"


def test_an_expired_entry_waives_nothing(project) -> None:
    folder = project("")
    write_file(folder, ENTRY + "    expires: 2029-12-31\n")
    result = run(folder)
    assert result.findings()
    assert result.waivers[0].problem == "expired on 2029-12-31"
    write_file(folder, ENTRY + "    expires: 2030-01-01\n")
    assert not run(folder).findings()


def test_a_stale_entry_is_named(project) -> None:
    folder = project("")
    write_file(folder, ENTRY.replace("'*.py'", "other.py"))
    assert run(folder).waivers[0].problem == "waives nothing any more; take it out"


def test_a_file_that_cannot_be_used_is_a_usage_error(project) -> None:
    folder = project("")
    write_file(folder, ENTRY.replace("owner", "ower"))
    with pytest.raises(UsageError, match=r"waivers.yaml:4: unknown key 'ower'.*did you mean 'owner'"):
        run(folder)
    write_file(folder, ENTRY + "    expires: 2029-13-31\n")
    with pytest.raises(UsageError, match="'2029-13-31' is not a day"):
        run(folder)
    with pytest.raises(UsageError, match="no such waiver file"):
        run(folder, waivers=folder / "missing.yaml")
