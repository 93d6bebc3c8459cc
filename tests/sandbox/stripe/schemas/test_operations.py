from __future__ import annotations

import ast
import re

import pytest

from payproof.sandbox.stripe.schemas import Catalogue, sdk
from payproof.sandbox.stripe.schemas.catalogue import Catalogue as FreshCatalogue
from payproof.sandbox.stripe.schemas.operations import service_endpoints
from payproof.sandbox.stripe.schemas.outline import Module
from payproof.sandbox.stripe.schemas.sdk import SdkError


def test_an_endpoint_tells_where_it_comes_from(catalogue: Catalogue) -> None:
    found = catalogue.endpoint("post", "/v1/payment_intents/pi_1/confirm")
    assert found is not None
    assert (found.method, found.template) == ("POST", "/v1/payment_intents/{intent}/confirm")
    assert (found.service, found.operation) == ("PaymentIntentService", "confirm")
    assert found.path_params == {"intent": "pi_1"}
    assert found.response_class == "PaymentIntent"
    assert found.params_class.endswith("ConfirmParams")
    assert (found.base_address, found.version) == ("api", "v1")


def test_ids_in_the_path_are_unquoted_and_the_query_is_ignored(catalogue: Catalogue) -> None:
    found = catalogue.endpoint("GET", "/v1/customers/cus%2F1?expand[]=sources")
    assert found is not None and found.path_params == {"customer": "cus/1"}


def test_a_written_out_path_wins_over_a_hole(catalogue: Catalogue) -> None:
    found = catalogue.endpoint("GET", "/v1/payment_intents/search")
    assert found is not None and found.operation == "search" and not found.path_params


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("PUT", "/v1/charges"),
        ("GET", "/v1/charges/"),
        ("GET", "/"),
        ("GET", "/v1/../charges"),
        ("GET", ""),
    ],
)
def test_an_unknown_endpoint_is_none(catalogue: Catalogue, method: str, path: str) -> None:
    assert catalogue.endpoint(method, path) is None


def test_every_endpoint_is_found_again_by_its_path_and_without_reading_every_service(catalogue: Catalogue) -> None:
    fresh = FreshCatalogue(sdk.installed())
    for endpoint in catalogue.endpoints():
        assert fresh.endpoint(endpoint.method, re.sub(r"\{\w+\}", "x_1", endpoint.template)) == endpoint
    assert "_modules" not in vars(fresh._operations)


def test_no_request_of_any_service_is_missing(catalogue: Catalogue) -> None:
    requests = set()
    found = sdk.installed()
    for module in found.services():
        for node in ast.walk(ast.parse(found.source(module))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("_request", "_request_stream")
            ):
                path = node.args[1]
                text = path.func.value.value if isinstance(path, ast.Call) else path.value  # type: ignore[attr-defined]
                requests.add((node.args[0].value.upper(), text))  # type: ignore[attr-defined]
    assert requests == {(endpoint.method, endpoint.template) for endpoint in catalogue.endpoints()}
    assert len(requests) >= 499


def test_a_request_that_is_not_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "class OddService(StripeService):\n    def odd(self):\n        return self._request(method, path)\n"

    class Odd:
        def module(self, name: str) -> Module:
            return Module(name, source, self.module)

    with pytest.raises(SdkError, match=r"stripe\._odd_service: the request in OddService\.odd is not understood"):
        service_endpoints(Odd(), "stripe._odd_service")  # type: ignore[arg-type]


def test_an_sdk_without_services_is_refused(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = sdk.installed()
    fresh = FreshCatalogue(empty)
    monkeypatch.setattr(empty.__class__, "services", lambda self: [])
    with pytest.raises(SdkError, match=r"has no \*_service\.py files; its endpoints are unknown"):
        fresh.endpoints()
