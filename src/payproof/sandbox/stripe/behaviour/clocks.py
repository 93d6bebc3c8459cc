"""Stripe's own test clocks: made, advanced, deleted. The status is computed from `_advancing`, never set."""

from __future__ import annotations

from payproof.sandbox.core.clock import Clock
from payproof.sandbox.stripe import errors, timelines
from payproof.sandbox.stripe.behaviour import customers, periods, subscribing
from payproof.sandbox.stripe.books import Books, Object, kind, scheduled

TEST_CLOCK = kind("test_helpers.test_clock", "clock", "name", noun="test clock", path_param="test_clock")

LIVES = 7 * 86_400
"""Seconds of the sandbox clock after which a test clock is deleted by itself."""

YEARS = {"interval": "year", "interval_count": 1}


def create(books: Books, frozen_time: int, name: str | None) -> Object:
    """Make a test clock that stands at `frozen_time`."""
    made = books.new(
        TEST_CLOCK, deletes_after=books.now() + LIVES, frozen_time=frozen_time, name=name, status_details={}, _advancing=None
    )
    _timelines(books)[made["id"]] = Clock(frozen_time)
    books.at(made["deletes_after"], "test_clock.delete", made["id"])
    refresh(made)
    books.emit("test_helpers.test_clock.created", made)
    return made


def refresh(clock: Object) -> Object:
    """Compute the status."""
    moving = clock["_advancing"] is not None
    clock["status"] = "advancing" if moving else "ready"
    clock["status_details"] = {"advancing": {"target_frozen_time": clock["_advancing"]}} if moving else {}
    return clock


def advance(books: Books, clock: Object, target: int) -> Object:
    """Begin to move forward; the work is done once the answer to this request is written."""
    if clock["_advancing"] is not None:
        raise errors.invalid("Test clock advancement underway - cannot perform modifications.", code="test_clock_advancing")
    if target <= clock["frozen_time"]:
        message = "Frozen time must be after the test clock's current frozen time; a test clock cannot move backward."
        raise errors.invalid(message, param="frozen_time")
    latest = _latest(books, clock)
    if target > latest:
        message = (
            "The test clock cannot be advanced by more than two intervals of its shortest subscription "
            f"(two years without one): {latest} at most."
        )
        raise errors.invalid(message, param="frozen_time")
    clock["_advancing"] = target
    refresh(clock)
    books.emit("test_helpers.test_clock.advancing", clock)
    identifier = clock["id"]
    books.afterwards(lambda later: _arrive(later, identifier))
    return clock


def delete(books: Books, clock: Object) -> Object:
    """Delete a clock, its customers and what they had running."""
    identifier = clock["id"]
    theirs = Books(books.box, books.account, books.cause, identifier)
    for subscription in list(books.shelf(subscribing.SUBSCRIPTION).values()):
        if subscription.get("_clock") == identifier and subscription["_ended"] is None:
            subscribing.cancel(theirs, subscription)
    for customer in list(books.shelf(customers.CUSTOMER).values()):
        if customer.get("_clock") == identifier:
            customers.delete(theirs, customer)
    books.emit("test_helpers.test_clock.deleted", clock)
    _timelines(books).pop(identifier, None)
    return books.delete(TEST_CLOCK, clock)


@scheduled("test_clock.delete")
def delete_in_time(books: Books, identifier: str) -> None:
    """A week is over."""
    clock = books.of(TEST_CLOCK, identifier)
    if not clock.get("deleted"):
        delete(books, clock)


def _arrive(books: Books, identifier: str) -> None:
    clock = books.of(TEST_CLOCK, identifier)
    timelines.of(books.box, identifier).advance_to(clock["_advancing"])
    clock.update(frozen_time=clock["_advancing"], _advancing=None)
    refresh(clock)
    books.emit("test_helpers.test_clock.ready", clock)


def _latest(books: Books, clock: Object) -> int:
    now = int(clock["frozen_time"])
    running = [
        subscription["items"]["data"][0]["price"]["recurring"]
        for subscription in books.shelf(subscribing.SUBSCRIPTION).values()
        if subscription.get("_clock") == clock["id"] and subscription["_ended"] is None
    ]
    return min(periods.after(now, recurring, 2) for recurring in running or [YEARS])


def _timelines(books: Books) -> dict[str, Clock]:
    found: dict[str, Clock] = books.box.timelines  # type: ignore[attr-defined]
    return found
