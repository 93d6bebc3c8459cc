"""Objects with ids that a test knows before it makes them."""

from __future__ import annotations

import pytest
import stripe

from payproof.sandbox import SandboxError, StripeSandbox


def test_the_next_objects_of_a_kind_have_the_chosen_ids_in_turn_and_behave_like_all_others(box: StripeSandbox) -> None:
    box.next_id("customer", "cus_first")
    box.next_id("customer", "cus_second")
    box.next_id("charge", "ch_known")
    first, second, third = (stripe.Customer.create() for _ in range(3))
    assert (first.id, second.id) == ("cus_first", "cus_second")
    assert third.id.startswith("cus_") and third.id not in (first.id, second.id)
    order = {"amount": 1200, "currency": "eur", "confirm": True, "return_url": "https://shop.example/done"}
    paid = stripe.PaymentIntent.create(customer="cus_first", payment_method="pm_card_visa", **order)
    assert paid.latest_charge == "ch_known"
    assert stripe.Refund.create(charge="ch_known").status == "succeeded"
    assert box.object("ch_known")["customer"] == "cus_first"


def test_what_is_kept_in_generic_storage_can_have_a_known_id_too(box: StripeSandbox) -> None:
    box.next_id("tax_id", "txi_known")
    made = stripe.TaxId.create(type="eu_vat", value="DE123456789")
    assert made.id == "txi_known"
    assert stripe.TaxId.retrieve("txi_known").value == "DE123456789"


def test_an_id_that_cannot_be_given_is_refused(box: StripeSandbox) -> None:
    stripe.Customer.create(name="Jo")
    [taken] = [customer.id for customer in stripe.Customer.list().data]
    for kind, identifier, why in (
        ("custommer", "cus_1", "the sandbox keeps no objects of kind 'custommer'; known: account, "),
        ("balance_settings", "bs_1", "the sandbox keeps no objects of kind 'balance_settings'"),
        ("customer", taken, f"the id '{taken}' is taken"),
        ("customer", "4242", "an id is a letter and then letters, digits and underscores, up to 255"),
        ("customer", "cus/1", "an id is a letter and then letters"),
    ):
        with pytest.raises(SandboxError) as refused:
            box.next_id(kind, identifier)
        assert str(refused.value).startswith(why)
    box.next_id("customer", "cus_1")
    with pytest.raises(SandboxError, match="the id 'cus_1' is taken"):
        box.next_id("customer", "cus_1")
    stripe.Customer.create()


def test_an_id_that_nothing_took_is_said_on_leaving() -> None:
    with (
        pytest.raises(SandboxError, match="the id 'cus_1' was chosen for an object and never given"),
        StripeSandbox() as box,
    ):
        box.next_id("customer", "cus_1")
