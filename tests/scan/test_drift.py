"""What the pinned SDK no longer has is a fault, what it has is none, and without a pin it is unknown."""

import pathlib

import pytest

from payproof.model import Site
from payproof.scan.engine import ScanOptions, scan

CODE = """\
import stripe


def ends(identity):
    subscription = stripe.Subscription.retrieve(identity)
    return subscription.current_period_end
"""


def sites(root: pathlib.Path, requirements: str) -> list[Site]:
    (root / "pyproject.toml").write_text("")
    (root / "requirements.txt").write_text(requirements)
    (root / "a.py").write_text(CODE)
    return list(scan([root], ScanOptions(select=("sdk-attribute-removed",), cache=False)).sites)


@pytest.mark.parametrize(
    ("requirements", "verdict"),
    [
        ("stripe==16.1.0", "violated"),
        ("stripe>=12", "violated"),
        ("stripe<12", "holds"),
        ("stripe>=11", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_pin_decides(requirements: str, verdict: str, tmp_path: pathlib.Path) -> None:
    assert [(site.verdict.value, site.place.line) for site in sites(tmp_path, requirements)] == [(verdict, 6)]


def test_an_unknown_release_has_a_reason(tmp_path: pathlib.Path) -> None:
    (site,) = sites(tmp_path, "")
    assert site.reason == (
        "Subscription.current_period_end is gone since stripe 12.0.0, and no requirement or lock file says which release is used"
    )
