"""Refunds: whole, in part, too much, twice, pending, failing later."""

import pytest
import stripe

from payproof.sandbox import SandboxError


def paid(token="pm_card_visa", amount=2_000, **more):
    return stripe.PaymentIntent.create(amount=amount, currency="usd", payment_method=token, confirm=True, **more)


def charge_of(intent):
    return stripe.Charge.retrieve(intent.latest_charge)


def test_a_refund_gives_everything_back(box, types):
    intent = paid()
    types()
    refund = stripe.Refund.create(payment_intent=intent.id, reason="requested_by_customer", metadata={"ticket": "7"})
    assert (refund.status, refund.amount, refund.charge, refund.reason) == (
        "succeeded", 2_000, intent.latest_charge, "requested_by_customer",
    )  # fmt: skip
    assert refund.metadata.to_dict() == {"ticket": "7"}
    assert types() == ["refund.created", "charge.refunded"]
    charge = charge_of(intent)
    assert (charge.refunded, charge.amount_refunded, charge.status) == (True, 2_000, "succeeded")
    assert stripe.PaymentIntent.retrieve(intent.id).status == "succeeded"
    transaction = stripe.BalanceTransaction.retrieve(refund.balance_transaction)
    assert (transaction.type, transaction.amount, transaction.fee, transaction.net) == ("refund", -2_000, 0, -2_000)


def test_refunds_in_part_add_up(box):
    intent = paid()
    for amount in (500, 700):
        stripe.Refund.create(charge=intent.latest_charge, amount=amount)
    charge = charge_of(intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 1_200)
    assert stripe.Refund.create(payment_intent=intent.id).amount == 800
    assert charge_of(intent).refunded is True
    assert box.money()["usd"].refunded == 2_000


def test_too_much_is_refused_without_a_code(box):
    intent = paid()
    with pytest.raises(
        stripe.InvalidRequestError, match=r"Refund amount \(\$20\.01\) is greater than charge amount \(\$20\.00\)"
    ) as caught:
        stripe.Refund.create(payment_intent=intent.id, amount=2_001)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, None, "amount")
    stripe.Refund.create(payment_intent=intent.id, amount=1_500)
    with pytest.raises(stripe.InvalidRequestError, match=r"greater than unrefunded amount on charge \(\$5\.00\)"):
        stripe.Refund.create(payment_intent=intent.id, amount=501)
    assert len(stripe.Refund.list(payment_intent=intent.id).data) == 1


