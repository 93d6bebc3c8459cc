"""Billing a subscription: which cycle it is in, what is due, what was paid, what is owed."""

from __future__ import annotations

from payproof.sandbox.core import periods
from payproof.sandbox.paypal import amounts, answering, values
from payproof.sandbox.paypal.behaviour import plans, sources, standing
from payproof.sandbox.paypal.books import PLAN, SUBSCRIPTION, TRANSACTION, Books, Object, written


def schedule(books: Books, subscription: Object, when: int) -> None:
    """Let the clock bill the subscription at `when`, unless its status changes before."""
    subscription["_next"] = when
    turn, identifier = subscription["_turn"], subscription["id"]

    def due(later: Books) -> None:
        found = later.of(SUBSCRIPTION, identifier)
        if found["_turn"] == turn and found["status"] == "ACTIVE":
            _bill(later, found)

    books.at(when, due)


def charge_setup_fee(books: Books, subscription: Object) -> bool:
    """Charge the plan's setup fee; return False when it failed and the subscription must not begin."""
    preferences = books.of(PLAN, subscription["plan_id"])["payment_preferences"]
    fee = preferences.get("setup_fee")
    if fee is None or not amounts.of(fee):
        return True
    if take(books, subscription, amounts.of(fee)):
        return True
    return str(preferences["setup_fee_failure_action"]) != "CANCEL"


def take(books: Books, subscription: Object, units: int) -> bool:
    """Try to take money from the subscriber; return whether it was taken. Emits PAYMENT.SALE.COMPLETED when it was."""
    currency = plans.currency(books.of(PLAN, subscription["plan_id"]))
    paid = values.named(subscription["_value"]).pays
    made = books.new(
        TRANSACTION,
        books.identifier(),
        status="COMPLETED" if paid else "DECLINED",
        time=books.time(),
        _subscription=subscription["id"],
        _custom=subscription.get("custom_id"),
        _units=units,
        _refunded=0,
        _currency=currency,
        _at=books.now(),
    )
    when = {"amount": amounts.money(currency, units), "time": books.time()}
    if paid:
        books.changed(SUBSCRIPTION, subscription, _last=when, _failures=0)
        books.emit("PAYMENT.SALE.COMPLETED", TRANSACTION, _sale(made))
    else:
        books.changed(SUBSCRIPTION, subscription, _last_failed={**when, "reason_code": "PAYMENT_DENIED"})
    return paid


def _bill(books: Books, subscription: Object) -> None:
    plan = books.of(PLAN, subscription["plan_id"])
    cycle = _current(subscription, plan)
    if cycle is None:
        standing.change(books, subscription, "EXPIRED")
        standing.emit(books, "BILLING.SUBSCRIPTION.EXPIRED", subscription)
        return
    subscription["_done"][str(cycle["sequence"])] += 1
    subscription["_next"] = _after(subscription, cycle)
    preferences = plan["payment_preferences"]
    price = _price(subscription, plan, cycle)
    units = price + (subscription["_owed"] if preferences["auto_bill_outstanding"] else 0)
    if units and take(books, subscription, units):
        subscription["_owed"] -= units - price
    elif units:
        subscription["_owed"] += price
        subscription["_failures"] += 1
        standing.emit(books, "BILLING.SUBSCRIPTION.PAYMENT.FAILED", subscription)
        threshold = preferences["payment_failure_threshold"]
        if threshold and subscription["_failures"] >= threshold:
            standing.suspend(books, subscription, "The payment failed too often.")
            return
    schedule(books, subscription, subscription["_next"])


def _current(subscription: Object, plan: Object) -> Object | None:
    """Return the billing cycle that is due; None when all have been executed. `total_cycles` 0 never ends."""
    for cycle in plan["billing_cycles"]:
        if cycle["total_cycles"] == 0 or subscription["_done"][str(cycle["sequence"])] < cycle["total_cycles"]:
            found: Object = cycle
            return found
    return None


def _price(subscription: Object, plan: Object, cycle: Object) -> int:
    price = (cycle.get("pricing_scheme") or {}).get("fixed_price")
    if price is None:
        return 0
    units = amounts.of(price) * int(subscription.get("quantity", 1))
    taxes = plan.get("taxes")
    if taxes and not taxes.get("inclusive", True):
        units += round(units * float(taxes["percentage"]) / 100)
    shipping = subscription.get("shipping_amount")
    return units + (amounts.of(shipping) if shipping else 0)


def _after(subscription: Object, cycle: Object) -> int:
    """Return when the period that begins now is over; months are counted from the first one of this cycle."""
    frequency = cycle["frequency"]
    anchor, count = subscription["_anchor"].get(str(cycle["sequence"]), (subscription["_next"], 0))
    subscription["_anchor"][str(cycle["sequence"])] = (anchor, count + 1)
    length = int(frequency["interval_count"]) * (count + 1)
    return periods.after(anchor, str(frequency["interval_unit"]).lower(), length)


def information(books: Books, subscription: Object, plan: Object) -> Object:
    """Return a subscription's `billing_info`."""
    currency = plans.currency(plan)
    found: Object = {
        "outstanding_balance": amounts.money(currency, subscription["_owed"]),
        "failed_payments_count": subscription["_failures"],
        "cycle_executions": [_execution(subscription, cycle) for cycle in plan["billing_cycles"]],
    }
    for name, fact in (("last_payment", "_last"), ("last_failed_payment", "_last_failed")):
        if fact in subscription:
            found[name] = dict(subscription[fact])
    if subscription["status"] == "ACTIVE" and subscription["_next"] is not None:
        found["next_billing_time"] = written(subscription["_next"])
    return found


def _execution(subscription: Object, cycle: Object) -> Object:
    done, total = subscription["_done"][str(cycle["sequence"])], cycle["total_cycles"]
    made: Object = {
        "tenure_type": cycle["tenure_type"],
        "sequence": cycle["sequence"],
        "cycles_completed": done,
        "total_cycles": total,
    }
    if total:
        made["cycles_remaining"] = total - done
    return made


@answering.view(TRANSACTION)
def _view(books: Books, transaction: Object) -> Object:
    currency, units = transaction["_currency"], transaction["_units"]
    fee = amounts.fee(units, currency) if transaction["status"] != "DECLINED" else 0
    payer = sources.PAYER
    return {
        "id": transaction["id"],
        "status": transaction["status"],
        "payer_email": payer["email_address"],
        "payer_name": dict(payer["name"]),
        "amount_with_breakdown": {
            "gross_amount": amounts.money(currency, units),
            "fee_amount": amounts.money(currency, fee),
            "net_amount": amounts.money(currency, units - fee),
        },
        "time": transaction["time"],
    }


def _sale(transaction: Object) -> Object:
    """Return the `sale` that PAYMENT.SALE.COMPLETED is about, in the shape of PayPal's older payments."""
    amount = amounts.money(transaction["_currency"], transaction["_units"])
    sale: Object = {
        "id": transaction["id"],
        "state": "completed",
        "billing_agreement_id": transaction["_subscription"],
        "amount": {
            "total": amount["value"],
            "currency": amount["currency_code"],
            "details": {"subtotal": amount["value"]},
        },
        "payment_mode": "INSTANT_TRANSFER",
        "create_time": transaction["time"],
        "update_time": transaction["time"],
    }
    if transaction["_custom"]:
        sale["custom"] = transaction["_custom"]
    return sale
