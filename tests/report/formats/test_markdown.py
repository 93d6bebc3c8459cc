"""Markdown that shows what it was given and nothing that was smuggled in."""

from __future__ import annotations

import re

import pytest

from payproof.model import Report
from payproof.report.formats import markdown
from payproof.report.formats.markdown import code, escaped


def test_sections_and_content(report: Report) -> None:
    shown = markdown.render(report)
    headings = re.findall(r"^##? .*", shown, flags=re.MULTILINE)
    assert headings == [
        "# payproof",
        "## Checklist",
        "## Findings",
        "## Waivers not in order",
        "## Waived",
        "## Not read",
        "## Sites",
        "## PCI DSS 4.0.1",
    ]
    for line in (
        "- **broken** `no-sensitive-logging` What no-sensitive-logging promises is kept.",
        "  - scan against: `card-data-in-log` 1 of 1 sites violated (`shop/views.py:41`)",
        "  - set aside: tests for: `tests/x.py::y` old (another revision)",
        "  - waived at `shop/legacy.py:10`: dana: retired in spring",
        "  - unknown at `shop/tasks.py:3`: the options are built at run time",
        "  - nothing for it yet from scan, tests",
        "**critical** `card-data-in-log` line 41 in `shop.views.pay`: The card number that the customer typed is logged.",
        "> 41 |     logger.info('card %s', number)",
        "1. `shop/views.py:38` the card number is read from the form",
        "| `charge-without-key` | 2 | 3 | 1 | 0 | 1 | 1 |",
        "- segment-2.jsonl: no seal",
    ):
        assert line in shown.splitlines()


def test_the_table_names_who_attests(report: Report) -> None:
    row = next(line for line in markdown.render(report).splitlines() if line.startswith("| `10.4.1`"))
    assert row.split(" | ")[1:] == [
        "Audit logs are reviewed daily",
        "",
        "nothing",
        "reviews, and the alarms that stand in for them",
        "those who answer for security |",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b *c* `d` [e](f) ~g~ h|i \\", r"a\_b \*c\* \`d\` \[e\](f) \~g\~ h\|i \\"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("- no list", r"\- no list"),
        ("<b>&lt;</b> R&D", "&lt;b>&amp;lt;&lt;/b> R&D"),
        ("@team see http://x.example www.y.example", "&#64;team see http&#58;//x.example www&#46;y.example"),
        ("two\nlines", "two lines"),
        ("3.3.1 stays", "3.3.1 stays"),
    ],
)
def test_text_is_only_text(text: str, shown: str) -> None:
    assert escaped(text) == shown


@pytest.mark.parametrize(
    ("text", "span"), [("a", "`a`"), ("a`b``c", "```a`b``c```"), ("`", "`` ` ``"), ("", "`  `"), ("a\nb", "`a\\nb`")]
)
def test_code_spans_hold_any_text(text: str, span: str) -> None:
    assert code(text) == span


def test_nothing_breaks_out(hostile_report: Report) -> None:
    shown = markdown.render(hostile_report)
    outside, fenced = [], False
    for line in shown.splitlines():
        if re.fullmatch(r"`{3,}(text)?", line):
            fenced = not fenced
        elif not fenced:
            outside.append(re.sub(r"(`+).*?(?<!`)\1(?!`)", "", line))
    assert not fenced
    rest = "\n".join(outside)
    assert "<script" not in rest
    assert "<img" not in rest
    assert "@team" not in rest
    assert "](http" not in rest.replace("\\](", "")
