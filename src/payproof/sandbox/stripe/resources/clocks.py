"""Stripe's test clocks."""

from __future__ import annotations

from payproof.sandbox.stripe import lists
from payproof.sandbox.stripe.behaviour import clocks
from payproof.sandbox.stripe.behaviour.amounts import integer_of
from payproof.sandbox.stripe.behaviour.clocks import TEST_CLOCK
from payproof.sandbox.stripe.books import Object
from payproof.sandbox.stripe.call import Call
from payproof.sandbox.stripe.routes import route


@route("POST", "/v1/test_helpers/test_clocks")
def create(call: Call) -> Object:
    return clocks.create(call.books, integer_of(call.required("frozen_time"), "frozen_time"), call.get("name"))


@route("GET", "/v1/test_helpers/test_clocks/{test_clock}")
def retrieve(call: Call) -> Object:
    return call.subject(TEST_CLOCK)


@route("POST", "/v1/test_helpers/test_clocks/{test_clock}/advance")
def advance(call: Call) -> Object:
    target = integer_of(call.required("frozen_time"), "frozen_time")
    return clocks.advance(call.books, call.subject(TEST_CLOCK), target)


@route("DELETE", "/v1/test_helpers/test_clocks/{test_clock}")
def delete(call: Call) -> Object:
    return clocks.delete(call.books, call.subject(TEST_CLOCK))


@route("GET", "/v1/test_helpers/test_clocks")
def list_(call: Call) -> Object:
    return lists.page(call, TEST_CLOCK)
