"""One request as the endpoint functions see it: the account's books, the ids of the path, the parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from payproof.sandbox.core.exchange import NotImitated, Request
from payproof.sandbox.core.params import Params
from payproof.sandbox.stripe import errors
from payproof.sandbox.stripe.books import Books, Kind, Object

WITHOUT_EFFECT = frozenset(
    (
        "adaptive_pricing", "amount_details", "branding_settings", "client_secret", "consent_collection", "custom_text",
        "customer_update", "expand", "integration_identifier", "mandate", "mandate_data", "name_collection", "origin_context",
        "payment_details", "payment_method_configuration", "permissions", "radar_options", "rendering",
        "redirect_on_completion", "saved_payment_method_options", "use_stripe_sdk", "validate", "wallet_options",
    )
)  # fmt: skip
"""Parameters that are accepted and change nothing here: no answer and no state of the sandbox depends on them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """`ids` are the path's ids from left to right; `params` are validated and coerced to the types of the SDK."""

    books: Books
    params: Params
    ids: tuple[str, ...]
    request: Request

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter; an empty string, which unsets, reads as `default`."""
        value = self.params.get(name, default)
        return default if value == "" else value

    def required(self, name: str) -> Any:
        value = self.get(name)
        if value is None:
            raise errors.missing_param(name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean parameter, whatever the encoding left of it."""
        value = self.get(name, default)
        return value in (True, "true", "1", 1)

    def integer(self, name: str) -> int | None:
        """Return an integer parameter; refused with `parameter_invalid_integer` when it is none."""
        value = self.get(name)
        return None if value is None else integer(value, name)

    def given(self, names: Iterable[str]) -> dict[str, Any]:
        """Return those of `names` that were sent; an empty string becomes None."""
        return {name: self.get(name) for name in names if name in self.params}

    def subject(self, declared: Kind, position: int = 0, *, deleted: bool = False) -> Object:
        """Return the object that the path names; refused with 404 when there is none.

        A deleted object is none either, unless `deleted` asks for what is left of it.
        """
        return self.books.in_path(declared, self.ids[position], deleted=deleted)

    def reference(self, declared: Kind, name: str) -> Object | None:
        """Return the object that a parameter names, None when it is not given; refused with 400 when there is none."""
        identifier = self.get(name)
        return None if identifier is None else self.books.named(declared, str(identifier), name)


def unplayed(call: Call, *names: str) -> None:
    """Refuse loudly, with `NotImitated`, parameters that Stripe has and the sandbox does not act on."""
    for name in names:
        if call.get(name) is not None:
            raise not_played(call, name)


def not_played(call: Call, name: str) -> NotImitated:
    return NotImitated(
        f"{call.request.line} was sent {name!r}, which the Stripe sandbox does not play; leave it out in this test"
    )


def refuse_taxes(call: Call) -> None:
    """Refuse loudly taxes that would have to be worked out from places; tax rates are played."""
    automatic = call.get("automatic_tax") or {}
    if automatic.get("enabled") in (True, "true"):
        raise NotImitated(
            f"{call.request.line} enables automatic tax, which the Stripe sandbox does not play; leave it out in this test"
        )


def integer(value: Any, name: str) -> int:
    """Return a parameter's value as an integer; refused with `parameter_invalid_integer` when it is none."""
    if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
        raise errors.invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name, executed=False)
    return int(value)
