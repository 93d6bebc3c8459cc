"""The table of published test values: complete, consistent, and every card does what it says."""

import re

import pytest
import stripe

from payproof import documents
from payproof.sandbox.stripe import money, values

VALUES = values.test_values()
TOKENS = [card.name for card in VALUES.cards if card.token]


def test_names_and_numbers_are_unique():
    names = [name for card in VALUES.cards for name in card.names]
    numbers = [card.number for card in VALUES.cards]
    assert sorted(set(names)) == sorted(names)
    assert sorted(set(numbers)) == sorted(numbers)
    assert all(values.passes_luhn(number) for number in numbers)


def test_every_decline_that_a_card_names_exists():
    named = {name for card in VALUES.cards for name in (card.attach, card.charge) if name}
    assert named <= set(VALUES.declines)


def test_the_brand_fits_the_number():
    first = {
        "visa": "4",
        "mastercard": "[25]",
        "amex": "3[47]",
        "discover": "6",
        "diners": "3[06]",
        "jcb": "35",
        "unionpay": "62",
    }
    wrong = [card.name for card in VALUES.cards if not re.match(first[card.brand], card.number)]
    assert wrong == []


@pytest.mark.parametrize("name", TOKENS)
def test_every_token_makes_a_payment_method(box, name):
    card = VALUES.by_name[name]
    for method in (
        stripe.PaymentMethod.retrieve(f"pm_card_{name}"),
        stripe.PaymentMethod.create(type="card", card={"token": f"tok_{name}"}),
    ):
        shown = method.card
        assert (shown.brand, shown.last4, shown.country, shown.funding) == (card.brand, card.last4, card.country, card.funding)


@pytest.mark.parametrize(
    "card", [card for card in VALUES.cards if not card.charge and not card.token], ids=lambda card: card.name
)
def test_a_number_without_a_token_works_as_a_number(card):
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(check_answers=True, allow_raw_cards=True):
        method = stripe.PaymentMethod.create(type="card", card={"number": card.number, "exp_month": 12, "exp_year": 2040})
        intent = stripe.PaymentIntent.create(amount=500, currency="usd", payment_method=method.id, confirm=True)
        assert intent.status == ("requires_action" if card.three_d_secure == "required" else "succeeded")


@pytest.mark.parametrize("name", ["mastercard_2series", "nothing"])
def test_a_number_without_a_token_has_none(box, name):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.create(amount=500, currency="usd", payment_method=f"pm_card_{name}")
    assert caught.value.code == "resource_missing"


def test_the_table_is_as_its_schema_says():
    assert len(documents.read(values.TABLE, values.SCHEMA)["cards"]) == len(VALUES.cards)


def test_a_mistake_in_the_table_is_named():
    with pytest.raises(documents.DocumentError, match="chrage"):
        documents.parse(
            b"declines: {}\ncards: [{name: x, number: '4242424242424242', chrage: y}]\nbank_accounts: {}\ndelays: {}\n",
            "test_values.yaml",
            values.SCHEMA,
        )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1_000, "usd", "$10.00"),
        (500, "jpy", "¥500"),
        (12_500, "kwd", "12.500 kwd"),
        (123_456, "eur", "€1,234.56"),
        (5, "sek", "0.05 sek"),
    ],
)
def test_amounts_are_shown_in_their_currency(amount, currency, text):
    assert money.shown(amount, currency) == text


def test_minimums_are_of_known_currencies():
    assert set(money.SMALLEST) <= money.CURRENCIES
