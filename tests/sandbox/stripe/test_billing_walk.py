"""Random walks through subscriptions, invoices, credit, Connect, payouts, faults and time: what must hold whatever happens."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import stripe
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from payproof.sandbox import SandboxError, StripeSandbox

SUBSCRIPTIONS = {
    "incomplete": {"active", "incomplete_expired", "canceled", "past_due"},
    "incomplete_expired": set(),
    "trialing": {"active", "past_due", "paused", "canceled", "unpaid"},
    "active": {"past_due", "canceled", "unpaid", "paused"},
    "past_due": {"active", "canceled", "unpaid", "paused"},
    "unpaid": {"active", "canceled", "past_due"},
    "paused": {"active", "past_due", "canceled", "trialing"},
    "canceled": set(),
}
INVOICES = {
    "draft": {"open", "paid", "void", "uncollectible"},
    "open": {"paid", "uncollectible", "void"},
    "uncollectible": {"paid", "void"},
    "paid": set(),
    "void": set(),
}
PAYOUTS = {
    "pending": {"in_transit", "paid", "failed", "canceled"},
    "in_transit": {"paid", "failed"},
    "paid": {"failed"},
    "failed": set(),
    "canceled": set(),
}
TABLES = {"subscription": SUBSCRIPTIONS, "invoice": INVOICES, "payout": PAYOUTS}
TOKENS = ["pm_card_bypassPending"] * 2 + ["pm_card_chargeCustomerFail"] * 2 + ["pm_card_authenticationRequired"]
REFUSALS = (stripe.CardError, stripe.InvalidRequestError, stripe.APIConnectionError, stripe.APIError)


class Billing(RuleBasedStateMachine):
    @initialize(ending=st.sampled_from(["canceled", "unpaid", "past_due"]))
    def enter(self, ending):
        self.box = StripeSandbox(check_answers=True, strict=False, after_dunning=ending)
        self.box.__enter__()
        self.client = stripe.StripeClient(self.box.api_key, max_network_retries=2)
        self.statuses = {}
        self.received = []
        self.hook = stripe.WebhookEndpoint.create(url="https://shop.example/hook", enabled_events=["*"])
        self.box.webhooks.serve("https://shop.example/", self.receive, auto=True)
        self.price = stripe.Price.create(
            currency="usd", unit_amount=2_000, recurring={"interval": "month"}, product_data={"name": "Plan"}
        ).id
        self.rate = stripe.TaxRate.create(display_name="VAT", percentage=19, inclusive=False).id
        self.coupon = stripe.Coupon.create(percent_off=25, duration="repeating", duration_in_months=2).id
        seller = stripe.Account.create(type="express", capabilities={"transfers": {"requested": True}})
        self.seller = self.box.onboard(seller.id)["id"]
        self.customer = stripe.Customer.create().id
        self.card("pm_card_bypassPending")
        self.subscribe(0, True, True, True, None)
        self.pay_seller(5_000, 50)

    def receive(self, payload, headers):
        stripe.Webhook.construct_event(payload, headers["Stripe-Signature"], self.hook.secret)
        self.received.append(payload)
        return 200

    def teardown(self):
        if hasattr(self, "box"):
            assert len(self.received) == len([event for event in self.box.outbox if not event.body.get("account")])
            self.box.__exit__(None, None, None)

    def ask(self, method, path, **params):
        with contextlib.suppress(*REFUSALS):
            return self.client.raw_request(method, path, **params)

    def ids(self, kind, **facts):
        found = self.box.store.get(kind, {}).values()
        return sorted(one["id"] for one in found if not one.get("deleted") and facts.items() <= one.items())

    def draw(self, data, kind, **facts):
        found = self.ids(kind, **facts)
        return data.draw(st.sampled_from(found)) if found else None

    @rule(token=st.sampled_from(TOKENS))
    def card(self, token):
        method = stripe.PaymentMethod.attach(token, customer=self.customer).id
        stripe.Customer.modify(self.customer, invoice_settings={"default_payment_method": method})

    @rule(
        trial=st.sampled_from([0, 0, 5]),
        taxed=st.booleans(),
        discounted=st.booleans(),
        connected=st.booleans(),
        fault=st.sampled_from([None, None, "lost-after", "500"]),
    )
    def subscribe(self, trial, taxed, discounted, connected, fault):
        before = len(self.ids("subscription"))
        if fault:
            self.box.faults.next(fault, on="POST /v1/subscriptions")
        more = {"trial_period_days": trial} if trial else {}
        more |= {"default_tax_rates": [self.rate]} if taxed else {}
        more |= {"discounts": [{"coupon": self.coupon}]} if discounted else {}
        more |= {"application_fee_percent": 10, "transfer_data": {"destination": self.seller}} if connected else {}
        self.ask("post", "/v1/subscriptions", customer=self.customer, items=[{"price": self.price}], **more)
        self.box.faults.clear()
        assert len(self.ids("subscription")) == before + 1

    @rule(data=st.data(), quantity=st.integers(0, 4), behavior=st.sampled_from(["none", "create_prorations", "always_invoice"]))
    def change(self, data, quantity, behavior):
        item = self.draw(data, "subscription_item")
        if item:
            self.ask("post", f"/v1/subscription_items/{item}", quantity=quantity, proration_behavior=behavior)

    @rule(data=st.data(), prorate=st.booleans(), invoice_now=st.booleans())
    def cancel(self, data, prorate, invoice_now):
        subscription = self.draw(data, "subscription")
        if subscription:
            self.ask("delete", f"/v1/subscriptions/{subscription}", prorate=prorate, invoice_now=invoice_now)

    @rule(data=st.data(), act=st.sampled_from(["pause", "resume", "hold", "release", "end_later"]))
    def pause(self, data, act):
        subscription = self.draw(data, "subscription")
        if subscription is None:
            return
        params = {
            "hold": {"pause_collection": {"behavior": "void"}},
            "release": {"pause_collection": ""},
            "end_later": {"cancel_at_period_end": True},
        }
        path = f"/v1/subscriptions/{subscription}" + (f"/{act}" if act in ("pause", "resume") else "")
        self.ask("post", path, **params.get(act, {"type": "subscription"} if act == "pause" else {}))

    @rule(amount=st.integers(1, 5_000))
    def charge_once(self, amount):
        self.ask("post", "/v1/invoiceitems", customer=self.customer, amount=amount, currency="usd")

    @rule(data=st.data(), act=st.sampled_from(["finalize", "pay", "void", "mark_uncollectible"]))
    def treat(self, data, act):
        invoice = self.draw(data, "invoice")
        if invoice:
            self.ask("post", f"/v1/invoices/{invoice}/{act}")

    @rule(data=st.data(), amount=st.integers(1, 3_000))
    def credit(self, data, amount):
        invoice = self.draw(data, "invoice")
        if invoice:
            more = {"credit_amount": amount} if self.box.object(invoice)["status"] == "paid" else {}
            self.ask("post", "/v1/credit_notes", invoice=invoice, amount=amount, **more)

    @rule(amount=st.integers(-3_000, 500))
    def give(self, amount):
        self.ask("post", f"/v1/customers/{self.customer}/balance_transactions", amount=amount, currency="usd")

    @rule(amount=st.integers(50, 5_000), fee=st.integers(0, 60))
    def pay_seller(self, amount, fee):
        more = {"transfer_data": {"destination": self.seller}, "application_fee_amount": fee}
        self.ask("post", "/v1/payment_intents", amount=amount, currency="usd", payment_method=TOKENS[0], confirm=True, **more)

    @rule(data=st.data(), share=st.floats(0.1, 1), reverse=st.booleans(), fee=st.booleans())
    def refund(self, data, share, reverse, fee):
        charge = self.draw(data, "charge", captured=True)
        if charge:
            amount = max(1, int(self.box.object(charge)["amount"] * share))
            params = {"reverse_transfer": reverse, "refund_application_fee": fee}
            self.ask("post", "/v1/refunds", charge=charge, amount=amount, **{name: on for name, on in params.items() if on})

    @rule(data=st.data(), amount=st.integers(1, 3_000))
    def move(self, data, amount):
        self.ask("post", "/v1/transfers", amount=amount, currency="usd", destination=self.seller)
        transfer = self.draw(data, "transfer")
        if transfer and amount % 3 == 0:
            self.ask("post", f"/v1/transfers/{transfer}/reversals", amount=amount)

    @rule(data=st.data(), amount=st.integers(1, 3_000), act=st.sampled_from(["none", "cancel", "reverse", "fail"]))
    def pay_out(self, data, amount, act):
        self.ask("post", "/v1/payouts", amount=amount, currency="usd")
        payout = self.draw(data, "payout")
        if payout and act == "fail":
            with contextlib.suppress(SandboxError):
                self.box.fail_payout(payout)
        elif payout and act != "none":
            self.ask("post", f"/v1/payouts/{payout}/{act}")

    @rule(days=st.sampled_from([0.1, 1, 4, 10, 31, 31]))
    def wait(self, days):
        self.box.clock.advance(days=days)

    @precondition(lambda self: hasattr(self, "box"))
    @invariant()
    def statuses_follow_the_tables(self):
        for kind, steps in TABLES.items():
            for identifier, obj in self.box.store.get(kind, {}).items():
                if not obj.get("deleted"):
                    before, now = self.statuses.get(identifier, obj["status"]), obj["status"]
                    assert now == before or self.reaches(steps, before, now), f"{kind}: {before} -> {now}"
                    self.statuses[identifier] = now

    @staticmethod
    def reaches(steps, start, end):
        seen, todo = set(), {start}
        while todo:
            found = todo.pop()
            seen.add(found)
            todo |= steps[found] - seen
        return end in seen

    @precondition(lambda self: hasattr(self, "box"))
    @invariant()
    def money_is_conserved_over_all_accounts(self):
        """What came in from customers, less what went back, to Stripe and to the bank, is on one of the accounts."""
        store = self.box.store
        moved = [
            one
            for name, shelf in store.items()
            if name.endswith("balance_transaction") and "customer" not in name
            for one in shelf.values()
        ]
        charged = sum(one["amount_captured"] for one in store.get("charge", {}).values())
        returned = sum(one["amount"] for one in store.get("refund", {}).values() if one["status"] != "failed")
        fees = sum(detail["amount"] for one in moved for detail in one["fee_details"] if detail["type"] == "stripe_fee")
        paid_out = sum(one["amount"] for one in store.get("payout", {}).values() if one["status"] not in ("failed", "canceled"))
        assert sum(one["net"] for one in moved) == charged - returned - fees - paid_out
        for account in ("", self.seller):
            books = self.box.money(account).get("usd")
            shelf = f"{account}/balance_transaction" if account else "balance_transaction"
            assert (books.net if books else 0) == sum(one["net"] for one in store.get(shelf, {}).values())

    @precondition(lambda self: hasattr(self, "box"))
    @invariant()
    def credit_is_explained(self):
        customer = self.box.store["customer"][self.customer]
        assert customer["balance"] == sum(
            one["amount"] for one in self.box.store.get("customer_balance_transaction", {}).values()
        )

    @precondition(lambda self: hasattr(self, "box"))
    @invariant()
    def invoices_add_up(self):
        for invoice in self.box.store.get("invoice", {}).values():
            if invoice.get("deleted"):
                continue
            taxes = sum(tax["amount"] for tax in invoice["total_taxes"] if tax["tax_behavior"] == "exclusive")
            off = sum(one["amount"] for one in invoice["total_discount_amounts"])
            assert invoice["total"] == invoice["subtotal"] - off + taxes
            assert invoice["subtotal"] == sum(line["amount"] for line in invoice["lines"]["data"])
            owed = max(invoice["amount_due"] - invoice["pre_payment_credit_notes_amount"], 0)
            assert invoice["amount_paid"] + invoice["amount_remaining"] == owed
            intent = self.box.store.get("payment_intent", {}).get(invoice["_intent"])
            if intent is not None and intent["status"] == "succeeded":
                assert intent["amount_received"] == invoice["amount_paid"]


Billing.TestCase.settings = hypothesis.settings(max_examples=20, stateful_step_count=50, deadline=None, derandomize=True)
test_random_walks = Billing.TestCase
