"""Sandboxes: stand-in payment processors that keep facts, compute state and refuse what the real ones refuse.

    with StripeSandbox() as box:
        stripe.PaymentIntent.create(amount=1200, currency="eur")
        assert len(box.journal.requests("POST", "/v1/payment_intents")) == 1

The names below are loaded when they are first used; importing this package imports no SDK.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "ConnectionLost": "payproof.sandbox.core.exchange",
    "HostRefused": "payproof.sandbox.core.exchange",
    "LiveKeyRefused": "payproof.sandbox.core.exchange",
    "NotImitated": "payproof.sandbox.core.exchange",
    "RawCardRefused": "payproof.sandbox.core.exchange",
    "Sandbox": "payproof.sandbox.core.sandbox",
    "SandboxError": "payproof.sandbox.core.exchange",
    "ProcessorSandbox": "payproof.sandbox.core.vocabulary",
    "TimedOut": "payproof.sandbox.core.exchange",
    "current": "payproof.sandbox.core.active",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name) or _home_of_processor(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def _home_of_processor(name: str) -> str | None:
    """Return the module of a processor's sandbox (`PayPalSandbox`): a processor is a folder beside this file."""
    folder = name.removesuffix("Sandbox").lower()
    found = importlib.import_module("payproof.sandbox.processors").processors()
    return f"payproof.sandbox.{folder}.sandbox" if name.endswith("Sandbox") and folder in found else None


def __dir__() -> list[str]:
    found = importlib.import_module("payproof.sandbox.processors")
    return [*globals(), *__all__, *(found.sandbox_class(name).__name__ for name in found.processors())]
