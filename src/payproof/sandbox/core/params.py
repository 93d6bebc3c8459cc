"""Parameters that remember which of them were looked at: what nobody has read must not be taken as done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any


class Params(Mapping[str, Any]):
    """The parameters of a request."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._seen: set[object] = set()

    def __getitem__(self, name: str) -> Any:
        self._seen.add(name)
        return self._given[name]

    def __contains__(self, name: object) -> bool:
        self._seen.add(name)
        return name in self._given

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def unread(self, without_effect: Collection[str] = ()) -> list[str]:
        """Return the parameters that nothing has looked at, those `without_effect` left out."""
        return [name for name in self._given if name not in self._seen and name not in without_effect]
