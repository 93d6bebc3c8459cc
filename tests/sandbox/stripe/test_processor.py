"""The processor as a whole: what is refused by name, what is checked, what every answer carries."""

import pytest
import requests
import stripe

from payproof.sandbox import NotImitated, StripeSandbox
from payproof.sandbox.stripe import routes
from payproof.sandbox.stripe.schemas import catalogue


def test_an_endpoint_that_stripe_has_and_the_sandbox_does_not_play_fails_by_name():
    with StripeSandbox(strict=False) as box:
        with pytest.raises(NotImitated) as caught:
            stripe.Topup.create(amount=500, currency="usd")
        assert "POST /v1/topups" in str(caught.value)
        assert "TopupService.create" in str(caught.value)
        assert "leave it out of this test" in str(caught.value)
        assert box.problems == [str(caught.value)]


def test_an_endpoint_that_nobody_has_is_404(box):
    answer = requests.get("https://api.stripe.com/v1/nonsense", auth=(box.api_key, ""), timeout=1)
    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/nonsense)" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 500, "currency": "usd", "amuont": 1}, "parameter_unknown", "amuont"),
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": "many", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "", "currency": "usd"}, "parameter_invalid_empty", "amount"),
        ({"amount": 500, "currency": "usd", "capture_method": "later"}, None, "capture_method"),
    ],
)
def test_parameters_are_checked_against_the_installed_sdk(box, params, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.PaymentIntent.create(**params)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert [entry.executed for entry in box.journal] == [False]


def test_a_request_in_another_api_version_may_name_its_older_parameters(box):
    order = {"amount": 500, "currency": "usd", "payment_method_types": ["card"]}
    if catalogue().check_params(catalogue().endpoint("POST", "/v1/payment_intents"), order):
        with pytest.raises(stripe.InvalidRequestError):
            stripe.PaymentIntent.create(**order)
    made = stripe.PaymentIntent.create(**order, stripe_version="2024-06-20")
    assert made.payment_method_types == ["card"]
    with pytest.raises(stripe.InvalidRequestError):
        stripe.PaymentIntent.create(**order, nonsense="1", stripe_version="2024-06-20")


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda: stripe.PaymentIntent.create(amount=500, currency="usd", excluded_payment_method_types=["card"]), "excluded"),
        (lambda: stripe.Customer.create(tax={"validate_location": "deferred"}), "tax"),
        (lambda: stripe.PaymentMethod.list(customer_account="acct_1"), "customer_account"),
    ],
)
def test_a_parameter_that_the_sandbox_does_not_act_on_fails_by_name(ask, name):
    with StripeSandbox(strict=False), pytest.raises(NotImitated, match=f"was sent '{name}.*leave it out in this test"):
        ask()


def test_a_parameter_that_changes_nothing_is_taken(box):
    made = stripe.PaymentIntent.create(
        amount=500,
        currency="usd",
        payment_method="pm_card_visa",
        confirm=True,
        use_stripe_sdk=True,
        radar_options={"session": "rse_1"},
    )
    assert made.status == "succeeded"


def test_every_answer_carries_a_request_id(box):
    made = stripe.Customer.create()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Customer.retrieve("cus_nothing")
    ids = {made.last_response.request_id, caught.value.request_id, stripe.Customer.retrieve(made.id).last_response.request_id}
    assert len(ids) == 3
    assert all(identifier.startswith("req_") for identifier in ids)


def test_an_error_names_its_place_in_the_log_and_a_repeat_the_first_one(box):
    urls = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            stripe.PaymentIntent.create(
                amount=500, currency="usd", payment_method="pm_card_visa_chargeDeclined", confirm=True, idempotency_key="k"
            )
        urls.append(caught.value.error.request_log_url)
    assert urls[0] == urls[1]
    assert caught.value.headers["original-request"] in urls[0]


def test_an_answer_that_is_not_as_the_sdk_declares_it_is_noticed():
    with StripeSandbox(check_answers=True, strict=False) as box:
        customer = stripe.Customer.create()
        box.store["customer"][customer.id]["nonsense"] = 1
        with pytest.raises(ValueError, match="nonsense"):
            stripe.Customer.retrieve(customer.id)


def test_every_route_is_an_endpoint_of_the_sdk():
    unknown = [found for found in routes.every() if catalogue().endpoint(found.method, _filled(found.template)) is None]
    # The SDK reaches these two from the Charge class only, not from a service.
    assert {f"{found.method} {found.template}" for found in unknown} == {
        "GET /v1/charges/{charge}/refunds",
        "GET /v1/charges/{charge}/refunds/{refund}",
    }


def test_an_endpoint_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        routes.route("GET", "/v1/customers/{id}")(lambda call: None)


def test_private_facts_are_never_sent(box):
    intent = stripe.PaymentIntent.create(amount=500, currency="usd", payment_method="pm_card_visa", confirm=True)
    sent = [intent, stripe.Charge.retrieve(intent.latest_charge), stripe.PaymentMethod.retrieve(intent.payment_method)]
    assert [name for body in sent for name in body.to_dict() if name.startswith("_")] == []


def _filled(template):
    return "/".join("x_1" if part.startswith("{") else part for part in template.split("/"))
