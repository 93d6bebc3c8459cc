"""What a sandbox refuses: live keys, raw card numbers, and payment processors' hosts that nobody imitates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from payproof.masking import card_numbers, is_card_number, mask, mask_card
from payproof.sandbox.core import form
from payproof.sandbox.core.exchange import LiveKeyRefused, RawCardRefused, Request

PROCESSOR_HOSTS: Mapping[str, str] = {
    "api.stripe.com": "Stripe",
    "files.stripe.com": "Stripe",
    "connect.stripe.com": "Stripe",
    "uploads.stripe.com": "Stripe",
    "meter-events.stripe.com": "Stripe",
    "api.paypal.com": "PayPal",
    "api-m.paypal.com": "PayPal",
    "api-3t.paypal.com": "PayPal",
    "ipnpb.paypal.com": "PayPal",
    "payflowpro.paypal.com": "PayPal",
    ".sandbox.paypal.com": "PayPal",
    ".adyen.com": "Adyen",
    ".adyenpayments.com": "Adyen",
    "api.braintreegateway.com": "Braintree",
    "api.sandbox.braintreegateway.com": "Braintree",
    ".braintree-api.com": "Braintree",
    "connect.squareup.com": "Square",
    "connect.squareupsandbox.com": "Square",
    "api.authorize.net": "Authorize.net",
    "api2.authorize.net": "Authorize.net",
    "apitest.authorize.net": "Authorize.net",
    "api.mollie.com": "Mollie",
    "api.razorpay.com": "Razorpay",
    "api.paystack.co": "Paystack",
    "api.flutterwave.com": "Flutterwave",
    "api.checkout.com": "Checkout.com",
    "api.sandbox.checkout.com": "Checkout.com",
    "api.gocardless.com": "GoCardless",
    "api-sandbox.gocardless.com": "GoCardless",
    ".klarna.com": "Klarna",
    "access.worldpay.com": "Worldpay",
    "try.access.worldpay.com": "Worldpay",
    "api.mercadopago.com": "Mercado Pago",
}
"""Host names of processors' APIs; a name that begins with a dot stands for every host below it."""

_CARD_FIELDS = frozenset(
    {"number", "card_number", "cardnumber", "card_no", "cc_number", "ccnumber", "pan", "primary_account_number"}
)
_CODE_FIELDS = re.compile(r"(?i)^(?:cvc2?|cvv2?|cav2|cid|csc|cvn2?|security_?code|card_?code|pin_?block|verification_value)$")
_SECRET_FIELDS = re.compile(r"(?i)secret|password|private_?key|api_?key|access_?token")
_LONG_DIGITS = re.compile(rb"\d(?:[ +.-]|%20|%2D)?(?:\d(?:[ +.-]|%20|%2D)?){10,}\d")
_TELLING = re.compile(
    rb"(?i)cv[cvn]|cav2|cid|csc|security|card_?code|pin_?block|verification|secret|password|_?key|[rs]k_|whsec_|access"
)
_MASKABLE = re.compile(r"\d(?:[ -]?\d){11}|[rse]k_|whsec_|_secret_|EAAA|sq0|access_token|AQE|Bearer|Basic|://|[%;]")
_SAMPLES = (
    "42424242",
    "40000000000",
    "41111111",
    "40128888",
    "55555555",
    "51051051",
    "52008282",
    "37828224",
    "37144963",
    "60111111",
)
"""Beginnings of the test numbers that processors publish; a bare number elsewhere than in a card field must begin like one."""

_MASKED_HEADERS = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})


def processor_of(host: str) -> str | None:
    """Return the name of the payment processor whose API `host` is, None for any other host."""
    name = host.rstrip(".").lower()
    if name in PROCESSOR_HOSTS:
        return PROCESSOR_HOSTS[name]
    return next((owner for suffix, owner in PROCESSOR_HOSTS.items() if suffix[0] == "." and name.endswith(suffix)), None)


def check_live(request: Request, live: str) -> None:
    """Raise `LiveKeyRefused` when something in the request is `live` (`"a live key"`), or its body carries a live key."""
    if b"sk_live_" in request.body or b"rk_live_" in request.body:
        live = "a live key"
    if live:
        raise LiveKeyRefused(
            f"{request.line} carried {live}; a sandbox takes test keys only."
            " Take the live key out of the tests' environment and configure a test key"
        )


def check_cards(request: Request) -> None:
    """Raise `RawCardRefused` when a parameter holds a card number; the number itself is never repeated."""
    for name, value in _card_fields(request):
        raise RawCardRefused(
            f"{request.line} sent a raw card number ({mask_card(value)}) as {name!r}."
            " Send a token or a test payment method instead, or make the sandbox with allow_raw_cards=True"
        )


def masked(request: Request) -> Request:
    """Return the request as a journal may keep it: credentials, card numbers, CVCs and secrets are masked."""
    headers = {name: "…" if name in _MASKED_HEADERS else value for name, value in request.headers.items()}
    text = request.body or (b"?" if request.params or request.query else b"")
    params, body, query = request.params, request.body, request.query
    if text == b"?" or _TELLING.search(text) or _LONG_DIGITS.search(text):
        params, query = _masked_value(params), _masked_value(query)
        body = _encoded(params, request.encoding) if body else b""
    return Request(request.method, request.host, request.path, params, headers, body, request.encoding, request.processor, query)


def _encoded(params: Any, encoding: str) -> bytes:
    if encoding == "form":
        return form.encode(params).encode("ascii")
    if encoding == "json":
        return json.dumps(params).encode("utf-8")
    return b""


def _card_fields(request: Request) -> Iterator[tuple[str, str]]:
    if request.body and not _LONG_DIGITS.search(request.body) and request.encoding != "multipart":
        return
    for source in (request.params, request.query) if request.query is not request.params else (request.params,):
        for name, value in _leaves(source, ""):
            number = _card_in(name.rpartition("[")[2].rstrip("]").lower(), value)
            if number:
                yield name, number


def _card_in(field: str, value: str) -> str | None:
    if len(value) < 12:
        return None
    plain = re.sub(r"[ \-]", "", value)
    if field in _CARD_FIELDS and plain.isascii() and plain.isdigit() and is_card_number(plain, loose=True):
        return value
    for start, end in card_numbers(value):
        piece = value[start:end]
        digits = re.sub(r"\D", "", piece)
        grouped = len(re.findall(r"\d+", piece)) >= 3
        if (grouped or digits.startswith(_SAMPLES)) and is_card_number(digits):
            return piece
    return None


def _leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]")
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield name, str(value)


def _masked_value(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _masked_value(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked_value(item, name) for item in value]
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return value
    if _CODE_FIELDS.match(name) and value != "":
        return "***"
    if _SECRET_FIELDS.search(name) and value != "":
        return "…"
    text = str(value)
    if not _MASKABLE.search(text):
        return value
    hidden = mask(text)
    return value if hidden == text else hidden
