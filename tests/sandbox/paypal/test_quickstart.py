"""The documented flows of the official SDK, unmodified: pay, decline, refund, dispute, subscribe, receive webhooks."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from paypal_asking import API, Api
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_breakdown import AmountBreakdown
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.cancel_subscription_request import CancelSubscriptionRequest
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.create_subscription_request import CreateSubscriptionRequest
from paypalserversdk.models.frequency import Frequency
from paypalserversdk.models.interval_unit import IntervalUnit
from paypalserversdk.models.item_request import ItemRequest
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.patch import Patch
from paypalserversdk.models.payment_preferences import PaymentPreferences
from paypalserversdk.models.plan_request import PlanRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.models.subscription_billing_cycle import SubscriptionBillingCycle
from paypalserversdk.models.subscription_pricing_scheme import SubscriptionPricingScheme
from paypalserversdk.models.tenure_type import TenureType
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from payproof.sandbox import PayPalSandbox, SandboxError

Paypal = PaypalServersdkClient


def create(paypal: Paypal, intent: str = CheckoutPaymentIntent.CAPTURE, **options: Any) -> Any:
    """The order of the SDK's own quickstart: one item, with its breakdown."""
    amount = AmountWithBreakdown("USD", "100.00", AmountBreakdown(item_total=Money("USD", "100.00")))
    item = ItemRequest(name="T-Shirt", unit_amount=Money("USD", "100.00"), quantity="1", sku="sku01", description="Super Fresh")
    unit = PurchaseUnitRequest(amount=amount, items=[item], custom_id="42")
    return paypal.orders.create_order({"body": OrderRequest(intent=intent, purchase_units=[unit]), **options})


def test_pay(box: PayPalSandbox, paypal: Paypal) -> None:
    made = create(paypal, prefer="return=representation")
    assert (made.status_code, made.body.status) == (201, "CREATED")
    links = {link.rel: link.href for link in made.body.links}
    assert links["approve"] == f"https://www.sandbox.paypal.com/checkoutnow?token={made.body.id}"
    box.complete_checkout(made.body.id)
    captured = paypal.orders.capture_order({"id": made.body.id, "paypal_request_id": "42-capture"})
    assert (captured.status_code, captured.body.status) == (201, "COMPLETED")
    capture = captured.body.purchase_units[0].payments.captures[0]
    assert (capture.status, capture.amount.value, capture.custom_id) == ("COMPLETED", "100.00", "42")
    assert capture.seller_receivable_breakdown.net_amount.value == "96.02"
    assert paypal.payments.get_captured_payment({"capture_id": capture.id}).body.status == "COMPLETED"
    shown = paypal.orders.get_order({"id": made.body.id}).body
    assert shown.payer.email_address == "payer@payproof.example"


def test_change_the_order_before_it_is_approved(box: PayPalSandbox, paypal: Paypal) -> None:
    order = create(paypal).body.id
    path = "/purchase_units/@reference_id=='default'/custom_id"
    changed = paypal.orders.patch_order({"id": order, "body": [Patch(op="replace", path=path, value="43")]})
    assert changed.status_code == 204
    assert paypal.orders.get_order({"id": order}).body.purchase_units[0].custom_id == "43"


