"""A small processor of our own making, complete enough to show every promise of the core.

`POST /v1/payments` takes a payment (amount 666 is declined), `POST /v1/payments/<id>/refund` gives it back, `GET` reads it.
Keys travel in `Idempotency-Key`, credentials as bearer tokens, webhooks are signed `t=<seconds>,v1=<HMAC-SHA256>`.
Mounted as `TillPay.as_stripe()` it speaks just enough of Stripe's shapes for the official SDK to be pointed at it.
"""

import hashlib
import hmac

from payproof.sandbox.core.exchange import Answer, NotImitated, Refused
from payproof.sandbox.core.idempotency import IdempotencyPolicy
from payproof.sandbox.core.processor import Processor
from payproof.sandbox.core.sandbox import Sandbox

DAY = 86_400


def error(status, type_, message, **more):
    return Answer(status, {"error": {"type": type_, "message": message, **more}})


class TillPay(Processor):
    name = "tillpay"

    def __init__(self, hosts=("api.tillpay.example",), root="/v1/payments", kind="payment", retries=()):
        self.hosts = frozenset(hosts)
        self.root = root
        self.kind = kind
        self.retries = tuple(retries)

    @classmethod
    def as_stripe(cls, **more):
        return cls(hosts=("api.stripe.com", "files.stripe.com"), root="/v1/payment_intents", kind="payment_intent", **more)

    # Requests.

    def admit(self, request, box):
        if not self.credential(request):
            raise Refused(error(401, "invalid_request_error", "no key"), executed=False)
        if request.path == "/v1/balance":
            raise NotImitated(f"{request.line} is not played by the tillpay sandbox")
        if not request.path.startswith(self.root):
            raise Refused(error(404, "invalid_request_error", "no such endpoint"), executed=False)
        if request.method == "POST" and request.path == self.root and not str(request.params.get("amount", "")).isdigit():
            raise Refused(error(400, "invalid_request_error", "bad amount", param="amount"), executed=False)

    def execute(self, request, box):
        rest = request.path[len(self.root) :].strip("/").split("/")
        if rest == [""]:
            return self._create(request, box) if request.method == "POST" else self._list(box)
        payment = box.store.get(self.kind, {}).get(rest[0])
        if payment is None:
            raise Refused(error(404, "invalid_request_error", "no such payment", code="resource_missing"), executed=True)
        if request.method == "POST" and rest[1:] == ["refund"]:
            return self._refund(payment, box)
        return Answer(200, payment)

    def _create(self, request, box):
        if request.params["amount"] == "666":
            raise Refused(error(402, "card_error", "declined", code="card_declined"), executed=True)
        payment = {
            "id": box.ids.new("pay"),
            "object": self.kind,
            "amount": int(request.params["amount"]),
            "status": "paid",
            "created": box.clock.now(),
            "metadata": request.params.get("metadata", {}),
        }
        box.store.setdefault(self.kind, {})[payment["id"]] = payment
        box.effect(self.kind, payment["id"])
        box.emit(f"{self.kind}.paid", payment)
        return Answer(200, payment)

    def _list(self, box):
        return Answer(200, {"object": "list", "data": list(box.store.get(self.kind, {}).values()), "has_more": False})

    def _refund(self, payment, box):
        if payment["status"] != "paid":
            raise Refused(error(400, "invalid_request_error", "already refunded", code="already_refunded"), executed=True)
        payment["status"] = "refunded"
        box.effect(self.kind, payment["id"])
        box.emit(f"{self.kind}.refunded", payment, reason="asked")
        return Answer(200, payment)

    def decorate(self, request, answer, box):
        return answer.with_headers({"Request-Id": box.ids.new("req", 14)})

    # Idempotency.

    def idempotency_key(self, request):
        return request.headers.get("idempotency-key") if request.method == "POST" else None

    def idempotency(self):
        return IdempotencyPolicy(
            retention=DAY,
            mismatch=lambda request, key: error(400, "idempotency_error", f"key {key} was used with other parameters"),
            in_flight=lambda request, key: error(409, "idempotency_error", f"key {key} is in use", code="key_in_use"),
            scope=lambda request: request.headers.get("till-account", ""),
            replay=lambda request, stored, box: stored.answer.with_headers({"Idempotent-Replayed": "true"}),
        )

    # Faults.

    def fault_answer(self, kind, request):
        known = {
            "429": error(429, "invalid_request_error", "too many requests", code="rate_limit"),
            "409": error(409, "idempotency_error", "in use", code="key_in_use"),
            "lock-timeout": error(429, "invalid_request_error", "locked", code="lock_timeout"),
        }
        return known.get(kind) or error(503 if kind == "503" else 500, "api_error", "something went wrong")

    # Webhooks.

    def event(self, event_type, obj, box, extra):
        return {"id": box.ids.new("evt"), "object": "event", "type": event_type, "data": {"object": obj}, **extra}

    def sign(self, payload, secrets, timestamp):
        signatures = (hmac.new(secret.encode(), b"%d." % timestamp + payload, hashlib.sha256).hexdigest() for secret in secrets)
        return {"Till-Signature": ",".join([f"t={timestamp}", *(f"v1={signature}" for signature in signatures)])}

    def forgeries(self):
        def old_scheme(true):
            payload, headers = self.seal(true)
            return payload, {"Till-Signature": headers["Till-Signature"].replace("v1=", "v0=")}

        return {"v0-only": old_scheme}

    def retry_delays(self):
        return self.retries


class TillPaySandbox(Sandbox):
    """What a user would import."""

    def __init__(self, *, retries=(), **options):
        super().__init__(TillPay(retries=retries), **options)


class StripeLike(Sandbox):
    """TillPay behind Stripe's host names, for the official SDK."""

    def __init__(self, *, retries=(), **options):
        super().__init__(TillPay.as_stripe(retries=retries), **options)
