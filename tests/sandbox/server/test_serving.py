"""The unmodified SDK and plain HTTP against a server in a process of its own."""

from __future__ import annotations

import base64
import contextlib
import os
import pathlib
import sqlite3
import time
from typing import Any

import pytest
import requests
import stripe

Server = Shop = Start = Any
KEY = "sk_" + "test_payproofserver"
TOKEN = "the-administrators"
CARD = {"payment_method": "pm_card_visa", "confirm": True, "return_url": "https://shop.example/done"}


def client(server: Server, key: str = KEY, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": server.address}, max_network_retries=retries)


def pay(server: Server, key: str = KEY, **params: object) -> stripe.PaymentIntent:
    return client(server, key).v1.payment_intents.create({"amount": 1200, "currency": "eur", **CARD, **params})


def test_the_sdk_pays_and_each_key_has_an_account_of_its_own(start: Start) -> None:
    server = start()
    assert server.said[0] == f"stripe sandbox: {server.address}\n"
    assert server.page == f"{server.address}/_payproof?token=the-administrators"
    paid = pay(server)
    assert paid.status == "succeeded"
    other = "sk_" + "test_anotherkey"
    assert client(server, other).v1.payment_intents.list().data == []
    assert [intent.id for intent in client(server).v1.payment_intents.list().data] == [paid.id]
    with pytest.raises(stripe.CardError):
        pay(server, payment_method="pm_card_chargeDeclined")
    basic = requests.get(f"{server.address}/v1/payment_intents/{paid.id}", auth=(KEY, ""), timeout=20)
    assert basic.json()["id"] == paid.id
    assert server.account() != server.account(other)


def test_without_a_key_nothing_happens_and_a_live_key_reaches_no_account(shared: Server) -> None:
    server = shared
    answer = requests.post(f"{server.address}/v1/customers", timeout=20)
    assert answer.status_code == 401
    live = "sk_" + "live_something"
    refused = requests.post(f"{server.address}/v1/customers", headers={"Authorization": f"Bearer {live}"}, timeout=20)
    assert refused.status_code == 403
    assert refused.json()["error"]["message"].startswith("payproof: POST /v1/customers carried a live key")
    assert live not in refused.text
    assert server.admin("GET", f"/accounts/{server.account(live)}").status_code == 404


def test_what_is_not_imitated_is_said_by_name(shared: Server) -> None:
    server = shared
    answer = requests.get(f"{server.address}/v1/radar/value_lists", headers={"Authorization": f"Bearer {KEY}"}, timeout=20)
    if answer.status_code == 200:  # stored generically
        assert answer.json()["object"] == "list"
    refused = requests.post(f"{server.address}/v1/terminal/readers/tmr_1/process_payment_intent", auth=(KEY, ""), timeout=20)
    assert refused.status_code == 501
    assert "process_payment_intent" in refused.json()["error"]["message"]


def test_the_administrator_moves_the_clock_disputes_and_resets(start: Start) -> None:
    server = start()
    paid = pay(server)
    account = f"/accounts/{server.account()}"
    before = server.admin("GET", account).json()["now"]
    assert server.admin("POST", f"{account}/clock", {"advance": {"days": 2, "hours": 1}}).json() == {"now": before + 49 * 3600}
    dispute = server.admin("POST", f"{account}/verbs/dispute", {"args": [paid.id], "options": {"reason": "duplicate"}}).json()
    assert dispute["result"]["reason"] == "duplicate"
    assert client(server).v1.disputes.list().data[0].id == dispute["result"]["id"]
    overview = server.admin("GET", account).json()
    assert {"dispute", "win", "authenticate"} <= set(overview["verbs"])
    assert not {"charges_for", "started", "api_key"} & set(overview["verbs"])
    journal = server.admin("GET", f"{account}/journal").json()["entries"]
    assert (journal[0]["method"], journal[0]["path"], journal[0]["status"]) == ("POST", "/v1/payment_intents", 200)
    assert paid.id in journal[0]["effects"]
    later = server.admin("GET", f"{account}/journal?after=1").json()["entries"]
    assert [entry["number"] for entry in later] == list(range(2, 2 + len(later)))
    assert server.admin("POST", f"{account}/reset", {}).json()["requests"] == 0
    assert client(server).v1.payment_intents.list().data == []


def test_the_administrator_has_the_verbs_that_only_this_processor_has(start: Start) -> None:
    server = start()
    made = client(server).v1.accounts.create(
        {"type": "custom", "country": "US", "capabilities": {"transfers": {"requested": True}}}
    )
    account = f"/accounts/{server.account()}"
    assert {"onboard", "fail_payout"} <= set(server.admin("GET", account).json()["verbs"])
    onboarded = server.admin("POST", f"{account}/verbs/onboard", {"args": [made.id]}).json()["result"]
    assert onboarded["capabilities"]["transfers"] == "active"
    assert server.admin("POST", f"{account}/verbs/started", {}).status_code == 400


def test_an_object_with_a_known_id_is_there_after_a_crash_too(start: Start, state: pathlib.Path) -> None:
    server = start("--state", str(state))
    client(server).v1.balance.retrieve()
    chosen = server.admin("POST", f"/accounts/{server.account()}/verbs/next_id", {"args": ["customer", "cus_known"]})
    assert chosen.json() == {"result": None}
    assert client(server).v1.customers.create({"name": "Jo"}).id == "cus_known"
    server.kill()
    assert client(start("--state", str(state))).v1.customers.retrieve("cus_known").name == "Jo"


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/verbs/explode", {}, 400, "there is no verb 'explode'; known: "),
        ("/verbs/win", {"args": ["du_none"]}, 400, "the sandbox has no dispute 'du_none'"),
        ("/verbs/win", {"args": []}, 400, "win cannot be called like this: "),
        ("/verbs/win", {"args": "du_1"}, 400, 'a verb takes {"args": [...], "options": {...}}'),
        ("/clock", {"advance": {"weeks": 1}}, 400, "the clock advances by days, hours, minutes or seconds, not by weeks"),
        ("/clock", {"advance": {}}, 400, "the clock advances by days, hours, minutes or seconds, not by nothing"),
        ("/clock", {"advance": 3}, 400, 'say how far, as in {"advance": {"days": 31}}'),
        ("/clock", {"advance": {"days": -1}}, 400, "the sandbox clock moves only forward"),
        ("/clock", [], 400, "the body must be a JSON object"),
        ("/faults", {"kinds": ["504"]}, 400, "there is no fault '504'"),
        ("/faults", {"kinds": "500"}, 400, 'name the faults in order, as in {"kinds": ["500", "500", "ok"]'),
        ("/endpoints", {}, 400, 'say where webhooks go, as in {"url": '),
        (
            "/endpoints",
            {"url": "https://shop.example/webhook"},
            400,
            "webhooks go to this machine only; shop.example is another host",
        ),
    ],
)
def test_what_an_administrator_asks_wrongly_is_explained(
    shared: Server, path: str, body: object, status: int, message: str
) -> None:
    server = shared
    pay(server)
    answer = server.admin("POST", f"/accounts/{server.account()}{path}", body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].startswith(message)


