"""Credit notes: taken off open invoices, given back of paid ones, and voided."""

import pytest
import stripe


@pytest.fixture
def customer(box):
    return stripe.Customer.create(payment_method="pm_card_visa", invoice_settings={"default_payment_method": "pm_card_visa"})


def invoice(customer, *amounts, paid=False, **more):
    made = stripe.Invoice.create(customer=customer.id, currency="usd", **more)
    for amount in amounts or (2_000,):
        stripe.InvoiceItem.create(customer=customer.id, invoice=made.id, amount=amount, currency="usd", description="Tea")
    finished = stripe.Invoice.finalize_invoice(made.id)
    return stripe.Invoice.pay(finished.id) if paid else finished


def test_an_open_invoice_costs_less(box, customer, types):
    made = invoice(customer)
    types()
    note = stripe.CreditNote.create(invoice=made.id, amount=500, memo="sorry", reason="product_unsatisfactory")
    assert (note.type, note.pre_payment_amount, note.status, note.number) == (
        "pre_payment",
        500,
        "issued",
        f"{made.number}-CN-01",
    )
    assert types() == ["credit_note.created", "invoice.updated"]
    after = stripe.Invoice.pay(made.id)
    assert (after.amount_paid, after.pre_payment_credit_notes_amount, after.status) == (1_500, 500, "paid")
    assert box.money()["usd"].charged == 1_500


def test_an_invoice_of_which_nothing_is_left_is_paid(box, customer):
    made = invoice(customer)
    stripe.CreditNote.create(invoice=made.id, amount=2_000)
    after = stripe.Invoice.retrieve(made.id)
    assert (after.status, after.amount_paid, after.amount_remaining) == ("paid", 0, 0)
    assert box.money() == {}


def test_a_credit_note_of_an_open_invoice_is_voided(box, customer, types):
    made = invoice(customer)
    note = stripe.CreditNote.create(invoice=made.id, amount=500)
    types()
    assert stripe.CreditNote.void_credit_note(note.id).status == "void"
    assert types() == ["credit_note.voided", "invoice.updated"]
    assert stripe.Invoice.pay(made.id).amount_paid == 2_000
    for identifier in (note.id, stripe.CreditNote.create(invoice=made.id, amount=1, credit_amount=1).id):
        with pytest.raises(stripe.InvalidRequestError, match="only void"):
            stripe.CreditNote.void_credit_note(identifier)


def test_a_paid_invoice_is_given_back(box, customer, types):
    made = invoice(customer, paid=True)
    types()
    note = stripe.CreditNote.create(invoice=made.id, amount=900, refund_amount=500, credit_amount=300, out_of_band_amount=100)
    assert (note.type, note.post_payment_amount, note.out_of_band_amount) == ("post_payment", 900, 100)
    assert stripe.Refund.retrieve(note.refunds[0].refund).amount == 500
    assert stripe.Customer.retrieve(customer.id).balance == -300
    assert stripe.Invoice.retrieve(made.id).post_payment_credit_notes_amount == 900
    moved = stripe.Customer.retrieve_balance_transaction(customer.id, note.customer_balance_transaction)
    assert (moved.type, moved.credit_note) == ("credit_note", note.id)
    assert "refund.created" in types()


def test_lines_are_credited_with_their_taxes(box, customer):
    rate = stripe.TaxRate.create(display_name="VAT", percentage=10, inclusive=False)
    made = invoice(customer, 1_000, 2_000, paid=True, default_tax_rates=[rate.id])
    assert made.total == 3_300
    line = made.lines.data[1]
    given = [
        {"type": "invoice_line_item", "invoice_line_item": line.id},
        {"type": "custom_line_item", "unit_amount": 100, "quantity": 2, "description": "x"},
    ]
    previewed = stripe.CreditNote.preview(invoice=made.id, lines=given, credit_amount=2_400)
    note = stripe.CreditNote.create(invoice=made.id, lines=given, credit_amount=2_400)
    assert (note.subtotal, note.total, note.total_taxes[0].amount) == (2_200, 2_400, 200)
    assert previewed.total == note.total
    assert [one.amount for one in stripe.CreditNote.list_lines(note.id).data] == [2_000, 200]
    assert [one.id for one in stripe.CreditNote.list(invoice=made.id).data] == [note.id]
    assert stripe.CreditNote.modify(note.id, metadata={"a": "b"}).metadata.to_dict() == {"a": "b"}
    assert stripe.CreditNote.retrieve(note.id).memo is None


def test_preview_lines(box, customer):
    made = invoice(customer, paid=True)
    found = stripe.CreditNote.preview_lines(
        invoice=made.id, lines=[{"type": "custom_line_item", "unit_amount": 5}], credit_amount=5
    )
    assert [one.amount for one in found.data] == [5]


@pytest.mark.parametrize(
    ("paid", "params", "words"),
    [
        (False, {"amount": 2_001}, "exceeds what remains"),
        (False, {"amount": 0}, "above zero"),
        (False, {"amount": 5, "refund_amount": 5}, "nothing to give back"),
        (True, {"amount": 2_001, "credit_amount": 2_001}, "exceeds what can be credited"),
        (True, {"amount": 500, "credit_amount": 400}, "must equal"),
        (True, {"amount": 5, "lines": [{"type": "custom_line_item", "unit_amount": 5}]}, "amount, lines"),
        (True, {"lines": [{"type": "custom_line_item"}]}, "unit_amount"),
        (True, {"lines": [{"type": "invoice_line_item", "invoice_line_item": "il_1"}]}, "No such invoice line item"),
    ],
)
def test_what_cannot_be_credited(box, customer, paid, params, words):
    made = invoice(customer, paid=paid)
    with pytest.raises(stripe.InvalidRequestError, match=words):
        stripe.CreditNote.create(invoice=made.id, **params)
    assert stripe.CreditNote.list().data == []


def test_drafts_have_no_credit_notes(box, customer):
    made = stripe.Invoice.create(customer=customer.id, currency="usd")
    with pytest.raises(stripe.InvalidRequestError, match="it is draft"):
        stripe.CreditNote.create(invoice=made.id, amount=1)


def test_what_was_paid_elsewhere_cannot_be_refunded(box, customer):
    made = stripe.Invoice.pay(invoice(customer).id, paid_out_of_band=True)
    with pytest.raises(stripe.InvalidRequestError, match="not paid by a charge"):
        stripe.CreditNote.create(invoice=made.id, amount=5, refund_amount=5)
