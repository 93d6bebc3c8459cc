"""Metadata as Stripe keeps it: keys are merged, an empty value removes its key, an empty string removes all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import errors

MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def merged(present: Mapping[str, str] | None, change: Any) -> dict[str, str]:
    """Return `present` after `change`, a mapping, `""` (remove all) or None (nothing was sent). Refused beyond the limits."""
    if change is None:
        return dict(present or {})
    if change == "":
        return {}
    if not isinstance(change, Mapping):
        raise errors.invalid("Invalid metadata: must be a hash of keys and values.", param="metadata", executed=False)
    result = dict(present or {})
    for key, value in change.items():
        if value is None or value == "":
            result.pop(key, None)
        else:
            result[key] = _value(key, value)
    if len(result) > MOST_KEYS:
        message = f"Metadata can have up to {MOST_KEYS} keys, but this object would have {len(result)}."
        raise errors.invalid(message, param="metadata", executed=False)
    return result


def _value(key: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(key) > LONGEST_KEY:
        message = f"Metadata keys can have up to {LONGEST_KEY} characters, but one has {len(key)}."
        raise errors.invalid(message, param=f"metadata[{key}]", executed=False)
    if len(text) > LONGEST_VALUE:
        message = (
            f"Metadata values can have up to {LONGEST_VALUE} characters, "
            f"but you passed in a value that is {len(text)} characters."
        )
        raise errors.invalid(message, param=f"metadata[{key}]", executed=False)
    return text
