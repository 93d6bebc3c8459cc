"""The pins of a whole project, and which of them speaks for a file of it."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from payproof.model import Unread
from payproof.scan.pins.manifests import Pin, home_of, includes, is_manifest, pins
from payproof.scan.pins.releases import Releases, admitted
from payproof.scan.reading import read_whole


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """What is known of the release of a package: the pin that says most, and the releases that it admits."""

    pin: Pin
    releases: Releases


@dataclasses.dataclass(frozen=True, slots=True)
class Pins:
    """The pins of known SDKs in a project, by the folder that their file speaks for.

    `unread` names requirement files that could not be read: nothing is known of what they pin.
    """

    homes: Mapping[str, tuple[Pin, ...]]
    unread: tuple[Unread, ...] = ()

    def every(self) -> Iterator[tuple[str, Release]]:
        """Yield each folder's release of each package, in order."""
        for home in sorted(self.homes):
            for name in sorted({pin.name for pin in self.homes[home]}):
                found = self._in(home, name)
                if found is not None:
                    yield home, found

    def release(self, name: str, path: str) -> Release | None:
        """Return what is known of a package's release for the code at `path`.

        The nearest folder above the file that pins the package speaks for it; else the only one that does.
        """
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            found = self._in(folder, name)
            if found is not None:
                return found
        others = [home for home in self.homes if any(pin.name == name for pin in self.homes[home])]
        return self._in(others[0], name) if len(others) == 1 else None

    def _in(self, home: str, name: str) -> Release | None:
        known = []
        for pin in self.homes.get(home, ()):
            releases = admitted(pin.specifier) if pin.name == name else None
            if releases is not None:
                known.append(Release(pin, releases))
        return min(known, key=_preference) if known else None


NO_PINS = Pins({})


def _preference(release: Release) -> tuple[object, ...]:
    """A lock file says most, then an exact requirement, then one with an upper bound."""
    found = release.releases
    return (not release.pin.locked, found.exact is None, found.high is None, release.pin.place)


def collect(root: pathlib.Path, paths: Sequence[str], wanted: Collection[str]) -> Pins:
    """Read the requirement and lock files among `paths` (of the whole project), and what they take in."""
    held: dict[str, list[Pin]] = {}
    unread: list[Unread] = []
    project = frozenset(paths)
    waiting = [path for path in paths if is_manifest(path)]
    done: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in done or path not in project:
            continue
        done.add(path)
        try:
            data = read_whole(root / path)
            if data is None:
                continue  # the engine has said that the file is too large
            waiting.extend(includes(path, data))
            found = pins(path, data, wanted)
        except OSError as error:
            unread.append(Unread(path, f"cannot be read: {error.strerror or error}"))
            continue
        except (ValueError, RecursionError) as error:
            first = str(error).split("\n", 1)[0][:100]
            unread.append(Unread(path, f"its requirements cannot be read: {first}"))
            continue
        held.setdefault(home_of(path), []).extend(found)
    return Pins({home: tuple(sorted(items, key=lambda pin: pin.place)) for home, items in held.items() if items}, tuple(unread))