def test_nobody_administers_without_the_token(shared: Server) -> None:
    server = shared
    pay(server)
    for token in ("", "wrong"):
        answer = server.admin("GET", "/accounts", token=token)
        assert answer.status_code == 401
        assert answer.json()["error"]["message"] == "the administrator's token is missing or wrong; send it as x-payproof-token"
    assert requests.get(f"{server.address}/_payproof", timeout=20).status_code == 401
    form = requests.post(
        f"{server.address}/_payproof/api/accounts/{server.account()}/reset", headers={"X-Payproof-Token": TOKEN}, timeout=20
    )
    assert form.status_code == 415
    assert server.admin("GET", "/accounts/nobody").json()["error"]["message"].startswith("there is no such account; ")
    missing = requests.get(f"{server.address}/_payproof/api/account", headers={"X-Payproof-Token": TOKEN}, timeout=20)
    assert missing.json()["error"]["message"].startswith("send an API key of yours as Authorization: Bearer KEY")
    assert (
        server.admin("GET", f"/accounts/{server.account()}/journal?after=x").json()["error"]["message"]
        == "after must be a number"
    )


def test_other_names_and_other_sites_are_refused(start: Start) -> None:
    server = start()
    url = f"{server.address}/v1/customers"
    rebound = requests.get(url, headers={"Host": "rebound.example", "Authorization": f"Bearer {KEY}"}, timeout=20)
    assert (rebound.status_code, "names of this machine only" in rebound.text) == (421, True)
    page = requests.get(url, headers={"Origin": "https://evil.example", "Authorization": f"Bearer {KEY}"}, timeout=20)
    assert (page.status_code, "pages of other sites" in page.text) == (403, True)
    same = requests.get(url, headers={"Origin": server.address, "Authorization": f"Bearer {KEY}"}, timeout=20)
    assert same.status_code == 200
    large = requests.post(url, data=b"x" * 10_000_001, headers={"Authorization": f"Bearer {KEY}"}, timeout=60)
    assert (large.status_code, "a body may hold 10,000,000 bytes" in large.text) == (413, True)
    named = start("--host-name", "stripe.test")
    let_in = requests.get(
        f"{named.address}/v1/customers", headers={"Host": "stripe.test", "Authorization": f"Bearer {KEY}"}, timeout=20
    )
    assert let_in.status_code == 200


