"""The verbs of the PayPal sandbox, where they are asked wrongly, and what a test can ask."""

from __future__ import annotations

import pytest
from paypal_asking import Api

from payproof.sandbox import PayPalSandbox, SandboxError
from payproof.sandbox.core.money import Money


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("complete_checkout", ("NONE",), "the sandbox has no order or subscription or setup_token 'NONE'"),
        ("complete_checkout", ("NONE", "payal"), "there is no test value 'payal'; did you mean 'paypal'"),
        ("authenticate", ("NONE",), "the sandbox has no order 'NONE'"),
        ("authenticate", ("NONE", "perhaps"), "'perhaps' is no outcome of an authentication; known: succeed, fail, abandon"),
        ("win", ("NONE",), "the sandbox has no dispute 'NONE'"),
        ("escalate", ("NONE",), "the sandbox has no dispute 'NONE'"),
        ("fail_refund", ("NONE",), "the sandbox has no refund 'NONE'"),
        ("settle", ("NONE",), "the sandbox has no capture or refund 'NONE'"),
        ("fund", ("NONE", "paypal"), "the sandbox has no subscription or payment_token 'NONE'"),
        ("object", ("NONE",), "the sandbox has no object 'NONE'"),
        ("refuse_key", ("x", "expired"), "a client id is refused as 'invalid', not as 'expired'"),
    ],
)
def test_a_verb_that_is_asked_wrongly_says_so(box: PayPalSandbox, verb: str, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        getattr(box, verb)(*arguments)


def test_charges_are_asked_for_by_what_paypal_keeps(box: PayPalSandbox, api: Api) -> None:
    made = api.captured(custom_id="42", invoice_id="INV-1", reference_id="unit")
    for fact in ({"custom_id": 42}, {"invoice_id": "INV-1"}, {"reference_id": "unit"}, {}):
        assert [charge["id"] for charge in box.charges_for(**fact)] == [made]
    assert box.charges_for(custom_id="43") == []
    with pytest.raises(SandboxError, match="PayPal's captures have no 'order_id'; ask by custom_id, invoice_id, reference_id"):
        box.charges_for(order_id="42")


def test_steps_that_are_over_are_told(box: PayPalSandbox, api: Api) -> None:
    order = api.approved()
    with pytest.raises(SandboxError, match=f"order {order} waits for no approval; it is APPROVED"):
        box.complete_checkout(order)
    with pytest.raises(SandboxError, match="does not wait for authentication; it is APPROVED"):
        box.authenticate(order)
    refund = api.post(f"/v2/payments/captures/{api.captured()}/refund").json()["id"]
    box.fail_refund(refund)
    with pytest.raises(SandboxError, match="cannot fail; it is FAILED"):
        box.fail_refund(refund)
    dispute = str(box.dispute(api.captured())["dispute_id"])
    with pytest.raises(SandboxError, match="is no open inquiry; it is WAITING_FOR_SELLER_RESPONSE"):
        box.escalate(dispute)


def test_a_payer_who_goes_away_changes_nothing(box: PayPalSandbox, api: Api) -> None:
    order = api.order()
    assert box.complete_checkout(order, authentication="abandon")["status"] == "CREATED"
    assert [event.type for event in box.outbox] == []


def test_money_adds_up_by_currency(box: PayPalSandbox, api: Api) -> None:
    api.captured("100.00")
    yen = {"currency_code": "JPY", "value": "1000"}
    order = api.post("/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [{"amount": yen}]}).json()["id"]
    box.complete_checkout(order)
    api.post(f"/v2/checkout/orders/{order}/capture")
    assert box.money() == {
        "EUR": Money(charged=10_000, fees=398, net=9_602),
        "JPY": Money(charged=1_000, fees=35, net=965),
    }


def test_answers_are_checked_against_the_sdk_when_a_test_asks(box: PayPalSandbox, api: Api) -> None:
    order = api.order()
    box.store["order"][order]["surprise"] = True
    with pytest.raises(ValueError, match=r"not as the installed SDK declares it: /surprise: unknown"):
        api.ask("GET", f"/v2/checkout/orders/{order}")


def test_evidence_tells_declines_and_challenges(box: PayPalSandbox) -> None:
    tells = box.processor.event_tells
    assert [
        tells(name) for name in ("PAYMENT.CAPTURE.DENIED", "BILLING.SUBSCRIPTION.PAYMENT.FAILED", "PAYMENT.SALE.COMPLETED")
    ] == [
        "decline",
        "decline",
        "",
    ]


@pytest.mark.parametrize("value", ["INSTRUMENT_DECLINED", "PAYER_ACCOUNT_RESTRICTED", "CCREJECT-IF"])
def test_a_decline_is_told_however_it_is_answered(box: PayPalSandbox, api: Api, value: str) -> None:
    api.post(f"/v2/checkout/orders/{api.approved(card=value)}/capture")
    answer = box.journal[-1].answer
    assert answer is not None and list(box.processor.tells(answer)) == ["decline"]


def test_sending_a_wallet_s_owner_to_paypal_is_no_challenge(box: PayPalSandbox, api: Api) -> None:
    unit = {"amount": {"currency_code": "EUR", "value": "1.00"}}
    api.post("/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {}}})
    answer = box.journal[-1].answer
    assert answer is not None and list(box.processor.tells(answer)) == []
    api.ask("DELETE", "/v3/vault/payment-tokens/none")
    assert list(box.processor.tells(box.processor.fault_answer("500", box.journal[-1].request))) == []
