"""What names mean: patterns, tails of unknown roots, and words for account data."""

import pathlib

import pytest

from payproof.model import UsageError
from payproof.scan import models

STRIPE = frozenset({"stripe"})


@pytest.fixture(scope="module")
def known() -> models.Models:
    return models.load()


def money(known: models.Models, path: str, context: frozenset[str] = STRIPE) -> list[str]:
    return [model.money for model in known.call(path, context) if model.money]


@pytest.mark.parametrize(
    ("path", "effect"),
    [
        ("stripe.Charge.create", "charge"),
        ("stripe.PaymentIntent.create_async", "intent"),
        ("stripe.Refund.create", "refund"),
        ("stripe.Charge#.refund", "refund"),
        ("stripe.StripeClient().v1.payment_intents.create", "intent"),
        ("stripe.StripeClient().refunds.create", "refund"),
        ("paypalserversdk.client.Client().orders.capture_order", "capture"),
    ],
)
def test_calls_that_move_money(known: models.Models, path: str, effect: str) -> None:
    assert money(known, path) == [effect]


@pytest.mark.parametrize(
    "path", ["stripe.Charge.retrieve", "stripe.Charge.list", "stripe.Customer.create", "other.Charge.create"]
)
def test_calls_that_do_not(known: models.Models, path: str) -> None:
    assert not money(known, path)


def test_an_injected_client_is_known_by_its_tail_where_the_library_is_spoken_of(known: models.Models) -> None:
    assert money(known, "?.self.api.Charge.create") == ["charge"]
    assert money(known, "?.client.v1.payment_intents.create") == ["intent"]
    assert not money(known, "?.self.api.Charge.create", frozenset())
    assert not money(known, "?.create")
    assert all(not model.certain for model in known.call("?.self.api.Charge.create", STRIPE))


def test_a_check_is_known_by_its_name_alone(known: models.Models) -> None:
    assert [model.verifies for model in known.call("?.client.construct_event", STRIPE)] == ["raises"]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("card_number", "card-number"),
        ("cardNumber", "card-number"),
        ("CardNumber", "card-number"),
        ("card-number", "card-number"),
        ("customer_card_number", "card-number"),
        ("cvc", "card-code"),
        ("card_cvv2", "card-code"),
        ("track_data", "track"),
        ("card_number_last4", ""),
        ("masked_card_number", ""),
        ("card_token", ""),
        ("company", ""),
        ("pan", ""),
        ("span", ""),
        ("number", ""),
        ("cardinality", ""),
        ("discard_number", ""),
        ("gift_card_number", ""),
    ],
)
def test_names_of_account_data(known: models.Models, name: str, label: str) -> None:
    assert models.card_word(name, known.vocabulary) == label


def test_weak_words_count_when_asked_for(known: models.Models) -> None:
    assert models.card_word("number", known.vocabulary, weak=True) == "card-number"
    assert models.card_word("exp_month", known.vocabulary, weak=True) == "card-expiry"


def test_models_of_the_users_own_are_read_beside_ours(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "house.yaml").write_text(
        "library: house\ncalls:\n  - names: ['house.pay.{now,later}']\n    money: charge\n    keys: ['keyword:key']\n"
    )
    mine = models.load([tmp_path])
    assert money(mine, "house.pay.later") == ["charge"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "library: house\ncalls:\n  - names: [house.pay]\n    mony: charge\n",
            r"house.yaml:4: unknown key 'mony'.*did you mean 'money'",
        ),
        (
            "library: house\ncalls:\n  - names: [house.pay]\n    money: chargee\n",
            r"house.yaml:4: 'chargee' is not accepted.*'charge'",
        ),
        ("calls: []\n", "the key 'library' is missing"),
    ],
)
def test_a_broken_model_is_refused_by_line(tmp_path: pathlib.Path, text: str, message: str) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "house.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        models.load([tmp_path])


def test_a_pattern_that_stands_for_very_many_names_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^a model's pattern stands for more than 5,000 names: '\{a,b\}\{a,b\}"):
        models.Models([{"library": "x", "calls": [{"names": ["{a,b}" * 13 + ".pay"], "sink": "log"}]}])
    models.Models([{"library": "x", "calls": [{"names": ["{a,b}" * 12 + ".pay"], "sink": "log"}]}])
