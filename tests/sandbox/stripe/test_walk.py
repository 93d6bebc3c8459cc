"""Random walks through payments, refunds, disputes and time: no illegal state, every cent explained, one effect per key."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import stripe
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from payproof.sandbox import SandboxError, StripeSandbox
from payproof.sandbox.stripe import money

TOKENS = [
    *["pm_card_visa"] * 4,
    "pm_card_visa_chargeDeclined",
    "pm_card_authenticationRequired",
    "pm_card_createDispute",
    "pm_card_createDisputeInquiry",
    "pm_card_pendingRefund",
    "pm_card_refundFail",
    "pm_card_bypassPending",
    "pm_card_threeDSecureRequiredChargeDeclined",
]

STEPS = {
    "requires_payment_method": {"requires_confirmation", "requires_action", "requires_capture", "succeeded", "canceled"},
    "requires_confirmation": {"requires_payment_method", "requires_action", "requires_capture", "succeeded", "canceled"},
    "requires_action": {"requires_payment_method", "requires_capture", "succeeded", "canceled"},
    "requires_capture": {"succeeded", "canceled"},
    "succeeded": set(),
    "canceled": set(),
}

DISPUTE_STEPS = {
    "warning_needs_response": {"warning_under_review", "warning_closed", "needs_response"},
    "warning_under_review": {"warning_closed", "needs_response"},
    "warning_closed": set(),
    "needs_response": {"under_review", "won", "lost"},
    "under_review": {"won", "lost"},
    "won": set(),
    "lost": set(),
}


class Walk(RuleBasedStateMachine):
    intents = Bundle("intents")

    @initialize()
    def enter(self):
        self.box = StripeSandbox(check_answers=True, strict=False)
        self.box.__enter__()
        self.statuses = {}
        self.calls = []

    def teardown(self):
        balance = stripe.StripeClient(self.box.api_key).v1.balance.retrieve()
        moved = sum(transaction["net"] for transaction in self.box.store.get("balance_transaction", {}).values())
        assert sum(line.amount for part in (balance.available, balance.pending) for line in part) == moved
        known = {identifier for shelf in self.box.store.values() for identifier in shelf}
        assert {event.body["data"]["object"]["id"] for event in self.box.outbox} <= known
        self.box.__exit__(None, None, None)

    def post(self, path, **params):
        """Call with a key of its own, and remember the call so that it can be repeated."""
        call = (path, params, f"key-{len(self.calls)}")
        self.calls.append(call)
        return self.repeat(call)

    def repeat(self, call):
        path, params, key = call
        with contextlib.suppress(stripe.CardError, stripe.InvalidRequestError):
            client = stripe.StripeClient(self.box.api_key, max_network_retries=2)
            return client.raw_request("post", path, idempotency_key=key, **params)
        return None

    @rule(
        target=intents,
        token=st.sampled_from(TOKENS),
        amount=st.integers(50, 5_000),
        manual=st.sampled_from([False, False, True]),
        confirm=st.sampled_from([True, True, False]),
        lost=st.booleans(),
    )
    def pay(self, token, amount, manual, confirm, lost):
        if lost:
            self.box.faults.next("lost-after")
        before = set(self.box.store.get("payment_intent", {}))
        self.post(
            "/v1/payment_intents",
            amount=amount,
            currency="usd",
            payment_method=token,
            confirm=confirm,
            capture_method="manual" if manual else "automatic",
        )
        self.box.faults.clear()
        made = set(self.box.store["payment_intent"]) - before
        assert len(made) == 1
        return multiple(*made)

    @rule(intent=intents, token=st.sampled_from(TOKENS))
    def confirm(self, intent, token):
        self.post(f"/v1/payment_intents/{intent}/confirm", payment_method=token)

    @rule(intent=intents, outcome=st.sampled_from(["succeed", "fail", "abandon"]))
    def authenticate(self, intent, outcome):
        with contextlib.suppress(SandboxError):
            self.box.authenticate(intent, outcome)

    @rule(intent=intents, share=st.floats(0.1, 1.2))
    def capture(self, intent, share):
        amount = int(self.box.object(intent)["amount"] * share)
        self.post(f"/v1/payment_intents/{intent}/capture", amount_to_capture=amount)

    @rule(intent=intents)
    def cancel(self, intent):
        self.post(f"/v1/payment_intents/{intent}/cancel")

    @rule(intent=intents, share=st.floats(0.1, 1.2), then=st.sampled_from([None, "settle", "fail_refund"]))
    def refund(self, intent, share, then):
        before = set(self.box.store.get("refund", {}))
        self.post("/v1/refunds", payment_intent=intent, amount=max(1, int(self.box.object(intent)["amount"] * share)))
        for made in set(self.box.store.get("refund", {})) - before:
            if then is not None:
                with contextlib.suppress(SandboxError):
                    getattr(self.box, then)(made)

    @rule(intent=intents, inquiry=st.booleans(), then=st.sampled_from([None, "win", "lose", "escalate"]))
    def dispute(self, intent, inquiry, then):
        charge = self.box.object(intent)["latest_charge"]
        # A charge is disputed once; what was given back cannot be disputed.
        if charge and not self.box.object(charge)["disputed"] and not self.box.object(charge)["refunded"]:
            with contextlib.suppress(SandboxError):
                made = self.box.dispute(charge, inquiry=inquiry)
                if then is not None:
                    getattr(self.box, then)(made["id"])

    @rule(data=st.data(), verb=st.sampled_from(["win", "lose", "escalate", "answer", "close"]))
    def end_dispute(self, data, verb):
        disputes = sorted(self.box.store.get("dispute", {}))
        if not disputes:
            return
        chosen = data.draw(st.sampled_from(disputes))
        if verb == "answer":
            self.post(f"/v1/disputes/{chosen}", evidence={"customer_name": "Jo"})
        elif verb == "close":
            self.post(f"/v1/disputes/{chosen}/close")
        else:
            with contextlib.suppress(SandboxError):
                getattr(self.box, verb)(chosen)

    @rule(seconds=st.sampled_from([1, 3_600, 86_400, 8 * 86_400]))
    def wait(self, seconds):
        self.box.clock.advance(seconds=seconds)

    @rule(data=st.data())
    def ask_again(self, data):
        """Repeat a call under its key at once: nothing may happen."""
        if not self.calls:
            return
        call = data.draw(st.sampled_from(self.calls))
        executed = [entry.at for entry in self.box.journal if entry.executed and entry.idempotency_key == call[2]]
        if not executed or self.box.clock.now() - executed[-1] >= 86_400:
            return
        before = self.picture()
        self.repeat(call)
        assert self.picture() == before

    def picture(self):
        return {kind: {key: str(obj) for key, obj in shelf.items()} for kind, shelf in self.box.store.items()}

    @invariant()
    def statuses_follow_the_table(self):
        for kind, steps in (("payment_intent", STEPS), ("dispute", DISPUTE_STEPS)):
            for identifier, obj in self.box.store.get(kind, {}).items():
                before, now = self.statuses.get(identifier, obj["status"]), obj["status"]
                assert now in steps, now
                assert now == before or self.reaches(steps, before, now), f"{kind}: {before} -> {now}"
                self.statuses[identifier] = now

    @staticmethod
    def reaches(steps, start, end):
        """Several steps can pass between two looks: whatever can be reached is legal."""
        seen, todo = set(), {start}
        while todo:
            found = todo.pop()
            seen.add(found)
            todo |= steps[found] - seen
        return end in seen

    @invariant()
    def an_intent_takes_money_once(self):
        taken = [charge["payment_intent"] for charge in self.box.store.get("charge", {}).values() if charge["status"] != "failed"]
        assert len(taken) == len(set(taken))

    @invariant()
    def amounts_fit(self):
        for charge in self.box.store.get("charge", {}).values():
            assert 0 <= charge["amount_captured"] <= charge["amount"]
            assert 0 <= charge["amount_refunded"] <= charge["amount"]
            assert not charge["captured"] or charge["balance_transaction"]
            assert charge["status"] != "failed" or not charge["paid"]

    @invariant()
    def every_cent_is_explained(self):
        store = self.box.store
        expected = 0
        for charge in store.get("charge", {}).values():
            if charge["captured"]:
                expected += charge["amount_captured"] - money.fee(charge["amount_captured"])
        expected -= sum(refund["amount"] for refund in store.get("refund", {}).values() if refund["status"] != "failed")
        for dispute in store.get("dispute", {}).values():
            if not dispute["_inquiry"] and dispute["status"] != "won":
                expected -= dispute["amount"] + money.DISPUTE_FEE
        moved = sum(transaction["net"] for transaction in store.get("balance_transaction", {}).values())
        assert moved == expected
        books = self.box.money().get("usd")
        assert (books.net if books else 0) == moved

    @invariant()
    def each_key_was_executed_once_a_day(self):
        seen = {}
        for entry in self.box.journal:
            if entry.executed and entry.idempotency_key:
                assert entry.at - seen.get(entry.idempotency_key, -86_400) >= 86_400
                seen[entry.idempotency_key] = entry.at


Walk.TestCase.settings = hypothesis.settings(max_examples=20, stateful_step_count=60, deadline=None, derandomize=True)
test_random_walks = Walk.TestCase
