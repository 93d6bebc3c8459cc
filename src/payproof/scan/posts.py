"""How a processor's HTTP API takes what pays: as models tell it, and as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Posts:
    """How a processor's HTTP API is asked: where a key or a reference stands, for how long it is kept, and which paths pay."""

    keys: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    keeps: int = 0
    paying: tuple[str, ...] = ()


def tupled(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a document with its lists as tuples, so that it can be frozen."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
