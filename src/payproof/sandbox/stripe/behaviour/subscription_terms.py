"""What a request says about a subscription: its lines, changes, trial and settings, read and checked before anything changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, metadata
from payproof.sandbox.stripe.behaviour import invoice_items, methods, pricing, subscribing, subscription_changes, taxing
from payproof.sandbox.stripe.behaviour.proration import Share
from payproof.sandbox.stripe.behaviour.subscription_changes import Change, Terms
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, integer

DAY = 86_400


def lines(call: Call) -> list[Share]:
    """Return what a new subscription has; refused when it has nothing, or prices that do not go together."""
    given = call.get("items") or []
    if not given:
        raise errors.missing_param("items")
    shares = [_share(call.books, item, f"items[{index}]") for index, item in enumerate(given)]
    if len({(share.price["currency"], str(share.price["recurring"])) for share in shares}) > 1:
        raise errors.invalid("All prices on a subscription must have the same currency and billing interval.", param="items")
    return shares


def _share(books: Books, item: Mapping[str, Any], param: str) -> Share:
    for name in ("billing_thresholds", "current_trial", "discounts", "plan"):
        if item.get(name):
            raise NotImitated(f"items of subscriptions with {name!r} are not played by the Stripe sandbox")
    price = recurring_price(books, item, param)
    quantity = item.get("quantity")
    rates = taxing.rates_of(books, item.get("tax_rates"), f"{param}[tax_rates]")
    return Share(None, price, 1 if quantity is None else integer(quantity, f"{param}[quantity]"), rates)


def recurring_price(books: Books, item: Mapping[str, Any], param: str) -> Object:
    """Return the price that an item names or describes; refused when it is paid only once."""
    price = pricing.price_of(books, item, param)
    if price["recurring"] is None:
        message = (
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: "
            f"{price['id']}."
        )
        raise errors.invalid(message, param=param)
    return price


def amount_of(shares: Iterable[Share]) -> int:
    """Return what one period costs, before discounts and taxes."""
    return sum(int(share.price["unit_amount"]) * share.quantity for share in shares)


def changes(call: Call, subscription: Object) -> list[Change]:
    """Return the changes of items that a request asks for, checked."""
    given = call.get("items") or []
    found = [_change(call.books, subscription, item, f"items[{index}]") for index, item in enumerate(given)]
    if found:
        subscription_changes.check(subscription, found)
    return found


def _change(books: Books, subscription: Object, given: Mapping[str, Any], param: str) -> Change:
    identifier = given.get("id")
    item = next((item for item in subscription["items"]["data"] if item["id"] == identifier), None)
    if identifier is not None and item is None:
        raise errors.missing("subscription item", str(identifier), f"{param}[id]", status=400)
    return change_of(books, item, given, param)


def change_of(books: Books, item: Object | None, given: Mapping[str, Any], param: str = "") -> Change:
    """Return the change of one item (None: a new one) that `given` describes."""
    for name in ("billing_thresholds", "current_trial", "discounts", "plan", "clear_usage"):
        if given.get(name):
            raise NotImitated(f"changes of subscription items with {name!r} are not played by the Stripe sandbox")
    if item is not None and given.get("deleted") in (True, "true"):
        return Change(item, None, 0)
    described = given.get("price") or given.get("price_data")
    price = item["price"] if item is not None and not described else recurring_price(books, given, param)
    before = item["quantity"] if item is not None else 1
    quantity = given.get("quantity")
    rates = taxing.rates_of(books, given.get("tax_rates"), f"{param}[tax_rates]")
    notes = metadata.merged(item["metadata"] if item else {}, given.get("metadata"))
    wanted = before if quantity is None else integer(quantity, f"{param}[quantity]")
    return Change(item, price, wanted, rates, {"metadata": notes})


def of_change(call: Call) -> Terms:
    """Return how a request wants its changes billed."""
    anchor = call.get("billing_cycle_anchor")
    wanted = anchor.get("type") if isinstance(anchor, Mapping) else anchor
    return Terms(
        behavior=call.get("proration_behavior") or "create_prorations",
        when=call.integer("proration_date"),
        payment=payment_behavior(call),
        anchor_now=wanted == "now",
        off_session=call.flag("off_session"),
    )


def payment_behavior(call: Call) -> str:
    """Return Stripe's `payment_behavior`, by default `allow_incomplete`."""
    behavior = str(call.get("payment_behavior") or "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise NotImitated("pending updates (payment_behavior 'pending_if_incomplete') are not played by the Stripe sandbox")
    return behavior


def settings(call: Call) -> dict[str, Any]:
    """Return the settings of payments and trials, those given over Stripe's defaults."""
    found: dict[str, Any] = {}
    if call.get("payment_settings"):
        found["payment_settings"] = {**subscribing.PAYMENT_SETTINGS, **call.get("payment_settings")}
    ending = (call.get("trial_settings") or {}).get("end_behavior") or {}
    if ending.get("missing_payment_method"):
        found["trial_settings"] = {"end_behavior": {"missing_payment_method": ending["missing_payment_method"]}}
    return found


def trial_end(call: Call) -> int | None:
    """Return when the trial of a new subscription ends, None for no trial."""
    days, end = call.integer("trial_period_days"), call.get("trial_end")
    if days is not None and end is not None:
        raise errors.invalid("You may only specify one of these parameters: trial_end, trial_period_days.", executed=False)
    if end not in (None, "now"):
        return _future(call, end)
    return call.books.now() + days * DAY if days else None


def new_trial_end(call: Call, subscription: Mapping[str, Any]) -> int | None:
    """Return when the trial of a running subscription shall end, None to leave it alone."""
    end = call.get("trial_end")
    if end is None:
        return None
    moment = call.books.now() if end == "now" else _future(call, end)
    if subscription["status"] != "trialing" and end != "now":
        raise NotImitated("a trial for a subscription that is already running is not played by the Stripe sandbox")
    return moment if subscription["status"] == "trialing" else None


def move_trial(books: Books, subscription: Object, moment: int) -> None:
    """Let a trial end at `moment`; one that ends now is followed by the first paid period at once."""
    subscription.update(trial_end=moment, billing_cycle_anchor=moment)
    for item in subscription["items"]["data"]:
        item["current_period_end"] = moment
    books.at(max(moment - 3 * DAY, books.now()), "subscription.trial_will_end", subscription["id"])
    books.at(moment, "subscription.renew", subscription["id"])
    if moment == books.now():
        books.afterwards(lambda later: _renew(later, subscription["id"]))


def _renew(books: Books, identifier: str) -> None:
    from payproof.sandbox.stripe.behaviour import renewing

    renewing.renew(books, identifier)


def _future(call: Call, given: Any) -> int:
    moment = integer(given, "trial_end")
    if moment <= call.books.now():
        raise errors.invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", param="trial_end")
    return moment


def extra_items(call: Call) -> list[tuple[Object, int]]:
    """Return what `add_invoice_items` puts on the next invoice: prices and quantities."""
    found: list[tuple[Object, int]] = []
    for index, item in enumerate(call.get("add_invoice_items") or []):
        for name in ("discounts", "period", "tax_rates"):
            if item.get(name):
                raise NotImitated(f"add_invoice_items with {name!r} are not played by the Stripe sandbox")
        price = pricing.price_of(call.books, item, f"add_invoice_items[{index}]")
        found.append((price, int(item.get("quantity") or 1)))
    return found


def add(books: Books, subscription: Mapping[str, Any], price: Object, quantity: int) -> None:
    """Let an item wait for the subscription's next invoice."""
    invoice_items.priced(books, subscription["customer"], price, quantity, subscription=subscription["id"])


def default(books: Books, customer: Mapping[str, Any]) -> Object | None:
    """Return the customer's default payment method."""
    return books.find(methods.PAYMENT_METHOD, customer["invoice_settings"]["default_payment_method"])
