"""`SquareSandbox`: a stateful Square for one test, and the verbs for what happens on Square's side of the wire."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.money import Money
from payproof.sandbox.core.rendering import Object, rendered
from payproof.sandbox.core.vocabulary import ProcessorSandbox, check_outcome, sample
from payproof.sandbox.square import ledger, roles, values
from payproof.sandbox.square.behaviour import disputes, invoices, links, payments, refunds
from payproof.sandbox.square.books import CARD, DISPUTE, INVOICE, PAYMENT, PAYMENT_LINK, REFUND, Books
from payproof.sandbox.square.processor import SquareProcessor

FACTS = ("order_id", "reference_id", "customer_id", "note")


class SquareSandbox(ProcessorSandbox):
    """A stateful Square. While it is active, the unmodified SDK and raw HTTP to Square's sandbox host reach it.

    `seed`, `strict`, `allow_raw_cards` and `api_keys` are those of `Sandbox`. `check_answers` checks every answer against the
    SDK's models. Any access token is taken; `api_key` is the sandbox's own sample. The production host is refused: it is what
    the SDK calls unless it is told `environment=SquareEnvironment.SANDBOX`.
    """

    processor: SquareProcessor

    def __init__(
        self,
        *,
        seed: int | str = 0,
        strict: bool = True,
        allow_raw_cards: bool = False,
        api_keys: tuple[str, ...] = (),
        check_answers: bool = False,
    ) -> None:
        self.api_key = sample("sandbox-", seed)
        super().__init__(
            SquareProcessor(check_answers=check_answers),
            seed=seed,
            strict=strict,
            allow_raw_cards=allow_raw_cards,
            api_keys=(*api_keys, self.api_key),
        )

    # What the customer does.

    def complete_checkout(self, checkout: str, card: str = values.DEFAULT, *, authentication: str = "succeed") -> Object:
        """The buyer pays on Square's page, that of a payment link or an invoice, with a published test value.

        A decline leaves the page open, and so does any `authentication` but `succeed`: the buyer goes away. Returns what was
        to be paid.
        """
        check_outcome(authentication)
        value = values.named(card)
        with self.acting():
            kind, found = self._found(checkout, PAYMENT_LINK, INVOICE)
            if authentication == "succeed":
                (links if kind == PAYMENT_LINK else invoices).pay(Books(self), found, value.name)
            return rendered(found)

    def fund(self, card: str, value: str) -> Object:
        """From now on a card on file pays as another published test value does. Returns the card."""
        found = values.named(value)
        with self.acting():
            books = Books(self)
            _, kept = self._found(card, CARD)
            return rendered(books.changed(CARD, kept, _value=found.name))

    # What the bank does.

    def dispute(self, payment: str, reason: str = "NO_KNOWLEDGE", *, inquiry: bool = False, amount: int | None = None) -> Object:
        """The cardholder disputes a completed payment; with `inquiry` the bank asks for evidence first.

        Returns the dispute. `amount` is in minor units, all that was not refunded by default.
        """
        with self.acting():
            books = Books(self)
            _, found = self._found(payment, PAYMENT)
            if found["status"] != "COMPLETED":
                raise SandboxError(f"{payment} cannot be disputed; it is {found['status']}")
            return rendered(disputes.open_dispute(books, found, reason, inquiry=inquiry, units=amount))

    def win(self, dispute: str) -> Object:
        """The bank decides for us; an inquiry is closed."""
        return self._decided(dispute, "WON")

    def lose(self, dispute: str) -> Object:
        """The bank decides against us: the cardholder has the money back."""
        return self._decided(dispute, "LOST")

    def escalate(self, dispute: str) -> Object:
        """An inquiry becomes a dispute, and its amount is held."""
        with self.acting():
            _, found = self._found(dispute, DISPUTE)
            if found["state"] not in roles.OPEN_INQUIRY:
                raise SandboxError(f"{dispute} is no open inquiry; it is {found['state']}")
            return rendered(disputes.escalate(Books(self), found))

    def fail_refund(self, refund: str, reason: str = "") -> Object:
        """A refund that is pending does not arrive; the money comes back. Square gives no reason. Returns the refund."""
        with self.acting():
            _, found = self._found(refund, REFUND)
            if found["status"] != "PENDING":
                raise SandboxError(f"{refund} cannot fail; it is {found['status']}")
            return rendered(refunds.fail(Books(self), found))

    def settle(self, identifier: str, *, succeed: bool | None = None) -> Object:
        """What is pending comes out now: a bank payment or a refund; it succeeds unless `succeed` is False."""
        with self.acting():
            books = Books(self)
            kind, found = self._found(identifier, PAYMENT, REFUND)
            if found["status"] != "PENDING":
                raise SandboxError(f"{identifier} is not pending; it is {found['status']}")
            if kind == PAYMENT:
                payments.settle(books, found, succeed=succeed is not False)
            else:
                (refunds.fail if succeed is False else refunds.settle)(books, found)
            return rendered(found)

    # What Square does.

    def refuse_key(self, key: str, why: str = "invalid") -> None:
        """Answer 401 to this access token from now on; `why` is always `invalid`."""
        if why != "invalid":
            raise SandboxError(f"an access token is refused as 'invalid', not as {why!r}")
        self.processor.refused.add(key)

    # What a test asks.

    def charges_for(self, *, account: str = "", **facts: object) -> list[Object]:
        """Return the payments that took money, oldest first, by `order_id`, `reference_id`, `customer_id` or `note`."""
        strange = [name for name in facts if name not in FACTS]
        if strange:
            raise SandboxError(f"Square's payments have no {strange[0]!r}; ask by {', '.join(FACTS)}")
        wanted = {name: str(value) for name, value in facts.items()}
        return [rendered(one) for one in Books(self).where(PAYMENT, status="COMPLETED", **wanted)]

    def object(self, identifier: str) -> Object:
        """Return any object of the sandbox as it is now. Raises `SandboxError` when there is none of that id."""
        return rendered(self._found(identifier)[1])

    def money(self, account: str = "") -> Mapping[str, Money]:
        """Return what was charged, refunded, held or lost in disputes and paid in fees, by currency."""
        return ledger.money(Books(self))

    # Finding.

    def _found(self, identifier: str, *kinds: str) -> tuple[str, Object]:
        found = Books(self).resolve(identifier)
        if found is None or (kinds and found[0] not in kinds):
            raise SandboxError(f"the sandbox has no {' or '.join(kinds) or 'object'} {identifier!r}")
        return found

    def _decided(self, dispute: str, state: str) -> Object:
        with self.acting():
            _, found = self._found(dispute, DISPUTE)
            if not disputes.is_open(found):
                raise SandboxError(f"{dispute} is already decided; it is {found['state']}")
            closed = state == "WON" and found["state"] in roles.OPEN_INQUIRY
            return rendered(disputes.decide(Books(self), found, "INQUIRY_CLOSED" if closed else state))
