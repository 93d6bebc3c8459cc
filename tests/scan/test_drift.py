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


DICTS = """\
import stripe as s


def handle(payload, signature, secret):
    event = s.Webhook.construct_event(payload, signature, secret)
    event.get("type")
    isinstance(event, dict)
    dict(event)
    json.dumps(event)
    json.dumps(event, default=str)
    act(**event.data.object)
    event = event.to_dict()
    return event.get("type")
"""


def as_dicts(root: pathlib.Path, requirements: str) -> list[Site]:
    (root / "pyproject.toml").write_text("")
    (root / "requirements.txt").write_text(requirements)
    (root / "a.py").write_text(DICTS)
    return list(scan([root], ScanOptions(select=("sdk-object-as-dict",), cache=False)).sites)


def test_each_use_of_an_object_as_a_dict_is_said(tmp_path: pathlib.Path) -> None:
    end = "since stripe 15.0.0 its objects are no dicts, and ==16.1.0 is asked for."
    assert [(site.place.line, site.message) for site in as_dicts(tmp_path, "stripe==16.1.0")] == [
        (6, f".get() is called on an object of the SDK: {end}"),
        (7, f"an object of the SDK is asked whether it is a dict: {end}"),
        (8, f"an object of the SDK is turned into a dict by dict(): {end}"),
        (9, f"an object of the SDK is written as JSON: {end}"),
        (11, f"an object of the SDK is unpacked with **: {end}"),
    ]


@pytest.mark.parametrize(("requirements", "verdict"), [("stripe==14.4.1", "holds"), ("stripe>=14", "unknown"), ("", "unknown")])
def test_objects_are_dicts_where_the_release_says_so(requirements: str, verdict: str, tmp_path: pathlib.Path) -> None:
    assert {site.verdict.value for site in as_dicts(tmp_path, requirements)} == {verdict}
    assert "no requirement or lock file says which release is used" in as_dicts(tmp_path, "")[0].reason
