"""Products, prices, coupons and promotion codes."""

import pytest
import stripe

from payproof.sandbox import NotImitated, StripeSandbox


def test_a_product_and_its_price(box, types):
    product = stripe.Product.create(name="Tea", description="green", metadata={"a": "1"})
    price = stripe.Price.create(product=product.id, currency="usd", unit_amount=1_250, lookup_key="tea", nickname="cup")
    assert (price.type, price.unit_amount, price.product, price.active) == ("one_time", 1_250, product.id, True)
    assert types() == ["product.created", "price.created"]
    assert stripe.Product.retrieve(product.id).name == "Tea"
    assert stripe.Price.retrieve(price.id, expand=["product"]).product.name == "Tea"
    assert [found.id for found in stripe.Price.list(lookup_keys=["tea"]).data] == [price.id]
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        stripe.Price.create(product=product.id, currency="usd", unit_amount=1, lookup_key="tea")


def test_a_product_may_bring_its_price_and_its_id(box):
    product = stripe.Product.create(id="gold", name="Gold", default_price_data={"currency": "usd", "unit_amount": 900})
    assert product.id == "gold"
    assert stripe.Product.retrieve("gold", expand=["default_price"]).default_price.unit_amount == 900
    with pytest.raises(stripe.InvalidRequestError, match="already exists") as caught:
        stripe.Product.create(id="gold", name="Gold")
    assert caught.value.code == "resource_already_exists"


def test_a_recurring_price(box):
    price = stripe.Price.create(
        currency="usd", unit_amount=900, recurring={"interval": "month", "interval_count": 3}, product_data={"name": "Club"}
    )
    assert (price.type, price.recurring.interval, price.recurring.interval_count) == ("recurring", "month", 3)


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({}, "parameter_missing", "unit_amount"),
        ({"unit_amount": -1}, "parameter_invalid_integer", "unit_amount"),
        ({"unit_amount": 100, "product": "prod_nothing"}, "resource_missing", "product"),
    ],
)
def test_a_price_is_checked(box, more, code, param):
    product = stripe.Product.create(name="Tea")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.Price.create(**{"product": product.id, "currency": "usd", **more})
    assert (caught.value.code, caught.value.param) == (code, param)


def test_a_decimal_amount_without_a_fraction_is_taken(box):
    price = stripe.Price.create(currency="usd", unit_amount_decimal="1250", product_data={"name": "Tea"})
    assert price.unit_amount == 1_250


def test_what_is_not_played_is_refused_by_name():
    with StripeSandbox(strict=False):
        for more, text in (
            ({"unit_amount_decimal": "0.5"}, "fraction"),
            ({"billing_scheme": "tiered", "tiers": [{"up_to": "inf", "unit_amount": 5}]}, "tiers"),
            ({"unit_amount": 5, "recurring": {"interval": "month", "usage_type": "metered"}}, "metered"),
        ):
            with pytest.raises(NotImitated, match=text):
                stripe.Price.create(currency="usd", product_data={"name": "Tea"}, **more)


def test_updates(box, types):
    product = stripe.Product.create(name="Tea")
    price = stripe.Price.create(product=product.id, currency="usd", unit_amount=5)
    types()
    assert stripe.Product.modify(product.id, name="Chai", default_price=price.id).default_price == price.id
    assert stripe.Price.modify(price.id, active=False, metadata={"a": "1"}).active is False
    assert types() == ["product.updated", "price.updated"]
    assert [found.id for found in stripe.Price.list(active=False, product=product.id).data] == [price.id]
    assert stripe.Price.list(active=True).data == []


def test_a_product_with_prices_cannot_be_deleted(box):
    product, bare = stripe.Product.create(name="Tea"), stripe.Product.create(name="Air")
    stripe.Price.create(product=product.id, currency="usd", unit_amount=5)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        stripe.Product.delete(product.id)
    assert stripe.Product.delete(bare.id).deleted is True
    assert [found.id for found in stripe.Product.list().data] == [product.id]
    assert [found.id for found in stripe.Product.list(ids=[product.id]).data] == [product.id]


def test_searching(box):
    product = stripe.Product.create(name="Green tea")
    price = stripe.Price.create(product=product.id, currency="usd", unit_amount=5, metadata={"a": "1"})
    assert [found.id for found in stripe.Product.search(query="name~'green'").data] == [product.id]
    assert [found.id for found in stripe.Price.search(query="metadata['a']:'1'").data] == [price.id]


def test_coupons(box, types):
    coupon = stripe.Coupon.create(id="SPRING", percent_off=25, duration="once", name="Spring", max_redemptions=1)
    assert (coupon.id, coupon.percent_off, coupon.valid, coupon.times_redeemed) == ("SPRING", 25, True, 0)
    assert stripe.Coupon.modify("SPRING", name="Summer").name == "Summer"
    assert stripe.Coupon.retrieve("SPRING").name == "Summer"
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        stripe.Coupon.create(id="SPRING", percent_off=5, duration="once")
    assert [found.id for found in stripe.Coupon.list().data] == ["SPRING"]
    assert stripe.Coupon.delete("SPRING").deleted is True
    assert types() == ["coupon.created", "coupon.updated", "coupon.deleted"]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"duration": "once"}, "percent_off or amount_off"),
        ({"duration": "once", "percent_off": 5, "amount_off": 5, "currency": "usd"}, "percent_off or amount_off"),
        ({"duration": "once", "amount_off": 5}, "currency"),
        ({"duration": "once", "percent_off": 101}, "percent_off"),
    ],
)
def test_a_coupon_is_checked(box, params, text):
    with pytest.raises(stripe.InvalidRequestError, match=text):
        stripe.Coupon.create(**params)


def test_promotion_codes(box):
    coupon = stripe.Coupon.create(amount_off=300, currency="usd", duration="once")
    code = stripe.PromotionCode.create(promotion={"type": "coupon", "coupon": coupon.id}, code="TEA")
    assert (code.code, code.active, code.promotion.coupon) == ("TEA", True, coupon.id)
    assert [found.id for found in stripe.PromotionCode.list(code="TEA").data] == [code.id]
    line = {"price_data": {"currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Tea"}}, "quantity": 1}

    def session():
        return stripe.checkout.Session.create(
            mode="payment", line_items=[line], success_url="https://shop.example", discounts=[{"promotion_code": code.id}]
        )

    assert session().amount_total == 700
    assert stripe.PromotionCode.modify(code.id, active=False).active is False
    assert stripe.PromotionCode.retrieve(code.id).active is False
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        session()


def test_a_coupon_that_is_used_up_is_refused(box):
    coupon = stripe.Coupon.create(percent_off=10, duration="once", max_redemptions=1)
    line = {"price_data": {"currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Tea"}}, "quantity": 1}
    order = {"mode": "payment", "line_items": [line], "success_url": "https://shop.example", "discounts": [{"coupon": coupon.id}]}
    box.complete_checkout(stripe.checkout.Session.create(**order).id)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stripe.checkout.Session.create(**order)
    assert caught.value.code == "coupon_expired"


def test_an_inactive_price_cannot_be_sold(box):
    price = stripe.Price.create(currency="usd", unit_amount=500, product_data={"name": "Tea"})
    stripe.Price.modify(price.id, active=False)
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        stripe.checkout.Session.create(
            mode="payment", line_items=[{"price": price.id, "quantity": 1}], success_url="https://shop.example"
        )
