from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from stripe import _encode

from payproof.sandbox.core.form import decode
from payproof.sandbox.stripe.schemas import Catalogue, Endpoint, limits
from payproof.sandbox.stripe.schemas import catalogue as installed
from payproof.sandbox.stripe.schemas.sdk import SdkError


def _endpoint(catalogue: Catalogue, method: str, path: str) -> Endpoint:
    found = catalogue.endpoint(method, path)
    assert found is not None
    return found


def _codes(catalogue: Catalogue, path: str, **params: Any) -> list[tuple[str, str]]:
    problems = catalogue.check_params(_endpoint(catalogue, "POST", path), params)
    return [(problem.code, problem.param) for problem in problems]


def test_there_is_one_catalogue_per_process() -> None:
    assert installed() is installed()


def test_valid_parameters_are_accepted_and_get_their_types(catalogue: Catalogue) -> None:
    endpoint = _endpoint(catalogue, "POST", "/v1/payment_intents")
    sent = {"amount": 1200, "currency": "eur", "confirm": True, "expand": ["latest_charge"], "metadata": {"order": "7"}}
    params = _through_the_sdk(sent)
    assert catalogue.check_params(endpoint, params) == []
    assert catalogue.coerce(endpoint, params) == sent


def test_what_the_sdk_sends_for_any_endpoint_is_accepted(catalogue: Catalogue, example: Callable[..., Any]) -> None:
    """Every parameter of every endpoint, through the form encoding of the SDK and back."""
    limited = {"amount": 1000, "amount_to_capture": 1000, "currency": "usd", "statement_descriptor": "ACME SHOP", "limit": 10}
    for endpoint in catalogue.endpoints():
        values = example(catalogue.params_record(endpoint))
        sent = _with(values, limited)
        if endpoint.version == "v1":
            sent = _through_the_sdk(sent)
        assert catalogue.check_params(endpoint, sent) == [], endpoint.template
        if endpoint.version == "v1":
            assert catalogue.coerce(endpoint, sent) == _with(values, limited), endpoint.template


def _through_the_sdk(params: dict[str, Any]) -> dict[str, Any]:
    """Encode parameters as the installed SDK does, and decode them as the sandbox does."""
    takes_mode = "api_mode" in inspect.signature(_encode._api_encode).parameters
    pairs = _encode._api_encode(params, "V1") if takes_mode else _encode._api_encode(params)
    return decode(urlencode(list(pairs)))


def _with(value: Any, replaced: dict[str, Any]) -> Any:
    """Put values that meet the hand-written limits in place of the examples, and leave out what a form cannot carry."""
    if isinstance(value, dict):
        inner = {key: replaced[key] if _plain(item) and key in replaced else _with(item, replaced) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in ({}, [])}
    if isinstance(value, list):
        return [item for item in (_with(item, replaced) for item in value) if item != {}]
    return value


def _plain(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def test_every_required_parameter_of_every_endpoint_is_asked_for(catalogue: Catalogue) -> None:
    for endpoint in catalogue.endpoints():
        required = catalogue.params_record(endpoint).required
        problems = catalogue.check_params(endpoint, {})
        assert [(problem.code, problem.param) for problem in problems] == [("parameter_missing", name) for name in required]


def test_unknown_parameters_come_first_then_missing_ones_then_the_rest(catalogue: Catalogue) -> None:
    codes = _codes(catalogue, "/v1/payment_intents", amount="x", confirm="maybe", idempotency_key="k")
    assert codes == [
        ("parameter_unknown", "idempotency_key"),
        ("parameter_missing", "currency"),
        ("parameter_invalid_integer", "amount"),
        ("", "confirm"),
    ]


@pytest.mark.parametrize("name", ["api_key", "stripe_version", "stripe_account", "idempotency_key"])
def test_options_of_the_call_are_no_parameters(catalogue: Catalogue, name: str) -> None:
    assert _codes(catalogue, "/v1/refunds", **{name: "x"}) == [("parameter_unknown", name)]


def test_nested_parameters_are_named_with_brackets(catalogue: Catalogue) -> None:
    assert _codes(catalogue, "/v1/subscriptions", customer="cus_1", items=[{"prise": "p"}]) == [
        ("parameter_unknown", "items[0][prise]")
    ]
    assert _codes(catalogue, "/v1/tokens", card={"number": "x"}) == [
        ("parameter_missing", "card[exp_month]"),
        ("parameter_missing", "card[exp_year]"),
    ]


def test_limits_are_asked_only_of_parameters_whose_types_are_right(catalogue: Catalogue) -> None:
    assert _codes(catalogue, "/v1/payment_intents", amount="0", currency="usd") == [("parameter_invalid_integer", "amount")]
    assert _codes(catalogue, "/v1/payment_intents", amount="0", currency="usd", confirm="x") == [("", "confirm")]


def test_every_endpoint_with_limits_is_an_endpoint(catalogue: Catalogue) -> None:
    posts = {endpoint.template: endpoint for endpoint in catalogue.endpoints() if endpoint.method == "POST"}
    for template, payment in limits.PAYMENTS.items():
        assert payment.amount in catalogue.params_record(posts[template]).fields, template


def test_open_lists_accept_new_words_only_when_told(catalogue: Catalogue) -> None:
    endpoint = _endpoint(catalogue, "POST", "/v1/payment_intents")
    params = {"amount": "1000", "currency": "usd", "capture_method": "telepathic"}
    assert [problem.param for problem in catalogue.check_params(endpoint, params)] == ["capture_method"]
    major = int(catalogue.version.split(".")[0])
    assert bool(catalogue.check_params(endpoint, params, strict_enums=False)) == (major < 15)


def test_what_does_not_fit_is_left_as_it_was_by_coerce(catalogue: Catalogue) -> None:
    endpoint = _endpoint(catalogue, "POST", "/v1/refunds")
    assert catalogue.coerce(endpoint, {"amount": "x", "odd": "1"}) == {"amount": "x", "odd": "1"}


def test_parameters_that_cannot_be_found_are_named(catalogue: Catalogue) -> None:
    endpoint = _endpoint(catalogue, "POST", "/v1/refunds")
    lost = Endpoint("POST", "/v1/x", endpoint.service, "odd", endpoint.module, "NoParams", "Refund", "api")
    with pytest.raises(SdkError, match=r"the parameters of RefundService\.odd are not understood"):
        catalogue.check_params(lost, {})
