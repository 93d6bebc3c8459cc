"""PayPal's own check of a signature: HTTP 200 whatever comes out. Registrations and the list of events."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from paypal_asking import Api, issue

from payproof.sandbox import PayPalSandbox, SandboxError
from payproof.sandbox.core.processor import Outgoing
from payproof.sandbox.paypal import certificates, signing

VERIFY = "/v1/notifications/verify-webhook-signature"
NAMES = ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")


class Inbox:
    """What was delivered to an application that believes everything."""

    def __init__(self, box: PayPalSandbox) -> None:
        self.endpoint = box.webhooks.endpoint(self)
        self.letters: list[tuple[bytes, dict[str, str]]] = []

    def __call__(self, payload: bytes, headers: dict[str, str]) -> int:
        self.letters.append((payload, headers))
        return 200

    def fields(self) -> dict[str, Any]:
        _, headers = self.letters[-1]
        found = {name: headers[f"PAYPAL-{name.replace('_', '-').upper()}"] for name in NAMES}
        return {**found, "webhook_id": self.endpoint.secret}


@pytest.fixture
def inbox(box: PayPalSandbox, api: Api) -> Inbox:
    made = Inbox(box)
    api.captured(description="Büro & Söhne")
    box.webhooks.deliver("PAYMENT.CAPTURE.COMPLETED", check=True)
    return made


def verified(api: Api, fields: dict[str, Any], event: bytes) -> str:
    content = json.dumps(fields).encode()[:-1] + b', "webhook_event": ' + event + b"}"
    said = api.client.post(VERIFY, content=content, headers={"Content-Type": "application/json"})
    assert said.status_code == 200, said.text
    return str(said.json()["verification_status"])


def test_the_bytes_that_came_verify(api: Api, inbox: Inbox) -> None:
    assert verified(api, inbox.fields(), inbox.letters[-1][0]) == "SUCCESS"


def test_an_event_that_was_serialised_anew_verifies_by_its_content(api: Api, inbox: Inbox) -> None:
    payload = inbox.letters[-1][0]
    anew = json.dumps(json.loads(payload), separators=(",", ":")).encode()
    assert anew != payload
    assert verified(api, inbox.fields(), anew) == "SUCCESS"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook_id", "0ANOTHER"),
        ("transmission_id", "another"),
        ("transmission_time", "2026-01-01T00:00:00Z"),
        ("transmission_sig", "bm90aGluZw=="),
        ("transmission_sig", "no base64"),
        ("auth_algo", "SHA1withRSA"),
        ("cert_url", "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-payproof-sample"),
        ("cert_url", "https://api.sandbox.paypal.com.attacker.example/v1/notifications/certs/CERT-payproof-sample"),
        ("cert_url", "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-other"),
    ],
)
def test_failure_is_answered_200_too(api: Api, inbox: Inbox, name: str, value: str) -> None:
    assert verified(api, {**inbox.fields(), name: value}, inbox.letters[-1][0]) == "FAILURE"


def test_a_changed_event_fails(api: Api, inbox: Inbox) -> None:
    changed = inbox.letters[-1][0].replace(b'"12.00"', b'"13.00"')
    assert verified(api, inbox.fields(), changed) == "FAILURE"


def test_every_forgery_fails(box: PayPalSandbox, api: Api, inbox: Inbox) -> None:
    box.webhooks.forge("PAYMENT.CAPTURE.COMPLETED", how="all")
    forged = [letter for letter in inbox.letters[1:] if "PAYPAL-TRANSMISSION-SIG" in letter[1]]
    assert len(forged) >= 5
    for payload, headers in forged:
        inbox.letters.append((payload, headers))
        assert verified(api, inbox.fields(), payload) == "FAILURE"


def test_what_is_missing_is_an_error(api: Api, inbox: Inbox) -> None:
    fields = inbox.fields()
    del fields["auth_algo"]
    said = api.client.post(VERIFY, json={**fields, "webhook_event": {}})
    assert issue(said) == (400, "MISSING_REQUIRED_PARAMETER")


def test_a_body_of_the_test_s_own_goes_to_who_wants_its_type(box: PayPalSandbox, api: Api) -> None:
    seen = []
    box.webhooks.endpoint(lambda payload, headers: seen.append(payload) or 200, events=["PAYMENT.SALE.*"])
    with pytest.raises(SandboxError, match=r"no endpoint wants 'PAYMENT.CAPTURE.COMPLETED'"):
        box.webhooks.send({"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED"})
    box.webhooks.send({"id": "WH-2", "event_type": "PAYMENT.SALE.COMPLETED"})
    assert len(seen) == 1


def test_the_certificate_is_served_and_the_stranger_s_is_another(box: PayPalSandbox) -> None:
    ours = httpx.get(certificates.identity(certificates.HOST).url)
    theirs = httpx.get(certificates.identity(certificates.STRANGER).url)
    assert ours.headers["content-type"] == "application/x-pem-file"
    assert ours.content.startswith(b"-----BEGIN CERTIFICATE-----") and ours.content != theirs.content


def test_a_stranger_s_signature_is_right_by_the_stranger_s_certificate() -> None:
    true = Outgoing(b"{}", ("0ID",), 1_800_000_000, "https://shop.example/hook")
    payload, headers = signing.foreign_certificate(true)
    import base64

    said = signing.message(headers["PAYPAL-TRANSMISSION-ID"], headers["PAYPAL-TRANSMISSION-TIME"], "0ID", payload)
    signature = base64.b64decode(headers["PAYPAL-TRANSMISSION-SIG"])
    assert certificates.identity(certificates.STRANGER).verifies(said, signature)
    assert not certificates.identity(certificates.HOST).verifies(said, signature)


def test_without_cryptography_webhooks_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.hazmat.primitives.asymmetric.rsa", None)
    certificates.identity.cache_clear()
    try:
        with pytest.raises(SandboxError, match=r"install payproof\[paypal\]"):
            certificates.identity(certificates.HOST)
    finally:
        certificates.identity.cache_clear()


# Registrations and events.


def register(api: Api, url: str = "https://shop.example/hook", name: str = "*") -> httpx.Response:
    return api.post("/v1/notifications/webhooks", {"url": url, "event_types": [{"name": name}]})


def test_a_registration_is_kept_listed_and_deleted(api: Api) -> None:
    made = register(api, name="PAYMENT.CAPTURE.COMPLETED")
    identifier = made.json()["id"]
    assert made.status_code == 201
    assert api.get(f"/v1/notifications/webhooks/{identifier}")["url"] == "https://shop.example/hook"
    assert [one["id"] for one in api.get("/v1/notifications/webhooks")["webhooks"]] == [identifier]
    assert api.ask("DELETE", f"/v1/notifications/webhooks/{identifier}").status_code == 204
    assert issue(api.ask("GET", f"/v1/notifications/webhooks/{identifier}")) == (404, "INVALID_RESOURCE_ID")


def test_a_registration_is_delivered_to_whoever_answers_at_its_address(box: PayPalSandbox, api: Api) -> None:
    seen: list[dict[str, str]] = []
    identifier = register(api, name="PAYMENT.CAPTURE.COMPLETED").json()["id"]
    box.webhooks.serve("https://shop.example/", lambda payload, headers: seen.append(headers) or 200)
    api.captured()
    (sent,) = box.webhooks.deliver("PAYMENT.CAPTURE.COMPLETED", check=True)
    assert (sent.endpoint.url, box.webhook_secret, len(seen)) == ("https://shop.example/hook", identifier, 1)
    assert box.webhooks.deliver() == []
    api.ask("DELETE", f"/v1/notifications/webhooks/{identifier}")
    assert box.webhooks.endpoints == []


def test_a_strange_event_or_a_url_that_is_taken_is_refused(api: Api) -> None:
    assert issue(register(api, name="PAYMENT.CAPTURE.COMPLETE")) == (400, "INVALID_PARAMETER_VALUE")
    register(api)
    assert issue(register(api)) == (400, "WEBHOOK_URL_ALREADY_EXISTS")


def test_events_are_listed_newest_first(api: Api) -> None:
    api.captured()
    listed = api.get("/v1/notifications/webhooks-events?page_size=2")
    assert [event["event_type"] for event in listed["events"]] == ["CHECKOUT.ORDER.COMPLETED", "PAYMENT.CAPTURE.COMPLETED"]
    (one,) = api.get("/v1/notifications/webhooks-events?event_type=CHECKOUT.ORDER.APPROVED")["events"]
    assert api.get(f"/v1/notifications/webhooks-events/{one['id']}") == one
    assert issue(api.ask("GET", "/v1/notifications/webhooks-events?page_size=0")) == (400, "INVALID_PARAMETER_VALUE")
