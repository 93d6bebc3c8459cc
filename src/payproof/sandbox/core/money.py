"""The money of an account, as a test asks for it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """What moved in one currency, in minor units.

    `charged` was taken from customers, `refunded` and `disputed` went back to them (refunds that failed and disputes that
    were won are not in it), `fees` went to the processor. `net` is what is left: the balance.
    """

    charged: int = 0
    refunded: int = 0
    disputed: int = 0
    fees: int = 0
    net: int = 0
