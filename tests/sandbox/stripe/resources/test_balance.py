"""The balance: every cent is explained by a balance transaction."""

import stripe


def pay(token="pm_card_visa", amount=2_000, currency="usd"):
    return stripe.PaymentIntent.create(amount=amount, currency=currency, payment_method=token, confirm=True)


def sums(balance):
    return {part: {line.currency: line.amount for line in getattr(balance, part)} for part in ("available", "pending")}


def test_nothing_yet(box):
    assert sums(stripe.Balance.retrieve()) == {"available": {"usd": 0}, "pending": {"usd": 0}}


def test_funds_are_pending_for_two_days(box):
    pay()
    assert sums(stripe.Balance.retrieve()) == {"available": {"usd": 0}, "pending": {"usd": 1_912}}
    box.clock.advance(days=2)
    assert sums(stripe.Balance.retrieve()) == {"available": {"usd": 1_912}, "pending": {"usd": 0}}
    assert stripe.BalanceTransaction.list().data[0].status == "available"


def test_some_test_cards_are_available_at_once(box):
    for token in ("pm_card_bypassPending", "pm_card_bypassPendingInternational"):
        pay(token)
    assert sums(stripe.Balance.retrieve())["available"] == {"usd": 2 * 1_912}


def test_a_refund_waits_with_the_payment_it_belongs_to(box):
    intent = pay()
    stripe.Refund.create(payment_intent=intent.id, amount=500)
    assert sums(stripe.Balance.retrieve()) == {"available": {"usd": 0}, "pending": {"usd": 1_412}}


def test_currencies_are_kept_apart(box):
    pay()
    pay(currency="jpy")
    assert set(box.money()) == {"usd", "jpy"}
    assert sums(stripe.Balance.retrieve())["pending"] == {"usd": 1_912, "jpy": 1_912}


def test_fees_are_rounded_half_up(box):
    for amount, fee in ((50, 31), (100, 33), (1_000, 59), (2_000, 88), (1_050, 60)):
        transaction = stripe.Charge.retrieve(pay(amount=amount).latest_charge, expand=["balance_transaction"]).balance_transaction
        assert (amount, transaction.fee, transaction.net) == (amount, fee, amount - fee)
        assert [detail.amount for detail in transaction.fee_details] == [fee]


def test_transactions_can_be_listed_by_source_type_and_currency(box):
    intent = pay()
    refund = stripe.Refund.create(payment_intent=intent.id)
    assert [found.source for found in stripe.BalanceTransaction.list(source=refund.id).data] == [refund.id]
    assert [found.type for found in stripe.BalanceTransaction.list(type="charge").data] == ["charge"]
    assert stripe.BalanceTransaction.list(currency="eur").data == []
    one = stripe.BalanceTransaction.list(limit=1).data[0]
    assert stripe.BalanceTransaction.retrieve(one.id, expand=["source"]).source.id == refund.id
