"""The `squareup` SDK's pauses: it retries by itself, and sleeps between. Below a sandbox the retries stay and nobody sleeps.

The journal keeps how long each pause would have been.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from payproof.sandbox.core import active
from payproof.sandbox.core.transports.intercept import Replacement


def replacements(module: Any) -> Iterator[Replacement]:
    """Yield what to replace in the imported `square.core.http_client`; nothing in a release that is made otherwise."""
    if hasattr(module, "_retry_timeout"):
        yield Replacement(module, "_retry_timeout", _pause)


def _pause(original: Any) -> Any:
    @functools.wraps(original)
    def retry_timeout(response: Any, retries: int) -> float:
        seconds: float = original(response=response, retries=retries)
        if active.imitating(response.request.url.host, response.request.headers) is None:
            return seconds
        entry = active.LAST.get()
        if entry is not None:
            entry.backoff = seconds
        return 0

    return retry_timeout
