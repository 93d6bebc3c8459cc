"""Invoices and subscriptions: published, charged on the clock, declined, paused, canceled."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from calling import Http, error, made, usd
from square import Square

from payproof.sandbox import NotImitated, SandboxError, SquareSandbox

DECLINED = "cnon:card-nonce-declined"


def today(box: SquareSandbox, days: int = 0) -> str:
    at = datetime.datetime.fromtimestamp(box.clock.now(), datetime.timezone.utc) + datetime.timedelta(days=days)
    return at.strftime("%Y-%m-%d")


def invoice(http: Http, due: str, customer: str, **request: Any) -> Any:
    asked = {"request_type": "BALANCE", "due_date": due, **request}
    body = {"order_id": http.order()["id"], "primary_recipient": {"customer_id": customer}, "payment_requests": [asked]}
    return made(http.post("invoices", invoice=body), "invoice")


def publish(http: Http, found: Any) -> Any:
    return made(http.post(f"invoices/{found['id']}/publish", version=found["version"]), "invoice")


def variation(http: Http, cadence: str = "MONTHLY", **phase: Any) -> str:
    plan = {"type": "SUBSCRIPTION_PLAN", "id": "#plan", "subscription_plan_data": {"name": "Box"}}
    plan_id = made(http.post("catalog/object", idempotency_key=http.key(), object=plan), "catalog_object")["id"]
    priced = {"cadence": cadence, "pricing": {"type": "STATIC", "price_money": usd(1000)}, **phase}
    data = {"name": "Monthly", "subscription_plan_id": plan_id, "phases": [priced]}
    body = {"type": "SUBSCRIPTION_PLAN_VARIATION", "id": "#variation", "subscription_plan_variation_data": data}
    return str(made(http.post("catalog/object", idempotency_key=http.key(), object=body), "catalog_object")["id"])


def subscribed(http: Http, *, card: bool = True, **more: Any) -> Any:
    customer = http.customer()
    body = {"location_id": "L1", "plan_variation_id": variation(http), "customer_id": customer, **more}
    if card:
        body["card_id"] = http.card(customer)
    return made(http.post("subscriptions", **body), "subscription")


def test_an_invoice_is_published_and_paid_on_its_page(box: SquareSandbox, http: Http) -> None:
    found = publish(http, invoice(http, today(box, 7), http.customer()))
    assert (found["status"], found["next_payment_amount_money"]["amount"]) == ("UNPAID", 1200)
    assert box.complete_checkout(found["id"], DECLINED)["status"] == "UNPAID"
    assert box.complete_checkout(found["id"])["status"] == "PAID"
    assert [charge["order_id"] for charge in box.charges_for()] == [found["order_id"]]
    with pytest.raises(SandboxError, match="waits for no payment; it is PAID"):
        box.complete_checkout(found["id"])
    types = [event.type for event in box.outbox if event.type.startswith("invoice")]
    assert types == ["invoice.created", "invoice.published", "invoice.payment_made"]


def test_an_invoice_is_charged_to_a_card_when_it_is_due(box: SquareSandbox, http: Http) -> None:
    customer = http.customer()
    request = {"automatic_payment_source": "CARD_ON_FILE", "card_id": http.card(customer)}
    found = publish(http, invoice(http, today(box, 7), customer, **request))
    box.clock.advance(days=6)
    assert box.object(found["id"])["status"] == "UNPAID"
    box.clock.advance(days=2)
    assert box.object(found["id"])["status"] == "PAID"


def test_a_declined_card_leaves_the_invoice_unpaid(box: SquareSandbox, http: Http) -> None:
    customer = http.customer()
    card = http.card(customer)
    box.fund(card, DECLINED)
    found = publish(http, invoice(http, today(box), customer, automatic_payment_source="CARD_ON_FILE", card_id=card))
    assert found["status"] == "UNPAID"
    assert box.outbox[-1].type == "invoice.scheduled_charge_failed"
    assert box.processor.event_tells(box.outbox[-1].type) == "decline"


def test_an_invoice_ends_once(box: SquareSandbox, http: Http) -> None:
    draft = invoice(http, today(box), http.customer())
    path = f"invoices/{draft['id']}"
    assert error(http.post(f"{path}/cancel", version=0)) == (400, "BAD_REQUEST", "invoice_id")
    assert error(http.post(f"{path}/publish", version=3)) == (409, "CONFLICT", "version")
    found = publish(http, draft)
    assert error(http.delete(path)) == (400, "BAD_REQUEST", "invoice_id")
    assert error(http.delete(f"{path}?version=0")) == (409, "CONFLICT", "version")
    assert made(http.post(f"{path}/cancel", version=found["version"]), "invoice")["status"] == "CANCELED"
    other = invoice(http, today(box), http.customer())
    assert http.delete(f"invoices/{other['id']}").json() == {}
    assert error(http.get(f"invoices/{other['id']}")) == (404, "NOT_FOUND", "invoice_id")
    assert [one["id"] for one in http.get("invoices?location_id=L1").json()["invoices"]] == [draft["id"]]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"request_type": "DEPOSIT"}, "one payment request, of the type BALANCE"),
        ({"request_type": "BALANCE", "percentage_requested": "50"}, r"does not act on invoice.payment_requests\[0\].percentage"),
        ({"request_type": "BALANCE", "automatic_payment_source": "BANK_ON_FILE"}, "charges no invoice by BANK_ON_FILE"),
    ],
)
def test_what_is_not_played_of_invoices_says_so(box: SquareSandbox, http: Http, request_: Any, message: str) -> None:
    order = http.order()["id"]
    with pytest.raises(NotImitated, match=message):
        http.post("invoices", invoice={"order_id": order, "payment_requests": [request_]})
    with pytest.raises(NotImitated, match=r"does not act on invoice.scheduled_at"):
        http.post("invoices", invoice={"order_id": order, "scheduled_at": "2090-01-01T00:00:00Z"})
    box.problems.clear()


def test_subscription_through_the_sdk(box: SquareSandbox, square: Square, http: Http) -> None:
    customer = square.customers.create(email_address="a@example.com").customer
    card = square.cards.create(idempotency_key="card", source_id="cnon:card-nonce-ok", card={"customer_id": customer.id}).card
    asked = {"location_id": "L1", "plan_variation_id": variation(http), "customer_id": customer.id, "card_id": card.id}
    made = square.subscriptions.create(idempotency_key="one", **asked).subscription
    assert made.status == "ACTIVE" and len(box.charges_for(customer_id=customer.id)) == 1
    box.clock.advance(days=63)
    assert len(box.charges_for(customer_id=customer.id)) == 3
    found = square.subscriptions.get(subscription_id=made.id).subscription
    assert len(found.invoice_ids) == 3
    ended = square.subscriptions.cancel(subscription_id=made.id).subscription
    assert (ended.status, ended.canceled_date) == ("ACTIVE", found.charged_through_date)
    box.clock.advance(days=63)
    assert square.subscriptions.get(subscription_id=made.id).subscription.status == "CANCELED"
    assert len(box.charges_for(customer_id=customer.id)) == 3


def test_a_subscription_is_paused_and_resumed(box: SquareSandbox, square: Square, http: Http) -> None:
    identifier = subscribed(http)["id"]
    square.subscriptions.pause(subscription_id=identifier, pause_reason="Away")
    assert error(http.post(f"subscriptions/{identifier}/pause")) == (400, "BAD_REQUEST", "subscription_id")
    box.clock.advance(days=63)
    assert (box.object(identifier)["status"], len(box.charges_for())) == ("PAUSED", 1)
    assert square.subscriptions.resume(subscription_id=identifier).subscription.status == "ACTIVE"
    box.clock.advance(days=32)
    assert len(box.charges_for()) == 3
    assert error(http.post(f"subscriptions/{identifier}/resume")) == (400, "BAD_REQUEST", "subscription_id")


def test_a_renewal_that_is_declined_is_owed(box: SquareSandbox, http: Http) -> None:
    found = subscribed(http)
    box.fund(found["card_id"], DECLINED)
    box.clock.advance(days=32)
    now = box.object(found["id"])
    assert (now["status"], box.object(now["invoice_ids"][0])["status"]) == ("ACTIVE", "UNPAID")
    box.complete_checkout(now["invoice_ids"][0])
    assert len(box.charges_for()) == 2


def test_a_subscription_begins_later_and_ends_with_its_phases(box: SquareSandbox, http: Http) -> None:
    customer = http.customer()
    plan = variation(http, "WEEKLY", periods=2)
    body = {"location_id": "L1", "plan_variation_id": plan, "customer_id": customer, "card_id": http.card(customer)}
    found = made(http.post("subscriptions", start_date=today(box, 3), **body), "subscription")
    assert (found["status"], box.charges_for()) == ("PENDING", [])
    box.clock.advance(days=4)
    assert (box.object(found["id"])["status"], len(box.charges_for())) == ("ACTIVE", 1)
    box.clock.advance(days=30)
    assert (box.object(found["id"])["status"], len(box.charges_for())) == ("COMPLETED", 2)


def test_subscriptions_are_refused_what_cannot_be_billed(box: SquareSandbox, http: Http) -> None:
    plan = variation(http)
    body = {"location_id": "L1", "plan_variation_id": plan, "customer_id": http.customer()}
    strange = http.card(http.customer())
    assert error(http.post("subscriptions", **body, card_id=strange)) == (404, "NOT_FOUND", "card_id")
    assert error(http.post("subscriptions", **body, start_date="soon")) == (400, "INVALID_DATE", "start_date")
    nameless = made(http.post("customers", given_name="Ada"), "customer")["id"]
    assert error(http.post("subscriptions", **{**body, "customer_id": nameless}))[1] == "CUSTOMER_MISSING_EMAIL"
    phases = [{"cadence": "SOMETIMES"}]
    data = {"name": "x", "phases": phases}
    asked = {"type": "SUBSCRIPTION_PLAN_VARIATION", "id": "#x", "subscription_plan_variation_data": data}
    assert error(http.post("catalog/object", idempotency_key="x", object=asked))[1] == "INVALID_ENUM_VALUE"
    with pytest.raises(NotImitated, match="keeps new SUBSCRIPTION_PLAN and SUBSCRIPTION_PLAN_VARIATION objects only"):
        http.post("catalog/object", idempotency_key="y", object={"type": "ITEM", "id": "#y"})
    box.problems.clear()
