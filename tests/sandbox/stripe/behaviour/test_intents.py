"""The PaymentIntent state machine: every allowed transition, every refused one, through the unmodified SDK."""

import pytest
import stripe


def make(**more):
    return stripe.PaymentIntent.create(**{"amount": 2_000, "currency": "usd", **more})


def requires_payment_method():
    return make()


def requires_confirmation():
    return make(payment_method="pm_card_visa")


def requires_action():
    return make(payment_method="pm_card_authenticationRequired", confirm=True)


def requires_capture():
    return make(payment_method="pm_card_visa", confirm=True, capture_method="manual")


def succeeded():
    return make(payment_method="pm_card_visa", confirm=True)


def canceled():
    return stripe.PaymentIntent.cancel(make().id)


def processing():
    method = stripe.PaymentMethod.create(
        type="us_bank_account",
        us_bank_account={"account_number": "000123456789", "routing_number": "110000000", "account_holder_type": "individual"},
        billing_details={"name": "Jo Example"},
    )
    return make(payment_method=method.id, confirm=True)


STATES = {
    make_it.__name__: make_it
    for make_it in (
        requires_payment_method,
        requires_confirmation,
        requires_action,
        requires_capture,
        succeeded,
        canceled,
        processing,
    )
}


def confirm(intent):
    return stripe.PaymentIntent.confirm(intent.id, payment_method="pm_card_visa")


def capture(intent):
    return stripe.PaymentIntent.capture(intent.id)


def cancel(intent):
    return stripe.PaymentIntent.cancel(intent.id)


def change_amount(intent):
    return stripe.PaymentIntent.modify(intent.id, amount=2_500)


ALLOWED = {
    ("requires_payment_method", "confirm"): "succeeded",
    ("requires_confirmation", "confirm"): "succeeded",
    ("requires_action", "confirm"): "succeeded",
    ("requires_capture", "capture"): "succeeded",
    ("requires_payment_method", "cancel"): "canceled",
    ("requires_confirmation", "cancel"): "canceled",
    ("requires_action", "cancel"): "canceled",
    ("requires_capture", "cancel"): "canceled",
    ("requires_payment_method", "change_amount"): "requires_payment_method",
    ("requires_confirmation", "change_amount"): "requires_confirmation",
    ("requires_action", "change_amount"): "requires_action",
}

VERBS = {verb.__name__: verb for verb in (confirm, capture, cancel, change_amount)}


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_reached_as_documented(box, state):
    assert STATES[state]().status == state


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", STATES)
def test_a_transition_is_allowed_or_refused(box, state, verb):
    intent = STATES[state]()
    expected = ALLOWED.get((state, verb))
    if expected is not None:
        assert VERBS[verb](intent).status == expected
        return
    before = box.object(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        VERBS[verb](intent)
    assert (caught.value.http_status, caught.value.code) == (400, "payment_intent_unexpected_state")
    assert caught.value.error.payment_intent.status == state
    assert state in str(caught.value) or "already succeeded" in str(caught.value)
    assert box.object(intent.id) == before


def test_a_new_intent_waits_for_a_payment_method_and_has_a_client_secret(box, types):
    intent = make(metadata={"order": "42"}, description="Tea", receipt_email="jo@example.com")
    assert (intent.status, intent.amount, intent.currency, intent.livemode) == ("requires_payment_method", 2_000, "usd", False)
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.amount_received, intent.amount_capturable, intent.latest_charge) == (0, 0, None)
    assert intent.metadata.to_dict() == {"order": "42"}
    assert types() == ["payment_intent.created"]


def test_success_leaves_a_captured_charge_that_copies_the_intent(box, types):
    customer = stripe.Customer.create()
    types()
    intent = make(payment_method="pm_card_visa", confirm=True, customer=customer.id, metadata={"order": "42"}, description="Tea")
    assert (intent.status, intent.amount_received) == ("succeeded", 2_000)
    assert types() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    charge = stripe.Charge.retrieve(intent.latest_charge, expand=["balance_transaction"])
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("succeeded", True, True, 2_000)
    assert (charge.payment_intent, charge.customer, charge.description) == (intent.id, customer.id, "Tea")
    assert charge.metadata.to_dict() == {"order": "42"}
    assert charge.payment_method_details.card.last4 == "4242"
    assert (charge.outcome.type, charge.outcome.network_status) == ("authorized", "approved_by_network")
    assert (charge.balance_transaction.amount, charge.balance_transaction.fee, charge.balance_transaction.net) == (
        2_000,
        88,
        1_912,
    )


