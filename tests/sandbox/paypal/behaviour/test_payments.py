"""Authorizations, captures and refunds: in parts, in time, and not beyond."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_asking import WHOLE, Api, euros, issue, unchanged

from payproof.sandbox import PayPalSandbox, SandboxError

AUTHORIZATIONS = "/v2/payments/authorizations"
CAPTURES = "/v2/payments/captures"


def capture(api: Api, authorization: str, value: str | None = None, **more: Any) -> Any:
    body = {**({} if value is None else {"amount": euros(value)}), **more}
    return api.post(f"{AUTHORIZATIONS}/{authorization}/capture", body)


def refund(api: Api, captured: str, value: str | None = None, **more: Any) -> Any:
    body = {**({} if value is None else {"amount": euros(value)}), **more}
    return api.post(f"{CAPTURES}/{captured}/refund", body, **WHOLE)


def status(api: Api, path: str) -> str:
    return str(api.get(path)["status"])


def test_an_authorization_is_captured_in_parts(api: Api) -> None:
    made = api.authorized("100.00")
    for value, after in (("40.00", "PARTIALLY_CAPTURED"), ("60.00", "CAPTURED")):
        assert capture(api, made, value).status_code == 201
        assert status(api, f"{AUTHORIZATIONS}/{made}") == after
    assert issue(capture(api, made, "1.00")) == (422, "AUTHORIZATION_ALREADY_CAPTURED")


def test_a_final_capture_ends_it(api: Api) -> None:
    made = api.authorized("100.00")
    captured = capture(api, made, "40.00", final_capture=True, note_to_payer="Thanks", invoice_id="INV-1")
    assert captured.status_code == 201
    shown = api.get(f"{CAPTURES}/{captured.json()['id']}")
    assert (shown["final_capture"], shown["invoice_id"]) == (True, "INV-1")
    assert {link["rel"] for link in shown["links"]} == {"self", "refund", "up"}
    assert issue(capture(api, made)) == (422, "AUTHORIZATION_ALREADY_CAPTURED")


@pytest.mark.parametrize(
    ("total", "value", "fits"),
    [("100.00", "115.00", True), ("100.00", "115.01", False), ("1000.00", "1075.00", True), ("1000.00", "1075.01", False)],
)
def test_a_little_more_than_was_authorized_may_be_captured(
    box: PayPalSandbox, api: Api, total: str, value: str, fits: bool
) -> None:
    made = api.authorized(total)
    if fits:
        assert capture(api, made, value).status_code == 201
    else:
        with unchanged(box):
            assert issue(capture(api, made, value)) == (422, "MAX_CAPTURE_AMOUNT_EXCEEDED")


def test_another_currency_is_refused(api: Api) -> None:
    made, dollars = api.authorized(), {"amount": {"currency_code": "USD", "value": "1.00"}}
    assert issue(capture(api, made, **dollars)) == (422, "AUTH_CAPTURE_CURRENCY_MISMATCH")
    assert issue(api.post(f"{AUTHORIZATIONS}/{made}/reauthorize", dollars)) == (422, "AUTH_CURRENCY_MISMATCH")
    assert issue(refund(api, api.captured(), **dollars)) == (422, "REFUND_CAPTURE_CURRENCY_MISMATCH")


def test_a_void_ends_it_once(box: PayPalSandbox, api: Api) -> None:
    made = api.authorized()
    whole = api.post(f"{AUTHORIZATIONS}/{made}/void", None, **WHOLE)
    assert (whole.status_code, whole.json()["status"]) == (200, "VOIDED")
    assert box.outbox[-1].type == "PAYMENT.AUTHORIZATION.VOIDED"
    assert issue(api.post(f"{AUTHORIZATIONS}/{made}/void")) == (422, "PREVIOUSLY_VOIDED")
    assert issue(capture(api, made)) == (422, "AUTHORIZATION_VOIDED")
    assert issue(api.post(f"{AUTHORIZATIONS}/{made}/reauthorize")) == (422, "AUTHORIZATION_VOIDED")
    captured = api.authorized()
    capture(api, captured)
    assert issue(api.post(f"{AUTHORIZATIONS}/{captured}/void")) == (422, "PREVIOUSLY_CAPTURED")


def test_it_expires_after_29_days(box: PayPalSandbox, api: Api) -> None:
    made = api.authorized()
    box.clock.advance(days=28)
    assert status(api, f"{AUTHORIZATIONS}/{made}") == "CREATED"
    box.clock.advance(days=1)
    assert status(api, f"{AUTHORIZATIONS}/{made}") == "VOIDED"
    assert issue(capture(api, made)) == (422, "AUTHORIZATION_EXPIRED")


def test_it_is_authorized_anew_once_and_for_the_days_that_are_left(box: PayPalSandbox, api: Api) -> None:
    made = api.authorized()
    box.clock.advance(days=4)
    anew = api.post(f"{AUTHORIZATIONS}/{made}/reauthorize", {"amount": euros("110.00")}, **WHOLE).json()
    assert (anew["status"], anew["amount"]["value"]) == ("CREATED", "110.00")
    assert anew["expiration_time"] == api.get(f"{AUTHORIZATIONS}/{made}")["expiration_time"]
    assert issue(api.post(f"{AUTHORIZATIONS}/{anew['id']}/reauthorize")) == (422, "REAUTHORIZATION_NOT_SUPPORTED")
    assert issue(api.post(f"{AUTHORIZATIONS}/{anew['id']}/void")) == (422, "CANNOT_BE_VOIDED")
    refused = api.post(f"{AUTHORIZATIONS}/{made}/reauthorize", {"amount": euros("116.00")})
    assert issue(refused) == (422, "TRANSACTION_REFUSED")


def test_money_that_is_on_its_way_is_not_there(box: PayPalSandbox, api: Api) -> None:
    made = api.captured(card="ECHECK")
    assert api.get(f"{CAPTURES}/{made}")["status_details"] == {"reason": "ECHECK"}
    assert issue(refund(api, made)) == (422, "PENDING_CAPTURE")
    assert box.money() == {}
    box.settle(made)
    assert status(api, f"{CAPTURES}/{made}") == "COMPLETED"
    with pytest.raises(SandboxError, match="is not pending; it is COMPLETED"):
        box.settle(made)
    assert refund(api, made).json()["status"] == "PENDING"


@pytest.mark.parametrize("arrives", [True, False])
def test_a_refund_of_an_echeck_is_pending(box: PayPalSandbox, api: Api, arrives: bool) -> None:
    made = api.captured(card="ECHECK")
    box.settle(made)
    pending = refund(api, made).json()["id"]
    assert box.outbox[-1].type == "PAYMENT.REFUND.PENDING"
    box.settle(pending, succeed=arrives)
    assert status(api, f"/v2/payments/refunds/{pending}") == ("COMPLETED" if arrives else "FAILED")
    assert status(api, f"{CAPTURES}/{made}") == ("REFUNDED" if arrives else "COMPLETED")


def test_what_was_declined_cannot_be_refunded(api: Api) -> None:
    made = api.captured(card="CCREJECT-IF")
    assert issue(refund(api, made)) == (422, "REFUND_NOT_ALLOWED")


def test_refunds_add_up_and_go_no_further(box: PayPalSandbox, api: Api) -> None:
    made = api.captured("12.00")
    first = refund(api, made, "5.00", note_to_payer="Sorry", invoice_id="R-1").json()
    assert first["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "5.00"
    with unchanged(box):
        assert issue(refund(api, made, "7.01")) == (422, "REFUND_AMOUNT_EXCEEDED")
        assert issue(refund(api, made, "1.00", invoice_id="R-1")) == (422, "DUPLICATE_INVOICE_ID")
    second = refund(api, made).json()
    assert (second["amount"]["value"], second["seller_payable_breakdown"]["total_refunded_amount"]["value"]) == ("7.00", "12.00")
    assert issue(refund(api, made)) == (422, "CAPTURE_FULLY_REFUNDED")


def test_a_refund_is_possible_for_180_days(box: PayPalSandbox, api: Api) -> None:
    made = api.captured()
    box.clock.advance(days=180)
    assert refund(api, made, "1.00").status_code == 201
    box.clock.advance(seconds=1)
    assert issue(refund(api, made, "1.00")) == (422, "REFUND_TIME_LIMIT_EXCEEDED")


def test_while_a_payment_is_disputed_it_is_refunded_whole_or_not_at_all(box: PayPalSandbox, api: Api) -> None:
    made = api.captured()
    box.dispute(made)
    assert issue(refund(api, made, "1.00")) == (422, "TRANSACTION_DISPUTED")
    assert refund(api, made).status_code == 201


def test_what_was_charged_back_is_not_refunded(box: PayPalSandbox, api: Api) -> None:
    made = api.captured()
    box.lose(str(box.dispute(made)["dispute_id"]))
    assert issue(refund(api, made)) == (422, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")


@pytest.mark.parametrize(
    "path", [f"{AUTHORIZATIONS}/NONE", f"{CAPTURES}/NONE", "/v2/payments/refunds/NONE", "/v1/billing/plans/NONE"]
)
def test_what_does_not_exist_is_404(api: Api, path: str) -> None:
    assert issue(api.ask("GET", path)) == (404, "INVALID_RESOURCE_ID")


def test_events_name_the_order(box: PayPalSandbox, api: Api) -> None:
    order = api.approved()
    api.post(f"/v2/checkout/orders/{order}/capture")
    (event,) = [event for event in box.outbox if event.type == "PAYMENT.CAPTURE.COMPLETED"]
    assert event.body["resource"]["supplementary_data"]["related_ids"] == {"order_id": order}
    assert (event.body["resource_type"], event.body["resource_version"]) == ("capture", "2.0")
    authorization = api.authorized()
    captured = capture(api, authorization).json()["id"]
    event = [event for event in box.outbox if event.type == "PAYMENT.CAPTURE.COMPLETED"][-1]
    assert event.body["resource"]["id"] == captured
    assert event.body["resource"]["supplementary_data"]["related_ids"]["authorization_id"] == authorization
