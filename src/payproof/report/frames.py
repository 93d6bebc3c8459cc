"""Code frames: the lines around a site and where in them its range lies."""

from __future__ import annotations

import dataclasses

from payproof.model import Site
from payproof.report.visible import code_cells, code_line

MASKED = "…"
"""What stands for a secret; what a range holds after its last one cannot be told from what follows the range."""


@dataclasses.dataclass(frozen=True, slots=True)
class ShownLine:
    """One printable line of a frame, cut where the site's range begins and ends; `marked` is empty outside of it."""

    number: int
    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.marked + self.after


def frame_of(site: Site) -> tuple[ShownLine, ...]:
    """Return the printable lines of the site's frame, those of its range marked."""
    return tuple(_shown(line.number, line.text, site) for line in site.frame)


def _shown(number: int, text: str, site: Site) -> ShownLine:
    place = site.place
    last = max(place.line, place.end_line)
    if not place.line <= number <= last:
        return ShownLine(number, code_line(text), "", "")
    cells = code_cells(text)
    blank = next((index for index, cell in enumerate(cells) if cell.strip()), 0)
    start = place.column - 1 if number == place.line else blank
    known_end = number == last and place.end_line and place.end_column
    end = place.end_column - 1 if known_end else len(cells)
    # A masked line can be shorter than the line that the columns were counted in.
    start = min(max(start, 0), max(len(cells) - 1, 0))
    end = min(max(end, start + 1), len(cells))
    if known_end and MASKED in cells[start:end]:
        end -= cells[start:end][::-1].index(MASKED)
    return ShownLine(number, "".join(cells[:start]), "".join(cells[start:end]), "".join(cells[end:]))
