"""Orders: what is refused before anything changes, how they are paid, and what an answer holds."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_asking import TEST_NUMBER, WHOLE, Api, euros, issue, unchanged

from payproof.sandbox import NotImitated, PayPalSandbox, RawCardRefused, SandboxError

ORDERS = "/v2/checkout/orders"
CARD = {"number": TEST_NUMBER, "expiry": "2090-01", "name": "Jo Payer", "security_code": "123"}


def units(*values: str, **more: Any) -> list[dict[str, Any]]:
    return [{"amount": euros(value), "reference_id": f"unit-{place}", **more} for place, value in enumerate(values)]


def create(api: Api, body: dict[str, Any], **headers: str) -> Any:
    return api.post(ORDERS, {"intent": "CAPTURE", **body}, **headers)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ({"amount": {"currency_code": "ZZZ", "value": "1.00"}}, (422, "INVALID_CURRENCY_CODE")),
        ({"amount": euros("1.000")}, (422, "DECIMAL_PRECISION")),
        ({"amount": {"currency_code": "JPY", "value": "1.0"}}, (422, "DECIMALS_NOT_SUPPORTED")),
        ({"amount": euros("0")}, (422, "CANNOT_BE_ZERO_OR_NEGATIVE")),
        ({"amount": euros("-1")}, (422, "CANNOT_BE_NEGATIVE")),
        ({"amount": euros("one")}, (400, "INVALID_PARAMETER_SYNTAX")),
        ({"amount": {"currency_code": "EUR"}}, (400, "MISSING_REQUIRED_PARAMETER")),
        ({"amount": euros("1.00"), "custom_id": "x" * 256}, (400, "INVALID_STRING_LENGTH")),
        ({"amount": {**euros("9.00"), "breakdown": {"item_total": euros("8.00")}}}, (422, "AMOUNT_MISMATCH")),
        (
            {"amount": {**euros("1"), "breakdown": {"tax_total": {"currency_code": "USD", "value": "1"}}}},
            (422, "MULTI_CURRENCY_ORDER"),
        ),
    ],
)
def test_an_amount_that_is_wrong_is_refused_before_anything_is_made(
    box: PayPalSandbox, api: Api, unit: Any, expected: Any
) -> None:
    assert issue(create(api, {"purchase_units": [unit]})) == expected
    assert box.journal.effects() == []


@pytest.mark.parametrize(
    ("items", "breakdown", "expected"),
    [
        ([("4.00", "2", None)], {"item_total": "9.00"}, "ITEM_TOTAL_MISMATCH"),
        ([("4.00", "2", None)], {"shipping": "9.00"}, "ITEM_TOTAL_REQUIRED"),
        ([("8.00", "1", "1.00")], {"item_total": "8.00", "shipping": "1.00"}, "TAX_TOTAL_REQUIRED"),
        ([("8.00", "1", "0.50")], {"item_total": "8.00", "tax_total": "1.00"}, "TAX_TOTAL_MISMATCH"),
        ([("8.00", "1", "1.00")], {"item_total": "8.00", "tax_total": "1.00"}, ""),
        ([("5.00", "2", None)], {"item_total": "10.00", "discount": "1.00"}, ""),
    ],
)
def test_items_must_add_up(api: Api, items: Any, breakdown: dict[str, str], expected: str) -> None:
    listed = [
        {"name": "A", "unit_amount": euros(price), "quantity": number, **({"tax": euros(tax)} if tax else {})}
        for price, number, tax in items
    ]
    amount = {**euros("9.00"), "breakdown": {name: euros(value) for name, value in breakdown.items()}}
    made = create(api, {"purchase_units": [{"amount": amount, "items": listed}]})
    assert (made.status_code == 201) if not expected else issue(made) == (422, expected)


def test_a_quantity_that_is_no_number_is_refused(api: Api) -> None:
    items = [{"name": "A", "unit_amount": euros("9.00"), "quantity": "1.5"}]
    amount = {**euros("9.00"), "breakdown": {"item_total": euros("9.00")}}
    assert issue(create(api, {"purchase_units": [{"amount": amount, "items": items}]})) == (400, "INVALID_PARAMETER_SYNTAX")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], (400, "INVALID_ARRAY_MIN_ITEMS")),
        (units(*["1.00"] * 11), (400, "INVALID_ARRAY_MAX_ITEMS")),
        ([{"amount": euros("1.00")}] * 2, (422, "REFERENCE_ID_REQUIRED")),
        ([{"amount": euros("1.00"), "reference_id": "a"}] * 2, (422, "DUPLICATE_REFERENCE_ID")),
        (
            [*units("1.00"), {"amount": {"currency_code": "USD", "value": "1"}, "reference_id": "b"}],
            (422, "MULTI_CURRENCY_ORDER"),
        ),
    ],
)
def test_purchase_units_are_told_apart(api: Api, listed: Any, expected: Any) -> None:
    assert issue(create(api, {"purchase_units": listed})) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"purchase_units": units("1.00"), "intent": "SALE"}, (400, "INVALID_PARAMETER_VALUE")),
        ({"purchase_units": units("1.00"), "intent": 5}, (400, "INVALID_PARAMETER_SYNTAX")),
        ({"purchase_units": "all"}, (400, "INVALID_PARAMETER_SYNTAX")),
        ({}, (400, "MISSING_REQUIRED_PARAMETER")),
        ({"purchase_units": units("1.00"), "payment_source": {}}, (422, "NO_PAYMENT_SOURCE_PROVIDED")),
        (
            {"purchase_units": units("1.00"), "payment_source": {"paypal": {}, "card": {}}},
            (422, "ONLY_ONE_PAYMENT_SOURCE_ALLOWED"),
        ),
        ({"purchase_units": units("1.00"), "payment_source": {"card": CARD}}, (400, "PAYPAL_REQUEST_ID_REQUIRED")),
    ],
)
def test_a_body_that_does_not_follow_the_schema_is_refused(api: Api, body: Any, expected: Any) -> None:
    assert issue(create(api, body)) == expected


def test_a_field_that_does_not_exist_is_refused_with_the_nearest_name(box: PayPalSandbox, api: Api) -> None:
    with pytest.raises(
        SandboxError, match=r"'/purchase_units/0/custm_id', which paypal-server-sdk 2\.\S+ does not know; did you"
    ):
        create(api, {"purchase_units": [{"amount": euros("1.00"), "custm_id": "42"}]})
    box.problems.clear()


def test_a_source_that_is_not_played_is_named(box: PayPalSandbox, api: Api) -> None:
    with pytest.raises(NotImitated, match="the payment source 'blik' is one that the PayPal sandbox does not play"):
        create(api, {"purchase_units": units("1.00"), "payment_source": {"blik": {"name": "A", "country_code": "PL"}}})
    box.problems.clear()


# Payment sources.


def test_a_wallet_in_the_request_sends_the_payer_away(box: PayPalSandbox, api: Api) -> None:
    made = create(api, {"purchase_units": units("1.00"), "payment_source": {"paypal": {}}}).json()
    assert made["status"] == "PAYER_ACTION_REQUIRED"
    assert {link["rel"] for link in made["links"]} == {"self", "payer-action"}
    assert issue(api.post(f"{ORDERS}/{made['id']}/capture")) == (422, "ORDER_NOT_APPROVED")
    box.complete_checkout(made["id"])
    assert api.post(f"{ORDERS}/{made['id']}/capture").status_code == 201


def test_a_card_is_charged_in_the_step_that_creates_the_order(api: Api) -> None:
    body = {"purchase_units": units("1.00", "2.00"), "payment_source": {"card": CARD}}
    made = create(api, body, PayPal_Request_Id="one", **WHOLE).json()
    assert made["status"] == "COMPLETED"
    assert [unit["payments"]["captures"][0]["status"] for unit in made["purchase_units"]] == ["COMPLETED"] * 2
    card = made["payment_source"]["card"]
    assert (card["last_digits"], card["brand"]) == ("1881", "VISA")
    assert TEST_NUMBER not in str(made) and "security_code" not in card


def test_a_card_number_is_refused_unless_the_test_allows_it() -> None:
    with PayPalSandbox(strict=False) as box, pytest.raises(RawCardRefused, match=r"401288\S+1881"):
        import httpx

        body = {"intent": "CAPTURE", "purchase_units": units("1.00"), "payment_source": {"card": CARD}}
        httpx.post(f"https://api-m.sandbox.paypal.com{ORDERS}", json=body)
    assert TEST_NUMBER not in box.journal.text() + repr(list(box.journal))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"number": None}, "CARD_NUMBER_REQUIRED"),
        ({"expiry": None}, "CARD_EXPIRY_REQUIRED"),
        ({"expiry": "2020-01"}, "CARD_EXPIRED"),
    ],
)
def test_a_card_that_cannot_pay_is_refused_before_an_order_is_made(
    box: PayPalSandbox, api: Api, changed: Any, expected: str
) -> None:
    body = {"purchase_units": units("1.00"), "payment_source": {"card": {**CARD, **changed}}}
    assert issue(create(api, body, PayPal_Request_Id="one")) == (422, expected)
    assert box.journal.effects() == []


@pytest.mark.parametrize(
    ("trigger", "code"),
    [
        ("CCREJECT-REFUSED", "0500"),
        ("CCREJECT-SF", "9500"),
        ("CCREJECT-EC", "5400"),
        ("CCREJECT-IRC", "5180"),
        ("CCREJECT-IF", "5120"),
        ("CCREJECT-LS", "9520"),
        ("CCREJECT-IA", "1330"),
        ("CCREJECT-BANK_ERROR", "5100"),
        ("CCREJECT-CVV_F", "00N7"),
    ],
)
def test_a_rejection_trigger_declines_the_capture_of_a_completed_order(
    box: PayPalSandbox, api: Api, trigger: str, code: str
) -> None:
    body = {"purchase_units": units("1.00"), "payment_source": {"card": {**CARD, "name": trigger}}}
    made = create(api, body, PayPal_Request_Id="one")
    (capture,) = made.json()["purchase_units"][0]["payments"]["captures"]
    assert (made.status_code, made.json()["status"], capture["status"]) == (201, "COMPLETED", "DECLINED")
    assert capture["processor_response"] == {"response_code": code, "avs_code": "G", "cvv_code": "P"}
    assert "seller_receivable_breakdown" not in capture
    assert box.charges_for() == []


@pytest.mark.parametrize(("outcome", "shift"), [("succeed", "POSSIBLE"), ("fail", "NO")])
def test_a_card_s_holder_authenticates(box: PayPalSandbox, api: Api, outcome: str, shift: str) -> None:
    card = {**CARD, "attributes": {"verification": {"method": "SCA_ALWAYS"}}}
    body = {"purchase_units": units("1.00"), "payment_source": {"card": card}}
    made = create(api, body, PayPal_Request_Id="one").json()
    assert made["status"] == "PAYER_ACTION_REQUIRED"
    refused = api.post(f"{ORDERS}/{made['id']}/capture")
    assert issue(refused) == (422, "PAYER_ACTION_REQUIRED")
    assert refused.json()["links"][0]["rel"] == "payer-action"
    assert list(box.processor.tells(box.journal[-1].answer)) == ["authentication"]  # type: ignore[arg-type]
    box.authenticate(made["id"], "abandon")
    assert api.get(f"{ORDERS}/{made['id']}")["status"] == "PAYER_ACTION_REQUIRED"
    shown = box.authenticate(made["id"], outcome)
    assert shown["payment_source"]["card"]["authentication_result"]["liability_shift"] == shift
    captured = api.post(f"{ORDERS}/{made['id']}/capture")
    assert (captured.status_code == 201) == (outcome == "succeed")


def test_a_source_can_be_confirmed_later(box: PayPalSandbox, api: Api) -> None:
    order = api.order("1.00")
    path = f"{ORDERS}/{order}/confirm-payment-source"
    assert issue(api.post(path, {"payment_source": {"card": {**CARD, "expiry": "2020-01"}}})) == (422, "CARD_EXPIRED")
    confirmed = api.post(path, {"payment_source": {"card": CARD}})
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "APPROVED")
    assert issue(api.post(path, {"payment_source": {"card": CARD}})) == (422, "PAYMENT_ALREADY_APPROVED")
    assert api.post(f"{ORDERS}/{order}/capture").status_code == 201
    assert issue(api.post(path, {"payment_source": {"card": CARD}})) == (422, "ORDER_ALREADY_CAPTURED")


def test_an_order_can_be_completed_by_the_approval_alone(box: PayPalSandbox, api: Api) -> None:
    order = api.order("1.00")
    body = {"payment_source": {"paypal": {}}, "processing_instruction": "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"}
    api.post(f"{ORDERS}/{order}/confirm-payment-source", body)
    assert box.complete_checkout(order)["status"] == "COMPLETED"
    assert len(box.charges_for()) == 1


def test_a_card_may_come_with_the_capture(api: Api) -> None:
    order = api.order("1.00")
    captured = api.post(f"{ORDERS}/{order}/capture", {"payment_source": {"card": CARD}})
    assert (captured.status_code, captured.json()["status"]) == (201, "COMPLETED")


# Capture and authorize.


def test_a_second_capture_is_refused_and_so_is_the_wrong_verb(box: PayPalSandbox, api: Api) -> None:
    order = api.approved()
    with unchanged(box):
        assert issue(api.post(f"{ORDERS}/{order}/authorize")) == (422, "ACTION_DOES_NOT_MATCH_INTENT")
    api.post(f"{ORDERS}/{order}/capture")
    with unchanged(box):
        assert issue(api.post(f"{ORDERS}/{order}/capture")) == (422, "ORDER_ALREADY_CAPTURED")
    reserved = api.approved(intent="AUTHORIZE")
    api.post(f"{ORDERS}/{reserved}/authorize")
    assert issue(api.post(f"{ORDERS}/{reserved}/authorize")) == (422, "ORDER_ALREADY_AUTHORIZED")
    assert issue(api.post(f"{ORDERS}/{reserved}/capture")) == (422, "ACTION_DOES_NOT_MATCH_INTENT")


@pytest.mark.parametrize("verb", ["", "/capture", "/authorize", "/confirm-payment-source"])
def test_an_order_that_does_not_exist_is_404(api: Api, verb: str) -> None:
    body = {"payment_source": {"paypal": {}}} if "confirm" in verb else {}
    refused = api.post(f"{ORDERS}/NONE{verb}", body) if verb else api.ask("GET", f"{ORDERS}/NONE")
    assert issue(refused) == (404, "INVALID_RESOURCE_ID")
    assert refused.json()["name"] == "RESOURCE_NOT_FOUND"


def test_an_invoice_is_paid_once(box: PayPalSandbox, api: Api) -> None:
    first, second = (api.approved(invoice_id="INV-1") for _ in range(2))
    assert api.post(f"{ORDERS}/{first}/capture").status_code == 201
    with unchanged(box):
        assert issue(api.post(f"{ORDERS}/{second}/capture")) == (422, "DUPLICATE_INVOICE_ID")
    assert len(box.charges_for(invoice_id="INV-1")) == 1
    both = create(api, {"purchase_units": units("1.00", "2.00", invoice_id="INV-2")}).json()["id"]
    box.complete_checkout(both)
    with unchanged(box):
        assert issue(api.post(f"{ORDERS}/{both}/capture")) == (422, "DUPLICATE_INVOICE_ID")


@pytest.mark.parametrize(
    "value",
    [
        *("INSTRUMENT_DECLINED", "COMPLIANCE_VIOLATION", "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYEE_BLOCKED_TRANSACTION"),
        *("PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED", "PAYER_CANNOT_PAY", "TRANSACTION_LIMIT_EXCEEDED"),
        *("REDIRECT_PAYER_FOR_ALTERNATE_FUNDING", "TRANSACTION_RECEIVING_LIMIT_EXCEEDED", "TRANSACTION_REFUSED"),
    ],
)
def test_what_is_wrong_with_the_payer_s_account_is_answered_until_the_payer_chooses_again(
    box: PayPalSandbox, api: Api, value: str
) -> None:
    order = api.approved(card=value)
    for _ in range(2):
        with unchanged(box):
            assert issue(api.post(f"{ORDERS}/{order}/capture")) == (422, value)
    box.complete_checkout(order)
    assert api.post(f"{ORDERS}/{order}/capture").status_code == 201


def test_an_authorization_is_denied_with_a_card_that_is_rejected(api: Api) -> None:
    order = api.approved(card="CCREJECT-IF", intent="AUTHORIZE")
    made = api.post(f"{ORDERS}/{order}/authorize").json()
    (authorization,) = made["purchase_units"][0]["payments"]["authorizations"]
    assert authorization["status"] == "DENIED"
    refused = api.post(f"/v2/payments/authorizations/{authorization['id']}/capture")
    assert issue(refused) == (422, "AUTHORIZATION_DENIED")


# Answers.


def test_prefer_says_how_much_is_answered(api: Api) -> None:
    body = {"purchase_units": units("1.00")}
    assert set(create(api, body).json()) == {"id", "status", "links"}
    whole = create(api, body, **WHOLE).json()
    assert whole["purchase_units"][0]["payee"]["merchant_id"]
    order = api.approved()
    minimal = api.post(f"{ORDERS}/{order}/capture").json()
    assert set(minimal) == {"id", "status", "payment_source", "purchase_units", "payer", "links"}
    assert set(minimal["purchase_units"][0]) == {"reference_id", "payments"}


def test_links_lead_on_and_only_where_one_may_go(box: PayPalSandbox, api: Api) -> None:
    def rels() -> set[str]:
        return {link["rel"] for link in api.get(f"{ORDERS}/{order}")["links"]}

    order = api.order()
    assert rels() == {"self", "approve", "update", "capture"}
    box.complete_checkout(order)
    assert rels() == {"self", "update", "capture"}
    api.post(f"{ORDERS}/{order}/capture")
    assert rels() == {"self"}
    order = api.approved(card="INSTRUMENT_DECLINED")
    api.post(f"{ORDERS}/{order}/capture")
    assert "approve" in rels()


# Patches.


def patch(api: Api, order: str, *patches: dict[str, Any]) -> Any:
    return api.ask("PATCH", f"{ORDERS}/{order}", list(patches))


def at(field: str, reference: str = "default") -> str:
    return f"/purchase_units/@reference_id=='{reference}'/{field}"


def test_an_amount_can_be_changed_before_the_capture(api: Api) -> None:
    order = api.approved("12.00")
    assert patch(api, order, {"op": "replace", "path": at("amount"), "value": euros("13.00")}).status_code == 204
    captured = api.post(f"{ORDERS}/{order}/capture").json()
    assert captured["purchase_units"][0]["payments"]["captures"][0]["amount"]["value"] == "13.00"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"op": "move", "path": at("amount")}, (400, "INVALID_PATCH_OPERATION")),
        ({"op": "replace", "value": "x"}, (422, "PATCH_PATH_REQUIRED")),
        ({"op": "replace", "path": "/intent", "value": "AUTHORIZE"}, (422, "NOT_PATCHABLE")),
        ({"op": "replace", "path": at("payee"), "value": {}}, (422, "NOT_PATCHABLE")),
        ({"op": "remove", "path": at("amount")}, (422, "NOT_PATCHABLE")),
        ({"op": "replace", "path": at("custom_id")}, (422, "PATCH_VALUE_REQUIRED")),
        ({"op": "replace", "path": at("custom_id", "other"), "value": "x"}, (422, "REFERENCE_ID_NOT_FOUND")),
        ({"op": "replace", "path": at("amount"), "value": euros("0.00")}, (422, "CANNOT_BE_ZERO_OR_NEGATIVE")),
    ],
)
def test_what_cannot_be_patched_is_refused_and_nothing_of_the_patch_is_done(
    box: PayPalSandbox, api: Api, change: Any, expected: Any
) -> None:
    order = api.order(custom_id="42")
    good = {"op": "replace", "path": at("custom_id"), "value": "43"}
    with unchanged(box):
        assert issue(patch(api, order, good, change)) == expected


def test_fields_can_be_added_and_removed_until_the_order_is_completed(api: Api) -> None:
    order = api.order(custom_id="42")
    name = {"op": "add", "path": at("shipping/name"), "value": {"full_name": "Jo"}}
    assert patch(api, order, {"op": "remove", "path": at("custom_id")}, name).status_code == 204
    unit = api.get(f"{ORDERS}/{order}")["purchase_units"][0]
    assert "custom_id" not in unit and unit["shipping"] == {"name": {"full_name": "Jo"}}
    api.box.complete_checkout(order)
    api.post(f"{ORDERS}/{order}/capture")
    assert issue(patch(api, order, name)) == (422, "ORDER_ALREADY_COMPLETED")


def test_a_patch_that_is_no_list_is_refused(api: Api) -> None:
    assert issue(api.ask("PATCH", f"{ORDERS}/{api.order()}", {"op": "replace"})) == (400, "INVALID_PARAMETER_SYNTAX")
