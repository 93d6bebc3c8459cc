"""The verbs that every processor's sandbox shares: who knows one sandbox knows all.

A verb is what somebody else than the application does, named for what it means and not for what a processor calls it. A
processor overrides those that it has and may take further keywords; the others say that there is no such verb. Amounts are
in minor units at every processor.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.money import Money
from payproof.sandbox.core.sandbox import Sandbox

if TYPE_CHECKING:
    from payproof.sandbox.core.rendering import Object

OUTCOMES = ("succeed", "fail", "abandon")
"""How a customer answers a challenge: `abandon` does nothing."""

VERBS: Mapping[str, tuple[str, ...]] = {
    "the customer": ("authenticate", "complete_checkout"),
    "the bank": ("dispute", "win", "lose", "escalate", "warn_of_fraud", "fail_refund", "settle"),
    "the processor": ("refuse_key", "next_id"),
    "a test asks": ("charges_for", "object", "money"),
}
"""Every shared verb, by who acts."""


class ProcessorSandbox(Sandbox):
    """What the sandboxes of all processors have in common beside `Sandbox`."""

    api_key: str
    """The sandbox's own sample credential; it follows the seed. Any other test credential is taken too."""

    @property
    def webhook_secret(self) -> str:
        """The signing secret of the first webhook endpoint; raises `SandboxError` when there is none."""
        if not self.webhooks.endpoints:
            raise SandboxError("there is no webhook endpoint; register one with box.webhooks.endpoint(app)")
        return self.webhooks.endpoints[0].secret

    # What the customer does.

    def authenticate(self, payment: str, outcome: str = "succeed") -> Object:
        """The customer answers the challenge of a payment that waits for it: `succeed`, `fail` or `abandon` (do nothing)."""
        self._has_no_verb("authenticate")

    def complete_checkout(self, checkout: str, card: str = "", *, authentication: str = "succeed") -> Object:
        """The customer agrees to pay on the processor's page, with a published test card or value."""
        self._has_no_verb("complete_checkout")

    # What the bank does.

    def dispute(self, payment: str, reason: str = "", *, inquiry: bool = False, amount: int | None = None) -> Object:
        """The customer disputes a captured payment; with `inquiry` the bank only asks. Returns the dispute."""
        self._has_no_verb("dispute")

    def win(self, dispute: str) -> Object:
        """The bank decides for us: the funds come back."""
        self._has_no_verb("win")

    def lose(self, dispute: str) -> Object:
        """The bank decides against us."""
        self._has_no_verb("lose")

    def escalate(self, dispute: str) -> Object:
        """An inquiry becomes a dispute: the funds leave."""
        self._has_no_verb("escalate")

    def warn_of_fraud(self, payment: str, fraud_type: str = "") -> Object:
        """The issuer reports a payment as fraud before anybody disputes it."""
        self._has_no_verb("warn_of_fraud")

    def fail_refund(self, refund: str, reason: str = "") -> Object:
        """A refund comes back; the money returns to the balance."""
        self._has_no_verb("fail_refund")

    def settle(self, identifier: str, *, succeed: bool | None = None) -> Object:
        """What is pending (a payment, a refund) comes out now."""
        self._has_no_verb("settle")

    # What the processor does.

    def refuse_key(self, key: str, why: str = "invalid") -> None:
        """Answer as the processor does to a credential that it does not take (any more)."""
        self._has_no_verb("refuse_key")

    def next_id(self, kind: str, identifier: str) -> None:
        """Give the next object of a kind, as the processor calls it, this id: for fixtures that know their ids."""
        self._has_no_verb("next_id")

    # What a test asks.

    def charges_for(self, *, account: str = "", **facts: object) -> list[Object]:
        """Return what took money, oldest first, whose merchant data has these values (`order_id="42"`).

        `account` is a connected account, at processors that have such.
        """
        self._has_no_verb("charges_for")

    def object(self, identifier: str) -> Object:
        """Return any object of the sandbox as it is now. Raises `SandboxError` when there is none of that id."""
        self._has_no_verb("object")

    def money(self, account: str = "") -> Mapping[str, Money]:
        """Return what was charged, refunded, disputed and paid in fees, by currency."""
        self._has_no_verb("money")

    def _has_no_verb(self, name: str) -> NoReturn:
        raise SandboxError(f"the {self.processor.name} sandbox has no verb {name!r}")


def check_outcome(outcome: str) -> None:
    """Raise `SandboxError` when a customer cannot answer a challenge like this."""
    if outcome not in OUTCOMES:
        raise SandboxError(f"{outcome!r} is no outcome of an authentication; known: {', '.join(OUTCOMES)}")


def sample(prefix: str, seed: int | str, digits: int = 10) -> str:
    """Return a visibly fake credential that follows the seed: accounts differ in both."""
    # Built at run time, so that no file of ours holds what looks like a key.
    number = seed if isinstance(seed, int) else zlib.crc32(seed.encode())
    return f"{prefix}payproofsample{number:0{digits}d}"


def has_verb(kind: type[Any], name: str) -> bool:
    """Whether a processor's sandbox has a shared verb of its own."""
    return getattr(kind, name) is not getattr(ProcessorSandbox, name)
