"""Invoices: drafted, finalized, paid, voided or given up. The status is computed from `status_transitions`, never set.

Private facts: `_intent` the PaymentIntent that pays it, `_subscription` the subscription it bills, `_discounts` the ids of its
discounts, `_refused` the payment method that the issuer said never to try again, `_credited` what credit notes took off before
it was paid, `_terms` what a payment of it passes on to connected accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from payproof.sandbox.stripe import errors, money
from payproof.sandbox.stripe.behaviour import amounts, customer_balance, customers, discounting, intents, taxing, totals
from payproof.sandbox.stripe.books import Books, Object, kind

INVOICE = kind(
    "invoice",
    "in",
    "account_country account_name account_tax_ids application automatically_finalizes_at charge custom_fields customer_address "
    "customer_name customer_phone customer_shipping customer_tax_exempt default_payment_method default_source description "
    "discount due_date effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf last_finalization_error "
    "latest_revision next_payment_attempt number on_behalf_of parent payment_intent quote receipt_number rendering "
    "shipping_cost shipping_details statement_descriptor subscription tax test_clock total_excluding_tax webhooks_delivered_at",
    path_param="invoice",
)

INVOICE_PAYMENT = kind("invoice_payment", "inpay", "amount_paid", noun="invoice payment", path_param="invoice_payment")

DRAFT_FOR = 3_600
"""Seconds that an invoice of a renewal stays a draft."""

Paid = Callable[[Books, Object], None]

_LISTENERS: list[Paid] = []


def on_change(listener: Paid) -> Paid:
    """Let the decorated function hear of every invoice whose payment succeeded, failed or was given up."""
    _LISTENERS.append(listener)
    return listener


def write(
    books: Books, customer: Object, lines: list[Object], *, currency: str, reason: str, advances: bool, **content: Any
) -> Object:
    """Create a draft and its `invoice.created` event."""
    identifier = books.identifier(INVOICE.prefix)
    described = drafted(books, customer, lines, identifier, currency=currency, reason=reason, advances=advances, **content)
    invoice = books.new(INVOICE, **described)
    refresh(books, invoice)
    books.emit("invoice.created", invoice)
    return invoice


def drafted(
    books: Books,
    customer: Object,
    lines: list[Object],
    identifier: str,
    *,
    currency: str,
    reason: str,
    advances: bool,
    **content: Any,
) -> Object:
    """Return the content of a draft that need not exist, as previews have it."""
    url = f"/v1/invoices/{identifier}/lines"
    for line in lines:
        line["invoice"] = identifier
    return {
        "id": identifier,
        "amount_overpaid": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": advances,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "currency": currency,
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": {"object": "list", "data": lines, "has_more": False, "total_count": len(lines), "url": url},
        "metadata": {},
        "paid": False,
        "paid_out_of_band": False,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": books.now(),
        "period_start": books.now(),
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "total_tax_amounts": [],
        "total_taxes": [],
        "_intent": None,
        "_payments": [],
        "_refused": None,
        "_discounts": [],
        "_credited": 0,
        "_terms": {},
        "_subscription": None,
        **content,
    }


def status_of(invoice: Mapping[str, Any]) -> str:
    """Compute the status from the facts."""
    happened = invoice["status_transitions"]
    if happened["voided_at"] is not None:
        return "void"
    if happened["paid_at"] is not None:
        return "paid"
    if happened["marked_uncollectible_at"] is not None:
        return "uncollectible"
    return "open" if happened["finalized_at"] is not None else "draft"


def refresh(books: Books, invoice: Object) -> Object:
    """Compute status and amounts: lines, discounts, taxes, the customer's credit, and what credit notes took off."""
    invoice["status"] = status_of(invoice)
    invoice["paid"] = invoice["status"] == "paid"
    sum_up(books, invoice)
    return invoice


