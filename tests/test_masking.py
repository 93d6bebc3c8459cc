"""Nothing that payproof prints may hold a card number, a CVC or a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payproof.masking import card_numbers, is_card_number, luhn, mask, mask_card, printable

BODY = "payproofSample0Payproof1Sample2"


@pytest.mark.parametrize(
    "number",
    [
        "4242424242424242",
        "5555555555554444",
        "378282246310005",
        "6011111111111117",
        "3566002020360505",
        "6200000000000005",
        "2223003122003222",
    ],
)
def test_published_test_cards_are_cards(number: str) -> None:
    assert is_card_number(number)


@pytest.mark.parametrize("number", ["4242424242424241", "1234567812345670", "1763858000000", "4242", "", "0000000000000000"])
def test_other_numbers_are_not(number: str) -> None:
    assert not is_card_number(number)


def test_loose_prefixes_need_asking_for() -> None:
    assert luhn("30569309025904")
    assert not is_card_number("30569309025904")
    assert is_card_number("30569309025904", loose=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4242424242424242 declined", "card 424242******4242 declined"),
        ("4242 4242 4242 4242", "4242 42** **** 4242"),
        ("4242-4242-4242-4242-123", "4242-42**-****-4242-123"),
        ("n=378282246310005,", "n=378282*****0005,"),
        ("4242\u00a04242\u00a04242\u00a04242", "4242\u00a042**\u00a0****\u00a04242"),
        ("6222988812340000", "622298******0000"),
        ("order 4242424242424241", "order 4242424242424241"),
        ("at 2026-11-23 01:32:03.123456", "at 2026-11-23 01:32:03.123456"),
        ("%B4242424242424242^DOE/JANE^30121010000000000?", "%B4…"),
        (";4242424242424242=30121010000?", ";4…"),
        ('card(cvc="314", number="x")', 'card(cvc="***", number="x")'),
        ("{'cvv': 1234}", "{'cvv': ***}"),
        ('data["security_code"] = 999', 'data["security_code"] = ***'),
    ],
)
def test_card_data_is_masked(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    ("prefix", "body"),
    [
        ("sk_" + "live_", BODY),
        ("sk_" + "test_", BODY),
        ("rk_" + "live_", BODY),
        ("sk_" + "org_live_", BODY),
        ("whsec_", BODY + "+/="),
        ("pi_3Payproof_secret_", BODY),
        ("cs_test_a1Payproof_secret_", BODY + "%2F"),
        ("access_token$production$", "0123456789abcdef$0123456789abcdef0123456789abcdef"),
        ("EAAA", BODY + "-_" + BODY),
        ("sq0csp-", BODY),
        ("AQE", BODY + "+/=-" + BODY),
        ("Bearer ", BODY),
        ("https://user:", "hunter2secret"),
    ],
)
def test_keys_keep_their_prefix_only(prefix: str, body: str) -> None:
    end = "@host/" if prefix.startswith("https") else "' )"
    assert mask(f"key = '{prefix}{body}{end}") == f"key = '{prefix}…{end}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'client_secret = "{BODY}"', 'client_secret = "…"'),
        (f"private_key: str = '{BODY}'", "private_key: str = '…'"),
        (f'{{"hmac_key": "{BODY}"}}', '{"hmac_key": "…"}'),
        (f'os.environ.get("PAYPAL_SECRET", "{BODY}")', 'os.environ.get("PAYPAL_SECRET", "…")'),
        (f"PAYPAL_CLIENT_SECRET={BODY}", "PAYPAL_CLIENT_SECRET=…"),
        (f"  transactionKey: {BODY}", "  transactionKey: …"),
    ],
)
def test_values_that_only_a_name_gives_away_are_masked(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "stripe.api_key = settings.STRIPE_SECRET_KEY",
        'stripe.api_key = os.environ["STRIPE_SECRET_KEY"]',
        "secret_key=get_secret(name)",
        "client_secret=intent.client_secret",
        "log.info('client_secret %s', intent_id)",
        "sk_test_...",
        "pi_secret_name",
        "ordinary text, 12 of 30",
    ],
)
def test_ordinary_code_stays_readable(text: str) -> None:
    assert mask(text) == text


@given(st.text(alphabet="4242 0-=sk_testlive:\"'whsecAQE", max_size=60))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(st.sampled_from(["4242424242424242", "5555555555554444", "378282246310005"]), st.text(max_size=20), st.text(max_size=20))
def test_no_card_number_survives(number: str, before: str, after: str) -> None:
    if before[-1:].isdigit() or after[:1].isdigit():
        return
    assert number not in mask(before + number + after)


def test_where_card_numbers_stand() -> None:
    assert list(card_numbers("a 4242424242424242 b 5555-5555-5555-4444")) == [(2, 18), (21, 40)]


def test_short_numbers_go_entirely() -> None:
    assert mask_card("4242 42") == "**** **"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("a\tb", "a b"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://evil\x1b\\link", "link"),
        ("nul\x00", "nul\ufffd"),
        ("\u202eright to left", "right to left"),
        ("42\u200b42", "4242"),
        ("caf\u00e9 \u20ac", "caf\u00e9 \u20ac"),
        ("a\u2028b", "a\ufffdb"),
        ("lone \ud800", "lone \ufffd"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert printable(text) == expected
