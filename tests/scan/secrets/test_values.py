"""What is a key, what holds the place of one, and what a processor printed itself."""

from __future__ import annotations

import pytest

from payproof.scan.secrets.values import is_documented, is_stand_in, mode, prefix

CHANCE = "0f9Q2zK7vLwB3xJm5RtY8nPa"


@pytest.mark.parametrize(
    ("value", "expected_prefix", "expected_mode"),
    [
        ("sk_" + "live_" + CHANCE, "sk_live_", "live"),
        ("rk_" + "test_" + CHANCE, "rk_test_", "test"),
        ("sk_" + "org_live_" + CHANCE, "sk_org_live_", "live"),
        ("whsec_" + CHANCE, "whsec_", ""),
        ("access_token$production$" + CHANCE, "access_token$production$", "live"),
        ("access_token$sandbox$" + CHANCE, "access_token$sandbox$", "test"),
        ("sq0csp-" + CHANCE, "sq0csp-", "live"),
        ("EAAA" + CHANCE, "EAAA", ""),
        ("live_" + CHANCE, "live_", "live"),
        (CHANCE, "", ""),
    ],
)
def test_prefix_and_mode(value: str, expected_prefix: str, expected_mode: str) -> None:
    assert prefix(value) == expected_prefix
    assert mode(value) == expected_mode


@pytest.mark.parametrize(
    "body",
    [
        "your_stripe_key_here_please",
        "ReplaceThisWithTheRealOne0",
        "XXXXXXXXXXXXXXXXXXXXXXXX",
        "abcdefghijklmnopqrstuvwx",
        "123456789012345678901234",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "00000000000000000000000000000000",
        "klmnopqrstuvw0123456789",
        "fakefakefake0f9Q2zK7vLw",
        "${KEY}0f9Q2zK7vLwB3xJm5",
    ],
)
def test_stand_ins(body: str) -> None:
    assert is_stand_in("sk_" + "test_" + body)
    assert is_stand_in(body)


@pytest.mark.parametrize("body", [CHANCE, "9f2c4e7ab1d08356c2e9f47a1b6d3058", "8mK2pQ7vR4xT9wZ1"])
def test_keys_left_to_chance_are_no_stand_ins(body: str) -> None:
    assert not is_stand_in("sk_" + "live_" + body)
    assert not is_stand_in(body)


@pytest.mark.parametrize(
    "pieces",
    [
        ("sk_", "test_", "4eC39HqLyjWD", "arjtT1zdp7dc"),
        ("sk_", "test_", "BQokikJOvBiI", "2HlWgH4olfQ2"),
        ("EO422dn3gQLgDbuwqTjz", "rFgFtaRLRR5BdHEESmha49TM"),
        ("QFZCWN5H", "ZM8VBG7Q"),
    ],
)
def test_published_samples_are_known(pieces: tuple[str, ...]) -> None:
    assert is_documented("".join(pieces))
    assert not is_documented("".join(pieces) + "x")
