"""Products, prices and coupons: what things cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from payproof.sandbox.core.exchange import NotImitated
from payproof.sandbox.stripe import errors, metadata
from payproof.sandbox.stripe.behaviour import amounts
from payproof.sandbox.stripe.books import KINDS, Books, Object, kind
from payproof.sandbox.stripe.call import integer

PRODUCT = kind(
    "product",
    "prod",
    "default_price description package_dimensions shippable statement_descriptor tax_code unit_label url",
    id_length=14,
)

PRICE = kind(
    "price", "price", "custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity", path_param="price"
)

COUPON = kind(
    "coupon", "coupon", "amount_off currency duration_in_months max_redemptions name percent_off redeem_by", path_param="coupon"
)

PROMOTION_CODE = kind(
    "promotion_code",
    "promo",
    "customer customer_account expires_at max_redemptions",
    noun="promotion code",
    path_param="promotion_code",
)


def new_product(books: Books, *, name: str, notes: Any = None, **content: Any) -> Object:
    """Create a product and its event."""
    made = books.new(
        PRODUCT,
        **{
            "active": True,
            "images": [],
            "marketing_features": [],
            "metadata": metadata.merged({}, notes),
            "name": name,
            "type": "service",
            "updated": books.now(),
            **{field: value for field, value in content.items() if value is not None},
        },
    )
    books.emit("product.created", made)
    return made


def new_price(books: Books, product: Object, given: Mapping[str, Any], *, param: str = "") -> Object:
    """Create a price of a product from `given` (the parameters of a price, or a `price_data`). `param` names it in refusals."""
    for name in ("tiers", "currency_options", "custom_unit_amount", "transform_quantity"):
        if given.get(name):
            raise NotImitated(f"prices with {name!r} are not played by the Stripe sandbox; use a unit_amount")
    currency = amounts.currency_of(given.get("currency") or "")
    amount = _unit_amount(given, _inside(param, "unit_amount"))
    recurring = _recurring(given.get("recurring"))
    made = books.new(
        PRICE,
        active=given.get("active") not in (False, "false"),
        billing_scheme="per_unit",
        currency=currency,
        lookup_key=given.get("lookup_key") or None,
        metadata=metadata.merged({}, given.get("metadata")),
        nickname=given.get("nickname") or None,
        product=product["id"],
        recurring=recurring,
        tax_behavior=given.get("tax_behavior") or "unspecified",
        type="one_time" if recurring is None else "recurring",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    books.emit("price.created", made)
    return made


def price_of(books: Books, item: Mapping[str, Any], param: str = "") -> Object:
    """Return the price that a line item names or describes; refused when it does neither. `param` names the item."""
    if item.get("price"):
        name = _inside(param, "price")
        price = books.named(PRICE, str(item["price"]), name)
        if not price["active"]:
            raise errors.invalid(f"The price specified is inactive: {price['id']}. Only active prices can be used.", param=name)
        return price
    given, name = item.get("price_data"), _inside(param, "price_data")
    if not given:
        raise errors.missing_param(_inside(param, "price"))
    if given.get("product"):
        product = books.named(PRODUCT, str(given["product"]), f"{name}[product]")
    else:
        described = given.get("product_data") or {}
        if not described.get("name"):
            raise errors.missing_param(f"{name}[product_data][name]")
        words, notes = described.get("description"), described.get("metadata")
        product = new_product(books, name=str(described["name"]), notes=notes, description=words)
    return new_price(books, product, given, param=name)


def _inside(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name


def discounted(coupons: Iterable[Mapping[str, Any]], subtotal: int) -> int:
    """Return what coupons take off `subtotal`, in minor units, never more than all of it."""
    off = 0
    for coupon in coupons:
        left = subtotal - off
        if coupon["amount_off"] is not None:
            off += min(left, int(coupon["amount_off"]))
        else:
            off += round(left * float(coupon["percent_off"]) / 100)
    return off


class Granted(NamedTuple):
    """A coupon, and the promotion code that it was asked for with."""

    coupon: Object
    code: Object | None = None


def granted(books: Books, discounts: Any, customer: Mapping[str, Any] | None = None, amount: int | None = None) -> list[Granted]:
    """Return the coupons that a request's `discounts` name; refused when one cannot be used.

    `amount` is what is bought, in minor units, where that is known.
    """
    found: list[Granted] = []
    for index, given in enumerate(discounts or []):
        param = f"discounts[{index}]"
        code = None
        if given.get("promotion_code"):
            code = books.named(PROMOTION_CODE, str(given["promotion_code"]), f"{param}[promotion_code]")
            _check_code(books, code, customer, f"{param}[promotion_code]")
            _check_restrictions(books, code["restrictions"], customer, amount, f"{param}[promotion_code]")
            coupon = books.of(COUPON, code["_coupon"])
        else:
            coupon = books.named(COUPON, str(given.get("coupon")), f"{param}[coupon]")
        if not is_valid(books, coupon):
            raise errors.invalid(f"Coupon expired: {coupon['id']}", code="coupon_expired", param=f"{param}[coupon]")
        found.append(Granted(coupon, code))
    return found


def _check_code(books: Books, code: Mapping[str, Any], customer: Mapping[str, Any] | None, param: str) -> None:
    if not code["active"] or (code["expires_at"] is not None and code["expires_at"] <= books.now()):
        raise errors.invalid("This promotion code is not active.", param=param)
    if code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]:
        raise errors.invalid("This promotion code has been redeemed as often as it can be.", param=param)
    if code["customer"] is not None and (customer is None or code["customer"] != customer["id"]):
        raise errors.invalid("This promotion code is for another customer.", param=param)


def _check_restrictions(
    books: Books, restrictions: Mapping[str, Any], customer: Mapping[str, Any] | None, amount: int | None, param: str
) -> None:
    least = restrictions["minimum_amount"]
    if least is not None and amount is not None and amount < least:
        raise errors.invalid(f"This promotion code asks for an amount of at least {least}.", param=param)
    if restrictions["first_time_transaction"] and customer is not None:
        charges = books.shelf(KINDS["charge"]).values()
        if any(charge["customer"] == customer["id"] and charge["paid"] for charge in charges):
            raise errors.invalid("This promotion code is for customers who have not paid anything yet.", param=param)


def is_valid(books: Books, coupon: Mapping[str, Any]) -> bool:
    """Whether a coupon can still be redeemed."""
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    late = coupon["redeem_by"] is not None and coupon["redeem_by"] < books.now()
    return not (used_up or late)


def redeem(books: Books, coupons: list[Object], code: Object | None = None) -> None:
    """Count the use of coupons, and of the promotion code that one was asked for with."""
    for coupon in coupons:
        coupon["times_redeemed"] += 1
        coupon["valid"] = is_valid(books, coupon)
    if code is not None:
        code["times_redeemed"] += 1


def _unit_amount(given: Mapping[str, Any], param: str) -> int:
    amount = given.get("unit_amount")
    if amount is None and given.get("unit_amount_decimal") is not None:
        text = str(given["unit_amount_decimal"])
        whole, _, rest = text.partition(".")
        if rest.strip("0"):
            raise NotImitated("prices of a fraction of the minor unit are not played by the Stripe sandbox")
        amount = whole
    if amount is None:
        raise errors.missing_param(param)
    number = integer(amount, param)
    if number < 0:
        message = "This value must be greater than or equal to 0."
        raise errors.invalid(message, code="parameter_invalid_integer", param=param, executed=False)
    return number


def _recurring(given: Any) -> Object | None:
    if not given:
        return None
    if given.get("usage_type") == "metered" or given.get("meter"):
        raise NotImitated("metered prices are not played by the Stripe sandbox")
    return {
        "interval": given["interval"],
        "interval_count": int(given.get("interval_count") or 1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
