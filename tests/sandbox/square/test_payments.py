"""Payments, refunds, orders, customers, cards and disputes: what is refused, and what follows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from calling import API, OK, Http, error, made, usd

from payproof.sandbox import NotImitated, SandboxError, SquareSandbox
from payproof.sandbox.core.money import Money

BODY: dict[str, Any] = {"source_id": OK, "idempotency_key": "one", "amount_money": usd(1200)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"source_id": "cnon:none"}, (404, "NOT_FOUND", "source_id")),
        ({"source_id": "cnon:card-nonce-already-used"}, (400, "CARD_TOKEN_USED", "")),
        ({"amount_money": None}, (400, "MISSING_REQUIRED_PARAMETER", "amount_money.amount")),
        ({"amount_money": {"amount": 5}}, (400, "MISSING_REQUIRED_PARAMETER", "amount_money.currency")),
        ({"amount_money": usd(0)}, (400, "VALUE_TOO_LOW", "amount_money.amount")),
        ({"tip_money": usd(-1)}, (400, "VALUE_TOO_LOW", "tip_money.amount")),
        ({"idempotency_key": None}, (400, "MISSING_REQUIRED_PARAMETER", "idempotency_key")),
        ({"idempotency_key": ""}, (400, "VALUE_EMPTY", "idempotency_key")),
        ({"idempotency_key": "x" * 46}, (400, "VALUE_TOO_LONG", "idempotency_key")),
        ({"customer_id": "none"}, (404, "NOT_FOUND", "customer_id")),
        ({"order_id": "none"}, (404, "NOT_FOUND", "order_id")),
        ({"autocomplete": False, "delay_duration": "a week"}, (400, "INVALID_VALUE", "delay_duration")),
        ({"source_id": "bnon:bank-nonce-ok", "autocomplete": False}, (400, "INVALID_VALUE", "autocomplete")),
    ],
)
def test_what_cannot_be_paid_is_refused_and_leaves_nothing(
    box: SquareSandbox, http: Http, changes: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert error(http.post("payments", **{**BODY, **changes})) == expected
    assert not any(box.store.values())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source_id": "CASH"}, "plays no payment from 'CASH'; pay with 'cnon:card-nonce-ok'"),
        ({"app_fee_money": usd(5)}, "was sent 'app_fee_money', which the Square sandbox does not play"),
        ({"amont_money": usd(5)}, r"was sent 'amont_money', which squareup [\d.]+ does not know; did you mean 'amount_money'"),
    ],
)
def test_what_is_not_played_or_not_there_says_so(box: SquareSandbox, http: Http, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        http.post("payments", **{**BODY, **changes})
    box.problems.clear()


def test_queries_and_bodies_are_looked_at_too(box: SquareSandbox, http: Http) -> None:
    assert error(http.get("payments?colour=red")) == (400, "UNKNOWN_QUERY_PARAMETER", "colour")
    assert error(http.get("payments?cursor=x")) == (400, "INVALID_CURSOR", "cursor")
    assert error(http.get("payments?limit=0")) == (400, "VALUE_TOO_LOW", "limit")
    assert error(http.client.post("/v2/payments", data={"source_id": OK})) == (400, "EXPECTED_JSON_BODY", "")
    assert error(httpx.get(f"{API}/v2/payments")) == (401, "UNAUTHORIZED", "")
    with pytest.raises(NotImitated, match="'card_brand'"):
        http.get("payments?card_brand=VISA")
    box.problems.clear()


def test_lists_come_in_pages_newest_first(http: Http) -> None:
    ids = [http.paid(amount)["id"] for amount in (100, 200, 300)]
    first = http.get("payments?limit=2").json()
    assert [one["id"] for one in first["payments"]] == ids[:0:-1]
    rest = http.get(f"payments?limit=2&cursor={first['cursor']}").json()
    assert ([one["id"] for one in rest["payments"]], "cursor" in rest) == (ids[:1], False)
    assert [one["id"] for one in http.get("payments?total=200&sort_order=ASC").json()["payments"]] == [ids[1]]


def test_a_key_repeats_what_it_did_and_refuses_another_body(box: SquareSandbox, http: Http) -> None:
    first = http.post("payments", **BODY)
    box.clock.advance(days=400)
    assert http.post("payments", **BODY).json() == first.json()
    assert error(http.post("payments", **{**BODY, "note": "x"})) == (400, "IDEMPOTENCY_KEY_REUSED", "idempotency_key")
    declined = {**BODY, "idempotency_key": "two", "source_id": "cnon:card-nonce-declined"}
    assert http.post("payments", **declined).json() == http.post("payments", **declined).json()
    assert error(http.post("payments", **{**declined, "source_id": OK}))[1] == "IDEMPOTENCY_KEY_REUSED"
    assert len(box.store["payment"]) == 2


def test_an_optional_key_repeats_too_and_without_one_there_are_two(box: SquareSandbox, http: Http) -> None:
    body = {"given_name": "Ada", "idempotency_key": "one"}
    assert http.post("customers", **body).json() == http.post("customers", **body).json()
    http.customer(), http.customer()
    assert len(box.store["customer"]) == 3


def test_a_server_error_after_the_execution_is_repeated_as_what_it_left(box: SquareSandbox, http: Http) -> None:
    box.faults.next("500-after", "POST /v2/payments")
    assert http.post("payments", **BODY).status_code == 500
    assert made(http.post("payments", **BODY), "payment")["status"] == "COMPLETED"
    assert len(box.charges_for()) == 1


def test_an_approved_payment_changes_until_it_is_taken(box: SquareSandbox, http: Http) -> None:
    approved = http.paid(autocomplete=False, tip_money=usd(100), delay_duration="PT36H", delay_action="COMPLETE")
    assert (approved["total_money"]["amount"], approved["delay_action"]) == (1300, "COMPLETE")
    path = f"payments/{approved['id']}"
    changed = {"amount_money": usd(1000), "version_token": approved["version_token"]}
    assert made(http.put(path, idempotency_key="u1", payment=changed), "payment")["total_money"]["amount"] == 1100
    assert error(http.put(path, idempotency_key="u2", payment=changed)) == (409, "CONFLICT", "payment.version_token")
    assert error(http.post(f"{path}/complete", version_token="old")) == (409, "CONFLICT", "version_token")
    assert error(http.put(path, idempotency_key="u3", payment={"note": "x"})) == (400, "BAD_REQUEST", "payment.note")
    box.clock.advance(hours=37)
    assert box.object(approved["id"])["status"] == "COMPLETED"
    assert error(http.put(path, idempotency_key="u4", payment={"tip_money": usd(5)}))[1] == "DELAYED_TRANSACTION_CAPTURED"


def test_canceling_by_a_key_needs_no_payment_and_undoes_none_that_was_taken(http: Http) -> None:
    assert http.post("payments/cancel", idempotency_key="none").json() == {}
    http.post("payments", **BODY)
    assert error(http.post("payments/cancel", idempotency_key="one"))[1] == "DELAYED_TRANSACTION_CAPTURED"


@pytest.mark.parametrize(("succeed", "status"), [(True, "COMPLETED"), (False, "FAILED")])
def test_a_bank_payment_is_pending_first(box: SquareSandbox, http: Http, succeed: bool, status: str) -> None:
    payment = http.paid(source="bnon:bank-nonce-ok")
    assert (payment["status"], payment["source_type"], box.charges_for()) == ("PENDING", "BANK_ACCOUNT", [])
    assert box.settle(payment["id"], succeed=succeed)["status"] == status
    with pytest.raises(SandboxError, match=f"is not pending; it is {status}"):
        box.settle(payment["id"])


def test_refunds_are_refused_what_is_not_there_any_more(box: SquareSandbox, http: Http) -> None:
    paid = http.paid()["id"]
    assert error(http.refund("none", 5)) == (404, "NOT_FOUND", "payment_id")
    assert error(http.refund(paid, 1201)) == (400, "REFUND_AMOUNT_INVALID", "amount_money.amount")
    euros = {"amount": 5, "currency": "EUR"}
    body = {"idempotency_key": "r", "payment_id": paid, "amount_money": euros}
    assert error(http.post("refunds", **body)) == (400, "CURRENCY_MISMATCH", "amount_money.currency")
    assert error(http.post("refunds", idempotency_key="r", amount_money=usd(5)))[1:] == (
        "MISSING_REQUIRED_PARAMETER",
        "payment_id",
    )
    canceled = http.paid(autocomplete=False)["id"]
    http.post(f"payments/{canceled}/cancel")
    assert error(http.refund(canceled, 5)) == (400, "PAYMENT_NOT_REFUNDABLE", "payment_id")
    box.dispute(paid)
    assert error(http.refund(paid, 5)) == (400, "PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "payment_id")
    old = http.paid()["id"]
    box.clock.advance(days=366)
    assert error(http.refund(old, 5)) == (400, "PAYMENT_NOT_REFUNDABLE", "payment_id")


def test_a_refund_that_arrived_does_not_fail_any_more(box: SquareSandbox, http: Http) -> None:
    refund = made(http.refund(http.paid()["id"], 500), "refund")["id"]
    assert box.settle(refund)["status"] == "COMPLETED"
    with pytest.raises(SandboxError, match="cannot fail; it is COMPLETED"):
        box.fail_refund(refund)
    assert [one["id"] for one in http.get("refunds?status=COMPLETED").json()["refunds"]] == [refund]
    other = made(http.refund(http.paid()["id"], 500), "refund")["id"]
    assert box.settle(other, succeed=False)["status"] == "FAILED"


def test_an_order_is_paid_by_one_payment_or_by_several_together(box: SquareSandbox, http: Http) -> None:
    whole = http.order(600, "2")
    mismatch = (400, "PAYMENT_AMOUNT_MISMATCH", "amount_money.amount")
    assert error(http.pay(700, order_id=whole["id"])) == mismatch
    http.paid(1200, order_id=whole["id"])
    assert error(http.pay(1200, order_id=whole["id"])) == (400, "BAD_REQUEST", "order_id")
    parts = http.order(1200)
    assert error(http.pay(1300, order_id=parts["id"], autocomplete=False)) == mismatch
    first, second = (http.paid(amount, order_id=parts["id"], autocomplete=False)["id"] for amount in (500, 700))
    path = f"orders/{parts['id']}/pay"
    assert error(http.post(path, idempotency_key="p1", payment_ids=[first])) == (400, "PAYMENT_AMOUNT_MISMATCH", "payment_ids")
    stranger = http.paid(autocomplete=False)["id"]
    assert error(http.post(path, idempotency_key="p2", payment_ids=[stranger])) == (400, "BAD_REQUEST", "payment_ids")
    assert error(http.post(path, idempotency_key="p3", order_version=9)) == (409, "CONFLICT", "order_version")
    paid = made(http.post(path, idempotency_key="p4", payment_ids=[first, second]), "order")
    assert (paid["state"], len(paid["tenders"]), len(box.charges_for(order_id=parts["id"]))) == ("COMPLETED", 2, 2)
    assert error(http.post(path, idempotency_key="p5", payment_ids=[])) == (400, "BAD_REQUEST", "order_id")
    assert len(http.post("orders/batch-retrieve", order_ids=[whole["id"], parts["id"], "none"]).json()["orders"]) == 2


def test_an_order_changes_by_its_version(box: SquareSandbox, http: Http) -> None:
    path = f"orders/{http.order()['id']}"
    assert error(http.put(path, order={"location_id": "L1", "reference_id": "7"})) == (
        400,
        "MISSING_REQUIRED_PARAMETER",
        "order.version",
    )
    changed = made(http.put(path, order={"version": 1, "location_id": "L1", "reference_id": "7"}), "order")
    assert (changed["version"], changed["reference_id"]) == (2, "7")
    stale = {"version": 1, "location_id": "L1", "state": "CANCELED"}
    assert error(http.put(path, order=stale)) == (409, "CONFLICT", "order.version")
    assert error(http.put(path, order={**stale, "version": 2, "state": "COMPLETED"})) == (400, "BAD_REQUEST", "order.state")
    assert made(http.put(path, order={**stale, "version": 2}), "order")["state"] == "CANCELED"
    assert error(http.put(path, order={**stale, "version": 3})) == (400, "BAD_REQUEST", "order.state")


def test_orders_with_more_than_items_are_refused_by_name(box: SquareSandbox, http: Http) -> None:
    line = {"name": "Book", "quantity": "1", "base_price_money": usd(5)}
    for order, message in (
        ({"taxes": [{"name": "VAT"}]}, r"does not act on order\.taxes"),
        ({"line_items": [{**line, "catalog_object_id": "x"}]}, r"order\.line_items\[0\]\.catalog_object_id"),
        ({"state": "DRAFT"}, "makes no order that is DRAFT"),
    ):
        with pytest.raises(NotImitated, match=message):
            http.post("orders", order={"location_id": "L1", **order})
    box.problems.clear()
    for item, expected in (
        ({"quantity": "1.5"}, "INVALID_VALUE"),
        ({"base_price_money": None}, "MISSING_REQUIRED_PARAMETER"),
    ):
        assert error(http.post("orders", order={"location_id": "L1", "line_items": [{**line, **item}]}))[1] == expected
    euro = {**line, "base_price_money": {"amount": 5, "currency": "EUR"}}
    assert error(http.post("orders", order={"location_id": "L1", "line_items": [line, euro]}))[1] == "CURRENCY_MISMATCH"


def test_a_card_on_file_pays_for_its_customer_until_it_is_disabled(box: SquareSandbox, http: Http) -> None:
    customer = http.customer()
    card = http.card(customer)
    assert error(http.pay(source=card)) == (400, "MISSING_REQUIRED_PARAMETER", "customer_id")
    assert error(http.pay(source=card, customer_id=http.customer())) == (404, "NOT_FOUND", "source_id")
    assert http.paid(source=card, customer_id=customer)["card_details"]["card"]["id"] == card
    box.fund(card, "cnon:card-nonce-declined")
    assert http.pay(source=card, customer_id=customer).status_code == 402
    assert made(http.get(f"cards/{card}"), "card")["enabled"]
    assert not made(http.post(f"cards/{card}/disable"), "card")["enabled"]
    assert error(http.pay(source=card, customer_id=customer)) == (400, "INVALID_CARD", "source_id")
    assert http.get(f"cards?customer_id={customer}").json() == {}
    assert len(http.get(f"cards?customer_id={customer}&include_disabled=true").json()["cards"]) == 1
    body = {"idempotency_key": "x", "source_id": "cnon:card-nonce-rejected-cvv", "card": {"customer_id": customer}}
    assert error(http.post("cards", **body))[:2] == (402, "CVV_FAILURE")


def test_customers_change_by_their_version(http: Http) -> None:
    assert error(http.post("customers", note="nobody")) == (400, "MISSING_REQUIRED_PARAMETER", "")
    customer = http.customer()
    assert made(http.put(f"customers/{customer}", version=0, note="x"), "customer")["version"] == 1
    assert error(http.put(f"customers/{customer}", version=0, note="y")) == (409, "CONFLICT", "version")
    assert [one["id"] for one in http.get("customers").json()["customers"]] == [customer]
    assert http.delete(f"customers/{customer}").json() == {}
    assert error(http.get(f"customers/{customer}")) == (404, "NOT_FOUND", "customer_id")


def test_a_dispute_is_answered_once(box: SquareSandbox, http: Http) -> None:
    dispute = str(box.dispute(http.paid()["id"], "NOT_RECEIVED")["id"])
    assert box.money() == {"USD": Money(charged=1200, disputed=1200, fees=65, net=-65)}
    path = f"disputes/{dispute}"
    assert error(http.post(f"{path}/submit-evidence")) == (400, "BAD_REQUEST", "")
    texts = [http.post(f"{path}/evidence-text", idempotency_key=key, evidence_text=key) for key in "ab"]
    first, second = (made(text, "evidence")["id"] for text in texts)
    assert http.delete(f"{path}/evidence/{first}").json() == {}
    assert made(http.get(f"{path}/evidence/{second}"), "evidence")["evidence_text"] == "b"
    other = box.dispute(http.paid()["id"])["id"]
    assert error(http.get(f"disputes/{other}/evidence/{second}")) == (404, "NOT_FOUND", "evidence_id")
    assert made(http.post(f"{path}/submit-evidence"), "dispute")["state"] == "PROCESSING"
    assert error(http.post(f"{path}/accept")) == (400, "BAD_REQUEST", "dispute_id")
    assert made(http.post(f"disputes/{other}/accept"), "dispute")["state"] == "ACCEPTED"
    assert [one["id"] for one in http.get("disputes?states=ACCEPTED").json()["disputes"]] == [other]


def test_an_inquiry_that_is_won_is_closed(box: SquareSandbox, http: Http) -> None:
    paid = http.paid()["id"]
    inquiry = box.dispute(paid, inquiry=True)
    assert box.money()["USD"].disputed == 0
    assert box.win(str(inquiry["id"]))["state"] == "INQUIRY_CLOSED"
    assert http.refund(paid, 5).status_code == 200


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("complete_checkout", ("NONE",), "the sandbox has no payment_link or invoice 'NONE'"),
        ("complete_checkout", ("NONE", "cnon:card"), "there is no test value 'cnon:card'"),
        ("dispute", ("NONE",), "the sandbox has no payment 'NONE'"),
        ("win", ("NONE",), "the sandbox has no dispute 'NONE'"),
        ("fail_refund", ("NONE",), "the sandbox has no refund 'NONE'"),
        ("settle", ("NONE",), "the sandbox has no payment or refund 'NONE'"),
        ("fund", ("NONE", OK), "the sandbox has no card 'NONE'"),
        ("object", ("NONE",), "the sandbox has no object 'NONE'"),
        ("refuse_key", ("x", "expired"), "an access token is refused as 'invalid', not as 'expired'"),
        ("authenticate", ("NONE",), "the square sandbox has no verb 'authenticate'"),
    ],
)
def test_a_verb_that_is_asked_wrongly_says_so(box: SquareSandbox, verb: str, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        getattr(box, verb)(*arguments)


def test_disputes_are_asked_for_as_square_has_them(box: SquareSandbox, http: Http) -> None:
    paid = http.paid()["id"]
    with pytest.raises(SandboxError, match="no dispute for 'DUPLICAT'; did you mean 'DUPLICATE'"):
        box.dispute(paid, "DUPLICAT")
    with pytest.raises(SandboxError, match="cannot be disputed for 1300; 1200 of it are left"):
        box.dispute(paid, amount=1300)
    with pytest.raises(SandboxError, match="cannot be disputed; it is APPROVED"):
        box.dispute(http.paid(autocomplete=False)["id"])
    with pytest.raises(SandboxError, match="Square's payments have no 'metadata'; ask by order_id, reference_id"):
        box.charges_for(metadata="42")


def test_a_payment_link_is_paid_once(box: SquareSandbox, http: Http) -> None:
    links = "online-checkout/payment-links"
    quick = {"name": "Book", "price_money": usd(1200), "location_id": "L1"}
    assert error(http.post(links, idempotency_key="a")) == (400, "BAD_REQUEST", "")
    link = made(http.post(links, idempotency_key="b", quick_pay=quick, payment_note="Thanks"), "payment_link")
    box.complete_checkout(link["id"], "cnon:card-nonce-declined")
    assert box.charges_for() == []
    box.complete_checkout(link["id"])
    assert [charge["note"] for charge in box.charges_for(order_id=link["order_id"])] == ["Thanks"]
    with pytest.raises(SandboxError, match="waits for no payment; its order is COMPLETED"):
        box.complete_checkout(link["id"])
    assert made(http.get(f"{links}/{link['id']}"), "payment_link")["url"].startswith("https://")
    assert len(http.get(links).json()["payment_links"]) == 1


def test_there_is_one_location(http: Http) -> None:
    (found,) = http.get("locations").json()["locations"]
    assert made(http.get(f"locations/{found['id']}"), "location") == made(http.get("locations/main"), "location")
    assert error(http.get("locations/L9")) == (404, "NOT_FOUND", "location_id")


def test_an_answer_that_the_sdk_does_not_know_is_a_mistake_of_ours(box: SquareSandbox, http: Http) -> None:
    payment = http.paid()["id"]
    box.store["payment"][payment]["surprise"] = True
    with pytest.raises(ValueError, match=r"not as the installed SDK declares it: payment\.surprise"):
        http.get(f"payments/{payment}")
