"""Connect: accounts, direct and destination charges, transfers, application fees; the money of both sides adds up."""

import pytest
import stripe

from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import money


@pytest.fixture
def seller(box):
    made = stripe.Account.create(
        type="express",
        country="US",
        email="s@example.com",
        capabilities={"card_payments": {"requested": True}, "transfers": {"requested": True}},
    )
    box.onboard(made.id)
    return stripe.Account.retrieve(made.id)


def pay(amount=10_000, **params):
    return stripe.PaymentIntent.create(
        amount=amount, currency="usd", payment_method="pm_card_bypassPending", confirm=True, **params
    )


def net(box, account=""):
    found = box.money(account).get("usd")
    return found.net if found else 0


def balance_of(account):
    return stripe.Balance.retrieve(stripe_account=account).available[0].amount


def test_an_account_is_able_once_it_is_onboarded(box, types):
    made = stripe.Account.create(type="express", capabilities={"transfers": {"requested": True}})
    assert (made.charges_enabled, made.payouts_enabled, made.details_submitted) == (False, False, False)
    assert made.requirements.disabled_reason == "requirements.past_due"
    assert stripe.Account.list_capabilities(made.id).data[0].status == "inactive"
    types()
    assert box.onboard(made.id)["capabilities"] == {"transfers": "active"}
    assert types() == ["account.updated", "capability.updated"]


def test_a_custom_account_that_accepts_the_terms_is_able_at_once(box):
    made = stripe.Account.create(
        type="custom",
        country="DE",
        business_type="company",
        company={"name": "Shop", "tax_id": "DE123"},
        business_profile={"mcc": "5734", "url": "https://shop.example"},
        capabilities={"card_payments": {"requested": True}},
        tos_acceptance={"date": 1, "ip": "127.0.0.1"},
        external_account={"object": "bank_account", "country": "US", "currency": "usd", "account_number": "000123456789"},
    )
    assert (made.charges_enabled, made.default_currency, made.company.tax_id_provided) == (True, "eur", True)
    assert made.external_accounts.data[0].last4 == "6789"
    assert made.business_profile.url == "https://shop.example"


def test_accounts_are_changed_rejected_and_deleted(box, seller):
    assert stripe.Account.modify(seller.id, metadata={"a": "b"}, email="t@example.com").email == "t@example.com"
    assert stripe.Account.reject(seller.id, reason="fraud_other").requirements.disabled_reason == "rejected.fraud"
    assert not stripe.Account.retrieve(seller.id).charges_enabled
    client = stripe.StripeClient(box.api_key)
    client.raw_request("post", f"/v1/accounts/{seller.id}/unreject")
    assert stripe.Account.retrieve(seller.id).charges_enabled
    with pytest.raises(stripe.InvalidRequestError, match="was not rejected"):
        client.raw_request("post", f"/v1/accounts/{seller.id}/unreject")
    assert stripe.Account.create_login_link(seller.id).url
    assert stripe.Account.delete(seller.id).deleted
    assert stripe.Account.list().data == []


def test_the_own_account_and_that_of_the_header(box, seller):
    own = stripe.Account.retrieve()
    assert own.charges_enabled
    assert own.id != seller.id
    assert stripe.Account.retrieve(stripe_account=seller.id).id == seller.id
    with StripeSandbox(strict=False), pytest.raises(NotImitated, match="was not made in this sandbox"):
        stripe.Account.retrieve(stripe_account="acct_elsewhere")


def test_a_login_link_is_for_express_accounts(box):
    made = stripe.Account.create(type="standard")
    with pytest.raises(stripe.InvalidRequestError, match="Express"):
        stripe.Account.create_login_link(made.id)


def test_a_controller_and_a_type_exclude_each_other(box):
    with pytest.raises(stripe.InvalidRequestError, match="controller, type"):
        stripe.Account.create(type="express", controller={"losses": {"payments": "stripe"}})


def test_capabilities_are_asked_for(seller):
    asked = stripe.Account.modify_capability(seller.id, "card_payments", requested=False)
    assert (asked.status, asked.requested) == ("unrequested", False)
    with pytest.raises(stripe.InvalidRequestError, match="No such capability"):
        stripe.Account.retrieve_capability(seller.id, "flying")


