"""Payouts: states on the clock, failures, reversals, and what they do to the balance."""

import pytest
import stripe

from payproof.sandbox import SandboxError

DAY = 86_400


@pytest.fixture
def funds(box):
    stripe.PaymentIntent.create(amount=10_000, currency="usd", payment_method="pm_card_bypassPending", confirm=True)
    return stripe.Balance.retrieve().available[0].amount


def available():
    return stripe.Balance.retrieve().available[0].amount


def test_a_payout_arrives(box, funds, types):
    types()
    made = stripe.Payout.create(amount=4_000, currency="usd", statement_descriptor="PAYPROOF")
    assert (made.status, made.arrival_date, available()) == ("pending", box.clock.now() + 2 * DAY, funds - 4_000)
    box.clock.advance(hours=1)
    assert stripe.Payout.retrieve(made.id).status == "in_transit"
    box.clock.advance(days=2)
    assert stripe.Payout.retrieve(made.id).status == "paid"
    assert types() == ["payout.created", "payout.updated", "payout.paid"]
    assert box.money()["usd"].paid_out == 4_000
    assert stripe.Payout.list(status="paid").data[0].id == made.id
    moved = stripe.BalanceTransaction.retrieve(made.balance_transaction)
    assert (moved.type, moved.net, moved.status) == ("payout", -4_000, "available")


def test_an_instant_payout_arrives_at_once(box, funds):
    made = stripe.Payout.create(amount=4_000, currency="usd", method="instant")
    box.clock.advance(seconds=1)
    assert stripe.Payout.retrieve(made.id).status == "paid"


def test_a_pending_payout_is_called_back(box, funds, types):
    made = stripe.Payout.create(amount=4_000, currency="usd")
    types()
    assert stripe.Payout.cancel(made.id).status == "canceled"
    assert types() == ["payout.canceled"]
    assert available() == funds
    box.clock.advance(days=5)
    assert stripe.Payout.retrieve(made.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="only be canceled while they are pending"):
        stripe.Payout.cancel(made.id)


def test_a_payout_is_sent_back(box, funds, types):
    made = stripe.Payout.create(amount=4_000, currency="usd")
    types()
    failed = box.fail_payout(made.id, "account_closed")
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    assert types() == ["payout.failed"]
    assert available() == funds
    box.clock.advance(days=5)
    assert stripe.Payout.retrieve(made.id).status == "failed"


def test_failing_is_told_apart_from_what_cannot_be(box, funds):
    made = stripe.Payout.create(amount=4_000, currency="usd")
    with pytest.raises(SandboxError, match="no reason of banks"):
        box.fail_payout(made.id, "mood")
    stripe.Payout.cancel(made.id)
    with pytest.raises(SandboxError, match="cannot fail; it is canceled"):
        box.fail_payout(made.id)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("000123456789", None),
        ("000111111116", "no_account"),
        ("000111111113", "account_closed"),
        ("000222222227", "insufficient_funds"),
    ],
)
def test_test_account_numbers_decide(box, number, code):
    account = stripe.Account.create(
        type="custom", capabilities={"transfers": {"requested": True}}, tos_acceptance={"date": 1, "ip": "127.0.0.1"}
    )
    bank = {"object": "bank_account", "country": "US", "currency": "usd", "account_number": number}
    stripe.Account.create_external_account(account.id, external_account=bank)
    stripe.PaymentIntent.create(
        amount=5_000,
        currency="usd",
        payment_method="pm_card_bypassPending",
        confirm=True,
        transfer_data={"destination": account.id},
    )
    made = stripe.Payout.create(amount=5_000, currency="usd", stripe_account=account.id)
    assert made.destination is not None
    box.clock.advance(days=3)
    after = stripe.Payout.retrieve(made.id, stripe_account=account.id)
    assert (after.status, after.failure_code) == ("failed" if code else "paid", code)
    assert stripe.Balance.retrieve(stripe_account=account.id).available[0].amount == (5_000 if code else 0)


def test_a_paid_payout_is_reversed(box, funds):
    made = stripe.Payout.create(amount=4_000, currency="usd")
    with pytest.raises(stripe.InvalidRequestError, match="this one is pending"):
        stripe.Payout.reverse(made.id)
    box.clock.advance(days=3)
    back = stripe.Payout.reverse(made.id, metadata={"a": "b"})
    assert (back.amount, back.original_payout) == (-4_000, made.id)
    assert stripe.Payout.retrieve(made.id).reversed_by == back.id
    assert available() == funds
    box.clock.advance(days=3)
    assert stripe.Payout.retrieve(back.id).status == "paid"
    with pytest.raises(stripe.InvalidRequestError, match="already reversed"):
        stripe.Payout.reverse(made.id)


def test_more_than_there_is_cannot_be_paid_out(box, funds):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Payout.create(amount=funds + 1, currency="usd")
    assert caught.value.code == "balance_insufficient"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Payout.create(amount=0, currency="usd")
    assert stripe.Payout.list().data == []


def test_a_payout_names_its_bank_account(box, funds):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Payout.create(amount=1, currency="usd", destination="ba_missing")
    assert caught.value.param == "destination"
    made = stripe.Payout.create(amount=1, currency="usd")
    assert stripe.Payout.modify(made.id, metadata={"a": "b"}).metadata.to_dict() == {"a": "b"}
