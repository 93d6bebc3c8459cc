"""Billing periods as Stripe's prices describe them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.core import periods


def after(anchor: int, recurring: Mapping[str, Any], count: int = 1) -> int:
    """Return when `count` periods that began at `anchor` (epoch seconds) are over."""
    return periods.after(anchor, recurring["interval"], int(recurring["interval_count"]) * count)
