"""A seeded source of object ids: the same test gives the same ids."""

from __future__ import annotations

import random
import string

_LETTERS = string.ascii_letters + string.digits


class Ids:
    """Makes ids from one seed; `seed` may be any integer or text."""

    def __init__(self, seed: int | str = 0) -> None:
        self._random = random.Random(f"payproof {seed}")

    def new(self, prefix: str, length: int = 24) -> str:
        """Return `prefix`, an underscore and `length` letters and digits, at least one of each."""
        return f"{prefix}_{self.text(length)}"

    def text(self, length: int) -> str:
        """Return `length` letters and digits; it begins with a digit and a letter, so that it never reads as a number."""
        first = self._random.choice(string.digits) + self._random.choice(string.ascii_letters)
        return (first + "".join(self._random.choices(_LETTERS, k=max(length - 2, 0))))[:length]

    def hex(self, length: int) -> str:
        """Return `length` hexadecimal digits."""
        return "".join(self._random.choices("0123456789abcdef", k=length))
