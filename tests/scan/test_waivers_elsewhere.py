"""Waivers in files that are no Python, in the comments of their own syntax."""

import pathlib

import pytest

from payproof.model import ScanResult
from payproof.scan.engine import ScanOptions, scan

HTML = '<form method="post">\n{}\n<input name="card_number">{}\n</form>\n'
WAIVER = "payproof: ignore[card-fields-posted] shop: a copy of the old page"


def scanned(root: pathlib.Path, name: str, text: str) -> ScanResult:
    (root / "pyproject.toml").write_text("")
    (root / name).write_text(text)
    return scan([root], ScanOptions(select=("card-fields-posted", "sdk-outdated"), cache=False))


@pytest.mark.parametrize(
    ("above", "beside"),
    [(f"<!-- {WAIVER} -->", ""), (f"{{# {WAIVER} #}}", ""), ("", f" <!-- {WAIVER} -->"), ("", f" {{#- {WAIVER} -#}}")],
)
def test_a_waiver_in_a_template(above: str, beside: str, tmp_path: pathlib.Path) -> None:
    result = scanned(tmp_path, "pay.html", HTML.format(above, beside))
    assert result.findings() == ()
    assert [(waiver.owner, waiver.reason, waiver.problem) for waiver in result.waivers] == [
        ("shop", "a copy of the old page", "")
    ]


def test_a_waiver_in_requirements(tmp_path: pathlib.Path) -> None:
    result = scanned(tmp_path, "requirements.txt", "stripe==2.0  # payproof: ignore[sdk-outdated] shop: until May\n")
    assert (result.findings(), [waiver.problem for waiver in result.waivers]) == ((), [""])


def test_one_that_waives_nothing_is_told(tmp_path: pathlib.Path) -> None:
    result = scanned(tmp_path, "pay.html", f"<!-- {WAIVER} -->\n")
    assert [waiver.problem for waiver in result.waivers] == ["waives nothing any more; take it out"]


def test_prose_about_waivers_is_none(tmp_path: pathlib.Path) -> None:
    assert scanned(tmp_path, "README.md", f"Write `# {WAIVER}`.\n").waivers == ()
