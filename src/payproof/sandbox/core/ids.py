"""A seeded source of object ids: the same test gives the same ids."""

from __future__ import annotations

import random
import string

_ALNUM = (string.ascii_letters + string.digits) * 5
_TO_ALNUM = _ALNUM[:256].encode("ascii")
_TO_HEX = (b"0123456789abcdef") * 16
_TO_DIGIT = (string.digits * 26)[:256].encode("ascii")
_TO_LETTER = (string.ascii_letters * 5)[:256].encode("ascii")


class Ids:
    """Makes ids from one seed; `seed` may be any integer or text."""

    def __init__(self, seed: int | str = 0) -> None:
        self._random = random.Random(f"payproof {seed}")
        self._chosen: dict[str, list[str]] = {}

    def new(self, prefix: str, length: int = 24) -> str:
        """Return `prefix`, an underscore and `length` letters and digits, or the first id that was chosen for `prefix`."""
        chosen = self._chosen.get(prefix)
        return chosen.pop(0) if chosen else f"{prefix}_{self.text(length)}"

    def choose(self, prefix: str, identifier: str) -> None:
        """Let the next id of `prefix` be this one; several are given in turn."""
        self._chosen.setdefault(prefix, []).append(identifier)

    def chosen(self) -> list[str]:
        """Return the ids that were chosen and not given yet."""
        return [identifier for ids in self._chosen.values() for identifier in ids]

    def text(self, length: int) -> str:
        """Return `length` letters and digits; it begins with a digit and a letter, so that it never reads as a number."""
        random_bytes = self._random.randbytes(max(length, 2))
        start = random_bytes[:1].translate(_TO_DIGIT) + random_bytes[1:2].translate(_TO_LETTER)
        return (start + random_bytes[2:].translate(_TO_ALNUM)).decode("ascii")[:length]

    def hex(self, length: int) -> str:
        """Return `length` hexadecimal digits."""
        return self._random.randbytes(length).translate(_TO_HEX).decode("ascii")
