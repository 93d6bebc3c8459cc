"""Metadata as Stripe keeps it: keys are merged, an empty value removes its key, an empty string removes all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors

MOST_KEYS = 50
"""Keys that one object may have; how long keys and values may be is checked with the parameters."""


def merged(present: Mapping[str, str] | None, change: Any) -> dict[str, str]:
    """Return `present` after `change`: a mapping, `""` (remove all) or None (nothing was sent). Refused beyond the limit."""
    if change is None:
        return dict(present or {})
    if change == "":
        return {}
    result = dict(present or {})
    for key, value in change.items():
        if value is None or value == "":
            result.pop(key, None)
        else:
            result[key] = str(value).lower() if isinstance(value, bool) else str(value)
    if len(result) > MOST_KEYS:
        message = f"Metadata can have up to {MOST_KEYS} keys, but this object would have {len(result)}."
        raise errors.invalid(message, param="metadata", executed=False)
    return result
