"""Random walks through orders and payments: a refusal changes nothing, money adds up, every answer is as the SDK declares it."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from paypal_asking import Api

from payproof.sandbox import PayPalSandbox, SandboxError

STEPS = 120
ORDERS, AUTHORIZATIONS, CAPTURES = "/v2/checkout/orders", "/v2/payments/authorizations", "/v2/payments/captures"
VALUES = ("paypal", "visa", "ECHECK", "INSTRUMENT_DECLINED", "CCREJECT-IF")


class Walk:
    """One walk: each step does something, sensible or not, to something that may be there."""

    def __init__(self, api: Api, seed: int) -> None:
        self.api, self.box, self.random = api, api.box, random.Random(seed)
        self.refused = self.done = 0

    def any(self, kind: str) -> str:
        found = list(self.box.store.get(kind, {}))
        return self.random.choice(found) if found else "NONE"

    def amount(self, *, always: bool = False) -> dict[str, Any]:
        if not always and self.random.random() < 0.3:
            return {}
        value = f"{self.random.randrange(40)}.{self.random.randrange(100):02}"
        return {"amount": {"currency_code": self.random.choice(["EUR", "EUR", "USD"]), "value": value}}

    def key(self) -> dict[str, str]:
        return {"PayPal_Request_Id": str(self.random.randrange(40))} if self.random.random() < 0.5 else {}

    def create(self) -> Any:
        unit = {**self.amount(always=True), "invoice_id": str(self.random.randrange(30))}
        intent = self.random.choice(["CAPTURE", "AUTHORIZE"])
        return self.api.post(ORDERS, {"intent": intent, "purchase_units": [unit]}, **self.key())

    def steps(self) -> list[Callable[[], Any]]:
        api, box = self.api, self.box
        return [
            self.create,
            self.create,
            lambda: box.complete_checkout(self.any("order"), self.random.choice(VALUES)),
            lambda: api.post(f"{ORDERS}/{self.any('order')}/capture", **self.key()),
            lambda: api.post(f"{ORDERS}/{self.any('order')}/authorize"),
            lambda: api.post(f"{AUTHORIZATIONS}/{self.any('authorization')}/capture", self.amount(), **self.key()),
            lambda: api.post(f"{AUTHORIZATIONS}/{self.any('authorization')}/void"),
            lambda: api.post(f"{AUTHORIZATIONS}/{self.any('authorization')}/reauthorize"),
            lambda: api.post(f"{CAPTURES}/{self.any('capture')}/refund", self.amount(), **self.key()),
            lambda: box.dispute(self.any("capture"), inquiry=self.random.random() < 0.5),
            lambda: self.random.choice([box.win, box.lose, box.escalate])(self.any("dispute")),
            lambda: box.settle(self.any(self.random.choice(["capture", "refund"])), succeed=self.random.random() < 0.5),
            lambda: box.fail_refund(self.any("refund")),
            lambda: box.clock.advance(days=self.random.choice([1, 10, 40])),
            lambda: api.ask("GET", f"{ORDERS}/{self.any('order')}"),
        ]

    def step(self) -> None:
        before = self.public()
        try:
            result = self.random.choice(self.steps())()
        except SandboxError:
            result = None
        refused = result is None or (isinstance(result, httpx.Response) and result.status_code >= 400)
        self.refused += refused
        self.done += not refused
        if refused:
            assert self.public() == before
            assert result is None or result.status_code in (400, 404, 422), result.text
        self.check()

    def public(self) -> dict[str, Any]:
        """Everything that is sent of any object."""
        return {
            (kind, identifier): {name: copy.deepcopy(value) for name, value in obj.items() if name[0] != "_"}
            for kind, objects in self.box.store.items()
            for identifier, obj in objects.items()
        }  # type: ignore[misc]

    def check(self) -> None:
        for money in self.box.money().values():
            assert money.net == money.charged - money.refunded - money.disputed - money.fees
            assert 0 <= money.refunded <= money.charged
        for capture in self.box.store.get("capture", {}).values():
            wanted = {0: "COMPLETED", capture["_units"]: "REFUNDED"}.get(capture["_refunded"], "PARTIALLY_REFUNDED")
            assert capture["status"] in ("PENDING", "DECLINED", wanted)
        for authorization in self.box.store.get("authorization", {}).values():
            assert authorization["_captured"] <= authorization["_units"] * 1.15


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_keeps_the_books(box: PayPalSandbox, api: Api, seed: int) -> None:
    walk = Walk(api, seed)
    for _ in range(STEPS):
        walk.step()
    assert min(walk.refused, walk.done) > STEPS // 10
    told = set(box.journal.effects())
    assert {key for kind, objects in box.store.items() if kind != "event" for key in objects} <= told