def test_twice_is_refused(box):
    intent = paid()
    stripe.Refund.create(payment_intent=intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as caught:
        stripe.Refund.create(payment_intent=intent.id)
    assert (caught.value.http_status, caught.value.code) == (400, "charge_already_refunded")


def test_nothing_is_refused(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Refund.create(payment_intent=paid().id, amount=0)
    assert caught.value.code == "parameter_invalid_integer"


def test_an_authorization_cannot_be_refunded(box):
    intent = paid(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="Cancel its PaymentIntent instead") as caught:
        stripe.Refund.create(payment_intent=intent.id)
    assert (caught.value.code, caught.value.param) == (None, None)


def test_an_unpaid_intent_cannot_be_refunded(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd")
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        stripe.Refund.create(payment_intent=intent.id)


def test_a_refund_names_what_to_refund(box):
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        stripe.Refund.create(amount=500)
    first, second = paid(), paid()
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to"):
        stripe.Refund.create(charge=first.latest_charge, payment_intent=second.id)


def test_a_refund_is_in_the_currency_of_its_charge(box):
    with pytest.raises(stripe.InvalidRequestError, match="that of its charge") as caught:
        stripe.Refund.create(payment_intent=paid().id, currency="eur")
    assert caught.value.param == "currency"
    assert stripe.Refund.create(payment_intent=paid().id, currency="usd").status == "succeeded"


def test_a_disputed_charge_cannot_be_refunded(box):
    intent = paid("pm_card_createDispute")
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back; cannot issue a refund") as caught:
        stripe.Refund.create(payment_intent=intent.id)
    assert caught.value.code == "charge_disputed"


def test_a_pending_refund_arrives_by_itself(box, types):
    refund = stripe.Refund.create(payment_intent=paid("pm_card_pendingRefund").id)
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    types()
    box.clock.advance(minutes=1)
    assert stripe.Refund.retrieve(refund.id).status == "succeeded"
    assert types() == ["refund.updated", "charge.refund.updated"]


def test_a_pending_refund_can_be_settled_now(box):
    refund = stripe.Refund.create(payment_intent=paid("pm_card_pendingRefund").id)
    assert box.settle(refund.id)["status"] == "succeeded"
    with pytest.raises(SandboxError, match="is not pending; it is succeeded"):
        box.settle(refund.id)


def test_a_refund_may_fail_later_and_the_money_returns(box, types):
    intent = paid("pm_card_refundFail")
    before = box.money()["usd"].net
    refund = stripe.Refund.create(payment_intent=intent.id)
    assert refund.status == "succeeded"
    types()
    box.clock.advance(minutes=1)
    after = stripe.Refund.retrieve(refund.id, expand=["failure_balance_transaction"])
    assert (after.status, after.failure_reason) == ("failed", "expired_or_canceled_card")
    assert after.failure_balance_transaction.amount == 2_000
    assert types() == ["refund.updated", "charge.refund.updated", "refund.failed"]
    assert (charge_of(intent).refunded, charge_of(intent).amount_refunded) == (False, 0)
    assert box.money()["usd"].net == before
    assert box.money()["usd"].refunded == 0


@pytest.mark.parametrize(("token", "by_hand"), [("pm_card_pendingRefund", "settle"), ("pm_card_refundFail", "fail_refund")])
def test_a_refund_comes_out_once(box, types, token, by_hand):
    refund = stripe.Refund.create(payment_intent=paid(token).id)
    after = getattr(box, by_hand)(refund.id)
    money, _ = box.money()["usd"], types()
    box.clock.advance(minutes=5)
    assert stripe.Refund.retrieve(refund.id).status == after["status"]
    assert (box.money()["usd"], types()) == (money, [])


def test_any_refund_can_be_made_to_fail(box):
    refund = stripe.Refund.create(payment_intent=paid().id)
    assert box.fail_refund(refund.id, "lost_or_stolen_card")["failure_reason"] == "lost_or_stolen_card"
    with pytest.raises(SandboxError, match="cannot fail; it is failed"):
        box.fail_refund(refund.id)


def test_a_refund_to_a_card_cannot_be_cancelled(box):
    refund = stripe.Refund.create(payment_intent=paid().id)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be canceled because its status is succeeded"):
        stripe.Refund.cancel(refund.id)


def test_updating_a_refund_changes_its_metadata(box, types):
    refund = stripe.Refund.create(payment_intent=paid().id)
    types()
    assert stripe.Refund.modify(refund.id, metadata={"a": "1"}).metadata.to_dict() == {"a": "1"}
    assert types() == ["refund.updated"]


def test_the_refunds_of_a_charge(box):
    intent = paid()
    refund = stripe.Refund.create(payment_intent=intent.id, amount=500)
    assert [found.id for found in stripe.Refund.list(charge=intent.latest_charge).data] == [refund.id]
    assert [found.id for found in stripe.Charge.list_refunds(intent.latest_charge).data] == [refund.id]
    assert stripe.Charge.retrieve_refund(intent.latest_charge, refund.id).id == refund.id
    expanded = stripe.Charge.retrieve(intent.latest_charge, expand=["refunds"])
    assert [found.id for found in expanded.refunds.data] == [refund.id]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Charge.retrieve_refund(paid().latest_charge, refund.id)
    assert caught.value.code == "resource_missing"


def test_an_uncaptured_charge_of_its_own_is_released_by_a_refund(box):
    charge = stripe.Charge.create(amount=500, currency="usd", source="tok_visa", capture=False)
    with pytest.raises(stripe.InvalidRequestError, match="only be refunded as a whole"):
        stripe.Refund.create(charge=charge.id, amount=100)
    assert stripe.Refund.create(charge=charge.id).balance_transaction is None
    assert stripe.Charge.retrieve(charge.id).refunded is True
    assert box.money() == {}


def test_a_failed_charge_cannot_be_refunded(box):
    with pytest.raises(stripe.CardError) as caught:
        paid("pm_card_visa_chargeDeclined")
    with pytest.raises(stripe.InvalidRequestError, match="has not succeeded"):
        stripe.Refund.create(charge=caught.value.error.charge)