def test_faults_below_http_break_the_connection_and_leave_it_hanging(start: Start) -> None:
    server = start()
    pay(server)
    account = f"/accounts/{server.account()}"
    planned = server.admin("POST", f"{account}/faults", {"kinds": ["lost-after", "ok"], "on": "POST /v1/refunds"}).json()[
        "faults"
    ]
    assert planned == ["the fault 'lost-after' was planned for POST /v1/refunds and never fired"]
    intent = pay(server)
    with pytest.raises(stripe.APIConnectionError):
        client(server).v1.refunds.create({"payment_intent": intent.id}, {"idempotency_key": "once"})
    again = client(server).v1.refunds.create({"payment_intent": intent.id}, {"idempotency_key": "once"})
    assert [refund.id for refund in client(server).v1.refunds.list().data] == [again.id]
    server.admin("POST", f"{account}/faults", {"kinds": ["held"]})
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{server.address}/v1/customers", auth=(KEY, ""), timeout=0.5)
    assert server.admin("GET", account).json()["held"] == 1
    assert server.admin("POST", f"{account}/finish", {}).json() == {"finished": 1}
    assert len(client(server).v1.customers.list().data) == 1
    server.admin("POST", f"{account}/faults", {"kinds": ["500"]})
    assert server.admin("DELETE", f"{account}/faults", {}).json() == {"faults": []}
    assert client(server).v1.customers.create().object == "customer"


