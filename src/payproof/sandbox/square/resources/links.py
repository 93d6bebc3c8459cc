"""Payment links (Checkout API)."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.square.behaviour import links
from payproof.sandbox.square.books import PAYMENT_LINK
from payproof.sandbox.square.call import Call, Made, listed
from payproof.sandbox.square.routes import endpoint

LINKS = "/v2/online-checkout/payment-links"


@endpoint("POST", LINKS, keyed=True)
def create(call: Call) -> Any:
    return Made(PAYMENT_LINK, links.create(call.books, call.body))


@endpoint("GET", LINKS, query=("cursor", "limit"))
def show_all(call: Call) -> Any:
    return listed(call, call.books.shelf(PAYMENT_LINK).values(), "payment_links")


@endpoint("GET", f"{LINKS}/{{id}}")
def show(call: Call) -> Any:
    return Made(PAYMENT_LINK, call.subject(PAYMENT_LINK, "id"))
