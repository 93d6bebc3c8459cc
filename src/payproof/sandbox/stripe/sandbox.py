"""`StripeSandbox`: a stateful Stripe for one test, and the verbs for what happens on Stripe's side of the wire."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from payproof.sandbox.core.clock import Clock
from payproof.sandbox.core.exchange import SandboxError
from payproof.sandbox.core.vocabulary import ProcessorSandbox, check_outcome, sample
from payproof.sandbox.stripe import known, ledger, values
from payproof.sandbox.stripe.behaviour import (
    accounts,
    charging,
    checkout,
    checkout_page,
    debits,
    disputing,
    fraud,
    intents,
    methods,
    payment_links,
    payouts,
    refunding,
    setups,
    subscribing,
)
from payproof.sandbox.stripe.books import Books, Kind, Object, rendered
from payproof.sandbox.stripe.processor import StripeProcessor
from payproof.sandbox.stripe.throttle import Throttle

SMART_RETRIES = (3, 5, 7)
"""Days from one attempt to the next; ours, Stripe's Smart Retries choose their times themselves."""


class StripeSandbox(ProcessorSandbox):
    """A stateful Stripe. While it is active, the unmodified SDK and raw HTTP to Stripe's hosts reach it.

    `seed`, `strict`, `allow_raw_cards` and `api_keys` are those of `Sandbox`. `redirect_methods` stands for a Dashboard with
    redirect-based payment methods enabled: confirming then asks for a `return_url`. `after_dunning` is what becomes of a
    subscription whose retries are exhausted: `canceled`, `unpaid` or `past_due`; `retry_days` are the days from one attempt to
    collect a renewal to the next. `rate_limits` refuses what Stripe's test mode would refuse as too much in one second of the
    sandbox clock. `should_retry` sets the `Stripe-Should-Retry` header of fault answers; None leaves it as Stripe does.
    `check_answers` checks every answer
    against the SDK's types. Any test key is taken; `api_key` is the sandbox's own, and is set as `stripe.api_key` while the
    sandbox is active if the application has set none.
    """

    processor: StripeProcessor

    def __init__(
        self,
        *,
        seed: int | str = 0,
        strict: bool = True,
        allow_raw_cards: bool = False,
        api_keys: tuple[str, ...] = (),
        redirect_methods: bool = False,
        after_dunning: str = "canceled",
        retry_days: Sequence[float] = SMART_RETRIES,
        rate_limits: bool = False,
        should_retry: bool | None = None,
        check_answers: bool = False,
    ) -> None:
        self.api_key = sample("sk_" + "test_", seed)
        self.redirect_methods = redirect_methods
        self.after_dunning = after_dunning
        self.retry_days = tuple(retry_days)
        if after_dunning not in subscribing.ENDINGS:
            raise SandboxError(f"after_dunning is {after_dunning!r}; known: {', '.join(subscribing.ENDINGS)}")
        if any(days <= 0 for days in self.retry_days):
            raise SandboxError(f"retry_days are days above zero from one attempt to the next, not {self.retry_days}")
        super().__init__(
            StripeProcessor(check_answers=check_answers),
            seed=seed,
            strict=strict,
            allow_raw_cards=allow_raw_cards,
            api_keys=(*api_keys, self.api_key),
        )
        self.processor.throttle = Throttle() if rate_limits else None
        self.processor.should_retry = should_retry
        self._lent_key = False
        self.timelines: dict[str, Clock] = {}
        """The clocks of Stripe's test clocks, by their ids."""

    # What the customer does.

    def authenticate(self, intent: str, outcome: str = "succeed") -> Object:
        """The customer answers the challenge of a PaymentIntent or SetupIntent: `succeed`, `fail` or `abandon` (do nothing).

        Returns the intent as it is then. Raises `SandboxError` when the intent waits for nobody.
        """
        check_outcome(outcome)
        with self.acting():
            books = self._books(intent)
            found = self._found(books, intent, intents.PAYMENT_INTENT, setups.SETUP_INTENT)
            if found["status"] != "requires_action":
                raise SandboxError(f"{intent} does not wait for authentication; it is {found['status']}")
            if outcome != "abandon":
                act = intents.authenticate if found["object"] == "payment_intent" else None
                found = act(books, found, outcome) if act else setups.authenticate(books, found, outcome)
            return self._done(books, found)

    def complete_checkout(
        self, session: str, card: str = "visa", *, authentication: str = "succeed", email: str | None = None
    ) -> Object:
        """The customer pays on the Checkout page with a test card (`visa`, `pm_card_visa`, `chargeDeclined`, ...).

        `card` may also be the id of a payment method, such as a bank account's.

        Returns the session: complete, or still open when the card was declined or `authentication` failed.
        """
        with self.acting():
            books = self._books(session)
            found = self._found(books, session, checkout.SESSION)
            checkout.check_open(found)
            method = books.find(methods.PAYMENT_METHOD, card) or methods.from_card(books, _card(card), billing={"email": email})
            return self._done(books, checkout_page.complete(books, found, method, authentication=authentication, email=email))

    # What the bank does.

    def dispute(self, payment: str, reason: str = "fraudulent", *, inquiry: bool = False, amount: int | None = None) -> Object:
        """The cardholder disputes a captured payment (a charge or a PaymentIntent); with `inquiry` the bank only asks.

        Returns the dispute. `amount` is in minor units, all that was not refunded by default.
        """
        with self.acting():
            books = self._books(payment)
            charge = self._charge(books, payment)
            if not charge["captured"]:
                raise SandboxError(f"{charge['id']} was not captured, so it cannot be disputed")
            return self._done(books, disputing.open_dispute(books, charge, reason, inquiry=inquiry, amount=amount))

    def prevent_dispute(self, payment: str, reason: str = "fraudulent") -> Object:
        """A dispute is kept from becoming one: it is `prevented`, and no funds leave. Returns the dispute."""
        disputing.check_status("prevented")
        with self.acting():
            books = self._books(payment)
            return self._done(books, disputing.open_dispute(books, self._charge(books, payment), reason, prevented=True))

    def appeal(self, dispute: str) -> Object:
        """A lost dispute is looked at once more: it needs a response again, and is won or lost for good then."""
        disputing.check_status("appeal_needs_response")
        with self.acting():
            books = self._books(dispute)
            found = self._found(books, dispute, disputing.DISPUTE)
            if found["status"] != "lost" or found["_appeal"] is not None:
                raise SandboxError(f"only a dispute that was lost once can be appealed; {dispute} is {found['status']}")
            return self._done(books, disputing.appeal(books, found))

    def visit(self, link: str) -> Object:
        """A customer opens a payment link; returns the Checkout Session, to be completed with `complete_checkout`."""
        with self.acting():
            books = self._books(link)
            return self._done(books, payment_links.visit(books, self._found(books, link, payment_links.PAYMENT_LINK)))

    def win(self, dispute: str) -> Object:
        """The bank decides for us: the funds come back. An inquiry is closed."""
        return self._decided(dispute, "won")

    def lose(self, dispute: str) -> Object:
        """The bank decides against us. An inquiry is closed."""
        return self._decided(dispute, "lost")

    def escalate(self, dispute: str) -> Object:
        """An inquiry becomes a dispute: the funds leave."""
        with self.acting():
            books = self._books(dispute)
            found = self._found(books, dispute, disputing.DISPUTE)
            if not found["status"].startswith("warning_") or not disputing.is_open(found):
                raise SandboxError(f"{dispute} is no open inquiry; it is {found['status']}")
            return self._done(books, disputing.escalate(books, found))

    def warn_of_fraud(self, payment: str, fraud_type: str = "made_with_stolen_card") -> Object:
        """The issuer reports a payment: an early fraud warning. Returns the warning."""
        with self.acting():
            books = self._books(payment)
            return self._done(books, fraud.warn(books, self._charge(books, payment), fraud_type))

    def fail_refund(self, refund: str, reason: str = "unknown") -> Object:
        """A refund comes back; the money returns to the balance. Returns the refund."""
        with self.acting():
            books = self._books(refund)
            found = self._found(books, refund, refunding.REFUND)
            if found["status"] not in ("pending", "succeeded"):
                raise SandboxError(f"{refund} cannot fail; it is {found['status']}")
            return self._done(books, refunding.fail(books, found, reason))

    def settle(self, identifier: str, *, succeed: bool | None = None) -> Object:
        """What is pending comes out now: a pending refund, or a bank debit (as its test account says unless `succeed` does)."""
        with self.acting():
            books = self._books(identifier)
            found = self._found(books, identifier, refunding.REFUND, intents.PAYMENT_INTENT)
            if found["status"] not in ("pending", "processing"):
                raise SandboxError(f"{identifier} is not pending; it is {found['status']}")
            if found["object"] == "payment_intent":
                return self._done(books, debits.settle(books, found, succeed=succeed))
            return self._done(books, refunding.fail(books, found) if succeed is False else refunding.settle(books, found))

    def fail_payout(self, payout: str, code: str = "account_closed") -> Object:
        """The bank sends a payout back for a reason such as `account_closed`; the money returns to the balance."""
        if code not in payouts.FAILURES:
            raise SandboxError(f"{code!r} is no reason of banks; known: {', '.join(payouts.FAILURES)}")
        with self.acting():
            books = self._books(payout)
            found = self._found(books, payout, payouts.PAYOUT)
            if found["status"] in ("failed", "canceled") or found["reversed_by"]:
                raise SandboxError(f"{payout} cannot fail; it is {found['status']}")
            return self._done(books, payouts.fail(books, found, code))

    # What Stripe does.

    def onboard(self, account: str) -> Object:
        """The owner of a connected account tells Stripe what it asked for: the account can take payments and payouts."""
        with self.acting():
            books = self._books(account)
            found = self._found(books, account, accounts.ACCOUNT)
            if found.get("deleted"):
                raise SandboxError(f"{account} was deleted")
            return self._done(books, accounts.onboard(books, found))

    def refuse_key(self, key: str, why: str = "invalid") -> None:
        """Answer 401 to this API key from now on; `why` is `invalid` or `expired`."""
        if why not in ("invalid", "expired"):
            raise SandboxError(f"a key is refused as 'invalid' or 'expired', not as {why!r}")
        self.processor.refused_keys[key] = why

    def next_id(self, kind: str, identifier: str) -> None:
        """Give the next object of a kind (its `object`, as in `customer`) this id: for fixtures that know their ids."""
        known.choose_id(self, kind, identifier)

    # What a test asks.

    def charges_for(self, *, account: str = "", **metadata: object) -> list[Object]:
        """Return the charges that took money, oldest first, whose metadata has these values (`order_id="42"`)."""
        books = Books(self, account)
        wanted = {name: str(value) for name, value in metadata.items()}
        return [
            rendered(charge)
            for charge in books.shelf(charging.CHARGE).values()
            if charge["status"] != "failed" and wanted.items() <= charge["metadata"].items()
        ]

    def object(self, identifier: str) -> Object:
        """Return any object of the sandbox as it is now. Raises `SandboxError` when there is none of that id."""
        books = self._books(identifier)
        return rendered(self._found(books, identifier))

    def money(self, account: str = "") -> Mapping[str, ledger.AccountMoney]:
        """Return what was charged, refunded, disputed and paid in fees, by currency."""
        return ledger.money(Books(self, account))

    # Activity.

    def started(self) -> None:
        super().started()
        try:
            sdk: Any = importlib.import_module("stripe")
        except ModuleNotFoundError:
            return
        if sdk.api_key is None:
            sdk.api_key = self.api_key
            self._lent_key = True

    def stopped(self) -> None:
        sdk: Any = sys.modules.get("stripe")
        if self._lent_key and sdk.api_key == self.api_key:
            sdk.api_key = None
        self._lent_key = False
        super().stopped()

    # Finding.

    def _books(self, identifier: str) -> Books:
        """Return the books of the account that has this object; the platform's when none has."""
        for shelf, objects in self.store.items():
            if identifier in objects:
                account, _, _ = shelf.rpartition("/")
                return Books(self, account, clock=objects[identifier].get("_clock"))
        return Books(self)

    def _found(self, books: Books, identifier: str, *kinds: Kind) -> Object:
        found = books.resolve(identifier)
        names = [kind.object for kind in kinds]
        if found is None or (names and found["object"] not in names):
            raise SandboxError(f"the sandbox has no {' or '.join(names) or 'object'} {identifier!r}")
        return found

    def _charge(self, books: Books, payment: str) -> Object:
        found = self._found(books, payment, charging.CHARGE, intents.PAYMENT_INTENT)
        if found["object"] == "charge":
            return found
        charge = intents.charge_of(books, found)
        if charge is None:
            raise SandboxError(f"{payment} has no charge yet; it is {found['status']}")
        return charge

    def _decided(self, dispute: str, verdict: str) -> Object:
        with self.acting():
            books = self._books(dispute)
            found = self._found(books, dispute, disputing.DISPUTE)
            if not disputing.is_open(found):
                raise SandboxError(f"{dispute} is already decided; it is {found['status']}")
            return self._done(books, disputing.decide(books, found, verdict))

    def _done(self, books: Books, found: Object) -> Object:
        books.settle_afterwards()
        return rendered(found)


def _card(name: str) -> values.TestCard:
    published = values.test_values()
    card = published.token(name) or published.by_name.get(name)
    if card is None:
        raise SandboxError(
            f"there is no test card {name!r}; name one as in pm_card_<name>, for example 'visa' or 'chargeDeclined'"
        )
    return card
