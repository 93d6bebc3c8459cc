"""`StripeSandbox` as a user holds it: every way to call the SDK, keys, accounts, verbs, decorators."""

import asyncio

import pytest
import requests
import stripe

from payproof.sandbox import SandboxError, StripeSandbox

ORDER = {"amount": 2_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
BEFORE = stripe.StripeClient("sk_" + "test_" + "payproofsamplemadebefore")


def test_a_client_made_before_and_one_made_after(box):
    after = stripe.StripeClient(box.api_key)
    for client in (BEFORE, after):
        assert client.v1.payment_intents.create(ORDER).status == "succeeded"
    assert len(box.charges_for()) == 2


def test_async_calls(box):
    async def pay():
        first = await stripe.PaymentIntent.create_async(**ORDER)
        second = await stripe.StripeClient(box.api_key).v1.payment_intents.create_async(ORDER)
        with pytest.raises(stripe.CardError):
            await stripe.PaymentIntent.create_async(**{**ORDER, "payment_method": "pm_card_visa_chargeDeclined"})
        return [first.status, second.status]

    assert asyncio.run(pay()) == ["succeeded", "succeeded"]


def test_raw_requests(box):
    answer = requests.post(
        "https://api.stripe.com/v1/payment_intents",
        data={"amount": "500", "currency": "usd", "metadata[order]": "42", "payment_method": "pm_card_visa", "confirm": "true"},
        headers={"Authorization": f"Bearer {box.api_key}", "Idempotency-Key": "order-42"},
        timeout=1,
    )
    assert answer.json()["status"] == "succeeded"
    assert [charge["amount"] for charge in box.charges_for(order="42")] == [500]


def test_methods_of_objects(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd")
    intent.confirm(payment_method="pm_card_visa")
    assert intent.status == "succeeded"
    intent.refresh()
    assert intent.amount_received == 500


def test_the_api_key_is_lent_and_given_back(monkeypatch):
    monkeypatch.setattr(stripe, "api_key", None)
    with StripeSandbox() as box:
        assert stripe.api_key == box.api_key
        stripe.Customer.create()
    assert stripe.api_key is None


def test_a_key_of_the_application_is_left_alone(monkeypatch):
    key = "sk_" + "test_" + "payproofsampleofmine"
    monkeypatch.setattr(stripe, "api_key", key)
    with StripeSandbox():
        assert stripe.api_key == key
        stripe.Customer.create()
    assert stripe.api_key == key


def test_a_key_set_meanwhile_is_left_alone(monkeypatch):
    key = "sk_" + "test_" + "payproofsampleofmine"
    monkeypatch.setattr(stripe, "api_key", None)
    with StripeSandbox():
        stripe.api_key = key
    assert stripe.api_key == key


def test_sandboxes_share_nothing_and_nest():
    with StripeSandbox() as outer:
        stripe.Customer.create()
        with StripeSandbox() as inner:
            assert stripe.Customer.list().data == []
            stripe.Customer.create()
        assert len(stripe.Customer.list().data) == 1
    assert len(outer.store["customer"]) == len(inner.store["customer"]) == 1


def test_a_key_leads_to_its_sandbox():
    mine, other = "sk_" + "test_" + "payproofsamplemine", "sk_" + "test_" + "payproofsampleother"
    with StripeSandbox(api_keys=(mine,)) as first, StripeSandbox(api_keys=(other,)) as second:
        stripe.Customer.create(api_key=mine)
        assert (len(first.store["customer"]), second.store) == (1, {})


def test_the_same_seed_gives_the_same_ids():
    def ids(seed):
        with StripeSandbox(seed=seed) as box:
            box.clock.advance_to(2_000_000_000)
            return [stripe.PaymentIntent.create(**ORDER).to_dict() for _ in range(2)]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


@StripeSandbox()
def test_it_is_a_decorator():
    assert stripe.Customer.list().data == []
    stripe.Customer.create()


class TestDecorated:
    @StripeSandbox(seed=7)
    def test_of_methods_too(self):
        assert stripe.Customer.create().id.startswith("cus_")


def test_connected_accounts_keep_their_objects_apart(box):
    mine = stripe.PaymentIntent.create(**ORDER)
    theirs = stripe.PaymentIntent.create(**ORDER, stripe_account="acct_1")
    assert theirs.last_response.headers["stripe-account"] == "acct_1"
    with pytest.raises(stripe.InvalidRequestError):
        stripe.PaymentIntent.retrieve(theirs.id)
    assert stripe.PaymentIntent.retrieve(theirs.id, stripe_account="acct_1").id == theirs.id
    assert [intent.id for intent in stripe.PaymentIntent.list().data] == [mine.id]
    assert box.money()["usd"].charged == box.money("acct_1")["usd"].charged == 2_000
    assert len(box.charges_for(account="acct_1")) == 1


def test_verbs_find_objects_of_connected_accounts(box):
    intent = stripe.PaymentIntent.create(**{**ORDER, "payment_method": "pm_card_authenticationRequired"}, stripe_account="acct_1")
    box.authenticate(intent.id)
    assert stripe.PaymentIntent.retrieve(intent.id, stripe_account="acct_1").status == "succeeded"
    assert box.outbox[-1].body["account"] == "acct_1"
    dispute = box.dispute(intent.id)
    box.clock.advance(days=10)
    assert box.object(dispute["id"])["status"] == "lost"


def test_charges_for_leaves_out_what_took_no_money(box):
    with pytest.raises(stripe.CardError):
        stripe.PaymentIntent.create(**{**ORDER, "payment_method": "pm_card_visa_chargeDeclined"}, metadata={"order": 7})
    assert box.charges_for(order=7) == []
    stripe.PaymentIntent.create(**ORDER, metadata={"order": 7})
    assert [charge["metadata"] for charge in box.charges_for(order=7)] == [{"order": "7"}]
    assert box.charges_for(order=8) == []


def test_objects_of_the_sandbox_are_copies(box):
    customer = stripe.Customer.create(name="Jo")
    box.object(customer.id)["name"] = "Kim"
    assert stripe.Customer.retrieve(customer.id).name == "Jo"
    with pytest.raises(SandboxError, match="has no object 'cus_nothing'"):
        box.object("cus_nothing")


def test_a_key_is_refused_for_a_known_reason(box):
    with pytest.raises(SandboxError, match="not as 'stolen'"):
        box.refuse_key("k", "stolen")


def test_the_journal_names_what_each_request_changed(box):
    intent = stripe.PaymentIntent.create(**ORDER)
    [entry] = box.journal
    assert {intent.id, intent.latest_charge, intent.payment_method} <= set(entry.effects)
    assert box.journal.effects("charge") == [intent.latest_charge]
    assert stripe.PaymentIntent.retrieve(intent.id).id and box.journal[-1].effects == []


def test_a_verb_leaves_its_effects_outside(box):
    intent = stripe.PaymentIntent.create(**ORDER)
    dispute = box.dispute(intent.id)
    assert dispute["id"] in [effect.id for effect in box.journal.outside]


def test_two_requests_on_one_object_do_not_run_at_once(box):
    intent = stripe.PaymentIntent.create(**ORDER)
    client = stripe.StripeClient(box.api_key, max_network_retries=0)
    held = box.hold("POST /v1/refunds")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.RateLimitError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.error.code == "lock_timeout"
    held.finish()
    assert stripe.Charge.retrieve(intent.latest_charge).refunded is True
