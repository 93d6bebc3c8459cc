"""PayPal-Request-Id: how long it is kept, what a repeat is answered with, what it belongs to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from paypal_asking import API, TEST_NUMBER, WHOLE, Api, euros, issue

from payproof.sandbox import PayPalSandbox

HOUR = 3_600
KEY = {"PayPal_Request_Id": "one"}


def create(api: Api, value: str = "12.00", **headers: str) -> httpx.Response:
    return api.post("/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [{"amount": euros(value)}]}, **headers)


def test_a_repeat_is_answered_with_the_latest_status_and_200(box: PayPalSandbox, api: Api) -> None:
    first = create(api, **KEY)
    box.complete_checkout(first.json()["id"])
    again = create(api, **KEY)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["status"], again.json()["status"]) == ("CREATED", "APPROVED")
    assert first.json()["id"] == again.json()["id"]
    assert "purchase_units" in create(api, **KEY, **WHOLE).json()


def test_a_refund_is_repeated_as_it_is_by_now(box: PayPalSandbox, api: Api) -> None:
    path = f"/v2/payments/captures/{api.captured()}/refund"
    refund = api.post(path, **KEY).json()["id"]
    box.fail_refund(refund)
    assert api.post(path, **KEY).json()["status"] == "FAILED"


def ask_orders(api: Api) -> Any:
    return lambda: create(api, **KEY)


def ask_payments(api: Api) -> Any:
    path = f"/v2/payments/authorizations/{api.authorized()}/capture"
    return lambda: api.post(path, {"amount": euros("1.00")}, **KEY)


def ask_subscriptions(api: Api) -> Any:
    body = {"plan_id": api.plan()}
    return lambda: api.post("/v1/billing/subscriptions", body, **KEY)


def ask_vault(api: Api) -> Any:
    body = {"payment_source": {"paypal": {"usage_type": "MERCHANT"}}}
    return lambda: api.post("/v3/vault/setup-tokens", body, **KEY)


@pytest.mark.parametrize(
    ("ask", "seconds"),
    [(ask_orders, 6 * HOUR), (ask_subscriptions, 72 * HOUR), (ask_vault, 3 * HOUR)],
)
def test_how_long_an_id_is_kept_depends_on_the_api(box: PayPalSandbox, api: Api, ask: Any, seconds: int) -> None:
    once = ask(api)
    first = once().json()["id"]
    box.clock.advance(seconds=seconds - 1)
    assert once().json()["id"] == first
    box.clock.advance(seconds=1)
    assert once().json()["id"] != first


def test_payments_keep_it_for_45_days_which_is_longer_than_an_authorization(box: PayPalSandbox, api: Api) -> None:
    once = ask_payments(api)
    first = once().json()["id"]
    box.clock.advance(days=44)
    assert once().json()["id"] == first
    box.clock.advance(days=1)
    assert issue(once()) == (422, "AUTHORIZATION_EXPIRED")


def test_an_error_leaves_nothing_to_be_repeated(box: PayPalSandbox, api: Api) -> None:
    order = api.approved(card="INSTRUMENT_DECLINED")
    path = f"/v2/checkout/orders/{order}/capture"
    assert issue(api.post(path, **KEY)) == (422, "INSTRUMENT_DECLINED")
    box.complete_checkout(order)
    assert api.post(path, **KEY).status_code == 201


def test_one_id_may_create_an_order_and_capture_it(box: PayPalSandbox, api: Api) -> None:
    order = create(api, **KEY).json()["id"]
    box.complete_checkout(order)
    assert api.post(f"/v2/checkout/orders/{order}/capture", **KEY).status_code == 201


@pytest.mark.parametrize("refuse", [False, True])
def test_another_body_is_a_repeat_unless_the_test_wants_it_refused(refuse: bool) -> None:
    with PayPalSandbox(refuse_changed=refuse) as box:
        token = httpx.post(f"{API}/v1/oauth2/token", auth=("a", "b"), data={"grant_type": "client_credentials"}).json()
        client = httpx.Client(base_url=API, headers={"Authorization": f"Bearer {token['access_token']}"})
        api = Api(client, box)
        first, second = create(api, "12.00", **KEY), create(api, "13.00", **KEY)
        assert len(box.store["order"]) == 1
        if refuse:
            assert issue(second) == (422, "DUPLICATE_REQUEST_ID")
        else:
            assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_void_takes_no_id(box: PayPalSandbox, api: Api) -> None:
    path = f"/v2/payments/authorizations/{api.authorized()}/void"
    assert api.post(path, **KEY).status_code == 204
    assert issue(api.post(path, **KEY)) == (422, "PREVIOUSLY_VOIDED")
    assert box.journal[-1].idempotency_key is None


@pytest.mark.parametrize(("length", "status"), [(108, 201), (109, 400)])
def test_an_id_has_108_characters_at_most(api: Api, length: int, status: int) -> None:
    assert create(api, PayPal_Request_Id="x" * length).status_code == status


def test_a_server_error_after_the_execution_is_repeated_as_what_it_left(box: PayPalSandbox, api: Api) -> None:
    order = api.approved()
    path = f"/v2/checkout/orders/{order}/capture"
    box.faults.next("500-after", f"POST {path}")
    assert api.post(path, **KEY).status_code == 500
    again = api.post(path, **KEY)
    assert (again.status_code, again.json()["status"], len(box.store["capture"])) == (200, "COMPLETED", 1)


def test_a_server_error_during_the_execution_leaves_the_id_free(box: PayPalSandbox, api: Api) -> None:
    path = f"/v2/checkout/orders/{api.approved()}/capture"
    box.faults.next("500-during", f"POST {path}")
    assert api.post(path, **KEY).status_code == 500
    assert (api.post(path, **KEY).status_code, len(box.store["capture"])) == (201, 1)


def test_an_object_that_was_deleted_since_is_answered_as_it_was(box: PayPalSandbox, api: Api) -> None:
    body = {"payment_source": {"card": {"number": TEST_NUMBER, "expiry": "2090-01"}}}
    made = api.post("/v3/vault/payment-tokens", body, **KEY).json()
    api.ask("DELETE", f"/v3/vault/payment-tokens/{made['id']}")
    assert api.post("/v3/vault/payment-tokens", body, **KEY).json() == made


def test_two_requests_on_one_object_conflict(box: PayPalSandbox, api: Api) -> None:
    capture = api.captured()
    path = f"/v2/payments/captures/{capture}/refund"
    held = box.hold(f"POST {path}")
    with pytest.raises(httpx.ReadTimeout):
        api.post(path, PayPal_Request_Id="one")
    assert issue(api.post(path, PayPal_Request_Id="two")) == (409, "PREVIOUS_REQUEST_IN_PROGRESS")
    held.finish()
    assert issue(api.post(path, PayPal_Request_Id="two")) == (422, "CAPTURE_FULLY_REFUNDED")
