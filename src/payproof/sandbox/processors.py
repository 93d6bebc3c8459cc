"""The processors that there are: each is a folder beside this file with a `sandbox.py`, found by being there.

The folder is called as the processor is in lower case, and its class as the folder: `paypal/` holds `PayPalSandbox`.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payproof.sandbox.core.vocabulary import ProcessorSandbox

SUFFIX = "Sandbox"
CORE = "core"
"""The folder that belongs to no processor."""


@functools.cache
def processors() -> tuple[str, ...]:
    """Return the short names of all processors, sorted: `("paypal", "stripe")`. Imports none of them."""
    return tuple(
        sorted(path.parent.name for path in pathlib.Path(__file__).parent.glob("*/sandbox.py") if path.parent.name != CORE)
    )


def sandbox_class(name: str) -> type[ProcessorSandbox]:
    """Return the class of a processor's sandbox. Raises `LookupError` when there is no such processor."""
    if name not in processors():
        raise LookupError(f"there is no sandbox of {name!r}; there are: {', '.join(processors())}")
    home = importlib.import_module(f"payproof.sandbox.{name}.sandbox")
    found = next((member for member in vars(home) if member.lower() == f"{name}{SUFFIX.lower()}"), None)
    if found is None:
        raise LookupError(f"{home.__name__} has no class called {name}{SUFFIX} in any spelling")
    made: type[ProcessorSandbox] = getattr(home, found)
    return made