def test_metadata_of_the_intent_is_copied_to_the_charge_once(box):
    intent = succeeded()
    stripe.PaymentIntent.modify(intent.id, metadata={"order": "43"})
    assert stripe.Charge.retrieve(intent.latest_charge).metadata.to_dict() == {}


def test_every_use_of_a_test_method_makes_a_new_one(box):
    first, second = make(payment_method="pm_card_visa"), make(payment_method="pm_card_visa")
    assert first.payment_method.startswith("pm_")
    assert first.payment_method != second.payment_method
    assert "pm_card_visa" not in (first.payment_method, second.payment_method)


def test_confirming_needs_a_payment_method(box):
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method") as caught:
        stripe.PaymentIntent.confirm(make().id)
    assert caught.value.code == "payment_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        make(confirm=True)
    assert len(stripe.PaymentIntent.list().data) == 1


def test_what_belongs_to_a_confirmation_is_refused_without_one(box):
    with pytest.raises(stripe.InvalidRequestError, match="`off_session`") as caught:
        make(payment_method="pm_card_visa", off_session=True)
    assert caught.value.param == "off_session"
    assert stripe.PaymentIntent.list().data == []


@pytest.mark.parametrize("missing", ["payment_method", "customer"])
def test_an_object_that_a_parameter_names_must_exist(box, missing):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(**{missing: "pm_nothing"})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, "resource_missing", missing)


def test_an_intent_of_the_path_must_exist(box):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.retrieve("pi_nothing")
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (404, "resource_missing", "intent")
    assert "No such payment_intent: 'pi_nothing'" in str(caught.value)


@pytest.mark.parametrize(
    ("amount", "currency", "code", "text"),
    [
        (49, "usd", "amount_too_small", "at least $0.50"),
        (49, "jpy", "amount_too_small", "at least ¥50"),
        (100_000_000, "usd", "amount_too_large", "no more than $999,999.99"),
        (0, "usd", "parameter_invalid_integer", "greater than or equal to 1"),
        (-5, "usd", "parameter_invalid_integer", "greater than or equal to 1"),
        (500, "zzz", None, "Invalid currency: zzz"),
    ],
)
def test_amounts_and_currencies_are_limited(box, amount, currency, code, text):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make(amount=amount, currency=currency)
    assert (caught.value.code, caught.value.param) == (code, "currency" if currency == "zzz" else "amount")
    assert text in str(caught.value)
    assert stripe.PaymentIntent.list().data == []


def test_a_new_amount_is_limited_too(box):
    intent = make(currency="eur")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.modify(intent.id, amount=100_000_000)
    assert caught.value.code == "amount_too_large"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.modify(intent.id, amount=10)
    assert caught.value.code == "amount_too_small"


def test_an_update_merges_metadata_and_unsets_with_empty_strings(box):
    intent = make(metadata={"a": "1", "b": "2"}, receipt_email="jo@example.com")
    after = stripe.PaymentIntent.modify(intent.id, metadata={"a": "", "c": "3"}, receipt_email="")
    assert after.metadata.to_dict() == {"b": "2", "c": "3"}
    assert after.receipt_email is None
    assert stripe.PaymentIntent.modify(intent.id, metadata="").metadata.to_dict() == {}


def test_an_update_with_a_payment_method_waits_for_confirmation(box):
    after = stripe.PaymentIntent.modify(make().id, payment_method="pm_card_visa")
    assert after.status == "requires_confirmation"


def test_an_update_changes_customer_and_currency_while_the_intent_is_open(box):
    customer = stripe.Customer.create()
    after = stripe.PaymentIntent.modify(make().id, customer=customer.id, currency="eur", amount=700)
    assert (after.customer, after.currency, after.amount) == (customer.id, "eur", 700)


def test_metadata_can_still_change_afterwards(box):
    assert stripe.PaymentIntent.modify(succeeded().id, metadata={"seen": "yes"}).metadata.to_dict() == {"seen": "yes"}


