"""Lists in pages, as PayPal's older APIs number them: `page` from 1, `page_size`, totals only when asked for."""

from __future__ import annotations

from typing import Any

from payproof.sandbox.paypal.call import Call


def page(call: Call, every: list[Any], name: str, *, size: int = 10, most: int = 20) -> dict[str, Any]:
    """Return one page of a list under `name`, with totals when `total_required` asks for them."""
    size = call.number("page_size", size, most)
    number = call.number("page", 1, 1_000)
    found: dict[str, Any] = {name: every[(number - 1) * size : number * size]}
    if call.query.get("total_required") == "true":
        found |= {"total_items": len(every), "total_pages": -(-len(every) // size)}
    return found