def sum_up(books: Books, invoice: Object) -> None:
    """Compute the amounts."""
    customer = books.of(customers.CUSTOMER, invoice["customer"])
    exempt = customer.get("tax_exempt") or "none"
    discounts = [totals.Discount(one, discounting.coupon_of(books, one)) for one in invoice["_discounts"]]
    sums = totals.work_out(invoice["lines"]["data"], discounts, invoice["default_tax_rates"], exempt)
    total = sums.total
    if invoice["status"] == "draft":
        invoice["starting_balance"] = customer.get("balance", 0)
    due = max(total + invoice["starting_balance"], 0)
    if invoice["ending_balance"] and invoice["ending_balance"] > 0:
        due = 0  # too small to be charged: the customer owes it with the next invoice
    left = max(due - invoice["_credited"], 0)
    paid = left if invoice["status"] == "paid" else 0
    invoice.update(
        amount_due=due,
        amount_paid=paid,
        amount_remaining=left - paid,
        discounts=list(invoice["_discounts"]),
        pre_payment_credit_notes_amount=invoice["_credited"],
        subtotal=sums.subtotal,
        subtotal_excluding_tax=sums.subtotal - sums.inclusive_tax,
        tax=sums.inclusive_tax + sums.exclusive_tax if sums.taxes else None,
        total=total,
        total_discount_amounts=sums.discount_amounts,
        total_excluding_tax=sums.total_excluding_tax,
        total_tax_amounts=taxing.legacy(sums.taxes),
        total_taxes=sums.taxes,
    )


def _settle_balance(books: Books, invoice: Object, customer: Object) -> None:
    """Use the customer's credit up, or let the customer owe what is too small to be charged."""
    start, total = customer.get("balance", 0), invoice["total"]
    left = total + start
    too_small = 0 < left < money.SMALLEST.get(invoice["currency"], 1) and invoice["collection_method"] == "charge_automatically"
    invoice.update(starting_balance=start, ending_balance=left if left < 0 or too_small else 0)
    if invoice["ending_balance"] != start:
        reason = "invoice_too_small" if too_small else "applied_to_invoice"
        change = invoice["ending_balance"] - start
        customer_balance.change(books, customer, change, invoice["currency"], reason, invoice=invoice["id"])


def finalize(books: Books, invoice: Object) -> Object:
    """Make a draft payable: it gets its number and its PaymentIntent; one of nothing is paid at once."""
    if invoice["status"] != "draft":
        message = f"This invoice is already finalized, you can't re-finalize a non-draft invoice (it is {invoice['status']})."
        raise errors.invalid(message, code="invoice_not_editable")
    customer = books.of(customers.CUSTOMER, invoice["customer"])
    invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    invoice["status_transitions"]["finalized_at"] = books.now()
    page = f"https://invoice.stripe.com/i/{invoice['id']}"
    invoice.update(effective_at=books.now(), hosted_invoice_url=page, invoice_pdf=f"{page}/pdf", automatically_finalizes_at=None)
    _settle_balance(books, invoice, customer)
    refresh(books, invoice)
    books.emit("invoice.finalized", invoice)
    if invoice["amount_due"] == 0:
        return mark_paid(books, invoice)
    intent = intents.write(
        books,
        **_terms(invoice),
        payment_method_types=amounts.automatic_types(invoice["currency"]),
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=invoice["description"] or "Payment for Invoice",
        setup_future_usage="off_session" if invoice["_subscription"] else None,
        invoice=invoice["id"],
        _invoice=invoice["id"],
    )
    invoice["_intent"] = intent["id"]
    invoice["payment_intent"] = intent["id"]
    _record_payment(books, invoice, intent)
    return invoice