def test_a_method_of_a_customer_needs_that_customer(box):
    customer, other = stripe.Customer.create(), stripe.Customer.create()
    method = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="belongs to a Customer"):
        make(payment_method=method.id, confirm=True)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        make(payment_method=method.id, confirm=True, customer=other.id)
    for _ in range(2):
        assert make(payment_method=method.id, confirm=True, customer=customer.id).status == "succeeded"


def test_a_method_without_a_customer_serves_once(box):
    method = stripe.PaymentMethod.create(type="card", card={"token": "tok_visa"})
    assert make(payment_method=method.id, confirm=True).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        make(payment_method=method.id, confirm=True)


def test_setup_future_usage_saves_the_method_with_the_customer(box, types):
    customer = stripe.Customer.create()
    types()
    intent = make(payment_method="pm_card_visa", confirm=True, customer=customer.id, setup_future_usage="off_session")
    assert stripe.PaymentMethod.retrieve(intent.payment_method).customer == customer.id
    assert types()[-2:] == ["payment_method.attached", "payment_intent.succeeded"]
    again = make(payment_method=intent.payment_method, customer=customer.id, confirm=True, off_session=True)
    assert again.status == "succeeded"


def test_payment_method_data_describes_the_method(box):
    data = {"type": "us_bank_account", "us_bank_account": {"account_number": "000123456789", "routing_number": "110000000"}}
    intent = make(payment_method_data=data)
    assert intent.status == "requires_confirmation"
    assert stripe.PaymentMethod.retrieve(intent.payment_method).us_bank_account.last4 == "6789"


def test_a_method_must_be_of_a_type_the_intent_takes(box):
    data = {"type": "us_bank_account", "us_bank_account": {"account_number": "000123456789", "routing_number": "110000000"}}
    with pytest.raises(stripe.InvalidRequestError, match="following types: card, sepa_debit") as caught:
        make(currency="eur", payment_method_data=data)
    assert caught.value.param == "payment_method"


def test_options_can_be_changed_and_unset(box):
    intent = make(payment_method="pm_card_visa")
    card = {"card": {"request_three_d_secure": "any"}}
    assert stripe.PaymentIntent.modify(intent.id, payment_method_options=card).payment_method_options.card.network is None
    manual = stripe.PaymentIntent.confirm(intent.id, payment_method_options={"card": {"capture_method": "manual"}})
    assert manual.status == "requires_capture"
    other = stripe.PaymentIntent.modify(make().id, payment_method_options={"card": ""})
    assert other.payment_method_options.to_dict() == {}


def test_automatic_methods_can_be_switched_off(box):
    assert make(automatic_payment_methods={"enabled": False}).payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError, match="automatic_payment_methods, payment_method_types"):
        make(payment_method_types=["card"], automatic_payment_methods={"enabled": True}, stripe_version="2024-06-20")


def test_listing_by_customer(box):
    customer = stripe.Customer.create()
    mine = make(customer=customer.id)
    make()
    assert [intent.id for intent in stripe.PaymentIntent.list(customer=customer.id).data] == [mine.id]


def test_searching_by_metadata_and_status(box):
    wanted = make(metadata={"order": "42"}, payment_method="pm_card_visa", confirm=True)
    make(metadata={"order": "42"})
    found = stripe.PaymentIntent.search(query="metadata['order']:'42' AND status:'succeeded'")
    assert [intent.id for intent in found.data] == [wanted.id]


def test_a_dashboard_with_redirect_methods_asks_for_a_return_url():
    from payproof.sandbox import StripeSandbox

    with StripeSandbox(redirect_methods=True):
        with pytest.raises(stripe.InvalidRequestError, match="return_url"):
            make(payment_method="pm_card_visa", confirm=True)
        never = {"enabled": True, "allow_redirects": "never"}
        assert make(payment_method="pm_card_visa", confirm=True, automatic_payment_methods=never).status == "succeeded"
        assert make(payment_method="pm_card_visa", confirm=True, return_url="https://shop.example/back").status == "succeeded"


def test_what_is_not_played_is_refused_by_name():
    from payproof.sandbox import NotImitated, StripeSandbox

    with StripeSandbox(strict=False):
        with pytest.raises(NotImitated, match="'hooks'"):
            make(hooks={"inputs": {"tax": {"calculation": "taxcalc_1"}}})
        with pytest.raises(NotImitated, match="'final_capture'"):
            stripe.PaymentIntent.capture(requires_capture().id, final_capture=False)
