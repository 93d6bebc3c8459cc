"""The hint at a self-assessment questionnaire: the widest way that card data takes decides, and nothing is promised."""

import dataclasses
import json
import pathlib

import pytest

from payproof.model import CardRoute, Integration, Place, ScanResult
from payproof.report import renderer, saq
from payproof.report.building import build
from payproof.scan.engine import ScanOptions, scan


def result(*routes: CardRoute, partial: bool = False) -> ScanResult:
    found = tuple(
        Integration(Place(f"shop/{number}.py", number), route, "it stands here") for number, route in enumerate(routes, 1)
    )
    return ScanResult(sites=(), rules=(), integrations=found, partial=partial)


@pytest.mark.parametrize(
    ("routes", "questionnaire"),
    [
        ((CardRoute.HOSTED,), "A"),
        ((CardRoute.HOSTED, CardRoute.EMBEDDED), "A"),
        ((CardRoute.EMBEDDED, CardRoute.OWN_FIELDS), "A-EP"),
        ((CardRoute.HOSTED, CardRoute.OWN_FIELDS, CardRoute.SERVER), "D"),
    ],
)
def test_the_widest_way_decides(routes: tuple[CardRoute, ...], questionnaire: str) -> None:
    found = saq.hint(result(*routes))
    assert found is not None
    assert found.questionnaire == questionnaire
    assert len(found.reasons) == len(routes)


def test_a_part_of_a_project_and_a_project_without_cards_hint_at_nothing() -> None:
    assert saq.hint(result(CardRoute.SERVER, partial=True)) is None
    assert saq.hint(result()) is None


def test_the_sentence_names_places_and_promises_nothing() -> None:
    found = saq.hint(result(CardRoute.SERVER, CardRoute.SERVER, CardRoute.SERVER, CardRoute.HOSTED))
    assert found is not None
    assert saq.sentence(found) == (
        "SAQ D is hinted at, for as long as card data reaches this server: it stands here at shop/1.py:1; it stands here at "
        "shop/2.py:2; and 1 more place. Your acquirer decides, not this scan"
    )


@pytest.mark.parametrize("name", ["text", "markdown", "html", "json", "sarif"])
def test_every_format_tells_it(name: str) -> None:
    text = renderer(name)(build(result(CardRoute.EMBEDDED)))
    assert "SAQ A is hinted at" in text.replace("\\", "")
    assert "compliant" not in text


def test_json_holds_it_whole() -> None:
    document = json.loads(renderer("json")(build(result(CardRoute.OWN_FIELDS, CardRoute.HOSTED))))
    assert document["saq"]["questionnaire"] == "A-EP"
    assert [item["route"] for item in document["saq"]["reasons"]] == ["own fields", "hosted"]
    assert json.loads(renderer("json")(build(dataclasses.replace(result(), sites=()))))["saq"] is None


HOSTED = """\
import stripe


def pay(order):
    return stripe.checkout.Session.create(line_items=order.lines, idempotency_key=order.key)
"""
SERVER = "import stripe\n\n\ndef pay(request):\n    return stripe.Token.create(card={'number': request.POST['card_number']})\n"
EMBEDDED = '<script src="https://js.stripe.com/v3/"></script><div id="card"></div>'
OWN = '<script src="https://js.stripe.com/v2/"></script><input data-stripe="number"><input data-stripe="cvc">'
POSTED = '<form method="post"><input name="card_number"></form>'


@pytest.mark.parametrize(
    ("files", "routes"),
    [
        ({"a.py": HOSTED}, {"hosted"}),
        ({"a.py": SERVER}, {"server"}),
        ({"a.py": HOSTED, "t/pay.html": EMBEDDED}, {"hosted", "embedded"}),
        ({"t/pay.html": OWN}, {"own fields"}),
        ({"t/pay.html": POSTED}, {"server"}),
        ({"a.py": "import stripe\n"}, set()),
        ({"tests/pay.html": POSTED}, set()),
    ],
)
def test_what_a_scan_sees(files: dict[str, str], routes: set[str], tmp_path: pathlib.Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = scan([tmp_path], ScanOptions(cache=False))
    assert {item.route.value for item in found.integrations} == routes
