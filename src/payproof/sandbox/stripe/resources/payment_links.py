"""Payment links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, lists, metadata, schemas
from payproof.sandbox.stripe.behaviour import checkout, payment_links
from payproof.sandbox.stripe.behaviour.payment_links import PAYMENT_LINK
from payproof.sandbox.stripe.behaviour.pricing import PRICE
from payproof.sandbox.stripe.books import Books, Object
from payproof.sandbox.stripe.call import Call, not_played, refuse_taxes, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route

PLAIN = (
    "after_completion", "allow_promotion_codes", "billing_address_collection", "consent_collection", "custom_text",
    "customer_creation", "inactive_message", "name_collection", "payment_intent_data", "payment_method_collection",
    "payment_method_types", "phone_number_collection", "restrictions", "shipping_address_collection", "submit_type",
    "subscription_data", "tax_id_collection",
)  # fmt: skip

NOT_PLAYED = (
    "application_fee_amount", "application_fee_percent", "custom_fields", "invoice_creation", "managed_payments",
    "on_behalf_of", "optional_items", "payment_method_options", "shipping_options", "transfer_data",
)  # fmt: skip

DEFAULTS: Mapping[str, Any] = {
    "active": True,
    "after_completion": {"hosted_confirmation": {"custom_message": None}, "redirect": None, "type": "hosted_confirmation"},
    "billing_address_collection": "auto",
    "customer_creation": "if_required",
    "payment_method_collection": "always",
    "submit_type": "auto",
}


@route("POST", "/v1/payment_links")
def create(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED)
    refuse_taxes(call)
    items = payment_links.lines(call.books, call.required("line_items"))
    prices = [call.books.of(PRICE, one["price"]) for one in items]
    if len({price["currency"] for price in prices}) > 1:
        raise errors.invalid("All prices on a payment link must have the same currency.", param="line_items")
    if len({price["recurring"] is None for price in prices}) > 1:
        raise NotImitated("a payment link that sells a subscription and one-time prices together is not played")
    notes = metadata.merged({}, call.params.get("metadata"))
    identifier = call.books.identifier(PAYMENT_LINK.prefix)
    blank = {**schemas.catalogue().blank(PAYMENT_LINK.object), **DEFAULTS, "currency": prices[0]["currency"]}
    content = _filled(call, blank)
    content.update(
        id=identifier, metadata=notes, url=f"https://buy.stripe.com/test_{call.books.box.ids.text(18)}", line_items=None
    )
    made = call.books.new(PAYMENT_LINK, **content, _items=items, _visits=0)
    made.pop("line_items")
    call.books.emit("payment_link.created", made)
    return made


@route("GET", "/v1/payment_links/{payment_link}")
def retrieve(call: Call) -> Object:
    return call.subject(PAYMENT_LINK)


@route("POST", "/v1/payment_links/{payment_link}")
def update(call: Call) -> Object:
    unplayed(call, *NOT_PLAYED, "line_items")
    refuse_taxes(call)
    link = call.subject(PAYMENT_LINK)
    notes = metadata.merged(link["metadata"], call.params.get("metadata"))
    changed = _filled(call, link)
    with call.books.changing(link, "payment_link.updated"):
        link.update(changed, metadata=notes)
        if "active" in call.params:
            link["active"] = call.flag("active")
    return link


@route("GET", "/v1/payment_links")
def list_(call: Call) -> Object:
    return lists.page(call, PAYMENT_LINK, "active")


@route("GET", "/v1/payment_links/{payment_link}/line_items")
def line_items(call: Call) -> Object:
    return lists.listing(call, _lines(call.books, call.subject(PAYMENT_LINK)))


@included("payment_link", "line_items")
def expanded(books: Books, link: Object) -> Object:
    return lists.list_object(_lines(books, books.of(PAYMENT_LINK, link["id"])), f"/v1/payment_links/{link['id']}/line_items")


def _lines(books: Books, link: Object) -> list[Object]:
    return [checkout.line_item(books, one, "line_items") for one in link["_items"]]


def _filled(call: Call, present: Mapping[str, Any]) -> Object:
    given = call.given(PLAIN)
    limit = (given.get("restrictions") or {}).get("completed_sessions")
    if limit:
        given["restrictions"] = {"completed_sessions": {"count": 0, **limit}}
    try:
        return schemas.catalogue().filled(PAYMENT_LINK.object, present, given)
    except schemas.Misfit as misfit:
        raise not_played(call, str(misfit)) from None
