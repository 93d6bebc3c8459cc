"""PayPal, through the official `paypal-server-sdk`; webhooks by the documented algorithm, since that SDK verifies none."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from paypalserversdk.configuration import Environment
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.capture_request import CaptureRequest
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
from terms import Answered, Lost, Terms

from payproof.sandbox import SandboxError

API = "https://api-m.sandbox.paypal.com"


class PayPalTerms(Terms):
    name = "paypal"
    on = "POST /v2/payments/authorizations/*/capture"
    effect = "capture"
    retention = 45 * 86_400
    mismatch = None
    in_flight = Answered(409, "PREVIOUS_REQUEST_IN_PROGRESS")
    too_much = Answered(422, "REFUND_AMOUNT_EXCEEDED")
    illegal = {
        "capture before approval": Answered(422, "ORDER_NOT_APPROVED"),
        "capture again": Answered(422, "ORDER_ALREADY_CAPTURED"),
        "capture what is voided": Answered(422, "AUTHORIZATION_VOIDED"),
        "refund again": Answered(422, "CAPTURE_FULLY_REFUNDED"),
    }
    declines = {
        "INSTRUMENT_DECLINED": Answered(422, "INSTRUMENT_DECLINED"),
        "PAYER_CANNOT_PAY": Answered(422, "PAYER_CANNOT_PAY"),
        "CCREJECT-IF": Answered(201, "5120"),
        "CCREJECT-EC": Answered(201, "5400"),
        "CCREJECT-CVV_F": Answered(201, "00N7"),
    }
    open_dispute = "WAITING_FOR_SELLER_RESPONSE"
    refunded = {"refund": "COMPLETED", "partly": "PARTIALLY_REFUNDED", "wholly": "REFUNDED"}

    _authorization = ""

    @property
    def client(self) -> PaypalServersdkClient:
        return client(self.box)

    def ask(self, key: str | None, amount: int = 500) -> Answered:
        if not self._authorization:
            self._authorization = self.authorized(amount=100_000)
        asked = CaptureRequest(amount=Money("EUR", decimal(amount)))
        options = {"authorization_id": self._authorization, "body": asked, **({"paypal_request_id": key} if key else {})}
        return answered(lambda: self.client.payments.capture_authorized_payment(options))

    def pay(self, order: str = "42", amount: int = 1200, value: str = "") -> Answered:
        made = self.ordered("CAPTURE", order, amount)
        self.box.complete_checkout(made, value or "paypal")
        return captured(self.client, made)

    def ordered(self, intent: str, order: str = "42", amount: int = 1200) -> str:
        unit = PurchaseUnitRequest(amount=AmountWithBreakdown("EUR", decimal(amount)), custom_id=order)
        made = self.client.orders.create_order({"body": OrderRequest(intent=intent, purchase_units=[unit])})
        return str(made.body.id)

    def authorized(self, amount: int = 1200) -> str:
        order = self.ordered("AUTHORIZE", amount=amount)
        self.box.complete_checkout(order)
        made = self.client.orders.authorize_order({"id": order})
        return str(made.body.purchase_units[0].payments.authorizations[0].id)

    def refund(self, payment: str, amount: int | None = None) -> Answered:
        asked = RefundRequest() if amount is None else RefundRequest(amount=Money("EUR", decimal(amount)))
        return answered(lambda: self.client.payments.refund_captured_payment({"capture_id": payment, "body": asked}))

    def step(self, name: str) -> Answered:
        if name == "capture what is voided":
            authorization = self.authorized()
            self.client.payments.void_payment({"authorization_id": authorization})
            return answered(lambda: self.client.payments.capture_authorized_payment({"authorization_id": authorization}))
        if name == "refund again":
            paid = self.pay().id
            self.refund(paid)
            return self.refund(paid)
        order = self.ordered("CAPTURE")
        if name == "capture again":
            self.box.complete_checkout(order)
            captured(self.client, order)
        return captured(self.client, order)

    def unknown(self) -> object:
        unit = {"amount": {"currency_code": "EUR", "value": "12.00"}, "colour": "red"}
        body = {"intent": "CAPTURE", "purchase_units": [unit]}
        return answered(lambda: self.client.orders.create_order({"body": body}))

    def live(self) -> object:
        made = PaypalServersdkClient(
            client_credentials_auth_credentials=credentials(self.box), environment=Environment.PRODUCTION
        )
        return made.orders.get_order({"id": "1"})

    def raw(self, post: Any) -> int:
        granted = post(f"{API}/v1/oauth2/token", data={"grant_type": "client_credentials"}, auth=("an id", "a secret"))
        headers = {"Authorization": f"Bearer {granted.json()['access_token']}"}
        unit = {"amount": {"currency_code": "EUR", "value": "12.00"}}
        order = post(f"{API}/v2/checkout/orders", json={"intent": "CAPTURE", "purchase_units": [unit]}, headers=headers)
        self.box.complete_checkout(order.json()["id"])
        capture = post(f"{API}/v2/checkout/orders/{order.json()['id']}/capture", json={}, headers=headers)
        return int(capture.status_code)

    def verifies(self, payload: bytes, headers: Any, endpoint: Any) -> bool:
        url = headers.get("PAYPAL-CERT-URL", "")
        if not url.startswith("https://api.sandbox.paypal.com/"):
            return False
        certificate = load_pem_x509_certificate(httpx.get(url).content)
        names = ("PAYPAL-TRANSMISSION-ID", "PAYPAL-TRANSMISSION-TIME")
        signed = "|".join([*(headers[name] for name in names), endpoint.secret, str(zlib.crc32(payload))])
        signature = base64.b64decode(headers["PAYPAL-TRANSMISSION-SIG"])
        try:
            certificate.public_key().verify(signature, signed.encode(), PKCS1v15(), SHA256())  # type: ignore[union-attr, call-arg, arg-type]
        except InvalidSignature:
            return False
        return True


def credentials(box: Any) -> ClientCredentialsAuthCredentials:
    return ClientCredentialsAuthCredentials(o_auth_client_id=box.api_key, o_auth_client_secret=box.api_secret)


def client(box: Any) -> PaypalServersdkClient:
    """A client as user code makes it: nothing of it knows a sandbox."""
    return PaypalServersdkClient(client_credentials_auth_credentials=credentials(box))


def captured(paypal: PaypalServersdkClient, order: str) -> Answered:
    """Capture an order; a capture that is declined counts as an answer with the processor's response code."""
    found: list[Any] = []
    made = answered(lambda: found.append(paypal.orders.capture_order({"id": order})) or found[0])
    if made.code:
        return made
    capture = found[0].body.purchase_units[0].payments.captures[0]
    declined = capture.status == "DECLINED"
    return Answered(made.status, capture.processor_response.response_code if declined else "", capture.id)


def answered(act: Any) -> Answered:
    try:
        made = act()
    except ErrorException as error:
        return Answered(error.response_code, error.details[0].issue if error.details else error.name)
    except ApiException as error:
        return Answered(error.response_code, error.reason)
    except SandboxError:
        raise
    except Exception as error:
        # The SDK lets through what its HTTP library raises, and whatever its JSON reader makes of an answer cut short.
        raise Lost from error
    if not hasattr(made.body, "id"):
        raise Lost
    return Answered(made.status_code, "", made.body.id)


def decimal(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
