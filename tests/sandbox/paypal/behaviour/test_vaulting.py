"""The vault: agreed to once, charged later."""

from __future__ import annotations

from typing import Any

import pytest
from paypal_asking import TEST_NUMBER, Api, euros, issue

from payproof.sandbox import PayPalSandbox, SandboxError

SETUP = "/v3/vault/setup-tokens"
TOKENS = "/v3/vault/payment-tokens"
WALLET = {"payment_source": {"paypal": {"usage_type": "MERCHANT", "description": "Boxes"}}}
CARD = {"number": TEST_NUMBER, "expiry": "2090-01", "name": "Jo Payer"}


def set_up(api: Api, **more: Any) -> Any:
    made = api.post(SETUP, {**WALLET, **more})
    assert made.status_code == 201, made.text
    return made.json()


def keep(api: Api, token: str) -> Any:
    return api.post(TOKENS, {"payment_source": {"token": {"id": token, "type": "SETUP_TOKEN"}}})


def charge(api: Api, source: Any, key: str = "one") -> Any:
    body = {"intent": "CAPTURE", "purchase_units": [{"amount": euros("5.00")}], "payment_source": source}
    return api.post("/v2/checkout/orders", body, PayPal_Request_Id=key)


def test_a_wallet_is_kept_when_its_owner_has_agreed(box: PayPalSandbox, api: Api) -> None:
    token = set_up(api, customer={"id": "customer-42"})
    assert token["status"] == "PAYER_ACTION_REQUIRED"
    assert "approve" in {link["rel"] for link in token["links"]}
    assert issue(keep(api, token["id"])) == (422, "TOKEN_NOT_APPROVED")
    box.complete_checkout(token["id"])
    assert api.get(f"{SETUP}/{token['id']}")["status"] == "APPROVED"
    kept = keep(api, token["id"]).json()
    assert kept["customer"] == {"id": "customer-42"}
    assert kept["payment_source"]["paypal"]["email_address"] == "payer@payproof.example"
    assert box.outbox[-1].type == "VAULT.PAYMENT-TOKEN.CREATED"
    assert issue(keep(api, token["id"])) == (422, "TOKEN_NOT_APPROVED")


def test_it_is_charged_without_its_owner(box: PayPalSandbox, api: Api) -> None:
    token = set_up(api)
    box.complete_checkout(token["id"])
    kept = keep(api, token["id"]).json()["id"]
    for key, source in (("one", {"paypal": {"vault_id": kept}}), ("two", {"token": {"id": kept, "type": "BILLING_AGREEMENT"}})):
        assert charge(api, source, key).json()["status"] == "COMPLETED"
    assert len(box.charges_for()) == 2
    box.fund(kept, "INSTRUMENT_DECLINED")
    assert issue(charge(api, {"paypal": {"vault_id": kept}}, "three")) == (422, "INSTRUMENT_DECLINED")
    assert len(box.store["order"]) == 2


def test_a_card_is_kept_at_once_and_never_shown(box: PayPalSandbox, api: Api) -> None:
    kept = api.post(TOKENS, {"payment_source": {"card": {**CARD, "name": "CCREJECT-IF"}}})
    assert kept.json()["payment_source"]["card"]["last_digits"] == "1881"
    assert TEST_NUMBER not in kept.text
    charged = charge(api, {"card": {"vault_id": kept.json()["id"]}}).json()
    assert charged["purchase_units"][0]["payments"]["captures"][0]["status"] == "DECLINED"


@pytest.mark.parametrize("source", [{"paypal": {"vault_id": "none"}}, {"card": {"vault_id": "none"}}])
def test_a_token_that_is_not_there_is_refused(box: PayPalSandbox, api: Api, source: Any) -> None:
    assert issue(charge(api, source)) == (422, "TOKEN_ID_NOT_FOUND")
    assert issue(keep(api, "none")) == (422, "TOKEN_ID_NOT_FOUND")
    assert box.journal.effects() == []


def test_tokens_are_listed_by_customer_and_deleted(box: PayPalSandbox, api: Api) -> None:
    made = [api.post(TOKENS, {"payment_source": {"card": CARD}, "customer": {"id": "c"}}).json()["id"] for _ in range(6)]
    listed = api.get(f"{TOKENS}?customer_id=c&total_required=true")
    assert (listed["total_items"], listed["total_pages"], len(listed["payment_tokens"])) == (6, 2, 5)
    assert [token["id"] for token in api.get(f"{TOKENS}?customer_id=c&page=2")["payment_tokens"]] == made[5:]
    assert api.ask("DELETE", f"{TOKENS}/{made[0]}").status_code == 204
    assert issue(api.ask("GET", f"{TOKENS}/{made[0]}")) == (404, "INVALID_RESOURCE_ID")
    assert box.outbox[-1].type == "VAULT.PAYMENT-TOKEN.DELETED"
    assert api.get(f"{TOKENS}?customer_id=nobody")["payment_tokens"] == []


def test_a_setup_token_is_agreed_to_once_and_by_a_wallet(box: PayPalSandbox, api: Api) -> None:
    token = set_up(api)["id"]
    with pytest.raises(SandboxError, match="is for a PayPal wallet; 'visa' is a card"):
        box.complete_checkout(token, "visa")
    box.complete_checkout(token)
    with pytest.raises(SandboxError, match="waits for no approval; it is APPROVED"):
        box.complete_checkout(token)
