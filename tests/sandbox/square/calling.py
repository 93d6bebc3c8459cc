"""Short ways to ask Square over plain HTTP."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

API = "https://connect.squareupsandbox.com"
OK = "cnon:card-nonce-ok"


def usd(amount: int) -> Any:
    return {"amount": amount, "currency": "USD"}


class Http:
    """A client that makes up its idempotency keys."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self._keys = itertools.count(1)

    def key(self) -> str:
        return f"key-{next(self._keys)}"

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.client.post(f"/v2/{path}", json=body)

    def put(self, path: str, **body: Any) -> httpx.Response:
        return self.client.put(f"/v2/{path}", json=body)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"/v2/{path}")

    def delete(self, path: str) -> httpx.Response:
        return self.client.delete(f"/v2/{path}")

    def pay(self, amount: int = 1200, source: str = OK, **more: Any) -> httpx.Response:
        body = {"source_id": source, "idempotency_key": self.key(), "amount_money": usd(amount), **more}
        return self.post("payments", **body)

    def paid(self, amount: int = 1200, source: str = OK, **more: Any) -> Any:
        """Pay and return the payment."""
        return made(self.pay(amount, source, **more), "payment")

    def refund(self, payment: str, amount: int, **more: Any) -> httpx.Response:
        return self.post("refunds", payment_id=payment, idempotency_key=self.key(), amount_money=usd(amount), **more)

    def customer(self) -> str:
        return str(made(self.post("customers", email_address="a@example.com"), "customer")["id"])

    def card(self, customer: str, source: str = OK) -> str:
        body = {"idempotency_key": self.key(), "source_id": source, "card": {"customer_id": customer}}
        return str(made(self.post("cards", **body), "card")["id"])

    def order(self, amount: int = 1200, quantity: str = "1", **more: Any) -> Any:
        line = {"name": "Book", "quantity": quantity, "base_price_money": usd(amount)}
        return made(self.post("orders", order={"location_id": "L1", "line_items": [line], **more}), "order")


def made(answer: httpx.Response, kind: str) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()[kind]


def error(answer: httpx.Response) -> tuple[int, str, str]:
    """Return the status, the code and the field of a refusal."""
    (found,) = answer.json()["errors"]
    return answer.status_code, found["code"], found.get("field", "")
