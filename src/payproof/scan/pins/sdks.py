"""The SDKs that payproof knows releases of, as `rules/sdks.yaml` has them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from packaging.version import Version

from payproof import documents


@dataclasses.dataclass(frozen=True, slots=True)
class Sdk:
    """A package: the oldest release that is safe and why, or why nobody should use it any more.

    `comes_with` names the SDK that brings it along: where both are used, only that one is spoken of.
    """

    name: str
    processor: str
    imports: tuple[str, ...]
    floor: Version | None = None
    floor_why: str = ""
    given_up: str = ""
    comes_with: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Removed:
    """What an object of an SDK lost with the release `since`; `names` says what to read instead."""

    sdk: str
    object: str
    since: Version
    names: Mapping[str, str]


@functools.cache
def sdks() -> Mapping[str, Sdk]:
    """Return the known SDKs by the name they are installed by."""
    return {
        entry["name"]: Sdk(
            entry["name"],
            entry["processor"],
            tuple(entry["imports"]),
            Version(entry["floor"]) if "floor" in entry else None,
            entry.get("floor_why", ""),
            entry.get("given_up", ""),
            entry.get("comes_with", ""),
        )
        for entry in _document()["sdks"]
    }


@functools.cache
def removed() -> tuple[Removed, ...]:
    """Return what the objects of SDKs no longer have."""
    return tuple(
        Removed(entry["sdk"], entry["object"], Version(entry["since"]), entry["names"]) for entry in _document()["removed"]
    )


def _document() -> Mapping[str, Any]:
    read: Mapping[str, Any] = documents.read(documents.data_folder("rules") / "sdks.yaml", "sdks")
    return read
