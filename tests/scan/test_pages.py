"""What payment pages are asked, across the files of a project."""

import pathlib

import pytest

from payproof.model import ScanResult, Verdict
from payproof.scan.engine import ScanOptions, scan
from payproof.scan.markup import LARGEST

STRIPE = '<script src="https://js.stripe.com/v3/"></script>\n'


def scanned(root: pathlib.Path, files: dict[str, str], *paths: str) -> ScanResult:
    (root / "pyproject.toml").write_text("")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return scan([root / path for path in paths] or [root], ScanOptions(select=("payment-page",), cache=False))


def violated(result: ScanResult) -> list[tuple[str, str]]:
    return [(site.rule, str(site.place)) for site in result.sites if site.verdict is Verdict.VIOLATED]


def test_a_template_that_a_payment_page_extends_is_asked_for_its_scripts_once(tmp_path: pathlib.Path) -> None:
    base = '{% extends "root.html" %}\n<script src="https://a.acme.io/a.js"></script>{% block x %}{% endblock %}'
    root = '<p>\n</p><script src="https://b.acme.io/b.js"></script>{% block y %}{% endblock %}'
    page = '{% extends "shop/base.html" %}\n' + STRIPE
    files = {"t/shop/base.html": base, "t/root.html": root, "t/pay.html": page, "t/again.html": page, "t/other.html": root}
    files["settings.py"] = "CSP_DEFAULT_SRC = ['self']\n"
    found = violated(scanned(tmp_path, files))
    assert found == [("payment-page-script-unpinned", "t/root.html:2"), ("payment-page-script-unpinned", "t/shop/base.html:2")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("settings.py", "MIDDLEWARE = ['csp.middleware.CSPMiddleware']\n"),
        ("nginx.conf", "add_header Content-Security-Policy \"default-src 'self'\";\n"),
        ("app.py", "from flask_talisman import Talisman\n"),
        ("t/pay.html", STRIPE + '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'),
    ],
)
def test_a_policy_anywhere_counts(name: str, text: str, tmp_path: pathlib.Path) -> None:
    assert violated(scanned(tmp_path, {"t/pay.html": STRIPE, name: text})) == []


def test_a_missing_policy_is_one_question_for_a_project_and_none_for_a_part_of_it(tmp_path: pathlib.Path) -> None:
    files = {f"t/{number}.html": STRIPE for number in range(3)}
    assert violated(scanned(tmp_path, files)) == [("payment-page-policy-missing", "t/0.html:1")]
    assert violated(scanned(tmp_path, files, "t/0.html")) == []


def test_a_form_whose_address_is_computed_is_unknown(tmp_path: pathlib.Path) -> None:
    text = '<form action="{{ address }}" method="post"><input name="card_number"></form>'
    (site,) = [site for site in scanned(tmp_path, {"pay.html": text}).sites if site.rule == "card-fields-posted"]
    assert site.verdict is Verdict.UNKNOWN
    assert site.reason == "the address of the form is computed, so that it may be the processor's or this server's"


def test_a_code_that_came_by_message_is_no_card_code(tmp_path: pathlib.Path) -> None:
    assert scanned(tmp_path, {"login.html": '<form><input name="security_code"></form>'}).sites == ()


def test_a_page_that_is_too_large_is_unread(tmp_path: pathlib.Path) -> None:
    result = scanned(tmp_path, {"pay.html": STRIPE + " " * LARGEST})
    assert [(item.path, item.reason) for item in result.unread] == [("pay.html", "larger than 1,000,000 bytes")]


def test_templates_of_tests_are_not_asked(tmp_path: pathlib.Path) -> None:
    assert scanned(tmp_path, {"tests/pay.html": '<form><input name="card_number"></form>'}).sites == ()
