"""Rate limits, for tests that ask for them: so many requests in one second of the sandbox clock, then 429.

Stripe's limits of test mode (docs.stripe.com/rate-limits): 25 requests a second for an account, 20 searches, 20 reads and 20
writes of files, and 1,000 updates of one PaymentIntent in an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from payproof.sandbox.core.exchange import Request
from payproof.sandbox.stripe import errors, keys

if TYPE_CHECKING:
    from payproof.sandbox.core.sandbox import Sandbox

SECOND, HOUR = 1, 3_600


class Throttle:
    """Counts the requests of one sandbox."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}

    def check(self, request: Request, box: Sandbox) -> None:
        """Count a request; refused with 429 `rate_limit`, before anything else, when it is one too many."""
        account = keys.account_of(request)
        now = box.clock.now()
        for name, most, length in _limits(request):
            place = f"{account} {name}", now // length
            self._counts[place] = self._counts.get(place, 0) + 1
            if self._counts[place] > most:
                message = "Request rate limit exceeded. Slow down and try again."
                raise errors.refusal(429, "invalid_request_error", message, code="rate_limit", executed=False)


def _limits(request: Request) -> Iterator[tuple[str, int, int]]:
    """Yield what a request counts towards: a name, how many are allowed, in how many seconds."""
    yield "all", 25, SECOND
    steps = request.path.strip("/").split("/")
    if steps[-1] == "search":
        yield "search", 20, SECOND
    if steps[1:2] == ["files"]:
        yield f"files {'read' if request.method == 'GET' else 'write'}", 20, SECOND
    if steps[1:2] == ["payment_intents"] and len(steps) == 3 and request.method == "POST":
        yield request.path, 1_000, HOUR