def test_bank_accounts_come_and_go(seller):
    first = stripe.Account.create_external_account(seller.id, external_account="btok_us_verified")
    second = stripe.Account.create_external_account(
        seller.id,
        external_account={"object": "bank_account", "country": "US", "currency": "usd", "account_number": "000111111116"},
        default_for_currency=True,
    )
    assert [bank.id for bank in stripe.Account.list_external_accounts(seller.id).data] == [second.id, first.id]
    assert not stripe.Account.retrieve_external_account(seller.id, first.id).default_for_currency
    stripe.Account.modify_external_account(seller.id, first.id, account_holder_name="Jo")
    assert stripe.Account.retrieve(seller.id).external_accounts.data[1].account_holder_name == "Jo"
    with pytest.raises(stripe.InvalidRequestError, match="default external account"):
        stripe.Account.delete_external_account(seller.id, second.id)
    assert stripe.Account.delete_external_account(seller.id, first.id).deleted
    other = stripe.Account.create(type="custom")
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Account.retrieve_external_account(other.id, second.id)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ("btok_nobody", "external_account"),
        ({"object": "bank_account", "country": "US", "currency": "usd"}, "external_account[account_number]"),
    ],
)
def test_bank_accounts_that_are_refused(seller, given, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Account.create_external_account(seller.id, external_account=given)
    assert caught.value.param == param


def test_external_accounts_that_are_cards_are_not_played(box):
    made = stripe.Account.create(type="custom")
    with StripeSandbox(strict=False) as other, pytest.raises(NotImitated, match="bank account"):
        made = stripe.Account.create(type="custom")
        stripe.Account.create_external_account(
            made.id, external_account={"object": "card", "number": "x", "exp_month": 1, "exp_year": 2040}
        )
    assert other.problems


def test_a_destination_charge(box, seller, types):
    types()
    intent = pay(application_fee_amount=1_000, transfer_data={"destination": seller.id}, on_behalf_of=seller.id)
    charge = stripe.Charge.retrieve(intent.latest_charge, expand=["transfer", "application_fee"])
    assert (charge.transfer.amount, charge.transfer.destination, charge.application_fee.amount) == (10_000, seller.id, 1_000)
    assert charge.application_fee.originating_transaction == charge.id
    payment = stripe.Charge.retrieve(charge.transfer.destination_payment, stripe_account=seller.id)
    assert (payment.amount, payment.source_transfer, payment.application_fee_amount) == (10_000, charge.transfer.id, 1_000)
    assert net(box) == 10_000 - money.fee(10_000) - 10_000 + 1_000
    assert net(box, seller.id) == balance_of(seller.id) == 9_000
    assert [name for name in types() if name.startswith(("transfer", "application"))] == [
        "transfer.created",
        "application_fee.created",
    ]


def test_a_destination_gets_a_share(box, seller):
    pay(transfer_data={"destination": seller.id, "amount": 8_000})
    assert (net(box), net(box, seller.id)) == (10_000 - money.fee(10_000) - 8_000, 8_000)


def test_a_direct_charge(box, seller):
    intent = pay(application_fee_amount=500, stripe_account=seller.id)
    fee = stripe.ApplicationFee.list().data[0]
    assert (fee.amount, fee.account, fee.charge) == (500, seller.id, intent.latest_charge)
    moved = stripe.BalanceTransaction.list(stripe_account=seller.id).data[0]
    assert (moved.fee, moved.net) == (money.fee(10_000) + 500, 10_000 - money.fee(10_000) - 500)
    assert [detail.type for detail in moved.fee_details] == ["application_fee", "stripe_fee"]
    assert net(box) == 500
    assert stripe.Charge.list().data == []


def test_separate_charges_and_transfers(box, seller):
    intent = pay(transfer_group="order-7")
    first = stripe.Transfer.create(amount=4_000, currency="usd", destination=seller.id, transfer_group="order-7")
    second = stripe.Transfer.create(amount=5_000, currency="usd", destination=seller.id, source_transaction=intent.latest_charge)
    assert [one.id for one in stripe.Transfer.list(destination=seller.id).data] == [second.id, first.id]
    assert net(box, seller.id) == 9_000
    with pytest.raises(stripe.InvalidRequestError, match="would exceed"):
        stripe.Transfer.create(amount=6_000, currency="usd", destination=seller.id, source_transaction=intent.latest_charge)


def test_more_than_there_is_cannot_be_transferred(box, seller):
    pay(1_000)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Transfer.create(amount=1_000, currency="usd", destination=seller.id)
    assert caught.value.code == "balance_insufficient"
    assert net(box, seller.id) == 0


def test_transfers_are_reversed(box, seller, types):
    pay()
    made = stripe.Transfer.create(amount=4_000, currency="usd", destination=seller.id)
    before = net(box)
    types()
    reversal = stripe.Transfer.create_reversal(made.id, amount=1_000, metadata={"a": "b"})
    assert types() == ["transfer.reversed"]
    after = stripe.Transfer.retrieve(made.id)
    assert (after.amount_reversed, after.reversed, after.reversals.data[0].id) == (1_000, False, reversal.id)
    assert stripe.Refund.retrieve(reversal.destination_payment_refund, stripe_account=seller.id).amount == 1_000
    assert (net(box), net(box, seller.id)) == (before + 1_000, 3_000)
    stripe.Transfer.modify_reversal(made.id, reversal.id, metadata={"c": "d"})
    assert stripe.Transfer.retrieve_reversal(made.id, reversal.id).metadata.to_dict() == {"a": "b", "c": "d"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Transfer.create_reversal(made.id, amount=3_001)
    assert caught.value.param == "amount"
    stripe.Transfer.create_reversal(made.id)
    assert stripe.Transfer.retrieve(made.id).reversed
    assert len(stripe.Transfer.list_reversals(made.id).data) == 2
    with pytest.raises(stripe.InvalidRequestError, match="already fully reversed"):
        stripe.Transfer.create_reversal(made.id)
    assert stripe.Transfer.modify(made.id, description="x").description == "x"


def test_a_reversal_of_another_transfer_is_not_found(box, seller):
    pay()
    one, two = (stripe.Transfer.create(amount=100, currency="usd", destination=seller.id) for _ in range(2))
    reversal = stripe.Transfer.create_reversal(one.id)
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Transfer.retrieve_reversal(two.id, reversal.id)


@pytest.mark.parametrize(("reverse", "give_up"), [(False, False), (True, False), (True, True)])
def test_a_refund_of_a_destination_charge(box, seller, reverse, give_up):
    intent = pay(application_fee_amount=1_000, transfer_data={"destination": seller.id})
    stripe.Refund.create(payment_intent=intent.id, amount=3_333, reverse_transfer=reverse, refund_application_fee=give_up)
    stripe.Refund.create(payment_intent=intent.id, reverse_transfer=reverse, refund_application_fee=give_up)
    kept = 0 if give_up else 1_000
    assert net(box, seller.id) == (-kept if reverse else 9_000)
    assert net(box) == (kept - money.fee(10_000) if reverse else 1_000 - money.fee(10_000) - 10_000)
    assert stripe.ApplicationFee.list().data[0].refunded is give_up


def test_a_refund_of_a_direct_charge_gives_the_fee_back(box, seller):
    intent = pay(application_fee_amount=500, stripe_account=seller.id)
    stripe.Refund.create(payment_intent=intent.id, refund_application_fee=True, stripe_account=seller.id)
    assert (net(box), net(box, seller.id)) == (0, -money.fee(10_000))


@pytest.mark.parametrize("name", ["reverse_transfer", "refund_application_fee"])
def test_what_was_never_passed_on_cannot_be_taken_back(box, name):
    intent = pay()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Refund.create(payment_intent=intent.id, **{name: True})
    assert caught.value.param == name


def test_application_fees_are_refunded(box, seller, types):
    pay(application_fee_amount=500, stripe_account=seller.id)
    fee = stripe.ApplicationFee.list().data[0]
    types()
    made = stripe.ApplicationFee.create_refund(fee.id, amount=200)
    assert types() == ["application_fee.refunded"]
    assert (net(box), net(box, seller.id)) == (300, 10_000 - money.fee(10_000) - 300)
    assert stripe.ApplicationFee.retrieve_refund(fee.id, made.id).amount == 200
    assert stripe.ApplicationFee.modify_refund(fee.id, made.id, metadata={"a": "b"}).metadata.to_dict() == {"a": "b"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.ApplicationFee.create_refund(fee.id, amount=301)
    assert caught.value.param == "amount"
    stripe.ApplicationFee.create_refund(fee.id)
    assert len(stripe.ApplicationFee.list_refunds(fee.id).data) == 2
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        stripe.ApplicationFee.create_refund(fee.id)
    pay(application_fee_amount=500, stripe_account=seller.id)
    with pytest.raises(stripe.InvalidRequestError):
        stripe.ApplicationFee.retrieve_refund(stripe.ApplicationFee.list().data[0].id, made.id)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"application_fee_amount": 100}, "application_fee_amount"),
        ({"application_fee_amount": 10_001, "transfer_data": {}}, "application_fee_amount"),
        ({"transfer_data": {"amount": 10_001}}, "transfer_data[amount]"),
        ({"application_fee_amount": 1, "transfer_data": {"amount": 1}}, None),
        ({"transfer_data": {"destination": "acct_missing"}}, "transfer_data[destination]"),
        ({"on_behalf_of": "acct_missing"}, "on_behalf_of"),
    ],
)
def test_terms_that_are_refused(box, seller, params, param):
    if "transfer_data" in params:
        params = {**params, "transfer_data": {"destination": seller.id, **params["transfer_data"]}}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        pay(**params)
    assert caught.value.param == param
    assert stripe.PaymentIntent.list().data == []


