"""Option types that several commands share."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def names(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of an option that may be repeated and may hold several, separated by commas."""
    return tuple(name.strip() for text in given for name in text.split(",") if name.strip())


def output(command: Decorated) -> Decorated:
    """Add `--output/-o FILE`."""
    kind = click.Path(path_type=pathlib.Path, dir_okay=False, allow_dash=True)
    return click.option("-o", "--output", type=kind, metavar="FILE", help="Write to FILE, in one step, instead of printing.")(
        command
    )
