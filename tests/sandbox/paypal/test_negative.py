"""Negative testing by PayPal-Mock-Response, and every issue that the sandbox gives by itself."""

from __future__ import annotations

import json

import pytest
from paypal_asking import Api, euros, issue

from payproof.sandbox import PayPalSandbox, SandboxError
from payproof.sandbox.paypal import errors

ORDERS = "POST /v2/checkout/orders"
CAPTURE = "POST /v2/checkout/orders/{}/capture"
AUTHORIZE = "POST /v2/checkout/orders/{}/authorize"
PAYMENT = "POST /v2/payments/authorizations/{}/capture"
REFUND = "POST /v2/payments/captures/{}/refund"
VOID = "POST /v2/payments/authorizations/{}/void"

WANTED = [
    *((422, name, CAPTURE) for name in ("INSTRUMENT_DECLINED", "PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED")),
    *((422, name, CAPTURE) for name in ("ORDER_ALREADY_CAPTURED", "ORDER_COMPLETION_IN_PROGRESS", "DUPLICATE_INVOICE_ID")),
    *((422, name, CAPTURE) for name in ("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYER_CANNOT_PAY", "CARD_EXPIRED")),
    *((422, name, CAPTURE) for name in ("PAYER_ACCOUNT_RESTRICTED", "PAYEE_BLOCKED_TRANSACTION", "TRANSACTION_REFUSED")),
    *((422, name, CAPTURE) for name in ("TRANSACTION_LIMIT_EXCEEDED", "COMPLIANCE_VIOLATION")),
    (422, "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING", CAPTURE),
    (422, "PAYER_ACTION_REQUIRED", AUTHORIZE),
    *((422, name, PAYMENT) for name in ("AUTHORIZATION_VOIDED", "AUTHORIZATION_EXPIRED", "AUTHORIZATION_ALREADY_CAPTURED")),
    (422, "MAX_CAPTURE_AMOUNT_EXCEEDED", PAYMENT),
    *((422, name, REFUND) for name in ("CAPTURE_FULLY_REFUNDED", "REFUND_AMOUNT_EXCEEDED", "REFUND_TIME_LIMIT_EXCEEDED")),
    *((422, name, REFUND) for name in ("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK", "TRANSACTION_DISPUTED", "PENDING_CAPTURE")),
    (409, "PREVIOUS_REQUEST_IN_PROGRESS", REFUND),
    (409, "PREVIOUS_REQUEST_IN_PROGRESS", VOID),
    (400, "PAYPAL_REQUEST_ID_REQUIRED", ORDERS),
    (401, "INVALID_ACCOUNT_STATUS", ORDERS),
    (403, "PERMISSION_DENIED", CAPTURE),
    (404, "INVALID_RESOURCE_ID", CAPTURE),
]


@pytest.mark.parametrize(("status", "name", "operation"), WANTED)
def test_an_operation_gives_the_issue_that_is_asked_for(
    box: PayPalSandbox, api: Api, status: int, name: str, operation: str
) -> None:
    method, path = operation.split()
    mock = json.dumps({"mock_application_codes": name})
    body = {"intent": "CAPTURE", "purchase_units": [{"amount": euros("1.00")}]} if operation == ORDERS else {}
    refused = api.ask(method, path.replace("{}", "ANY"), body, PayPal_Mock_Response=mock)
    assert issue(refused) == (status, name)
    assert refused.json()["name"] == errors.NAMES[status][0]
    assert box.journal.effects() == []


def test_an_issue_in_a_list_is_taken_too(api: Api) -> None:
    mock = json.dumps({"mock_application_codes": ["INSTRUMENT_DECLINED"]})
    assert issue(api.post("/v2/checkout/orders/ANY/capture", PayPal_Mock_Response=mock)) == (422, "INSTRUMENT_DECLINED")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ('{"mock_application_codes": "INSTRUMENT_DECLIND"}', "which it never gives; did you mean 'INSTRUMENT_DECLINED'"),
        (
            '{"mock_application_codes": "AUTHORIZATION_VOIDED"}',
            "asked for the mock response 'AUTHORIZATION_VOIDED', which it never",
        ),
        ("INSTRUMENT_DECLINED", "sent a PayPal-Mock-Response that is not"),
        ('{"mock_application_codes": ["A", "B"]}', "sent a PayPal-Mock-Response that is not"),
        ("[]", "sent a PayPal-Mock-Response that is not"),
    ],
)
def test_what_paypal_would_not_understand_is_refused_loudly(box: PayPalSandbox, api: Api, header: str, message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        api.post("/v2/checkout/orders/ANY/capture", PayPal_Mock_Response=header)
    box.problems.clear()


def test_every_operation_of_the_table_is_an_endpoint() -> None:
    from payproof.sandbox.paypal import routes

    played = {f"{route.method} {route.template}".replace("{id}", "{}") for route in routes.every()}
    assert set(errors.operations()) <= played


def test_the_table_of_issues_is_one_of_issues() -> None:
    for by_status in errors.operations().values():
        for status, issues in by_status.items():
            assert status in errors.NAMES
            assert all(name == name.upper() and len(issues) == len(set(issues)) for name in issues)
