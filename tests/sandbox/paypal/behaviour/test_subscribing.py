"""Subscriptions: billed by the clock, suspended after failures, cancelled, over."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_asking import TEST_NUMBER, Api, cycle, euros, issue, unchanged

from payproof.sandbox import NotImitated, PayPalSandbox, SandboxError

PLANS = "/v1/billing/plans"
SUBSCRIPTIONS = "/v1/billing/subscriptions"


def shown(api: Api, subscription: str) -> Any:
    return api.get(f"{SUBSCRIPTIONS}/{subscription}")


def billed(box: PayPalSandbox) -> list[str]:
    return [charge["amount_with_breakdown"]["gross_amount"]["value"] for charge in box.charges_for(custom_id="42")]


def act(api: Api, subscription: str, verb: str) -> Any:
    return api.post(f"{SUBSCRIPTIONS}/{subscription}/{verb}", {"reason": "because"})


def happened(box: PayPalSandbox) -> list[str]:
    return [event.type.removeprefix("BILLING.SUBSCRIPTION.") for event in box.outbox if "SUBSCRIPTION" in event.type]


def test_trials_come_first_and_the_regular_price_after_them(box: PayPalSandbox, api: Api) -> None:
    cycles = [cycle(1, None, 1, "TRIAL"), cycle(2, "5.00", 2, "TRIAL"), cycle(3, "10.00", 2)]
    made = api.subscribed(cycles=cycles)
    box.clock.advance(days=200)
    assert billed(box) == ["5.00", "5.00", "10.00", "10.00"]
    assert shown(api, made)["status"] == "EXPIRED"
    assert happened(box) == ["CREATED", "ACTIVATED", "EXPIRED"]
    done = shown(api, made)["billing_info"]["cycle_executions"]
    assert [(one["cycles_completed"], one["cycles_remaining"]) for one in done] == [(1, 0), (2, 0), (2, 0)]


def test_months_end_on_the_day_they_began_on() -> None:
    import time_machine

    with time_machine.travel("2027-01-31T12:00:00Z", tick=False), PayPalSandbox() as box:
        import httpx
        from paypal_asking import API

        token = httpx.post(f"{API}/v1/oauth2/token", auth=("a", "b"), data={"grant_type": "client_credentials"}).json()
        api = Api(httpx.Client(base_url=API, headers={"Authorization": f"Bearer {token['access_token']}"}), box)
        made = api.subscribed()
        box.clock.advance(days=70)
        days = [sale["time"][:10] for sale in box.charges_for()]
        assert days == ["2027-01-31", "2027-02-28", "2027-03-31"]
        assert shown(api, made)["billing_info"]["next_billing_time"][:10] == "2027-04-30"


def test_a_start_in_the_future_waits(box: PayPalSandbox, api: Api) -> None:
    from payproof.sandbox.paypal.books import written

    later = written(box.clock.now() + 10 * 86_400)
    body = {"plan_id": api.plan(), "start_time": later, "custom_id": "42"}
    made = api.post(SUBSCRIPTIONS, body).json()["id"]
    box.complete_checkout(made)
    box.clock.advance(days=9)
    assert billed(box) == [] and shown(api, made)["billing_info"]["next_billing_time"] == later
    box.clock.advance(days=1)
    assert billed(box) == ["10.00"]


@pytest.mark.parametrize(("threshold", "status"), [(0, "ACTIVE"), (2, "SUSPENDED"), (3, "SUSPENDED")])
def test_it_is_suspended_after_so_many_failures(box: PayPalSandbox, api: Api, threshold: int, status: str) -> None:
    made = api.subscribed("PAYER_CANNOT_PAY", payment_failure_threshold=threshold)
    box.clock.advance(days=100)
    found = shown(api, made)
    assert (found["status"], found["billing_info"]["failed_payments_count"]) == (status, threshold or 4)
    assert happened(box).count("PAYMENT.FAILED") == (threshold or 4)
    assert found["billing_info"]["outstanding_balance"]["value"] == f"{(threshold or 4) * 10}.00"
    assert found["billing_info"]["last_failed_payment"]["reason_code"] == "PAYMENT_DENIED"


@pytest.mark.parametrize(("automatic", "expected"), [(True, ["20.00"]), (False, ["10.00"])])
def test_what_is_owed_is_billed_with_the_next_cycle_if_the_plan_says_so(
    box: PayPalSandbox, api: Api, automatic: bool, expected: list[str]
) -> None:
    made = api.subscribed("PAYER_CANNOT_PAY", auto_bill_outstanding=automatic)
    box.clock.advance(days=1)
    box.fund(made, "paypal")
    box.clock.advance(days=31)
    assert billed(box) == expected
    owed = shown(api, made)["billing_info"]["outstanding_balance"]["value"]
    assert owed == ("0.00" if automatic else "10.00")


def test_what_is_owed_can_be_captured_but_no_more(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed("PAYER_CANNOT_PAY", auto_bill_outstanding=False)
    path = f"{SUBSCRIPTIONS}/{made}/capture"
    asked = {"note": "Please", "capture_type": "OUTSTANDING_BALANCE", "amount": euros("4.00")}
    assert issue(api.post(path, asked)) == (422, "ZERO_OUTSTANDING_BALANCE")
    box.clock.advance(days=1)
    assert api.post(path, asked).json()["status"] == "DECLINED"
    box.fund(made, "paypal")
    assert api.post(path, asked, PayPal_Request_Id="one").json()["status"] == "COMPLETED"
    assert api.post(path, asked, PayPal_Request_Id="one").json()["status"] == "COMPLETED"
    assert issue(api.post(path, {**asked, "amount": euros("6.01")})) == (422, "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE")
    dollars = {"currency_code": "USD", "value": "1.00"}
    assert issue(api.post(path, {**asked, "amount": dollars})) == (422, "CURRENCY_MISMATCH")
    assert billed(box) == ["4.00"]


@pytest.mark.parametrize(("action", "status"), [("CANCEL", "CANCELLED"), ("CONTINUE", "ACTIVE")])
def test_a_setup_fee_that_fails(box: PayPalSandbox, api: Api, action: str, status: str) -> None:
    fee = {"setup_fee": euros("3.00"), "setup_fee_failure_action": action}
    made = api.subscribed("PAYER_CANNOT_PAY", **fee)
    assert shown(api, made)["status"] == status


def test_a_setup_fee_is_billed_once(box: PayPalSandbox, api: Api) -> None:
    api.subscribed(setup_fee=euros("3.00"))
    box.clock.advance(days=32)
    assert billed(box) == ["3.00", "10.00", "10.00"]


def test_it_is_suspended_activated_and_cancelled(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    box.clock.advance(days=1)
    assert act(api, made, "suspend").status_code == 204
    box.clock.advance(days=90)
    assert billed(box) == ["10.00"]
    with unchanged(box):
        assert issue(act(api, made, "suspend")) == (422, "SUBSCRIPTION_STATUS_INVALID")
    assert act(api, made, "activate").status_code == 204
    box.clock.advance(days=32)
    assert len(billed(box)) == 3
    assert act(api, made, "cancel").status_code == 204
    assert shown(api, made)["status_change_note"] == "because"
    box.clock.advance(days=90)
    assert len(billed(box)) == 3
    for verb in ("suspend", "activate", "cancel"):
        assert issue(act(api, made, verb)) == (422, "SUBSCRIPTION_STATUS_INVALID")
    assert happened(box) == ["CREATED", "ACTIVATED", "SUSPENDED", "ACTIVATED", "CANCELLED"]


def test_with_continue_the_application_has_the_last_word(box: PayPalSandbox, api: Api) -> None:
    context = {"user_action": "CONTINUE", "return_url": "https://shop.example", "cancel_url": "https://shop.example"}
    made = api.post(SUBSCRIPTIONS, {"plan_id": api.plan(), "application_context": context}).json()["id"]
    assert issue(act(api, made, "activate")) == (422, "SUBSCRIPTION_STATUS_INVALID")
    assert box.complete_checkout(made)["status"] == "APPROVED"
    assert act(api, made, "activate").status_code == 204
    assert shown(api, made)["status"] == "ACTIVE"
    with pytest.raises(SandboxError, match="waits for no approval; it is ACTIVE"):
        box.complete_checkout(made)


def test_a_card_begins_at_once(box: PayPalSandbox, api: Api) -> None:
    card = {"number": TEST_NUMBER, "expiry": "2090-01", "name": "Jo Payer"}
    made = api.post(SUBSCRIPTIONS, {"plan_id": api.plan(), "subscriber": {"payment_source": {"card": card}}}).json()
    assert made["status"] == "ACTIVE"
    assert made["subscriber"]["payment_source"] == {"card": {"name": "Jo Payer", "expiry": "2090-01"}}


def test_quantity_shipping_and_taxes_make_the_price(box: PayPalSandbox, api: Api) -> None:
    product = api.post("/v1/catalogs/products", {"id": "PROD-OWN", "name": "A box", "type": "PHYSICAL"}).json()["id"]
    assert issue(api.post("/v1/catalogs/products", {"id": "PROD-OWN", "name": "B", "type": "PHYSICAL"})) == (
        422,
        "DUPLICATE_RESOURCE_IDENTIFIER",
    )
    body = {"product_id": product, "name": "Boxes", "billing_cycles": [cycle()], "payment_preferences": {}}
    plan = api.post(PLANS, {**body, "quantity_supported": True, "taxes": {"percentage": "10", "inclusive": False}}).json()["id"]
    asked = {"plan_id": plan, "quantity": "2", "shipping_amount": euros("1.50"), "custom_id": "42"}
    box.complete_checkout(api.post(SUBSCRIPTIONS, asked).json()["id"])
    box.clock.advance(days=1)
    assert billed(box) == ["23.50"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"plan_id": "P-NONE"}, (404, "INVALID_RESOURCE_ID")),
        ({"quantity": "2"}, (422, "SUBSCRIPTION_CANNOT_HAVE_QUANTITY")),
        ({"start_time": "2020-01-01T00:00:00Z"}, (400, "INVALID_PARAMETER_VALUE")),
        ({"start_time": "tomorrow"}, (400, "INVALID_PARAMETER_SYNTAX")),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(box: PayPalSandbox, api: Api, changed: Any, expected: Any) -> None:
    plan = api.plan()
    with unchanged(box):
        assert issue(api.post(SUBSCRIPTIONS, {"plan_id": plan, **changed})) == expected


def test_a_plan_is_switched_off_and_on(box: PayPalSandbox, api: Api) -> None:
    plan = api.plan()
    assert api.post(f"{PLANS}/{plan}/deactivate").status_code == 204
    assert issue(api.post(f"{PLANS}/{plan}/deactivate")) == (422, "PLAN_STATUS_INVALID")
    assert issue(api.post(SUBSCRIPTIONS, {"plan_id": plan})) == (422, "PLAN_STATUS_INVALID")
    assert issue(api.ask("PATCH", f"{PLANS}/{plan}", [])) == (422, "PLAN_STATUS_INACTIVE")
    assert api.post(f"{PLANS}/{plan}/activate").status_code == 204
    assert api.post(SUBSCRIPTIONS, {"plan_id": plan}).status_code == 201


def test_a_plan_is_changed(box: PayPalSandbox, api: Api) -> None:
    plan = api.plan()
    path = "/payment_preferences/payment_failure_threshold"
    assert api.ask("PATCH", f"{PLANS}/{plan}", [{"op": "replace", "path": path, "value": 5}]).status_code == 204
    assert api.get(f"{PLANS}/{plan}")["payment_preferences"]["payment_failure_threshold"] == 5
    for one, expected in (
        ({"op": "add", "path": path}, "UNSUPPORTED_PATCH_OPERATION"),
        ({"op": "replace", "path": "/id"}, "INVALID_PATCH_PATH"),
    ):
        assert issue(api.ask("PATCH", f"{PLANS}/{plan}", [one])) == (400, expected)


def test_a_new_price_is_for_everybody_from_now_on(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    plan = shown(api, made)["plan_id"]
    path = f"{PLANS}/{plan}/update-pricing-schemes"
    box.clock.advance(days=1)

    def price(value: dict[str, str], sequence: int = 1) -> Any:
        scheme = {"billing_cycle_sequence": sequence, "pricing_scheme": {"fixed_price": value}}
        return api.post(path, {"pricing_schemes": [scheme]})

    assert issue(price({"currency_code": "USD", "value": "12.00"})) == (422, "CURRENCY_MISMATCH")
    assert issue(price(euros("12.00"), 2)) == (422, "INVALID_BILLING_CYCLE_SEQUENCE")
    assert price(euros("12.00")).status_code == 204
    box.clock.advance(days=31)
    assert billed(box) == ["10.00", "12.00"]


@pytest.mark.parametrize(
    ("cycles", "expected"),
    [
        ([cycle(1, "1.00", 1, "TRIAL")], "MISSING_REGULAR_BILLING_CYCLE"),
        ([cycle(1), cycle(2)], "MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED"),
        ([*(cycle(n, "1.00", 1, "TRIAL") for n in (1, 2, 3)), cycle(4)], "MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED"),
        ([cycle(2)], "INVALID_BILLING_CYCLE_SEQUENCE"),
        ([cycle(1, "1.00", 0, "TRIAL"), cycle(2)], "INVALID_TRIAL_BILLING_TOTAL_CYCLES"),
    ],
)
def test_a_plan_s_cycles_must_make_sense(api: Api, cycles: Any, expected: str) -> None:
    product = api.post("/v1/catalogs/products", {"name": "A box", "type": "PHYSICAL"}).json()["id"]
    body = {"product_id": product, "name": "Boxes", "billing_cycles": cycles, "payment_preferences": {}}
    assert issue(api.post(PLANS, body)) == (422, expected)
    assert issue(api.post(PLANS, {**body, "product_id": "PROD-NONE"})) == (404, "INVALID_RESOURCE_ID")


def test_what_is_not_played_is_named(box: PayPalSandbox, api: Api) -> None:
    plan = api.plan()
    made = api.subscribed()
    tiers = {**cycle(), "pricing_scheme": {"pricing_model": "TIERED", "tiers": []}}
    asks = [
        lambda: api.plan([tiers]),
        lambda: api.post(SUBSCRIPTIONS, {"plan_id": plan, "plan": {}}),
        lambda: api.post(f"{SUBSCRIPTIONS}/{made}/revise", {"plan": {}}),
        lambda: api.ask("GET", f"{SUBSCRIPTIONS}?filter=x"),
        lambda: api.ask("PATCH", f"{SUBSCRIPTIONS}/{made}", [{"op": "replace", "path": "/subscriber", "value": {}}]),
    ]
    for ask in asks:
        with pytest.raises(NotImitated, match=r"PayPal sandbox (does not play|plays)"):
            ask()
    box.problems.clear()


def test_subscriptions_and_plans_are_listed(box: PayPalSandbox, api: Api) -> None:
    first, second = api.subscribed(), api.subscription()
    listed = api.get(f"{SUBSCRIPTIONS}?statuses=ACTIVE")["subscriptions"]
    assert [one["id"] for one in listed] == [first]
    plan = shown(api, second)["plan_id"]
    assert [one["id"] for one in api.get(f"{SUBSCRIPTIONS}?plan_ids={plan}")["subscriptions"]] == [second]
    assert len(api.get(f"{PLANS}?page_size=1")["plans"]) == 1
    assert api.get(f"{PLANS}?total_required=true")["total_items"] == 2
    assert len(api.get("/v1/catalogs/products")["products"]) == 2
    product = api.get(f"{PLANS}/{plan}")["product_id"]
    assert api.get(f"/v1/catalogs/products/{product}")["name"] == "A box"
    assert [one["id"] for one in api.get(f"{PLANS}?product_id={product}")["plans"]] == [plan]


def test_a_sale_is_refunded_by_its_id(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    box.clock.advance(days=1)
    (sale,) = box.charges_for(custom_id="42")
    path = f"/v2/payments/captures/{sale['id']}/refund"
    part = api.post(path, {"amount": euros("4.00")}).json()
    assert (part["status"], box.outbox[-1].type) == ("COMPLETED", "PAYMENT.SALE.REFUNDED")
    assert box.object(str(sale["id"]))["status"] == "PARTIALLY_REFUNDED"
    assert issue(api.post(path, {"amount": euros("6.01")})) == (422, "REFUND_AMOUNT_EXCEEDED")
    box.fail_refund(part["id"])
    assert api.post(path).status_code == 201
    assert issue(api.post(path)) == (422, "CAPTURE_FULLY_REFUNDED")
    money = box.money()["EUR"]
    assert (money.charged, money.refunded, len(box.charges_for(custom_id="42"))) == (1_000, 1_000, 1)
    box.fund(made, "PAYER_CANNOT_PAY")
    box.clock.advance(days=31)
    declined = next(reversed(box.store["transaction"]))
    assert issue(api.post(f"/v2/payments/captures/{declined}/refund")) == (422, "REFUND_NOT_ALLOWED")


def test_a_revision_counts_when_the_payer_has_agreed(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    plan = api.get(f"{PLANS}/{shown(api, made)['plan_id']}")
    body = {"product_id": plan["product_id"], "name": "More", "payment_preferences": {}, "quantity_supported": True}
    better = api.post(PLANS, {**body, "billing_cycles": [cycle(price="30.00")]}).json()["id"]
    dollars = [{**cycle(), "pricing_scheme": {"fixed_price": {"currency_code": "USD", "value": "1.00"}}}]
    other = api.post(PLANS, {**body, "billing_cycles": dollars}).json()["id"]
    path = f"{SUBSCRIPTIONS}/{made}/revise"
    box.clock.advance(days=1)
    with unchanged(box):
        assert issue(api.post(path, {"plan_id": "P-NONE"})) == (404, "INVALID_RESOURCE_ID")
        assert issue(api.post(path, {"plan_id": other})) == (422, "CURRENCY_MISMATCH")
        assert issue(api.post(path, {"quantity": "2"})) == (422, "SUBSCRIPTION_CANNOT_HAVE_QUANTITY")
    proposed = api.post(path, {"plan_id": better, "quantity": "2"})
    assert (proposed.status_code, proposed.json()["links"][0]["rel"]) == (200, "approve")
    assert shown(api, made)["plan_id"] == plan["id"]
    box.complete_checkout(made)
    assert (shown(api, made)["plan_id"], box.outbox[-1].type) == (better, "BILLING.SUBSCRIPTION.UPDATED")
    box.clock.advance(days=31)
    assert billed(box) == ["10.00", "60.00"]
    act(api, made, "cancel")
    assert issue(api.post(path, {"plan_id": better})) == (422, "SUBSCRIPTION_STATUS_INVALID")


def test_a_revision_stays_with_its_product(api: Api) -> None:
    made, other = api.subscribed(), api.plan()
    refused = api.post(f"{SUBSCRIPTIONS}/{made}/revise", {"plan_id": other})
    assert issue(refused) == (422, "PLAN_PRODUCT_NOT_COMPATIBLE")


def test_custom_id_can_be_patched(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    path = f"{SUBSCRIPTIONS}/{made}"
    assert api.ask("PATCH", path, [{"op": "replace", "path": "/custom_id", "value": "43"}]).status_code == 204
    assert shown(api, made)["custom_id"] == "43"
    assert issue(api.ask("PATCH", path, [{"op": "remove", "path": "/custom_id"}])) == (400, "UNSUPPORTED_PATCH_OPERATION")


def test_transactions_are_asked_for_between_two_times(box: PayPalSandbox, api: Api) -> None:
    made = api.subscribed()
    box.clock.advance(days=1)
    path = f"{SUBSCRIPTIONS}/{made}/transactions"
    assert issue(api.ask("GET", path)) == (400, "MISSING_REQUIRED_PARAMETER")
    assert api.get(f"{path}?start_time=2020-01-01T00:00:00Z&end_time=2020-02-01T00:00:00Z")["transactions"] == []
