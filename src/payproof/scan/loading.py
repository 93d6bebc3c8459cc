"""From files to facts: one file is one unit of work, done here, in another process, or taken from the cache."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import gc
import hashlib
import json
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence

from payproof.model import Unread
from payproof.scan import facts
from payproof.scan.cache import Cache
from payproof.scan.program import ModuleInfo
from payproof.scan.reading import LARGEST, read_whole

KIND = "facts"

WORTH_PROCESSES = 24
"""Files to lower from which on worker processes pay for their start."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lowered:
    """What became of one file: its facts, or why there are none."""

    path: str
    facts: facts.Module | None
    unread: Unread | None


def facts_version() -> str:
    """Return what facts depend on beside a file's content: their own version, Python's grammar and libcst's release."""
    from importlib.metadata import version

    return f"{facts.VERSION}-{sys.version_info[0]}.{sys.version_info[1]}-{version('libcst')}"


def lower_file(path: str, data: bytes) -> Lowered:
    """Return the facts of a file's content, or the reason why it could not be read."""
    from payproof.scan.lower import lower
    from payproof.scan.source import parse

    source = parse(path, data)
    if isinstance(source, Unread):
        return Lowered(path, None, source)
    try:
        return Lowered(path, lower(source), None)
    except RecursionError:
        return Lowered(path, None, Unread(path, "is nested too deeply to be analysed"))


def _work(path: str, data: bytes) -> tuple[str, str, str]:
    """Lower a file in a worker process; the facts travel back as JSON."""
    done = lower_file(path, data)
    if done.facts is None:
        return path, "", done.unread.reason if done.unread is not None else "could not be read"
    return path, json.dumps(facts.encode(done.facts), separators=(",", ":")), ""


class Facts:
    """Gives the facts of a project's files, each at most once. `unread` collects those that could not be had."""

    def __init__(
        self, root: pathlib.Path, cache: Cache, context: Callable[[str], frozenset[str]], tests: Mapping[str, bool]
    ) -> None:
        self._root = root
        self._cache = cache
        self._context = context
        self._tests = tests
        self._ready: dict[str, Lowered] = {}
        self.surface: frozenset[str] = frozenset()
        self.unread: dict[str, Unread] = {}
        self.analysed: set[str] = set()
        self.parsed = 0

    def module(self, path: str) -> ModuleInfo | None:
        """Return the module at `path`, or None when it cannot be read; the reason is then in `unread`."""
        data = self._read(path)
        if data is None:
            return None
        done = self._ready.pop(path, None) or self._lowered(path, data)
        if done.facts is None:
            if done.unread is not None:
                self.unread.setdefault(path, done.unread)
            return None
        self.analysed.add(path)
        spoken = self._context(data.decode("utf-8", "replace").lower())
        return ModuleInfo(path, done.facts, spoken, self._tests.get(path, False), path in self.surface)

    def _read(self, path: str) -> bytes | None:
        try:
            data = read_whole(self._root / path)
        except OSError as error:
            self.unread.setdefault(path, Unread(path, f"cannot be read: {error.strerror or error}"))
            return None
        if data is None:
            self.unread.setdefault(path, Unread(path, f"is larger than {LARGEST:,} bytes"))
        return data

    def _lowered(self, path: str, data: bytes) -> Lowered:
        key = _key(path, data)
        held = self._cache.get(KIND, key)
        if held is not None:
            try:
                return Lowered(path, facts.decode(held), None)
            except (KeyError, TypeError, ValueError):
                pass
        self.parsed += 1
        done = lower_file(path, data)
        if done.facts is not None and self._cache.enabled:
            self._cache.put(KIND, key, facts.encode(done.facts))
        return done

    def prepare(self, paths: Sequence[str], jobs: int, executor: concurrent.futures.Executor | None = None) -> None:
        """Lower many files ahead, in worker processes where that pays. What a worker cannot do is left for later."""
        wanted = list(self._uncached(paths))
        if executor is None and (jobs < 2 or len(wanted) < WORTH_PROCESSES):
            return
        if executor is not None:
            self._collect(executor, wanted)
            return
        with concurrent.futures.ProcessPoolExecutor(jobs, initializer=gc.freeze) as pool:
            self._collect(pool, wanted)

    def _collect(self, executor: concurrent.futures.Executor, wanted: Sequence[tuple[str, bytes]]) -> None:
        futures = {executor.submit(_work, path, data): (path, data) for path, data in wanted}
        for future in concurrent.futures.as_completed(futures):
            path, data = futures[future]
            try:
                _, text, reason = future.result()
            except concurrent.futures.BrokenExecutor:
                self._lost(path)
                continue
            if text:
                held = json.loads(text)
                self._ready[path] = Lowered(path, facts.decode(held), None)
                self._cache.put(KIND, _key(path, data), held)
                self.parsed += 1
            else:
                self._ready[path] = Lowered(path, None, Unread(path, reason))

    def _lost(self, path: str) -> None:
        """A worker died with this file's pool: the file is tried again by itself, in a process of its own."""
        with concurrent.futures.ProcessPoolExecutor(1) as alone:
            data = self._read(path)
            if data is None:
                return
            try:
                _, text, reason = alone.submit(_work, path, data).result()
            except concurrent.futures.BrokenExecutor:
                self._ready[path] = Lowered(path, None, Unread(path, "ended the process that read it"))
                return
        done = facts.decode(json.loads(text)) if text else None
        self._ready[path] = Lowered(path, done, None if text else Unread(path, reason))

    def _uncached(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for path in paths:
            data = self._read(path)
            if data is not None and self._cache.get(KIND, _key(path, data)) is None:
                yield path, data


def _key(path: str, data: bytes) -> bytes:
    """Facts name their path, so it is part of the key."""
    return hashlib.blake2b(path.encode() + b"\0" + data, digest_size=20).digest()
