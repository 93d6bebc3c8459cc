"""What the installed stripe SDK knows of objects and events, so that the sandbox speaks its version.

The sandbox writes objects as the newest API has them. A field or an event type that the installed SDK does not know is left
out, because the API version that this SDK pins did not have it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from payproof.sandbox.stripe import schemas


WRITTEN_FOR = "2026-10-28.endive"
"""The API version whose shapes the sandbox's objects are written in; older ones are made of them by leaving fields out."""


@functools.cache
def installed(object_name: str) -> frozenset[str] | None:
    """Return the field names of a resource in the installed SDK; None when it has no such resource."""
    try:
        return frozenset(schemas.catalogue().fields(object_name))
    except schemas.SdkError:
        return None


def kept(object_name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return `content` without the fields that the installed SDK does not know; private facts stay."""
    known = installed(object_name)
    if known is None:
        return dict(content)
    return {name: value for name, value in content.items() if name[0] == "_" or name in known}


@functools.cache
def event_known(event_type: str) -> bool:
    """Whether the installed SDK knows this event type."""
    known = schemas.catalogue().event_types()
    return not known or event_type in known


def api_version() -> str:
    """Return the API version that the installed SDK pins."""
    return schemas.catalogue().api_version


@functools.cache
def word(object_name: str, field: str, *choices: str) -> str:
    """Return the first of `choices` that the installed SDK knows as a value of this field; the first if it knows none."""
    known = schemas.catalogue().fields(object_name)[field].values
    return next((choice for choice in choices if choice in known), choices[0])