def test_webhooks_reach_this_machine_unasked_and_failed_ones_again(start: Start, shop: Shop) -> None:
    server = start()
    pay(server)
    account = f"/accounts/{server.account()}"
    secret = server.admin("POST", f"{account}/endpoints", {"url": shop.url, "events": ["customer.*"]}).json()["secret"]
    shop.answers = [500]
    made = client(server).v1.customers.create({"email": "jane@shop.example"})
    payload, headers = shop.wait()
    event = stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], secret)
    assert (event.type, event.data.object["id"]) == ("customer.created", made.id)
    deadline = time.monotonic() + 20
    while not (attempts := _attempts(server, "customer.created")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert attempts == [500]
    assert server.admin("POST", f"{account}/retry", {}).json() == {"again": 1}
    shop.wait()
    server.admin("POST", f"{account}/clock", {"advance": {"hours": 5}})
    assert len(shop.got) == 2


def _attempts(server: Server, event_type: str) -> list[int]:
    events = server.admin("GET", f"/accounts/{server.account()}/webhooks").json()["events"]
    return [attempt["status"] for event in events if event["type"] == event_type for attempt in event["attempts"]]


def test_a_killed_server_begins_where_it_was(start: Start, shop: Shop, state: pathlib.Path) -> None:
    server = start("--state", str(state))
    paid = pay(server)
    account = f"/accounts/{server.account()}"
    refused = server.admin("POST", f"{account}/endpoints", {"url": shop.url, "secret": "of mine"}).json()["error"]["message"]
    assert refused == "a state file keeps no secret of yours; leave it out, and the sandbox makes one and answers it"
    server.admin("POST", f"{account}/endpoints", {"url": shop.url})
    customer = client(server).v1.customers.create({}, {"idempotency_key": "customer-1"})
    shop.wait()
    dispute = server.admin("POST", f"{account}/verbs/dispute", {"args": [paid.id]}).json()["result"]["id"]
    server.admin("POST", f"{account}/clock", {"advance": {"hours": 5}})
    now = server.admin("GET", account).json()["now"]
    server.kill()
    assert KEY.encode() not in state.read_bytes() + (state.parent / "state.db-wal").read_bytes()

    again = start("--state", str(state))
    assert again.said[1] == "restored:       1 account\n"
    restored = again.admin("GET", account).json()
    assert (restored["now"], restored["trouble"]) == (now, "")
    assert client(again).v1.disputes.retrieve(dispute).payment_intent == paid.id
    delivered = len(shop.got)
    with pytest.raises(stripe.IdempotencyError):
        client(again).v1.customers.create({"name": "other"}, {"idempotency_key": "customer-1"})
    assert client(again).v1.customers.list().data[0].id == customer.id
    fresh = client(again).v1.customers.create()
    assert fresh.id != customer.id
    shop.wait()
    assert len(shop.got) <= delivered + 4, "what was delivered before is not delivered again"


def test_a_state_file_that_is_none_of_ours_is_refused(start: Start, state: pathlib.Path) -> None:
    state.write_bytes(b"not a database at all, but longer than a header of one would be, so that it is read as such" * 20)
    with pytest.raises(AssertionError, match=r"payproof: the state file .* cannot be used: it is no file of a sandbox"):
        start("--state", str(state))
    state.unlink()
    held = start("--state", str(state), "--seed", "one")
    with pytest.raises(AssertionError, match="cannot be used: another process uses it"):
        start("--state", str(state), "--seed", "one")
    held.kill()
    with pytest.raises(AssertionError, match=r"is of release payproof [\d.]+, seed one, and this is payproof [\d.]+, seed two"):
        start("--state", str(state), "--seed", "two")
    start("--state", str(state), "--seed", "one").kill()
    with contextlib.closing(sqlite3.connect(state, isolation_level=None)) as database:
        database.execute("UPDATE meta SET value = '0' WHERE name = 'version'")
    with pytest.raises(AssertionError, match="is of version 0, and this is 1"):
        start("--state", str(state), "--seed", "one")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--host", "0.0.0.0"],
            "0.0.0.0 can be reached from other machines; a sandbox is for this one. Say --exposed when you mean it",
        ),
        (["--processor", "strip"], "there is no sandbox of 'strip'; there are: "),
        (["--host", "127.0.0.1", "--port", "1"], "cannot listen on 127.0.0.1, port 1: "),
        (["--state", "x.db", "--raw-cards"], "a state file keeps every request, and card numbers must not be kept"),
    ],
)
def test_what_cannot_be_served_is_said(start: Start, options: list[str], message: str) -> None:
    if "1" in options and os.geteuid() == 0:
        holder = start()
        options = ["--port", holder.address.rsplit(":", 1)[1]]
        message = "cannot listen on 127.0.0.1, port "
    with pytest.raises(AssertionError) as refused:
        start(*options)
    assert str(refused.value).startswith(f"payproof: {message}")


def test_keys_in_every_place_are_replaced_before_they_are_kept(start: Start, state: pathlib.Path) -> None:
    server = start("--state", str(state))
    requests.post(f"{server.address}/v1/customers", auth=(KEY, ""), timeout=20)
    server.kill()
    kept = state.read_bytes() + (state.parent / "state.db-wal").read_bytes()
    assert KEY.encode() not in kept
    assert base64.b64encode(f"{KEY}:".encode()) not in kept


def test_another_processors_tokens_lead_to_the_account_that_gave_them(start: Start, state: pathlib.Path) -> None:
    server = start("--processor", "paypal", "--state", str(state))
    assert server.said[0].startswith("paypal sandbox: ")

    def token(client_id: str, address: str) -> str:
        url = f"{address}/v1/oauth2/token"
        answer = requests.post(url, data={"grant_type": "client_credentials"}, auth=(client_id, "of-mine"), timeout=20)
        found: str = answer.json()["access_token"]
        return found

    order = {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "EUR", "value": "12.00"}}]}
    one, two = ({"Authorization": f"Bearer {token(name, server.address)}"} for name in ("client-one", "client-two"))
    made = requests.post(f"{server.address}/v2/checkout/orders", json=order, headers=one, timeout=20)
    assert made.status_code == 201
    path = f"/v2/checkout/orders/{made.json()['id']}"
    assert requests.get(server.address + path, headers=one, timeout=20).status_code == 200
    assert requests.get(server.address + path, headers=two, timeout=20).status_code == 404
    assert len(server.admin("GET", "/accounts").json()["accounts"]) == 2
    server.kill()
    again = start("--processor", "paypal", "--state", str(state))
    assert requests.get(again.address + path, headers=one, timeout=20).status_code == 200
    kept = state.read_bytes() + (state.parent / "state.db-wal").read_bytes()
    assert b"client-one" not in kept and base64.b64encode(b"client-one:of-mine") not in kept
