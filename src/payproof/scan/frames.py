"""Code frames that are safe to print: masked, free of terminal escapes, and short."""

from __future__ import annotations

from collections.abc import Sequence

from payproof.masking import mask, printable
from payproof.model import FrameLine

WIDEST = 240
"""Characters of a line that a frame shows at most."""


def frame(lines: Sequence[str], line: int, context: int = 1, hide: Sequence[tuple[str, str]] = ()) -> tuple[FrameLine, ...]:
    """Return the 1-based `line` of a file with `context` lines above and below, ready to print.

    `hide` holds texts that must not appear, each with what stands for it. A line that the file does not have gives nothing.
    """
    first = max(1, line - context)
    last = min(len(lines), line + context)
    return tuple(FrameLine(number, safe(lines[number - 1], hide)) for number in range(first, last + 1))


def safe(text: str, hide: Sequence[tuple[str, str]] = ()) -> str:
    """Return one line of somebody's code as it may be printed: hidden texts and secrets masked, no control characters."""
    for hidden, shown in hide:
        text = text.replace(hidden, shown)
    text = printable(text.rstrip("\r\n"))
    for hidden, shown in hide:
        text = text.replace(hidden, shown)
    text = mask(text)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"
