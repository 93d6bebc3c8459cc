"""The terminal report, as a reader sees it."""

from __future__ import annotations

import dataclasses

from payproof.model import Report, Site, Verdict
from payproof.report.building import build
from payproof.report.formats import text
from payproof.report.styled import Style, painted, plain

FINDING = """\
shop/views.py:41:5  critical  card-data-in-log  in shop.views.pay
    The card number that the customer typed is logged.
      39 |     number = request.form['card']
      40 |\x20
    > 41 |     logger.info('card %s', number)
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      42 |     return charge(number)
    flow  shop/views.py:38  the card number is read from the form
          shop/audit.py:7  and handed to note()
          shop/views.py:41  which logs it
    why   Whoever reads the log can read the card. Logs are copied, shipped and kept for years.
    fix   Log the id of the payment, never what the customer typed.
    more  payproof explain card-data-in-log
"""

FIGURES = """\
Waivers not in order
  shop/old.py:4  card-data-in-log: nothing here is waived by it: it is stale
Waived
  shop/legacy.py:10  charge-without-key  dana: retired in spring

Not read
  shop/broken.py  line 3: invalid syntax
  shop/logo.py  is no text (nothing was to be asked of it)

Unknown: payproof could not tell
  shop/tasks.py:3  charge-without-key  the options are built at run time

Sites
  card-data-in-log    1 site: 0 hold, 1 violated, 0 unknown
  charge-without-key  6 sites: 2 hold, 3 violated (1 waived, 1 hidden), 1 unknown
  no site for secret-in-source
"""


def test_a_finding_is_shown_with_code_flow_reason_and_remedy(scan_report: Report) -> None:
    assert FINDING in text.render(scan_report)


def test_figures_follow_the_findings(scan_report: Report) -> None:
    shown = text.render(scan_report)
    assert FIGURES in shown
    assert shown.index(FINDING) < shown.index(FIGURES)
    assert shown.splitlines()[-2:] == [
        "2 findings (1 critical, 1 high): 3 rules asked of 212 files, 2 sites hold, 1 unknown; 1 file that",
        "matters not read",
    ]


def test_the_checklist_shows_status_evidence_and_what_is_missing(report: Report) -> None:
    shown = text.render(report)
    for line in (
        "Checklist  5 controls: 1 broken, 1 partial, 1 open, 1 attest, 1 shown",
        "  revision d34db33f, rules abc123",
        "  Sensitive data is never logged or stored",
        "    broken   no-sensitive-logging  The promise of no-sensitive-logging",
        "             scan against: card-data-in-log: 1 of 1 sites violated  shop/views.py:41",
        "             set aside: tests for: tests/x.py::y: old (another revision)",
        "             scan for in part: charge-without-key: 2 of 6 sites hold",
        "             nothing for it yet from: scan, tests",
        "             limits: what other systems do with the same data",
        "  segment-2.jsonl: no seal",
    ):
        assert line in shown.splitlines()


def test_a_rule_is_explained_once_per_file(scan_report: Report) -> None:
    scan = scan_report.scan
    assert scan is not None
    twin = dataclasses.replace(scan.findings()[1], fingerprint="other")
    shown = text.render(build(dataclasses.replace(scan, sites=(*scan.sites, twin))))
    assert shown.count("  why   Whoever reads") == 1
    assert shown.count("card-data-in-log  in shop.views.pay") == 2


def test_colour_changes_nothing_but_escape_codes(report: Report) -> None:
    pieces = list(text.pieces(report))
    assert plain(pieces) == text.render(report)
    marked = painted(pieces, lambda words, style: f"<{style.value}>{words}</>")
    assert f"<{Style.CRITICAL.value}>critical</>" in marked
    assert "<broken>broken </>" in marked


def test_many_unknown_sites_are_cut_and_counted(scan_report: Report) -> None:
    scan = scan_report.scan
    assert scan is not None
    unknown = next(site for site in scan.sites if site.verdict is Verdict.UNKNOWN)
    many = tuple(dataclasses.replace(unknown, reason=f"reason {number}") for number in range(13))
    shown = text.render(build(dataclasses.replace(scan, sites=many)))
    assert "reason 9" in shown
    assert "reason 10" not in shown
    assert "  and 3 more; --pedantic lists all" in shown.splitlines()
    assert "reason 12" in text.render(build(dataclasses.replace(scan, sites=many), pedantic=True))


def test_doubt_is_stated(scan_report: Report) -> None:
    scan = scan_report.scan
    assert scan is not None
    low: Site = dataclasses.replace(scan.findings()[1], confidence=type(scan.findings()[1].confidence).LOW)
    shown = text.render(build(dataclasses.replace(scan, sites=(low,)), pedantic=True))
    assert "critical, low confidence  card-data-in-log" in shown


def test_wide_characters_keep_the_caret_below_its_code(scan_report: Report) -> None:
    scan = scan_report.scan
    assert scan is not None
    site = scan.findings()[1]
    line = dataclasses.replace(site.frame[2], text="x = '漢字', pay()")
    wide = dataclasses.replace(site, frame=(line,), place=dataclasses.replace(site.place, column=11, end_column=16))
    shown = text.render(build(dataclasses.replace(scan, sites=(wide,)))).splitlines()
    below = shown[shown.index("    > 41 | x = '漢字', pay()") + 1]
    assert below == "         | " + " " * 12 + "^^^^^"
