"""`PayPalSandbox`: a stateful PayPal for one test, and the verbs for what happens on PayPal's side of the wire."""

from __future__ import annotations

from collections.abc import Mapping

from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.money import Money
from payproof.sandbox.core.rendering import Object
from payproof.sandbox.core.vocabulary import ProcessorSandbox, check_outcome, sample
from payproof.sandbox.paypal import ledger, roles, values
from payproof.sandbox.paypal.answering import whole
from payproof.sandbox.paypal.behaviour import captures, disputes, orders, refunds, subscriptions, vaulting
from payproof.sandbox.paypal.books import (
    CAPTURE,
    DISPUTE,
    ORDER,
    PAYMENT_TOKEN,
    REFUND,
    SETUP_TOKEN,
    SUBSCRIPTION,
    TRANSACTION,
    Books,
)
from payproof.sandbox.paypal.processor import PayPalProcessor

_APPROVING = {ORDER: orders.approve, SUBSCRIPTION: subscriptions.approve, SETUP_TOKEN: vaulting.approve}

FACTS = ("custom_id", "invoice_id", "reference_id")


class PayPalSandbox(ProcessorSandbox):
    """A stateful PayPal. While it is active, the unmodified SDK and raw HTTP to PayPal's sandbox hosts reach it.

    `seed`, `strict`, `allow_raw_cards` and `api_keys` are those of `Sandbox`; keys are client ids. `check_answers` checks every
    answer against the SDK's models. `refuse_changed` answers 422 to a PayPal-Request-Id that comes with another body, which
    PayPal does not document; by default such a request is answered as a repeat. Any client id and secret are taken; `api_key`
    (a client id) and `api_secret` are the sandbox's own samples.
    """

    processor: PayPalProcessor

    def __init__(
        self,
        *,
        seed: int | str = 0,
        strict: bool = True,
        allow_raw_cards: bool = False,
        api_keys: tuple[str, ...] = (),
        check_answers: bool = False,
        refuse_changed: bool = False,
    ) -> None:
        self.api_key = sample("client-", seed)
        self.api_secret = sample("secret-", seed)
        super().__init__(
            PayPalProcessor(check_answers=check_answers, refuse_changed=refuse_changed),
            seed=seed,
            strict=strict,
            allow_raw_cards=allow_raw_cards,
            api_keys=(*api_keys, self.api_key),
        )

    # What the payer does.

    def complete_checkout(self, checkout: str, card: str = "paypal", *, authentication: str = "succeed") -> Object:
        """The payer agrees on PayPal's page to an order, a subscription or a setup token, and pays with a test value.

        `card` is `paypal` (the wallet), `visa`, a rejection trigger (`CCREJECT-IF`), an issue of the payer's account
        (`INSTRUMENT_DECLINED`) or a pending reason (`ECHECK`). With any `authentication` but `succeed` the payer goes away, and
        nothing changes. Returns what was agreed to.
        """
        check_outcome(authentication)
        value = values.named(card)
        with self.acting():
            books = Books(self)
            kind, found = self._found(checkout, ORDER, SUBSCRIPTION, SETUP_TOKEN)
            if authentication == "succeed":
                _APPROVING[kind](books, found, value)
            return whole(books, kind, found)

    def fund(self, agreement: str, card: str) -> Object:
        """From now on a subscription or a payment token is paid with another test value. Returns it."""
        value = values.named(card)
        with self.acting():
            books = Books(self)
            kind, found = self._found(agreement, SUBSCRIPTION, PAYMENT_TOKEN)
            return whole(books, kind, books.changed(kind, found, _value=value.name))

    def authenticate(self, payment: str, outcome: str = "succeed") -> Object:
        """The holder of a card answers the bank's challenge to an order: `succeed`, `fail` or `abandon` (do nothing)."""
        check_outcome(outcome)
        with self.acting():
            books = Books(self)
            _, order = self._found(payment, ORDER)
            if order["_payer"] != roles.CHALLENGED:
                raise SandboxError(f"{payment} does not wait for authentication; it is {order['status']}")
            if outcome != "abandon":
                orders.authenticate(books, order, outcome)
            return whole(books, ORDER, order)

    # What the bank does.

    def dispute(self, payment: str, reason: str = "UNAUTHORISED", *, inquiry: bool = False, amount: int | None = None) -> Object:
        """The payer disputes a capture (or the only capture of an order); with `inquiry` the payer asks the merchant first.

        Returns the dispute. `amount` is in minor units, all that was not refunded by default.
        """
        with self.acting():
            books = Books(self)
            capture = self._capture(payment)
            return whole(books, DISPUTE, disputes.open_dispute(books, capture, reason, inquiry=inquiry, units=amount))

    def win(self, dispute: str) -> Object:
        """PayPal decides for us: the dispute is resolved in the seller's favour."""
        return self._decided(dispute, "RESOLVED_SELLER_FAVOUR")

    def lose(self, dispute: str) -> Object:
        """PayPal decides against us: the payer has the money back."""
        return self._decided(dispute, "RESOLVED_BUYER_FAVOUR")

    def escalate(self, dispute: str) -> Object:
        """An inquiry becomes a claim, which PayPal reviews."""
        with self.acting():
            books = Books(self)
            _, found = self._found(dispute, DISPUTE)
            if found["dispute_life_cycle_stage"] != "INQUIRY" or not disputes.is_open(found):
                raise SandboxError(f"{dispute} is no open inquiry; it is {found['status']}")
            return whole(books, DISPUTE, disputes.escalate(books, found))

    def fail_refund(self, refund: str, reason: str = "") -> Object:
        """A refund does not arrive; the money comes back. PayPal gives no reason. Returns the refund."""
        with self.acting():
            books = Books(self)
            _, found = self._found(refund, REFUND)
            if found["status"] not in ("PENDING", "COMPLETED"):
                raise SandboxError(f"{refund} cannot fail; it is {found['status']}")
            return whole(books, REFUND, refunds.fail(books, found))

    def settle(self, identifier: str, *, succeed: bool | None = None) -> Object:
        """What is pending comes out now: a capture or a refund; it succeeds unless `succeed` is False."""
        with self.acting():
            books = Books(self)
            kind, found = self._found(identifier, CAPTURE, REFUND)
            if found["status"] != "PENDING":
                raise SandboxError(f"{identifier} is not pending; it is {found['status']}")
            if kind == CAPTURE:
                captures.settle(books, found, succeed=succeed is not False)
            elif succeed is False:
                refunds.fail(books, found)
            else:
                refunds.settle(books, found)
            return whole(books, kind, found)

    # What PayPal does.

    def refuse_key(self, key: str, why: str = "invalid") -> None:
        """Answer 401 to this client id, and to its tokens, from now on; `why` is always `invalid`."""
        if why != "invalid":
            raise SandboxError(f"a client id is refused as 'invalid', not as {why!r}")
        self.processor.tokens.refused[key] = why

    # What a test asks.

    def charges_for(self, *, account: str = "", **facts: object) -> list[Object]:
        """Return what took money, oldest first, by `custom_id`, `invoice_id` or `reference_id`: captures and sales.

        A sale is what a subscription was billed.
        """
        strange = [name for name in facts if name not in FACTS]
        if strange:
            raise SandboxError(f"PayPal's captures have no {strange[0]!r}; ask by {', '.join(FACTS)}")
        books = Books(self)
        wanted = {("_reference" if name == "reference_id" else name): str(value) for name, value in facts.items()}
        found = books.where(CAPTURE, **wanted)
        taken = [whole(books, CAPTURE, one) for one in found if one["status"] in captures.TOOK_MONEY]
        if set(facts) <= {"custom_id"}:
            billed = books.where(TRANSACTION, **({"_custom": wanted["custom_id"]} if facts else {}))
            taken += [whole(books, TRANSACTION, one) for one in billed if one["status"] in captures.TOOK_MONEY]
        return taken

    def object(self, identifier: str) -> Object:
        """Return any object of the sandbox as it is now. Raises `SandboxError` when there is none of that id."""
        kind, found = self._found(identifier)
        return whole(Books(self), kind, found)

    def money(self, account: str = "") -> Mapping[str, Money]:
        """Return what was captured, refunded, lost in disputes and paid in fees, by currency."""
        return ledger.money(Books(self))

    # Finding.

    def _found(self, identifier: str, *kinds: str) -> tuple[str, Object]:
        found = Books(self).resolve(identifier)
        if found is None or (kinds and found[0] not in kinds):
            raise SandboxError(f"the sandbox has no {' or '.join(kinds) or 'object'} {identifier!r}")
        return found

    def _capture(self, payment: str) -> Object:
        kind, found = self._found(payment, CAPTURE, ORDER)
        if kind == CAPTURE:
            return found
        of_order = list(Books(self).where(CAPTURE, _order=payment))
        if len(of_order) != 1:
            raise SandboxError(f"order {payment} has {len(of_order)} captures; name the capture")
        return of_order[0]

    def _decided(self, dispute: str, outcome: str) -> Object:
        with self.acting():
            books = Books(self)
            _, found = self._found(dispute, DISPUTE)
            if not disputes.is_open(found):
                raise SandboxError(f"{dispute} is already decided; it is {found['status']}")
            return whole(books, DISPUTE, disputes.decide(books, found, outcome))
