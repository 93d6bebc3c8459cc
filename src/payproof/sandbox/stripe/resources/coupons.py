"""Coupons and promotion codes."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour.pricing import COUPON, PRODUCT, PROMOTION_CODE
from payproof.sandbox.stripe.books import Books, Object, rendered
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.expansion import included
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/coupons")
def create(call: Call) -> Object:
    unplayed(call, "currency_options")
    products = (call.get("applies_to") or {}).get("products") or []
    for index, product in enumerate(products):
        call.books.named(PRODUCT, str(product), f"applies_to[products][{index}]")
    amount, percent = call.integer("amount_off"), call.get("percent_off")
    if (amount is None) == (percent is None):
        raise errors.invalid("Must provide percent_off or amount_off, and not both.", executed=False)
    if amount is not None and call.get("currency") is None:
        raise errors.missing_param("currency")
    if percent is not None and not 0 < float(percent) <= 100:
        raise errors.invalid("Invalid percent_off: must be above 0 and at most 100.", param="percent_off", executed=False)
    identifier = call.get("id")
    if identifier is not None and call.books.find(COUPON, identifier) is not None:
        raise errors.invalid("Coupon already exists.", code="resource_already_exists", param="id")
    made = call.books.new(
        COUPON,
        id=identifier or call.books.box.ids.text(8),
        amount_off=amount,
        currency=call.get("currency"),
        duration=call.get("duration", "once"),
        duration_in_months=call.integer("duration_in_months"),
        max_redemptions=call.integer("max_redemptions"),
        metadata=metadata.merged({}, call.params.get("metadata")),
        name=call.get("name"),
        percent_off=None if percent is None else float(percent),
        redeem_by=call.integer("redeem_by"),
        times_redeemed=0,
        valid=True,
        _products=[str(product) for product in products],
    )
    call.books.emit("coupon.created", made)
    return made


@route("GET", "/v1/coupons/{coupon}")
def retrieve(call: Call) -> Object:
    return call.subject(COUPON)


@route("POST", "/v1/coupons/{coupon}")
def update(call: Call) -> Object:
    coupon = call.subject(COUPON)
    notes = metadata.merged(coupon["metadata"], call.params.get("metadata"))
    with call.books.changing(coupon, "coupon.updated"):
        coupon.update(call.given(("name",)), metadata=notes)
    return coupon


@route("DELETE", "/v1/coupons/{coupon}")
def delete(call: Call) -> Object:
    coupon = call.subject(COUPON)
    call.books.emit("coupon.deleted", coupon)
    return call.books.delete(COUPON, coupon)


@route("GET", "/v1/coupons")
def list_(call: Call) -> Object:
    return lists.page(call, COUPON)


@route("POST", "/v1/promotion_codes")
def create_code(call: Call) -> Object:
    restrictions = call.get("restrictions") or {}
    promotion = call.get("promotion") or {}
    identifier = promotion.get("coupon") or call.required("coupon")
    param = "promotion[coupon]" if promotion else "coupon"
    coupon = call.books.named(COUPON, identifier, param)
    made = call.books.new(
        PROMOTION_CODE,
        active=call.flag("active", True),
        code=call.get("code") or call.books.box.ids.text(8).upper(),
        coupon=rendered(coupon),
        customer=call.get("customer"),
        expires_at=call.integer("expires_at"),
        max_redemptions=call.integer("max_redemptions"),
        metadata=metadata.merged({}, call.params.get("metadata")),
        promotion={"coupon": coupon["id"], "type": "coupon"},
        restrictions={
            "first_time_transaction": restrictions.get("first_time_transaction") in (True, "true"),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        },
        times_redeemed=0,
        _coupon=coupon["id"],
    )
    call.books.emit("promotion_code.created", made)
    return made


@included("coupon", "applies_to")
def applies_to(books: Books, coupon: Object) -> Object:
    return {"products": list(books.of(COUPON, coupon["id"])["_products"])}


@route("GET", "/v1/promotion_codes/{promotion_code}")
def retrieve_code(call: Call) -> Object:
    return call.subject(PROMOTION_CODE)


@route("POST", "/v1/promotion_codes/{promotion_code}")
def update_code(call: Call) -> Object:
    unplayed(call, "restrictions")
    code = call.subject(PROMOTION_CODE)
    notes = metadata.merged(code["metadata"], call.params.get("metadata"))
    with call.books.changing(code, "promotion_code.updated"):
        code.update(call.given(("active",)), metadata=notes)
    return code


@route("GET", "/v1/promotion_codes")
def list_codes(call: Call) -> Object:
    return lists.page(call, PROMOTION_CODE, "active", "code", "customer")
