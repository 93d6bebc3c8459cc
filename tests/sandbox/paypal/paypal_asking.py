"""Plain HTTP to PayPal, in the words of the tests of this folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx

from payproof.sandbox import PayPalSandbox

API = "https://api-m.sandbox.paypal.com"
WHOLE = {"Prefer": "return=representation"}

TEST_NUMBER = "4012" + "8888" + "8888" + "1881"
"""PayPal's published Visa number for its sandbox."""


def euros(value: str) -> dict[str, str]:
    return {"currency_code": "EUR", "value": value}


class Api:
    """One client with a token."""

    def __init__(self, client: httpx.Client, box: PayPalSandbox) -> None:
        self.client = client
        self.box = box

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, json=body, headers=sent)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def get(self, path: str) -> Any:
        found = self.ask("GET", path)
        assert found.status_code == 200, found.text
        return found.json()

    def order(self, value: str = "12.00", intent: str = "CAPTURE", **unit: Any) -> str:
        """Create an order; return its id."""
        made = self.post("/v2/checkout/orders", {"intent": intent, "purchase_units": [{"amount": euros(value), **unit}]})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def approved(self, value: str = "12.00", card: str = "paypal", **more: Any) -> str:
        """Create an order and let the payer approve it with a test value."""
        made = self.order(value, **more)
        self.box.complete_checkout(made, card)
        return made

    def captured(self, value: str = "12.00", card: str = "paypal", **unit: Any) -> str:
        """Take a payment; return the capture's id."""
        made = self.post(f"/v2/checkout/orders/{self.approved(value, card, **unit)}/capture")
        assert made.status_code == 201, made.text
        return str(made.json()["purchase_units"][0]["payments"]["captures"][0]["id"])

    def authorized(self, value: str = "100.00") -> str:
        """Reserve money; return the authorization's id."""
        made = self.post(f"/v2/checkout/orders/{self.approved(value, intent='AUTHORIZE')}/authorize")
        assert made.status_code == 201, made.text
        return str(made.json()["purchase_units"][0]["payments"]["authorizations"][0]["id"])

    def subscribed(self, card: str = "paypal", cycles: list[dict[str, Any]] | None = None, **preferences: Any) -> str:
        """Let a subscriber agree to a plan of 10 euros a month; return the subscription's id."""
        made = self.subscription(cycles, **preferences)
        self.box.complete_checkout(made, card)
        return made

    def subscription(self, cycles: list[dict[str, Any]] | None = None, **preferences: Any) -> str:
        made = self.post("/v1/billing/subscriptions", {"plan_id": self.plan(cycles, **preferences), "custom_id": "42"})
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def plan(self, cycles: list[dict[str, Any]] | None = None, **preferences: Any) -> str:
        product = self.post("/v1/catalogs/products", {"name": "A box", "type": "PHYSICAL"}).json()["id"]
        body = {"product_id": product, "name": "Boxes", "billing_cycles": cycles or [cycle()], "payment_preferences": preferences}
        made = self.post("/v1/billing/plans", body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])


def cycle(sequence: int = 1, price: str | None = "10.00", total: int = 0, tenure: str = "REGULAR", unit: str = "MONTH") -> Any:
    made: dict[str, Any] = {"frequency": {"interval_unit": unit, "interval_count": 1}, "tenure_type": tenure}
    made |= {"sequence": sequence, "total_cycles": total}
    return made if price is None else {**made, "pricing_scheme": {"fixed_price": euros(price)}}


def issue(refused: httpx.Response) -> tuple[int, str]:
    """The status and the first issue of a refusal; it carries what every refusal carries."""
    body = refused.json()
    assert body["name"] and body["message"] and "links" in body
    assert body["debug_id"] == refused.headers["Paypal-Debug-Id"]
    return refused.status_code, body["details"][0]["issue"]


@contextlib.contextmanager
def unchanged(box: PayPalSandbox) -> Iterator[None]:
    """Nothing that is sent of any object changes inside."""
    before = {kind: {key: dict(value) for key, value in found.items()} for kind, found in box.store.items()}
    yield
    public = {kind: {key: _public(value) for key, value in found.items()} for kind, found in box.store.items()}
    assert public == {kind: {key: _public(value) for key, value in found.items()} for kind, found in before.items()}


def _public(obj: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in obj.items() if name[0] != "_"}