def test_decline(box: PayPalSandbox, paypal: Paypal) -> None:
    order = create(paypal).body.id
    box.complete_checkout(order, "INSTRUMENT_DECLINED")
    with pytest.raises(ErrorException) as caught:
        paypal.orders.capture_order({"id": order})
    error = caught.value
    assert (error.response_code, error.name, error.details[0].issue) == (422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
    assert len(error.debug_id) == 13
    assert "redirect" in [link.rel for link in error.links]


def test_ask_for_a_decline(box: PayPalSandbox, paypal: Paypal) -> None:
    order = create(paypal).body.id
    box.complete_checkout(order)
    with pytest.raises(ErrorException) as caught:
        paypal.orders.capture_order({"id": order, "paypal_mock_response": '{"mock_application_codes": "TRANSACTION_REFUSED"}'})
    assert caught.value.details[0].issue == "TRANSACTION_REFUSED"
    assert paypal.orders.capture_order({"id": order}).body.status == "COMPLETED"


def test_authorize_capture_and_refund(box: PayPalSandbox, paypal: Paypal) -> None:
    order = create(paypal, CheckoutPaymentIntent.AUTHORIZE).body.id
    box.complete_checkout(order)
    authorized = paypal.orders.authorize_order({"id": order}).body
    authorization = authorized.purchase_units[0].payments.authorizations[0]
    assert authorization.status == "CREATED"
    captured = paypal.payments.capture_authorized_payment(
        {"authorization_id": authorization.id, "prefer": "return=representation"}
    )
    assert (captured.body.status, captured.body.amount.value) == ("COMPLETED", "100.00")
    asked = {"capture_id": captured.body.id, "body": RefundRequest(amount=Money("USD", "40.00"))}
    refunded = paypal.payments.refund_captured_payment({**asked, "prefer": "return=representation"}).body
    assert (refunded.status, refunded.amount.value) == ("COMPLETED", "40.00")
    assert paypal.payments.get_refund({"refund_id": refunded.id}).body.id == refunded.id
    assert box.money()["USD"].refunded == 4_000


def test_void(box: PayPalSandbox, paypal: Paypal) -> None:
    order = create(paypal, CheckoutPaymentIntent.AUTHORIZE).body.id
    box.complete_checkout(order)
    authorized = paypal.orders.authorize_order({"id": order}).body
    authorization = authorized.purchase_units[0].payments.authorizations[0].id
    anew = paypal.payments.reauthorize_payment({"authorization_id": authorization}).body
    assert anew.status == "CREATED" and anew.id != authorization
    assert paypal.payments.void_payment({"authorization_id": authorization}).status_code == 204
    voided = paypal.payments.get_authorized_payment({"authorization_id": authorization}).body
    assert voided.status == "VOIDED"


def test_dispute(box: PayPalSandbox, paypal: Paypal, api: Api) -> None:
    """The SDK has no disputes, so an application asks over HTTP."""
    order = create(paypal).body.id
    box.complete_checkout(order)
    paypal.orders.capture_order({"id": order})
    made = box.dispute(order, "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
    found = api.get("/v1/customer/disputes")["items"][0]
    assert found == made
    assert found["disputed_transactions"][0]["custom"] == "42"
    evidence = {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT"}]}
    assert api.post(f"/v1/customer/disputes/{made['dispute_id']}/provide-evidence", evidence).status_code == 200
    assert box.object(str(made["dispute_id"]))["status"] == "UNDER_REVIEW"
    box.win(str(made["dispute_id"]))
    assert api.get(f"/v1/customer/disputes/{made['dispute_id']}")["dispute_state"] == "RESOLVED"


def test_subscribe(box: PayPalSandbox, paypal: Paypal, api: Api) -> None:
    product = api.post("/v1/catalogs/products", {"name": "A box", "type": "PHYSICAL"}).json()["id"]
    monthly = SubscriptionBillingCycle(
        frequency=Frequency(interval_unit=IntervalUnit.MONTH, interval_count=1),
        tenure_type=TenureType.REGULAR,
        sequence=1,
        total_cycles=12,
        pricing_scheme=SubscriptionPricingScheme(fixed_price=Money("USD", "10.00")),
    )
    preferences = PaymentPreferences(payment_failure_threshold=1)
    asked = PlanRequest(product_id=product, name="Boxes", billing_cycles=[monthly], payment_preferences=preferences)
    plan = paypal.subscriptions.create_billing_plan({"body": asked, "prefer": "return=representation"}).body
    assert plan.status == "ACTIVE"
    made = paypal.subscriptions.create_subscription({"body": CreateSubscriptionRequest(plan_id=plan.id, custom_id="42")}).body
    assert made.status == "APPROVAL_PENDING"
    assert "approve" in [link.rel for link in made.links]
    box.complete_checkout(made.id)
    box.clock.advance(days=32)
    shown = paypal.subscriptions.get_subscription({"id": made.id}).body
    assert (shown.status, shown.billing_info.last_payment.amount.value) == ("ACTIVE", "10.00")
    between = {"id": made.id, "start_time": "2020-01-01T00:00:00Z", "end_time": "2090-01-01T00:00:00Z"}
    paid = paypal.subscriptions.list_subscription_transactions(between).body
    assert [one.status for one in paid.transactions] == ["COMPLETED", "COMPLETED"]
    paypal.subscriptions.cancel_subscription({"id": made.id, "body": CancelSubscriptionRequest("Too many boxes")})
    assert paypal.subscriptions.get_subscription({"id": made.id}).body.status == "CANCELLED"
    box.clock.advance(days=62)
    assert len(box.charges_for(custom_id="42")) == 2


def test_webhooks(box: PayPalSandbox, paypal: Paypal) -> None:
    """Checked offline, as PayPal documents it: CRC-32, the own webhook id, the certificate of a host that is pinned."""
    seen = []

    def receive(payload: bytes, headers: dict[str, str]) -> int:
        url = headers["PAYPAL-CERT-URL"]
        assert url.startswith("https://api.sandbox.paypal.com/")
        key: Any = load_pem_x509_certificate(requests.get(url).content).public_key()
        signed = (
            f"{headers['PAYPAL-TRANSMISSION-ID']}|{headers['PAYPAL-TRANSMISSION-TIME']}|{endpoint.secret}|{zlib.crc32(payload)}"
        )
        key.verify(base64.b64decode(headers["PAYPAL-TRANSMISSION-SIG"]), signed.encode(), PKCS1v15(), SHA256())
        seen.append(headers["PAYPAL-AUTH-ALGO"])
        return 200

    endpoint = box.webhooks.endpoint(receive)
    order = create(paypal).body.id
    box.complete_checkout(order)
    paypal.orders.capture_order({"id": order})
    box.webhooks.deliver(check=True)
    assert seen == ["SHA256withRSA"] * 3
    assert [event.type for event in box.outbox] == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
    ]


@pytest.mark.parametrize("own", [requests.Session(), None], ids=["a session of one's own", "the default"])
def test_the_sdk_s_own_retries_run(box: PayPalSandbox, own: requests.Session | None) -> None:
    credentials = ClientCredentialsAuthCredentials(o_auth_client_id="an id", o_auth_client_secret="a secret")
    more = {"http_client_instance": own, "override_http_client_configuration": True} if own else {}
    paypal = PaypalServersdkClient(client_credentials_auth_credentials=credentials, max_retries=2, backoff_factor=2, **more)
    order = create(paypal).body.id
    box.faults.chain(["500", "503"], "GET /v2/checkout/orders/*")
    assert paypal.orders.get_order({"id": order}).body.id == order
    assert [entry.status for entry in box.journal.requests("GET", "/v2/checkout/orders/*")] == [500, 503, 200]
    box.complete_checkout(order)
    box.faults.next("503", "POST /v2/checkout/orders/*/capture")
    with pytest.raises(ErrorException):
        paypal.orders.capture_order({"id": order})  # it retries what only reads
    assert len(box.journal.requests("POST", "/v2/checkout/orders/*/capture")) == 1


def test_urllib_reaches_it_too(box: PayPalSandbox) -> None:
    import urllib.error
    import urllib.request

    basic = base64.b64encode(b"an id:a secret").decode()
    asked = urllib.request.Request(
        f"{API}/v1/oauth2/token", b"grant_type=client_credentials", {"Authorization": f"Basic {basic}"}
    )
    with urllib.request.urlopen(asked) as answer:
        token = json.loads(answer.read())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(f"{API}/v2/checkout/orders/NONE/capture", b"{}", headers))
    assert json.loads(caught.value.read())["name"] == "RESOURCE_NOT_FOUND"


def test_an_endpoint_that_is_not_played_says_so_by_name(paypal: Paypal, box: PayPalSandbox) -> None:
    with pytest.raises(SandboxError, match="GET /v1/reporting/balances is no endpoint that the PayPal sandbox plays"):
        paypal.transaction_search.search_balances({})
    box.problems.clear()
    assert API.endswith("paypal.com")
