"""Changing what a running subscription bills: items, quantities, prices, the anchor of its periods."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.exchange import Refused
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.behaviour import collecting, invoicing, periods, proration, subscribing, subscription_items
from payproof.sandbox.stripe.behaviour.proration import Share
from payproof.sandbox.stripe.behaviour.subscription_items import SUBSCRIPTION_ITEM
from payproof.sandbox.stripe.books import Books, Object, rendered


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One item's change: `item` None adds one, `price` None removes it."""

    item: Object | None
    price: Object | None
    quantity: int
    tax_rates: list[Object] = dataclasses.field(default_factory=list)
    content: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """How a change is billed: Stripe's `proration_behavior`, `proration_date`, `payment_behavior`, and a new anchor now."""

    behavior: str = "create_prorations"
    when: int | None = None
    payment: str = "allow_incomplete"
    anchor_now: bool = False
    off_session: bool = False


def check(subscription: Mapping[str, Any], changes: Sequence[Change]) -> None:
    """Refuse changes that would leave a subscription without items, or with periods or currencies that differ."""
    left = after(subscription, changes)
    if not left:
        raise errors.invalid("A subscription must have at least one active item; cancel the subscription instead.", param="items")
    if len({(share.price["currency"], str(_period(share.price))) for share in left}) > 1:
        raise errors.invalid("All prices on a subscription must have the same currency and billing interval.", param="items")
    if left[0].price["currency"] != subscription["currency"]:
        message = f"The price specified only supports {left[0].price['currency']}. This doesn't match the expected currency."
        raise errors.invalid(message, param="items")


def after(subscription: Mapping[str, Any], changes: Sequence[Change]) -> list[Share]:
    """Return what the subscription has after the changes."""
    by_item = {change.item["id"]: change for change in changes if change.item is not None}
    shares: list[Share] = []
    for item in subscription["items"]["data"]:
        change = by_item.get(item["id"])
        if change is None:
            shares.append(_share(item))
        elif change.price is not None:
            shares.append(Share(item["id"], change.price, change.quantity, change.tax_rates or item["tax_rates"]))
    added = [change for change in changes if change.item is None and change.price is not None]
    return shares + [Share(None, change.price, change.quantity, change.tax_rates) for change in added if change.price]


def resets(subscription: Mapping[str, Any], changes: Sequence[Change], terms: Terms) -> bool:
    """Whether the periods begin anew: on request, or because the interval is another."""
    present = _period(subscription["items"]["data"][0]["price"])
    return terms.anchor_now or any(change.price is not None and _period(change.price) != present for change in changes)


def prorated(books: Books, subscription: Mapping[str, Any], changes: Sequence[Change], terms: Terms) -> list[Object]:
    """Return the content of the prorations that the changes lead to; none during a trial."""
    if terms.behavior == "none" or subscription["status"] in ("trialing", "incomplete", "paused"):
        return []
    items = subscription["items"]["data"]
    period = items[0]["current_period_start"], items[0]["current_period_end"]
    when = books.now() if terms.when is None else terms.when
    before = [_share(item) for item in items]
    if resets(subscription, changes, terms):
        return proration.items(books, subscription, before, [], when, period)
    new = after(subscription, changes)
    kept = [share for share in before if share in new]
    return proration.items(
        books,
        subscription,
        [share for share in before if share not in kept],
        [share for share in new if share not in kept],
        when,
        period,
    )


def apply(books: Books, subscription: Object, changes: Sequence[Change], terms: Terms) -> None:
    """Make the changes and bill them; everything was checked. The caller tells of the change."""
    anew = resets(subscription, changes, terms)
    if terms.payment == "error_if_incomplete" and (anew or terms.behavior == "always_invoice"):
        subscribing.check_payable(subscribing.method_of(books, subscription))
    proration.keep(books, prorated(books, subscription, changes, terms))
    for change in changes:
        _change(books, subscription, change)
    items = subscription["items"]["data"]
    subscription["items"]["total_count"] = len(items)
    if anew and subscription["status"] not in ("trialing", "incomplete"):
        _begin_anew(books, subscription)
        _bill(books, subscription, terms, whole=True)
    elif terms.behavior == "always_invoice" and subscription["status"] not in ("trialing", "incomplete"):
        _bill(books, subscription, terms, whole=False)


def _begin_anew(books: Books, subscription: Object) -> None:
    now = books.now()
    items = subscription["items"]["data"]
    end = periods.after(now, items[0]["price"]["recurring"])
    for item in items:
        item.update(current_period_start=now, current_period_end=end)
    subscription.update(billing_cycle_anchor=now, _renewals=1)
    books.at(end, "subscription.renew", subscription["id"])


def _bill(books: Books, subscription: Object, terms: Terms, *, whole: bool) -> None:
    invoice = (
        subscribing.bill(books, subscription, "subscription_update") if whole else subscribing.bill_waiting(books, subscription)
    )
    if invoice is None:
        return
    invoicing.finalize(books, invoice)
    if invoice["status"] == "open" and terms.payment != "default_incomplete":
        with contextlib.suppress(Refused):
            collecting.pay(books, invoice, None, off_session=terms.off_session)


def _change(books: Books, subscription: Object, change: Change) -> None:
    items = subscription["items"]["data"]
    if change.item is None and change.price is not None:
        period = items[0]["current_period_start"], items[0]["current_period_end"]
        made = subscription_items.write(books, subscription["id"], change.price, change.quantity, *period)
        made.update(change.content, tax_rates=change.tax_rates)
        items.append(made)
    elif change.item is not None and change.price is None:
        items.remove(change.item)
        books.delete(SUBSCRIPTION_ITEM, change.item)
    elif change.item is not None and change.price is not None:
        change.item.update(change.content)
        change.item.update(price=rendered(change.price), plan=subscription_items.plan_of(change.price), quantity=change.quantity)
        if change.tax_rates:
            change.item["tax_rates"] = change.tax_rates


def _share(item: Mapping[str, Any]) -> Share:
    return Share(item["id"], item["price"], item["quantity"], item["tax_rates"])


def _period(price: Mapping[str, Any]) -> tuple[str, int]:
    return price["recurring"]["interval"], int(price["recurring"]["interval_count"])
