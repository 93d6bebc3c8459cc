"""Requests to the tillpay sandbox, as a transport would hand them over."""

from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import Request

KEY = "till_" + "test_payproofsample"


def request(line="POST /v1/payments", params=None, key=None, credential=KEY, host="api.tillpay.example", **headers):
    method, path = line.split(" ")
    sent = {"authorization": f"Bearer {credential}"} if credential else {}
    if key is not None:
        sent["idempotency-key"] = key
    sent.update({name.replace("_", "-"): value for name, value in headers.items()})
    body = form.encode(params or {}).encode()
    return Request(method, host, path, form.decode(body), sent, body, "form" if body else "none", "tillpay")


def pay(box, amount=1200, key=None, **more):
    """Ask for a payment and return the answer."""
    return box.handle(request(params={"amount": amount, **more}, key=key))
