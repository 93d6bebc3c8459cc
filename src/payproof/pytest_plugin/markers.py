"""Reads the `payproof` markers of tests; a control that does not exist is a usage error, not a test that shows nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pytest

from payproof.catalogue import load_controls
from payproof.documents import suggest
from payproof.model import Control, UsageError


def check(items: Sequence[pytest.Item]) -> Mapping[str, Control]:
    """Return the controls that exist, by id. Raises `pytest.UsageError` for the first marker that cannot be meant."""
    try:
        controls = {control.id: control for control in load_controls()}
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    for item in items:
        for mark in item.iter_markers("payproof"):
            problem = _problem(mark, controls)
            if problem:
                raise pytest.UsageError(f"{item.nodeid}: {problem}")
    return controls


def controls_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the ids of the controls that an item is marked with, each once, in the order of its markers."""
    return tuple(dict.fromkeys(name for mark in item.iter_markers("payproof") for name in mark.args))


def _problem(mark: pytest.Mark, controls: Mapping[str, Control]) -> str:
    if mark.kwargs:
        return f"the payproof marker takes names of controls only, not {', '.join(sorted(mark.kwargs))}="
    if not mark.args:
        return 'the payproof marker needs a control, such as @pytest.mark.payproof("idempotency-keys")'
    return next(filter(None, (_problem_with(name, controls) for name in mark.args)), "")


def _problem_with(name: object, controls: Mapping[str, Control]) -> str:
    if not isinstance(name, str):
        return f"the payproof marker takes names of controls, not {name!r}"
    if name not in controls:
        return f"unknown control {name!r} in the payproof marker{suggest(name, _testable(controls.values()))}"
    if not controls[name].shown_by:
        witnesses = " and ".join(witness.value for witness in controls[name].witnesses)
        return f"the control {name!r} cannot be shown by a test; it asks for {witnesses}"
    return ""


def _testable(controls: Iterable[Control]) -> list[str]:
    return [control.id for control in controls if control.shown_by]
