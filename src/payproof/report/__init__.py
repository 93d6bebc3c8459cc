"""Reports: each format is a module of `payproof.report.formats` with `render(report) -> str`, found by being there.

A format module also carries `SHOWS`, which of "scan" and "checklist" it has room for. A pure function of one
`model.Report`: no time, no path of the machine, no terminal.
"""

from __future__ import annotations

import functools
import importlib
import pathlib
from collections.abc import Callable
from types import ModuleType

from payproof.model import Report, UsageError

Renderer = Callable[[Report], str]
"""Turns a report into the text of one format, ending in a newline."""


@functools.cache
def format_names() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without importing any of them."""
    folder = pathlib.Path(__file__).parent / "formats"
    return tuple(sorted(path.stem.replace("_", "-") for path in folder.glob("*.py") if path.stem != "__init__"))


def format_module(name: str) -> ModuleType:
    """Return the module of the format `name`. Raises `UsageError` when there is none."""
    if name not in format_names():
        raise UsageError(f"there is no report format {name!r}; known: {', '.join(format_names())}")
    return importlib.import_module(f"payproof.report.formats.{name.replace('-', '_')}")


def formats_showing(part: str) -> tuple[str, ...]:
    """Return the formats that have room for `part`, which is "scan" or "checklist"."""
    return tuple(name for name in format_names() if part in format_module(name).SHOWS)


def renderer(name: str) -> Renderer:
    """Return the `render` function of the format `name`. Raises `UsageError` when there is none."""
    found: Renderer = format_module(name).render
    return found
