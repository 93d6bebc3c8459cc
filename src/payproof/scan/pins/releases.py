"""Which releases a version specifier admits, as a half-open range that can be compared with one release."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_POETRY = re.compile(r"([\^~])\s*v?(\d[\w.]*)")


class Order(enum.Enum):
    """How the releases admitted lie to a given one."""

    BELOW = "below"
    AT_LEAST = "at least"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class Releases:
    """The releases from `low` up to `high`; None leaves a side open. `closed` is true when `high` itself is admitted."""

    low: Version | None = None
    high: Version | None = None
    closed: bool = False

    @property
    def exact(self) -> Version | None:
        """The only release admitted, where there is only one."""
        return self.high if self.closed and self.low is not None and self.low == self.high else None

    def against(self, release: Version) -> Order:
        """Return whether every release admitted is older than `release`, none is, or neither can be told."""
        if self.high is not None and (self.high < release if self.closed else self.high <= release):
            return Order.BELOW
        return Order.AT_LEAST if self.low is not None and self.low >= release else Order.UNKNOWN


def admitted(specifier: str) -> Releases | None:
    """Return what a specifier of pip's or Poetry's (`^14.1`, `~14.1`, `14.*`, `14.1`) admits, or None if it is none."""
    text = specifier.strip().strip("()")
    if text in ("", "*"):
        return Releases()
    try:
        parts = [part for piece in text.split(",") for part in _bounds(piece.strip())]
    except (InvalidSpecifier, InvalidVersion, ValueError):
        return None
    low = max((part.low for part in parts if part.low is not None), default=None)
    highs = [(part.high, part.closed) for part in parts if part.high is not None]
    high, closed = min(highs, key=lambda bound: (bound[0], bound[1])) if highs else (None, False)
    return Releases(low, high, closed)


def _bounds(piece: str) -> Iterator[Releases]:
    poetry = _POETRY.fullmatch(piece)
    if poetry is not None:
        yield _poetry(poetry[1], poetry[2])
        return
    if piece[:1].isdigit():
        piece = f"=={piece}"
    for item in SpecifierSet(piece):
        text = item.version
        if item.operator in ("==", "===") and text.endswith(".*"):
            low = Version(text[:-2])
            yield Releases(low, _next(low, len(low.release) - 1))
        elif item.operator in ("==", "==="):
            yield Releases(Version(text), Version(text), True)
        elif item.operator == "~=":
            low = Version(text)
            yield Releases(low, _next(low, len(low.release) - 2))
        elif item.operator in (">=", ">"):
            yield Releases(low=Version(text))
        elif item.operator in ("<=", "<"):
            yield Releases(high=Version(text), closed=item.operator == "<=")


def _poetry(sign: str, text: str) -> Releases:
    low = Version(text)
    if sign == "~":
        return Releases(low, _next(low, min(1, len(low.release) - 1)))
    first = next((index for index, part in enumerate(low.release) if part), len(low.release) - 1)
    return Releases(low, _next(low, first))


def _next(version: Version, place: int) -> Version:
    """Return the first release whose part at `place` is one higher."""
    parts = version.release
    if place < 0:
        raise ValueError("a compatible release needs two parts")
    return Version(".".join(str(part) for part in (*parts[:place], parts[place] + 1)))
