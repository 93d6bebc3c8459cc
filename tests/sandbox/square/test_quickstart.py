"""The documented flows of the official SDK, unmodified: pay, decline, refund, dispute, order, card on file, receive webhooks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from calling import OK, usd
from square import AsyncSquare, Square
from square.core.api_error import ApiError
from square.environment import SquareEnvironment
from square.utils.webhooks_helper import verify_signature

from payproof.sandbox import LiveKeyRefused, SandboxError, SquareSandbox


def pay(square: Square, key: str = "one", **more: Any) -> Any:
    asked = {"source_id": OK, "idempotency_key": key, "amount_money": usd(1200), **more}
    return square.payments.create(**asked).payment


def test_pay(box: SquareSandbox, square: Square) -> None:
    payment = pay(square, reference_id="42", note="A book", location_id="L88917AVBK2S5")
    assert (payment.status, payment.amount_money.amount, payment.card_details.card.last4) == ("COMPLETED", 1200, "1111")
    assert square.payments.get(payment_id=payment.id).payment.id == payment.id
    assert [found.id for found in square.payments.list()] == [payment.id]
    assert [charge["id"] for charge in box.charges_for(reference_id=42)] == [payment.id]


@pytest.mark.asyncio
async def test_pay_async(box: SquareSandbox) -> None:
    square = AsyncSquare(token=box.api_key, environment=SquareEnvironment.SANDBOX)
    box.faults.next("500", "POST /v2/payments")
    made = await square.payments.create(source_id=OK, idempotency_key="one", amount_money=usd(1200))
    assert made.payment is not None and made.payment.status == "COMPLETED"
    assert [entry.status for entry in box.journal] == [500, 200]


def test_decline(box: SquareSandbox, square: Square) -> None:
    with pytest.raises(ApiError) as caught:
        pay(square, source_id="cnon:card-nonce-declined")
    assert caught.value.status_code == 402
    (error,) = caught.value.body["errors"]
    assert (error["category"], error["code"]) == ("PAYMENT_METHOD_ERROR", "GENERIC_DECLINE")
    assert caught.value.body["payment"]["status"] == "FAILED"
    assert box.charges_for() == []


def test_refund(box: SquareSandbox, square: Square) -> None:
    payment = pay(square)
    made = square.refunds.refund_payment(idempotency_key="two", payment_id=payment.id, amount_money=usd(500), reason="Torn")
    assert made.refund is not None and made.refund.status == "PENDING"
    box.clock.advance(minutes=5)
    assert square.refunds.get(refund_id=made.refund.id).refund.status == "COMPLETED"
    assert square.payments.get(payment_id=payment.id).payment.refunded_money.amount == 500
    assert [found.id for found in square.refunds.list()] == [made.refund.id]


def test_authorize_and_complete(square: Square) -> None:
    payment = pay(square, autocomplete=False)
    assert (payment.status, payment.delay_duration, payment.delay_action) == ("APPROVED", "P7D", "CANCEL")
    done = square.payments.complete(payment_id=payment.id, version_token=payment.version_token).payment
    assert done is not None and (done.status, done.card_details.status) == ("COMPLETED", "CAPTURED")


def test_a_lost_answer_is_canceled_by_its_key(box: SquareSandbox, square: Square) -> None:
    box.faults.next("timeout-after", "POST /v2/payments")
    with pytest.raises(Exception, match="timed out"):
        pay(square, key="lost", autocomplete=False)
    square.payments.cancel_by_idempotency_key(idempotency_key="lost")
    assert [payment.status for payment in square.payments.list()] == ["CANCELED"]


def test_order_and_card_on_file(box: SquareSandbox, square: Square) -> None:
    customer = square.customers.create(given_name="Ada", email_address="ada@example.com").customer
    card = square.cards.create(idempotency_key="card", source_id=OK, card={"customer_id": customer.id}).card
    line: Any = {"name": "Book", "quantity": "2", "base_price_money": usd(600)}
    order = square.orders.create(order={"location_id": "L1", "line_items": [line]}, idempotency_key="order").order
    assert order.total_money.amount == 1200
    payment = pay(square, source_id=card.id, customer_id=customer.id, order_id=order.id)
    assert square.orders.get(order_id=order.id).order.state == "COMPLETED"
    assert [charge["id"] for charge in box.charges_for(order_id=order.id)] == [payment.id]


def test_dispute(box: SquareSandbox, square: Square) -> None:
    payment = pay(square, amount_money=usd(8803))
    (dispute,) = square.disputes.list()
    assert (dispute.reason, dispute.state) == ("DUPLICATE", "EVIDENCE_REQUIRED")
    assert dispute.disputed_payment.payment_id == payment.id
    made = square.disputes.create_evidence_text(
        dispute_id=dispute.id, idempotency_key="text", evidence_type="TRACKING_NUMBER", evidence_text="1Z"
    )
    assert made.evidence is not None and made.evidence.evidence_text == "1Z"
    assert [found.id for found in square.disputes.evidence.list(dispute_id=dispute.id)] == [made.evidence.id]
    assert square.disputes.submit_evidence(dispute_id=dispute.id).dispute.state == "PROCESSING"
    box.win(dispute.id)
    assert square.disputes.get(dispute_id=dispute.id).dispute.state == "WON"
    assert box.money()["USD"].disputed == 0


def test_webhooks(box: SquareSandbox, square: Square) -> None:
    seen = []

    def receive(payload: bytes, headers: dict[str, str]) -> int:
        assert verify_signature(
            request_body=payload.decode(),
            signature_header=headers["x-square-hmacsha256-signature"],
            signature_key=box.webhook_secret,
            notification_url="https://shop.example/square",
        )
        seen.append(json.loads(payload))
        return 200

    box.webhooks.endpoint(receive, host="shop.example", path="/square")
    payment = pay(square)
    box.webhooks.deliver(check=True)
    assert [event["type"] for event in seen] == ["payment.created", "payment.updated"]
    assert [event["data"]["object"]["payment"]["status"] for event in seen] == ["APPROVED", "COMPLETED"]
    assert seen[0]["data"]["id"] == payment.id
    assert box.outbox[0].id == seen[0]["event_id"] != seen[1]["event_id"]


def test_a_forgotten_environment_would_move_real_money(box: SquareSandbox) -> None:
    with pytest.raises(LiveKeyRefused, match=r"where money is real \(it is the SDK's default: pass environment="):
        pay(Square(token=box.api_key))
    box.problems.clear()


@pytest.mark.parametrize("mark", ["sq0atp-", "sq0csp-"])
def test_a_token_that_is_marked_as_live_is_refused(box: SquareSandbox, mark: str) -> None:
    with pytest.raises(LiveKeyRefused, match="carried a live key"):
        pay(Square(token=f"{mark}sample", environment=SquareEnvironment.SANDBOX))
    box.problems.clear()


def test_the_sdk_s_own_retries_run_and_nobody_sleeps(box: SquareSandbox, square: Square) -> None:
    box.faults.chain(["429", "503"], "POST /v2/payments")
    assert pay(square).status == "COMPLETED"
    tried = list(box.journal)
    assert [entry.status for entry in tried] == [429, 503, 200]
    assert len({entry.idempotency_key for entry in tried}) == 1
    # A second, then two, give or take a tenth.
    assert 0.9 <= (tried[0].backoff or 0) <= 1.1 and 1.8 <= (tried[1].backoff or 0) <= 2.2


def test_an_endpoint_that_is_not_played_says_so_by_name(box: SquareSandbox, square: Square) -> None:
    with pytest.raises(SandboxError, match="POST /v2/gift-cards is no endpoint that the Square sandbox plays"):
        square.gift_cards.create(idempotency_key="one", location_id="L1", gift_card={"type": "DIGITAL"})
    box.problems.clear()
