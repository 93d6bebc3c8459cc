"""The page: self-contained, without script, safe against what it shows, and sound for keyboard and screen reader."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html.parser
import itertools
import pathlib
import re
import shutil
import subprocess

import pytest

from payproof.model import Report
from payproof.report.building import build
from payproof.report.formats import html as html_format


class Page(html.parser.HTMLParser):
    """Every element of a page with its attributes, and the text of each."""

    VOID = {"meta", "link", "img", "br", "hr", "rect", "input"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(report: Report) -> Page:
    return Page(html_format.render(report))


def test_it_shows_checklist_findings_and_requirements(page: Page) -> None:
    words = " ".join(page.words.split())
    for expected in (
        "The promise of no-sensitive-logging",
        "scan against card-data-in-log 1 of 1 sites violated at shop/views.py:41",
        "set aside (another revision): tests for tests/x.py::y old",
        "Nothing for it yet from: scan, tests",
        "Limits of code: what other systems do with the same data",
        "logger.info('card %s', number)",
        "the card number is read from the form",
        "Log the id of the payment, never what the customer typed.",
        "no site: nothing that it applies to was found",
        "dana: retired in spring",
        "segment-2.jsonl: no seal",
        "Audit logs are reviewed daily",
        "those who answer for security",
        "It is no statement of compliance: payproof shows, people attest.",
    ):
        assert expected in words


def test_it_loads_and_runs_nothing(page: Page, report: Report) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for tag, attributes in page.elements:
        assert not {name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")}, tag
        assert (attributes.get("href") or "#").startswith("#")
    style = re.search(r"<style>(.*?)</style>", html_format.render(report), flags=re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_what_a_project_chose_stays_text(hostile_report: Report) -> None:
    text = html_format.render(hostile_report)
    page = Page(text)
    assert not {tag for tag, _ in page.elements} & {"script", "img", "a:href"}
    assert "<script>alert(1)</script>" in page.words
    assert "x\\x1b[31m\\r\\n" in page.words
    assert "\\u202e" in page.words


def test_headings_do_not_skip_a_level(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_links_and_labels_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert (link["href"] or "")[1:] in ids
    for _, attributes in page.elements:
        assert not set((attributes.get("aria-labelledby") or "").split()) - set(ids)


def test_tables_have_captions_and_header_scopes(page: Page) -> None:
    tables = [table for table in page.all("table") if table.get("role") != "presentation"]
    assert len(page.all("caption")) == len(tables) == 3
    assert all(header.get("scope") in ("col", "row") for header in page.all("th"))


def test_what_scrolls_can_be_reached_by_keyboard(page: Page) -> None:
    scrolling = [div for div in page.all("div") if div.get("class") in ("scroll", "frame")]
    assert scrolling
    assert all(div.get("tabindex") == "0" and div.get("aria-label") for div in scrolling)
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}


def test_status_is_never_told_by_colour_alone(page: Page) -> None:
    bars = page.all("svg")
    assert bars[0]["aria-label"] == "Controls: 1 shown, 1 partial, 1 broken, 1 open, 1 attest"
    assert bars[1]["aria-label"] == "Sites: 2 hold, 2 violated, 2 set aside, 1 unknown"


def test_a_scan_alone_and_a_checklist_alone_make_a_page(scan_report: Report, judgements) -> None:
    scan_only = Page(html_format.render(scan_report)).words
    assert "Checklist" not in scan_only
    assert "2 findings" in scan_only
    checklist_only = Page(html_format.render(build(None, judgements))).words
    assert "Findings" not in checklist_only
    assert "5 controls: 1 broken" in checklist_only


def test_no_findings_is_not_praise(scan) -> None:
    words = Page(html_format.render(build(dataclasses.replace(scan, sites=())))).words
    assert "None in what was read. That is no statement about what was not asked or not read." in words


def test_files_that_differ_in_case_only_stay_apart(scan_report: Report) -> None:
    scan = scan_report.scan
    assert scan is not None
    first = scan.findings()[0]
    other = dataclasses.replace(first, place=dataclasses.replace(first.place, path="shop/CHARGE.py"))
    page = Page(html_format.render(build(dataclasses.replace(scan, sites=(other, first)))))
    assert page.words.count("shop/CHARGE.py:50") == 1
    assert [attributes["id"] for attributes in page.all("article")] == ["finding-1", "finding-2"]


BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


@pytest.mark.skipif(BROWSER is None, reason="needs a browser: chromium is not installed")
def test_a_real_browser_runs_nothing_and_blocks_nothing(hostile_report: Report, tmp_path: pathlib.Path) -> None:
    """The page of a hostile project loads without a script, an alert, or a complaint about its own style sheet."""
    file = tmp_path / "report.html"
    file.write_text(html_format.render(hostile_report), "utf-8")
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", *quiet, "--enable-logging=stderr", "--v=0"]
    done = subprocess.run(
        [*command, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "<title>payproof: 1 finding (1 critical)" in done.stdout
    assert "<script" not in done.stdout
    assert "<img" not in done.stdout
    assert "CONSOLE" not in done.stderr
