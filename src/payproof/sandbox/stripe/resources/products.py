"""Products and prices."""

from __future__ import annotations

from payproof.sandbox.stripe import errors, lists, metadata
from payproof.sandbox.stripe.behaviour import pricing
from payproof.sandbox.stripe.behaviour.pricing import PRICE, PRODUCT
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call, unplayed
from payproof.sandbox.stripe.routes import route
from payproof.sandbox.stripe.search import search

PLAIN = (
    "active", "description", "images", "marketing_features", "package_dimensions", "shippable", "statement_descriptor",
    "tax_code", "unit_label", "url",
)  # fmt: skip


@route("POST", "/v1/products")
def create_product(call: Call) -> Object:
    if call.get("id") and call.books.find(PRODUCT, call.get("id")):
        raise errors.invalid("Product already exists.", code="resource_already_exists", param="id")
    content = {**call.given(PLAIN), "id": call.get("id")}
    made = pricing.new_product(call.books, name=call.required("name"), notes=call.params.get("metadata"), **content)
    default = call.get("default_price_data")
    if default:
        made["default_price"] = pricing.new_price(call.books, made, default, param="default_price_data")["id"]
    return made


@route("GET", "/v1/products/{id}")
def retrieve_product(call: Call) -> Object:
    return call.subject(PRODUCT)


@route("POST", "/v1/products/{id}")
def update_product(call: Call) -> Object:
    product = call.subject(PRODUCT)
    notes = metadata.merged(product["metadata"], call.params.get("metadata"))
    price = call.reference(PRICE, "default_price")
    with call.books.changing(product, "product.updated"):
        product.update(call.given((*PLAIN, "name")), metadata=notes, updated=call.books.now())
        if price is not None:
            product["default_price"] = price["id"]
    return product


@route("DELETE", "/v1/products/{id}")
def delete_product(call: Call) -> Object:
    product = call.subject(PRODUCT)
    if any(price["product"] == product["id"] for price in call.books.shelf(PRICE).values()):
        raise errors.invalid("This product cannot be deleted because it has one or more user-created prices.")
    call.books.emit("product.deleted", product)
    return call.books.delete(PRODUCT, product)


@route("GET", "/v1/products")
def list_products(call: Call) -> Object:
    chosen = call.get("ids")
    return lists.page(call, PRODUCT, "active", "shippable", "url", where=lambda product: not chosen or product["id"] in chosen)


@route("GET", "/v1/products/search")
def search_products(call: Call) -> Object:
    return search(call, PRODUCT)


@route("POST", "/v1/prices")
def create_price(call: Call) -> Object:
    unplayed(call, "transfer_lookup_key")
    described = call.get("product_data")
    if described:
        product = pricing.new_product(call.books, name=described["name"], notes=described.get("metadata"))
    else:
        call.required("product")
        product = call.books.named(PRODUCT, call.get("product"), "product")
    key = call.get("lookup_key")
    if key and any(price["lookup_key"] == key for price in call.books.shelf(PRICE).values()):
        raise errors.invalid(f"A price already uses that lookup key ({key}).", param="lookup_key")
    return pricing.new_price(call.books, product, call.params)


@route("GET", "/v1/prices/{price}")
def retrieve_price(call: Call) -> Object:
    return call.subject(PRICE)


@route("POST", "/v1/prices/{price}")
def update_price(call: Call) -> Object:
    price = call.subject(PRICE)
    notes = metadata.merged(price["metadata"], call.params.get("metadata"))
    with call.books.changing(price, "price.updated"):
        price.update(call.given(("active", "lookup_key", "nickname", "tax_behavior")), metadata=notes)
    return price


@route("GET", "/v1/prices")
def list_prices(call: Call) -> Object:
    keys = call.get("lookup_keys")
    return lists.page(
        call, PRICE, "active", "currency", "product", "type", where=lambda price: not keys or price["lookup_key"] in keys
    )


@route("GET", "/v1/prices/search")
def search_prices(call: Call) -> Object:
    return search(call, PRICE)
