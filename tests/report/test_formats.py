"""What every format promises: it is found by being there, repeats itself, and lets nothing break out."""

from __future__ import annotations

import dataclasses
import re

import pytest

from payproof.model import Report, UsageError
from payproof.report import format_module, format_names, formats_showing, renderer
from payproof.report.building import build

EVERY = format_names()
DOCUMENTED = {"text", "json", "sarif", "code-scanning", "junit", "gitlab", "github", "markdown", "html"}


def test_formats_are_found() -> None:
    assert set(EVERY) == DOCUMENTED
    assert set(formats_showing("scan")) == DOCUMENTED
    assert set(formats_showing("checklist")) == {"text", "json", "junit", "markdown", "html"}


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no report format 'pdf'; known: code-scanning, "):
        renderer("pdf")


@pytest.mark.parametrize("name", EVERY)
def test_every_format_says_in_one_line_what_it_is(name: str) -> None:
    assert re.match(r"[^\n]+[.:]", format_module(name).__doc__ or "")


@pytest.mark.parametrize("name", EVERY)
def test_the_same_report_gives_the_same_text(name: str, report: Report) -> None:
    assert renderer(name)(report) == renderer(name)(dataclasses.replace(report))


@pytest.mark.parametrize("name", EVERY)
def test_no_report_is_too_empty(name: str, scan) -> None:
    for each in (build(None), build(dataclasses.replace(scan, sites=(), waivers=(), unread=(), rules=()))):
        assert renderer(name)(each).endswith("\n")


@pytest.mark.parametrize("name", EVERY)
def test_no_control_character_gets_out(name: str, hostile_report: Report) -> None:
    text = renderer(name)(hostile_report)
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    text.encode("utf-8")


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_said_to_be_in_order(name: str, report: Report, scan) -> None:
    empty = dataclasses.replace(scan, sites=(), waivers=(), unread=(), payment_code=False)
    for each in (report, build(empty), build(None, report.judgements)):
        words = re.sub(r"<style>.*?</style>", "", renderer(name)(each), flags=re.DOTALL).lower()
        assert not re.search(r"\b(compliant|passed|clean|certified)\b", words)


@pytest.mark.parametrize("name", sorted(DOCUMENTED - {"gitlab"}))
def test_no_payment_code_is_said(name: str, scan) -> None:
    empty = dataclasses.replace(scan, sites=(), waivers=(), unread=(), payment_code=False)
    text = renderer(name)(build(empty)).lower()
    assert "no payment code here" in text or (name == "junit" and "no site" in text)


@pytest.mark.parametrize("name", EVERY)
def test_unread_files_and_waivers_not_in_order_are_named(name: str, scan_report: Report) -> None:
    text = renderer(name)(scan_report)
    assert "shop/broken.py" in text
    assert "invalid syntax" in text
    assert "shop/old.py" in text
    assert "it is stale" in text
