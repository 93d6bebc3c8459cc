from __future__ import annotations

from typing import Any

import pytest

from payproof.sandbox.stripe.schemas import Catalogue, ParamError


def _errors(catalogue: Catalogue, path: str, params: dict[str, Any], method: str = "POST") -> list[ParamError]:
    endpoint = catalogue.endpoint(method, path)
    assert endpoint is not None
    return catalogue.check_params(endpoint, params)


def _intent(catalogue: Catalogue, **params: Any) -> list[tuple[str, str, str]]:
    errors = _errors(catalogue, "/v1/payment_intents", {"amount": "1000", "currency": "usd", **params})
    return [(error.code, error.param, error.message) for error in errors]


@pytest.mark.parametrize(
    ("amount", "currency", "code", "message"),
    [
        ("0", "usd", "parameter_invalid_integer", "This value must be greater than or equal to 1."),
        ("-5", "usd", "parameter_invalid_integer", "This value must be greater than or equal to 1."),
        ("49", "usd", "amount_too_small", "Amount must be at least $0.50"),
        ("49", "jpy", "amount_too_small", "Amount must be at least ¥50"),
        ("29", "GBP", "amount_too_small", "Amount must be at least £0.30"),
        ("100000000", "usd", "amount_too_large", "Amount must be no more than $999,999.99"),
        ("12345", "kwd", "parameter_invalid_integer", "Invalid kwd amount: the last digit of a three-decimal currency must be 0"),
    ],
)
def test_amounts_have_limits(catalogue: Catalogue, amount: str, currency: str, code: str, message: str) -> None:
    assert _intent(catalogue, amount=amount, currency=currency) == [(code, "amount", message)]


@pytest.mark.parametrize(
    ("amount", "currency"), [("50", "usd"), ("50", "jpy"), ("99999999", "eur"), ("12340", "kwd"), ("1", "xof")]
)
def test_amounts_within_the_limits_pass(catalogue: Catalogue, amount: str, currency: str) -> None:
    assert _intent(catalogue, amount=amount, currency=currency) == []


def test_a_refund_of_less_than_a_charge_s_minimum_passes_but_not_of_nothing(catalogue: Catalogue) -> None:
    assert not _errors(catalogue, "/v1/refunds", {"payment_intent": "pi_1", "amount": "1"})
    assert [error.param for error in _errors(catalogue, "/v1/refunds", {"payment_intent": "pi_1", "amount": "0"})] == ["amount"]
    capture = _errors(catalogue, "/v1/payment_intents/pi_1/capture", {"amount_to_capture": "-1"})
    assert [error.param for error in capture] == ["amount_to_capture"]


def test_an_unknown_currency_is_refused_wherever_it_stands(catalogue: Catalogue) -> None:
    [(code, param, message)] = _intent(catalogue, currency="xxx")
    assert (code, param) == ("", "currency")
    assert message.startswith("Invalid currency: xxx. Stripe currently supports these currencies: aed, afn,")
    params = {
        "mode": "payment",
        "line_items": [{"quantity": "1", "price_data": {"currency": "zzz", "product": "p", "unit_amount": "5"}}],
    }
    assert [error.param for error in _errors(catalogue, "/v1/checkout/sessions", params)] == [
        "line_items[0][price_data][currency]"
    ]


@pytest.mark.parametrize(
    ("metadata", "param", "message"),
    [
        ({f"k{n}": "v" for n in range(51)}, "metadata", "Metadata can have up to 50 keys, but you passed in 51."),
        (
            {"k" * 41: "v"},
            "metadata",
            "Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters.",
        ),
        (
            {"k": "v" * 501},
            "metadata[k]",
            "Metadata values can have up to 500 characters, but you passed in a value that is 501 characters.",
        ),
    ],
)
def test_metadata_has_limits(catalogue: Catalogue, metadata: dict[str, str], param: str, message: str) -> None:
    assert _intent(catalogue, metadata=metadata) == [("", param, message)]


def test_metadata_within_the_limits_passes(catalogue: Catalogue) -> None:
    assert _intent(catalogue, metadata={"k" * 40: "v" * 500, **{f"k{n}": "" for n in range(49)}}) == []
    assert _errors(catalogue, "/v1/payment_intents/pi_1", {"metadata": ""}) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "COCOA LICENSE 1096DAYS1",
            "The statement descriptor must be at most 22 characters. COCOA LICENSE 1096DAYS1 is 23 characters long.",
        ),
        ("SHOP", "The statement descriptor must be at least 5 characters."),
        ("BOB'S SHOP", "The statement descriptor contains characters that are not allowed: < > \\ ' \" *"),
        ("123456", "The statement descriptor must contain at least one letter."),
    ],
)
def test_statement_descriptors_have_limits(catalogue: Catalogue, text: str, message: str) -> None:
    assert _intent(catalogue, statement_descriptor=text) == [("", "statement_descriptor", message)]


def test_a_suffix_may_be_short(catalogue: Catalogue) -> None:
    assert _intent(catalogue, statement_descriptor_suffix="A1") == []
    [(_, _, message)] = _intent(catalogue, statement_descriptor_suffix="A" * 23)
    assert message.startswith("The statement descriptor suffix must be at most 22 characters.")


@pytest.mark.parametrize(("limit", "bound"), [("0", "greater than or equal to 1"), ("101", "less than or equal to 100")])
def test_pages_have_limits(catalogue: Catalogue, limit: str, bound: str) -> None:
    [error] = _errors(catalogue, "/v1/charges", {"limit": limit}, "GET")
    assert (error.code, error.param, error.message) == ("parameter_invalid_integer", "limit", f"This value must be {bound}.")
    assert not _errors(catalogue, "/v1/charges", {"limit": "100"}, "GET")