def _terms(invoice: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the payment passes on to connected accounts."""
    terms = dict(invoice["_terms"])
    percent = terms.pop("application_fee_percent", None)
    if percent is not None:
        terms["application_fee_amount"] = taxing.rounded(invoice["amount_due"] * float(percent) / 100)
    return {name: value for name, value in terms.items() if value is not None}


def credit(books: Books, invoice: Object, amount: int) -> None:
    """A credit note takes `amount` (below zero: gives it back) off an open invoice; one with nothing left is paid."""
    with books.changing(invoice, "invoice.updated"):
        invoice["_credited"] += amount
        refresh(books, invoice)
    intent = books.find(intents.PAYMENT_INTENT, invoice["_intent"])
    if intent is not None and intent["status"] in intents.OPEN and invoice["amount_remaining"]:
        intent["amount"] = invoice["amount_remaining"]
    if invoice["amount_remaining"] == 0:
        _stop_intent(books, invoice, "automatic")
        mark_paid(books, invoice)


def void(books: Books, invoice: Object) -> Object:
    """Make an open invoice count for nothing."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise errors.invalid(
            f"You can only void an open or uncollectible invoice (it is {invoice['status']}).", code="invoice_not_editable"
        )
    invoice["status_transitions"]["voided_at"] = books.now()
    invoice.update(auto_advance=False, next_payment_attempt=None)
    refresh(books, invoice)
    _stop_intent(books, invoice, "void_invoice")
    used = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if used:
        customer = books.of(customers.CUSTOMER, invoice["customer"])
        customer_balance.change(books, customer, -used, invoice["currency"], "unapplied_from_invoice", invoice=invoice["id"])
    books.emit("invoice.voided", invoice)
    return invoice


def give_up(books: Books, invoice: Object) -> Object:
    """Mark an open invoice uncollectible."""
    if invoice["status"] != "open":
        raise errors.invalid(
            f"You can only mark an open invoice as uncollectible (it is {invoice['status']}).", code="invoice_not_editable"
        )
    invoice["status_transitions"]["marked_uncollectible_at"] = books.now()
    invoice.update(auto_advance=False, next_payment_attempt=None)
    refresh(books, invoice)
    books.emit("invoice.marked_uncollectible", invoice)
    tell(books, invoice)
    return invoice


def mark_paid(books: Books, invoice: Object, *, out_of_band: bool = False) -> Object:
    """Nothing is owed any more; `out_of_band` when the money did not come through Stripe."""
    with books.changing(invoice, "invoice.updated"):
        invoice["status_transitions"]["paid_at"] = books.now()
        invoice.update(next_payment_attempt=None, auto_advance=False)
        invoice["paid_out_of_band"] = out_of_band
        if out_of_band:
            _stop_intent(books, invoice, "automatic")
        refresh(books, invoice)
    books.emit("invoice.paid", invoice)
    if invoice["amount_paid"] and not out_of_band:
        books.emit("invoice.payment_succeeded", invoice)
        for payment in payments_of(books, invoice):
            payment.update(status="paid", amount_paid=invoice["amount_paid"])
            payment["status_transitions"]["paid_at"] = books.now()
            books.emit("invoice_payment.paid", payment)
    tell(books, invoice)
    return invoice


def payments_of(books: Books, invoice: Mapping[str, Any]) -> list[Object]:
    """Return the payments of an invoice."""
    return [books.of(INVOICE_PAYMENT, identifier) for identifier in invoice["_payments"]]


def _record_payment(books: Books, invoice: Mapping[str, Any], intent: Mapping[str, Any]) -> None:
    payment = books.new(
        INVOICE_PAYMENT,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent["id"]},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    invoice["_payments"].append(payment["id"])


def _stop_intent(books: Books, invoice: Mapping[str, Any], reason: str) -> None:
    intent = books.find(intents.PAYMENT_INTENT, invoice["_intent"])
    if intent is not None and intent["status"] in intents.OPEN:
        intent.update(canceled_at=books.now(), cancellation_reason=reason, next_action=None)
        intents.refresh(books, intent)
        books.emit("payment_intent.canceled", intent)


def tell(books: Books, invoice: Object) -> None:
    """Tell who listens that an invoice was paid, given up, or could not be collected."""
    for listener in _LISTENERS:
        listener(books, invoice)
