"""Credit notes: what is taken off an open invoice, or given back of a paid one. The status is computed from `voided_at`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors, lists
from payproof.sandbox.stripe.behaviour import customer_balance, customers, intents, invoicing, refunding, taxing
from payproof.sandbox.stripe.books import Books, Object, kind

CREDIT_NOTE = kind(
    "credit_note",
    "cn",
    "customer_account customer_balance_transaction effective_at memo out_of_band_amount reason shipping_cost voided_at",
    noun="credit note",
    path_param="id",
)


def described(
    books: Books, invoice: Mapping[str, Any], lines: list[Object], amount: int | None, back: Mapping[str, int]
) -> Object:
    """Return the content of a credit note over `lines`, or over an `amount`; refused when the invoice does not allow it.

    `back` says how a paid invoice's share is given back: `refund`, `credit` and `out_of_band`, in minor units.
    """
    if invoice["status"] not in ("open", "paid"):
        message = f"You can only create a credit note for an open or a paid invoice (it is {invoice['status']})."
        raise errors.invalid(message, param="invoice")
    taxes = taxing.summed([tax for line in lines for tax in line["taxes"]])
    exclusive = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    subtotal = sum(line["amount"] for line in lines) if lines else int(amount or 0)
    total = subtotal + exclusive
    _check(invoice, total, back)
    paid = invoice["status"] == "paid"
    return {
        "amount": total,
        "amount_shipping": 0,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice": invoice["id"],
        "lines": lists.list_object(lines, ""),
        "out_of_band_amount": back["out_of_band"] or None,
        "post_payment_amount": total if paid else 0,
        "pre_payment_amount": 0 if paid else total,
        "pretax_credit_amounts": [],
        "refunds": [],
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal,
        "tax_amounts": taxing.legacy(taxes),
        "total": total,
        "total_excluding_tax": subtotal,
        "total_taxes": taxes,
        "type": "post_payment" if paid else "pre_payment",
    }


def _check(invoice: Mapping[str, Any], total: int, back: Mapping[str, int]) -> None:
    if total < 1:
        raise errors.invalid("A credit note needs an amount above zero.", param="amount")
    if invoice["status"] == "open":
        if any(back.values()):
            raise errors.invalid("An open invoice has nothing to give back; leave out how.", param="refund_amount")
        if total > invoice["amount_remaining"]:
            message = f"The credit note amount ({total}) exceeds what remains of the invoice ({invoice['amount_remaining']})."
            raise errors.invalid(message, param="amount")
        return
    left = invoice["total"] - invoice["post_payment_credit_notes_amount"] - invoice["pre_payment_credit_notes_amount"]
    if total > left:
        raise errors.invalid(f"The credit note amount ({total}) exceeds what can be credited ({left}).", param="amount")
    if sum(back.values()) != total:
        message = (
            "The sum of refund_amount, credit_amount, and out_of_band_amount must equal the credit note amount "
            f"({sum(back.values())} is not {total})."
        )
        raise errors.invalid(message)


def issue(books: Books, invoice: Object, content: Mapping[str, Any], back: Mapping[str, int]) -> Object:
    """Issue a described credit note: take it off the open invoice, or give a paid one's share back."""
    charge = _charge(books, invoice) if back["refund"] else None
    identifier = books.identifier(CREDIT_NOTE.prefix)
    sequence = sum(1 for note in books.shelf(CREDIT_NOTE).values() if note["invoice"] == invoice["id"]) + 1
    note = books.new(
        CREDIT_NOTE,
        **{
            **content,
            "id": identifier,
            "effective_at": content.get("effective_at") or books.now(),
            "number": f"{invoice['number']}-CN-{sequence:02d}",
            "pdf": f"https://pay.stripe.com/credit_notes/{identifier}/pdf",
        },
    )
    note["lines"]["url"] = f"/v1/credit_notes/{identifier}/lines"
    refresh(note)
    if charge is not None:
        refund = refunding.refund(books, charge, back["refund"], reason=None, notes={})
        note["refunds"] = [{"amount_refunded": back["refund"], "refund": refund["id"], "type": "refund"}]
    if back["credit"]:
        customer = books.of(customers.CUSTOMER, invoice["customer"])
        moved = customer_balance.change(
            books, customer, -back["credit"], note["currency"], "credit_note", credit_note=note["id"], invoice=invoice["id"]
        )
        note["customer_balance_transaction"] = moved["id"]
    books.emit("credit_note.created", note)
    if note["type"] == "pre_payment":
        invoicing.credit(books, invoice, note["amount"])
    else:
        with books.changing(invoice, "invoice.updated"):
            invoice["post_payment_credit_notes_amount"] += note["amount"]
    return note


def refresh(note: Object) -> Object:
    """Compute the status."""
    note["status"] = "issued" if note["voided_at"] is None else "void"
    return note


def void(books: Books, note: Object) -> Object:
    """Take a credit note back; only of an invoice that is still open, as nothing was given back for it."""
    invoice = books.of(invoicing.INVOICE, note["invoice"])
    if note["voided_at"] is not None or note["type"] != "pre_payment" or invoice["status"] != "open":
        raise errors.invalid("You can only void a credit note of an open invoice, and only once.", param="id")
    note["voided_at"] = books.now()
    refresh(note)
    books.emit("credit_note.voided", note)
    invoicing.credit(books, invoice, -note["amount"])
    return note


def line(books: Books, given: Mapping[str, Any], origin: Mapping[str, Any] | None, amount: int, rates: list[Object]) -> Object:
    """Return one line of a credit note: a share of an invoice's line (`origin`), or one of its own."""
    taxes = taxing.taxes_on(amount, rates, "none")
    quantity = given.get("quantity")
    content: Object = {
        "amount": amount,
        "description": given.get("description") or (origin or {}).get("description"),
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": origin["id"] if origin else None,
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": None if quantity in (None, "") else int(quantity),
        "tax_amounts": taxing.legacy(taxes),
        "tax_rates": rates,
        "taxes": taxes,
        "type": given.get("type"),
        "unit_amount": None,
        "unit_amount_decimal": None,
    }
    return {"id": books.identifier("cnli"), "object": "credit_note_line_item", **content}


def _charge(books: Books, invoice: Mapping[str, Any]) -> Object:
    intent = books.find(intents.PAYMENT_INTENT, invoice["_intent"])
    charge = intents.charge_of(books, intent) if intent is not None else None
    if charge is None or not charge["captured"]:
        raise errors.invalid("This invoice was not paid by a charge that could be refunded.", param="refund_amount")
    return charge