def test_an_account_that_is_not_onboarded_receives_nothing(box):
    made = stripe.Account.create(type="express", capabilities={"transfers": {"requested": True}})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        pay(transfer_data={"destination": made.id})
    assert caught.value.code == "insufficient_capabilities_for_transfer"


def test_a_charge_that_is_not_captured_passes_nothing_on(box, seller):
    intent = pay(transfer_data={"destination": seller.id}, capture_method="manual")
    assert stripe.Transfer.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="not been captured"):
        stripe.Transfer.create(amount=1, currency="usd", destination=seller.id, source_transaction=intent.latest_charge)
    stripe.PaymentIntent.capture(intent.id, amount_to_capture=4_000)
    assert stripe.Transfer.list().data[0].amount == 4_000


@pytest.mark.parametrize("amount", [0, None])
def test_transfers_of_nothing_are_refused(box, seller, amount):
    with pytest.raises(stripe.InvalidRequestError):
        stripe.Transfer.create(currency="usd", destination=seller.id, **({} if amount is None else {"amount": amount}))


def test_a_transfer_reversal_gives_the_fee_back(box, seller):
    intent = pay(application_fee_amount=1_000, transfer_data={"destination": seller.id})
    transfer = stripe.Charge.retrieve(intent.latest_charge).transfer
    stripe.Transfer.create_reversal(transfer, refund_application_fee=True)
    assert (net(box), net(box, seller.id)) == (10_000 - money.fee(10_000), 0)
    pay()
    plain = stripe.Transfer.create(amount=100, currency="usd", destination=seller.id)
    with pytest.raises(stripe.InvalidRequestError, match="no application fee"):
        stripe.Transfer.create_reversal(plain.id, refund_application_fee=True)


def test_accounts_do_not_see_each_other(box, seller):
    intent = pay(stripe_account=seller.id)
    with pytest.raises(stripe.InvalidRequestError):
        stripe.PaymentIntent.retrieve(intent.id)
    event = next(event for event in box.outbox if event.type == "payment_intent.succeeded")
    assert event.body["account"] == seller.id


def test_onboarding_what_was_deleted(box, seller):
    stripe.Account.delete(seller.id)
    with pytest.raises(SandboxError, match="was deleted"):
        box.onboard(seller.id)


def test_a_platform_may_name_itself_as_the_account_that_it_acts_for(box):
    own = stripe.Account.retrieve().id
    customer = stripe.Customer.create(stripe_account=own)
    assert stripe.Customer.retrieve(customer.id).id == customer.id
    assert stripe.Customer.list(stripe_account=own).data[0].id == customer.id
    assert stripe.Account.retrieve(stripe_account=own).id == own
